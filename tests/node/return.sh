#!/bin/sh
# SPDX-License-Identifier: MIT
# A node that was away comes back: what it missed, and what it lost.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/return.py"
