#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Nodes without privilege that find each other through bluetoothd, in a virtual machine.
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
grep -q '^#define HAVE_GIO 1' "$build/config.h" || skip "built without D-Bus"
grep -q __asan_init "$build/bitcrapsd" && skip "emulated, a build with sanitizers is too slow"
bash "$machine" prepare >&2 || skip "no kernel for the virtual machine"
exec nice bash "$machine" run -d -n 4 -p "$air" -a '-a 100' -t 1800 -E "builddir=$build" \
    -E "srcdir=$top" "${PYTHON3:-python3}" -B "$top/tests/bluetooth/bluez.py"
