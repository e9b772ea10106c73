#!/bin/sh
# SPDX-License-Identifier: MIT
# Real nodes on loopback: a table whose seats have no links to one another.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/relay.py"
