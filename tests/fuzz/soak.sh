#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzzer for long: soak.sh BUILD [SECONDS each, 600]. Builds them in BUILD/fuzz with clang and
# the address and undefined behaviour sanitizers, unless BUILD has them already, and prints for each
# how many inputs it ran. Fails when one found something; what it found is in found/.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
seconds=${2:-600}
if ! grep -q '^FUZZ_LDFLAGS = -fsanitize' "$build/Makefile"; then
    build=$build/fuzz
    mkdir -p "$build"
    [ -f "$build/Makefile" ] ||
        (cd "$build" && "$source/configure" -q --enable-fuzz --enable-sanitizers CC=clang-14 \
            CFLAGS="-O1 -g")
fi
make -C "$build" -s fuzzers
FUZZ_SEED=0; export FUZZ_SEED
exec make -C "$build" -s fuzz FUZZ_SECONDS="$seconds"
