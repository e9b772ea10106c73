#!/bin/sh
# SPDX-License-Identifier: MIT
# A table of real nodes whose roll nobody can know, because two of four keep their part.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/frozen.py"
