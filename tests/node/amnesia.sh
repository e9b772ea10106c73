#!/bin/sh
# SPDX-License-Identifier: MIT
# Lost, older and damaged journals: what is said, and how the seat comes back.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/amnesia.py"
