#!/usr/bin/env bash
# The voting rules as a model (simplex.pml), searched by spin in full; and with one rule left out
# after another, to see that the search would notice. MODEL_VIEWS=3 searches three views: minutes
# and gigabytes.
set -u
views=${MODEL_VIEWS:-2}
rules=("all rules" "a quorum of two" "FINALIZE after NULLIFY" "skipped views unexamined"
    "sent before logged" "two NOTARIZE in a view" "NULLIFY after FINALIZE")
if ! command -v spin >/dev/null || ! command -v gcc >/dev/null; then
    echo "1..0 # SKIP the model needs spin: install it with 'apt install spin'"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
failed=0
echo "1..${#rules[@]}"
for broken in "${!rules[@]}"; do
    spin -a -DVIEWS="$views" -DBREAK="$broken" "$srcdir/tests/model/simplex.pml" >spin.log 2>&1 &&
        gcc -w -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000 -w24 >pan.log 2>&1
    states=$(awk '/states, stored/ {print $1}' pan.log)
    if grep -q "Search not completed\|max search depth too small" pan.log; then
        found=error
    else
        found=$(awk -F'errors: ' '/errors:/ {print ($2 == 0 ? "none" : "error")}' pan.log)
    fi
    expected=error
    [ "$broken" -eq 0 ] && expected=none
    if [ "$found" = "$expected" ]; then
        echo "ok $((broken + 1)) - ${rules[broken]}: $found found in $states states"
    else
        echo "not ok $((broken + 1)) - ${rules[broken]}: expected $expected, found ${found:-nothing}"
        sed 's/^/# /' spin.log pan.log
        failed=1
    fi
    rm -f pan* ./*.trail
done
exit "$failed"
