#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real nodes over the kernel's Bluetooth, in a virtual machine with virtual controllers.
source "${srcdir:-.}/tests/bluetooth/ready.sh"
in_machine game.py -n 5
