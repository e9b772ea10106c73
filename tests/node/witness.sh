#!/bin/sh
# SPDX-License-Identifier: MIT
# Headless nodes as witnesses of tables of two: by a command, and by their config.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/witness.py"
