#!/bin/sh
# SPDX-License-Identifier: MIT
# What somebody who does not know the program yet will type, and what it says to that.
PYTHONPATH="${srcdir:-.}/tests/node" exec "${PYTHON3:-python3}" -B \
    "${srcdir:-.}/tests/command/newcomer.py"
