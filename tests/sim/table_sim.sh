#!/usr/bin/env bash
# Whole tables through a simulated bad day: a fixed budget of seeds, and seeds that failed once.
set -u
number=0
held() {
    local name=$1
    shift
    number=$((number + 1))
    if output=$("$builddir/bitcraps-sim" "$@" 2>&1); then
        echo "ok $number - $name"
    else
        echo "$output" | sed 's/^/# /'
        echo "not ok $number - $name"
    fi
}
echo 1..7
held "a quiet table of one, two, three" --nodes 1 --seeds 1..3
held "two seats lose a fifth of their messages" --nodes 2 --seeds 1..10 --loss 0.2
held "four seats in good weather" --seeds 1..10
held "four seats: loss, duplicates, crashes, partitions" \
    --seeds 1..40 --loss 0.2 --duplicate 0.05 --crash 0.03 --partition 0.02
held "four seats lose half of their messages" --seeds 1..10 --rolls 4 --loss 0.5
held "seven seats: loss and crashes" --nodes 7 --rolls 5 --seeds 1..6 --loss 0.3 --crash 0.03
# Seed 4 of these once span for ever: a recovering seat's betting window had ended.
held "a seat recovers past its window" \
    --seeds 4 --loss 0.2 --duplicate 0.05 --crash 0.03 --partition 0.02
