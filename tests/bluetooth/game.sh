#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real nodes over the kernel's Bluetooth, in a virtual machine with virtual controllers.
skip() {
    echo "1..0 # SKIP $*"
    exit 0
}
top=${srcdir:-.}
build=${builddir:-.}
machine=$top/tests/bluetooth/machine.sh
air=$build/tests/bluetooth/air
missing=$(bash "$machine" missing | tr '\n' ' ')
[ -z "$missing" ] || skip "no virtual machine: apt install $missing"
[ -x "$air" ] && "$build/bitcrapsd" --help | grep -q bluetooth || skip "built without Bluetooth"
grep -q __asan_init "$build/bitcrapsd" && skip "emulated, a build with sanitizers is too slow"
bash "$machine" prepare >&2 || skip "no kernel for the virtual machine"
exec nice bash "$machine" run -n 5 -p "$air" -a '-a 100' -t 1800 -E "builddir=$build" \
    -E "srcdir=$top" "${PYTHON3:-python3}" -B "$top/tests/bluetooth/game.py"
