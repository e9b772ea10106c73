#!/bin/sh
# SPDX-License-Identifier: MIT
# Help, manual pages and completion: one table of commands, told three times.
PYTHONPATH="${srcdir:-.}/tests/node" exec "${PYTHON3:-python3}" -B \
    "${srcdir:-.}/tests/command/manual.py"
