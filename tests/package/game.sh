#!/bin/sh
# SPDX-License-Identifier: MIT
# A whole game of four nodes over UDP, as on the machine that the programs are built for.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/package/game.py"
