#!/bin/sh
# SPDX-License-Identifier: MIT
# Full disks, taken ports, damaged files, wrong words: what is said, and that nothing is lost.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/badinput.py"
