#!/bin/sh
# SPDX-License-Identifier: MIT
# 'bitcraps simulate' as it is used: what it prints, what it says of wrong input, interrupts.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/simulate/command.py"
