#!/usr/bin/env bash
# Whole tables through bad days: a fixed budget of seeds, all that failed once (seeds/), and what
# bitcraps-sim says to those who ask it wrongly. SEEDS_PART in the environment: only one part in so
# many of the budget.
set -u
number=0
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        [ -z "${output:-}" ] || echo "$output" | sed 's/^/# /'
        echo "not ok $number - $2"
    fi
}

# held NAME ARGUMENT...: all these seeds hold.
held() {
    local name=$1
    shift
    output=$(timeout 300 "$builddir/bitcraps-sim" "$@" 2>&1)
    result $? "$name"
}

# some N: the first N seeds, less where only a part is wanted.
some() {
    echo "1..$((($1 + ${SEEDS_PART:-1} - 1) / ${SEEDS_PART:-1}))"
}

# refused NAME ARGUMENT...: one sentence and status 2.
refused() {
    local name=$1
    shift
    output=$("$builddir/bitcraps-sim" "$@" 2>&1)
    [ $? -eq 2 ] && [ "$(printf '%s\n' "$output" | wc -l)" -eq 1 ]
    result $? "$name"
}

held "a quiet table of one, two, three" --nodes 1 --seeds "$(some 3)"
for seats in $(seq 1 16); do
    held "$seats seats in storms, up to a third of them liars" --nodes "$seats" --byzantine any \
        --storm --rolls 4 --crypto swapped --seeds "$(some $((seats > 10 ? 2 : 6)))"
done
held "four seats with libsodium's own crypto" --crypto real --byzantine any --seeds "$(some 4)"
held "two seats lose a fifth of their messages" --nodes 2 --seeds "$(some 10)" --loss 0.2
held "four seats: loss, duplicates, crashes, partitions" \
    --seeds "$(some 40)" --loss 0.2 --duplicate 0.05 --crash 0.03 --partition 0.02
held "four seats lose half of their messages" --seeds "$(some 10)" --rolls 4 --loss 0.5
held "four seats lose six of ten messages, in bursts" \
    --seeds "$(some 6)" --rolls 3 --loss 0.6 --burst 0.02 --crypto swapped
held "seven seats, two liars, loss and crashes" \
    --nodes 7 --byzantine 2 --rolls 5 --seeds "$(some 16)" --loss 0.3 --crash 0.03 --crypto swapped
held "disks that tear, rot, age and fill up" --nodes 7 --rolls 4 --seeds "$(some 12)" \
    --crash 0.05 --damage 0.7 --full 0.02 --sync 300 --crypto swapped
held "links that work one way, flap and part" --rolls 4 --seeds "$(some 12)" \
    --one-way 0.05 --flap 0.05 --partition 0.02 --late 0.1 --clock 0.05 --crypto swapped
held "the power fails for everyone, again and again" --rolls 4 --seeds "$(some 12)" --power 0.01 \
    --sync 50 --crypto swapped
for nodes in 2:1 5:2 6:3 9:4; do
    held "${nodes#*:} liars of ${nodes%:*}: safe, though perhaps stuck" --nodes "${nodes%:*}" \
        --byzantine "${nodes#*:}" --storm --rolls 3 --seeds "$(some 4)" --crypto swapped
done
while read -r habit _; do
    held "one of four seats that $habit" --byzantine 1 --liar "$habit" --rolls 4 --loss 0.1 \
        --crash 0.02 --seeds "$(some 4)" --crypto swapped
done < <("$builddir/bitcraps-sim" --liar list)
held "a sore loser has no better dice" --byzantine 1 --liar sore-loser --rolls 40 --seeds "$(some 20)" \
    --crypto swapped
for seed in "$srcdir"/tests/sim/seeds/*; do
    # shellcheck disable=SC2046
    held "the seed of ${seed##*/} holds" $(grep -v '^#' "$seed")
done
output=$("$builddir/bitcraps-sim" --seeds 3 --byzantine 1 --liar equivocates --story 2>&1)
printf '%s\n' "$output" | grep -q 'player 4 lies: it shows different blocks' &&
    printf '%s\n' "$output" | grep -qE 'roll 1 is [1-6] and [1-6]' &&
    printf '%s\n' "$output" | grep -q 'everything held' &&
    [ "$(printf '%s\n' "$output" | tail -n 1)" = "1 seeds, 0 failed" ]
result $? "a seed's story is told in words"
refused "no such option" --nosuch
refused "no value" --nodes
refused "too many seats" --nodes 17
refused "no chance" --loss 1.1
refused "seeds backwards" --seeds 5..3
refused "an unknown lie" --liar nosuch
refused "too many liars" --nodes 4 --byzantine 2
refused "an unexpected word" nosuch
echo "1..$number"
