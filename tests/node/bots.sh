#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs of the library play a live table, and the daemon obeys them.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/bots.py"
