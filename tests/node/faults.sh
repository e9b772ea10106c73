#!/bin/sh
# SPDX-License-Identifier: MIT
# Real nodes on loopback: killed, paused, frozen, started again.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/faults.py"
