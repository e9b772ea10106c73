#!/usr/bin/env bash
# The cores are pure: libcore.a asks the system for nothing but memory moves and cryptography.
set -u
echo 1..2
archive=$builddir/.libs/libcore.a
if [ -s "$archive" ]; then
    echo "ok 1 - there is an archive of cores to look at"
else
    echo "not ok 1 - $archive is missing"
    exit 1
fi
defined=$(nm --defined-only "$archive" 2>/dev/null | awk 'NF==3 {print $3}' | sort -u)
foreign=$(nm -u "$archive" 2>/dev/null | awk '$1=="U" {print $2}' | sort -u |
    grep -vxF "$defined" |
    grep -vxE 'mem(cpy|set|cmp|move|chr)|str(len|nlen|cmp|ncmp|chr)|__(mem|str)[a-z]*_chk|abort|crypto_.*|sodium_(mem|add|sub|increment|is_zero|compare).*|__stack_chk_fail|__(popcount|clz|ctz)[a-z]+2|protobuf_c_.*|bitcraps__.*|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|sanitizer|sancov|gcov)_.*|(stderr|fprintf|__fprintf_chk|fwrite)')
if [ -z "$foreign" ]; then
    echo "ok 2 - the cores call nothing of the system"
else
    echo "$foreign" | sed 's/^/# a core calls /'
    echo "not ok 2 - the cores call the system"
    exit 1
fi
