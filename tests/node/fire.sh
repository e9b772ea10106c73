#!/bin/sh
# SPDX-License-Identifier: MIT
# Tables of real nodes over a bad cable, killed, frozen, with broken disks; SEED draws what happens.
exec "${PYTHON3:-python3}" -B "${srcdir:-.}/tests/node/fire.py"
