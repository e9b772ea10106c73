#!/usr/bin/env bash
# src/LAYERS holds: who includes whom inside src/. And every source file is named by a local.am.
set -u
cd "$srcdir/src" || exit 1
echo 1..2
wrong=$(grep -HoE '^#include "[a-z]+/' -r --include='*.[ch]' . | awk -F'[/:"]' '
    BEGIN {
        while ((getline line < "LAYERS") > 0) {
            if (line ~ /^#/ || line == "") continue
            count = split(line, word, /[: ]+/)
            for (i = 1; i <= count; i++) allowed[word[1], word[i]] = 1
        }
    }
    { from = $2; to = $(NF - 1); file = $0; sub(/:.*/, "", file)
      if (to == "proto" || to == "platform") next
      if (!((from, to) in allowed)) print file " includes " to "/" }' | sort -u)
if [ -z "$wrong" ]; then
    echo "ok 1 - folders include only what lies under them"
else
    echo "$wrong" | sed 's/^/# /'
    echo "not ok 1 - folders include only what lies under them"
fi
missing=$(find . -name '*.c' | sed 's,^\./,,' | while read -r file; do
    grep -qF "%D%/$(basename "$file")" "$(dirname "$file")/local.am" || echo "$file"; done)
if [ -z "$missing" ]; then
    echo "ok 2 - every source file is built"
else
    echo "$missing" | sed 's/^/# not built: /'
    echo "not ok 2 - every source file is built"
fi
[ -z "$wrong$missing" ]
