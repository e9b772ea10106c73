#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Nodes without privilege that find each other through bluetoothd, in a virtual machine.
source "${srcdir:-.}/tests/bluetooth/ready.sh"
grep -q '^#define HAVE_GIO 1' "$build/config.h" || skip "built without D-Bus"
in_machine bluez.py -d -n 4
