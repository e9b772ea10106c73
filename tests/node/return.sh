#!/bin/sh
# SPDX-License-Identifier: MIT
# A node that was away comes back: what it missed.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/return.py"
