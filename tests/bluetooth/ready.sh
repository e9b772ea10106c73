# SPDX-License-Identifier: MIT
# Sourced by the tests that run in the virtual machine: where things are, and whether there are any.
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

# in_machine TEST OPTION...: runs a Python test there, beside virtual controllers.
in_machine() {
    local test=$1
    shift
    exec bash "$machine" run "$@" -p "$air" -a '-a 100' -t 1800 -E "builddir=$build" \
        -E "srcdir=$top" "${PYTHON3:-python3}" -B "$top/tests/bluetooth/$test"
}
