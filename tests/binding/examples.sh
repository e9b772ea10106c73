#!/usr/bin/env bash
# libbitcraps from outside: what it exports, its header in other languages, and the examples, built
# by the flags that pkg-config tells.
set -u
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
library=$builddir/.libs/libbitcraps.so.0
sanitizers=$(sed -n 's/^SAN_FLAGS = *//p' "$builddir/Makefile")
compiler=$(sed -n 's/^CC = *//p' "$builddir/Makefile")
export PKG_CONFIG_PATH=$builddir
unset PKG_CONFIG_DISABLE_UNINSTALLED
number=0

# result STATUS NAME: one line of TAP; what was said goes before it.
result() {
    number=$((number + 1))
    [ "$1" -eq 0 ] || sed 's/^/# /' "$scratch/out"
    [ "$1" -eq 0 ] && echo "ok $number - $2" || echo "not ok $number - $2"
}

nm -D --defined-only "$library" | awk '{print $NF}' | sed 's/@.*//' | sort >"$scratch/all"
grep -v '^bitcraps_' "$scratch/all" | grep -vE '^(__asan|__ubsan|__odr|___asan|_init$|_fini$)' \
    >"$scratch/out"
[ -s "$scratch/all" ] && [ ! -s "$scratch/out" ]
result $? "only the public names are exported"

grep -oE 'bitcraps_[a-z_]+\(' "$srcdir/include/bitcraps/craps.h" | tr -d '(' | sort -u >"$scratch/told"
grep '^bitcraps_' "$scratch/all" | diff "$scratch/told" - >"$scratch/out"
result $? "each function of the header is there, and no other"

printf '#include <bitcraps/craps.h>\nint main(void) { return bitcraps_version() == 0; }\n' >"$scratch/one.c"
$compiler -std=c99 -pedantic -Wall -Wextra -Werror -I"$srcdir/include" -fsyntax-only "$scratch/one.c" \
    >"$scratch/out" 2>&1
result $? "the header is C99 and needs no other"

# Not everybody who builds C has a C++ compiler.
if command -v c++ >/dev/null; then
    c++ -std=c++11 -pedantic -Wall -Wextra -Werror -I"$srcdir/include" -fsyntax-only -x c++ \
        "$scratch/one.c" >"$scratch/out" 2>&1
    result $? "the header is C++"
fi

# $flags are words.
flags=$(pkg-config --cflags --libs bitcraps 2>"$scratch/out") &&
    $compiler $sanitizers -Wall -Wextra -Werror -o "$scratch/settle" "$srcdir/examples/settle.c" \
        $flags >"$scratch/out" 2>&1
result $? "examples/settle.c builds by pkg-config's flags"

"$scratch/settle" pass=10 4-2 "pass odds=50" "place 8=12" 4-4 5-1 >"$scratch/out" 2>&1 &&
    tail -n 1 "$scratch/out" | grep -qx '+72' &&
    ! "$scratch/settle" "place 6=13" >"$scratch/out" 2>&1 && grep -q 12 "$scratch/out"
result $? "examples/settle.c settles"

# A library with the address sanitizer wants it loaded before all others.
case $sanitizers in
*address*)
    LD_PRELOAD=$($compiler -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \
        "$PYTHON3" "$srcdir/examples/settle.py" "$library" >"$scratch/out" 2>&1 ;;
*)
    "$PYTHON3" "$srcdir/examples/settle.py" "$library" >"$scratch/out" 2>&1 ;;
esac && grep -qx 'back in the purse: 130' "$scratch/out"
result $? "examples/settle.py settles"
echo "1..$number"
