#!/bin/sh
# SPDX-License-Identifier: MIT
# The independent verifier against vectors and exports.
exec "${PYTHON3:-python3}" "${srcdir:-.}/tests/audit/verify_test.py"
