#!/bin/sh
# SPDX-License-Identifier: MIT
# `bitcraps doctor` itself, without a daemon, with one, and with things that never answer.
PYTHONPATH="${srcdir:-.}/tests/node" exec "${PYTHON3:-python3}" -B \
    "${srcdir:-.}/tests/doctor/command.py"
