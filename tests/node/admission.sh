#!/bin/sh
# SPDX-License-Identifier: MIT
# Real nodes on loopback: tables by invitation and by approval.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/admission.py"
