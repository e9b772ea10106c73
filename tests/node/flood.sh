#!/bin/sh
# SPDX-License-Identifier: MIT
# Four nodes play while a neighbour floods one of them.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/flood.py"
