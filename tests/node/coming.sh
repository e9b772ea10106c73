#!/bin/sh
# SPDX-License-Identifier: MIT
# Real nodes on loopback: come, leave, come back.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/coming.py"
