#!/usr/bin/env bash
# Sessions of the simulator crapssim, roll by roll through our engine; and that a difference is seen.
set -u
replay=$builddir/tests/craps/corpus_replay
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0

# result STATUS NAME: one line of TAP.
result() {
    number=$((number + 1))
    [ "$1" -eq 0 ] && echo "ok $number - $2" || echo "not ok $number - $2"
}

# Whether the replay of FILE... ends with this STATUS and prints a line that matches PATTERN.
ends() {
    local status=$1 pattern=$2
    shift 2
    "$replay" "$@" >"$scratch/out" 2>&1
    [ $? -eq "$status" ] && grep -qE "$pattern" "$scratch/out" && return 0
    sed 's/^/# /' "$scratch/out"
    return 1
}

echo 1..11
ends 0 '^sessions 276 rolls 12315 mismatches 0$'
result $? "276 sessions of crapssim, every action, chip, point and decision"

gzip -dc "$srcdir/tests/vectors/crapssim-corpus.jsonl.gz" >"$scratch/plain"
head -n 3 "$scratch/plain" >"$scratch/three"
ends 0 '^sessions 6 rolls [0-9]+ mismatches 0$' "$scratch/three" "$scratch/three"
result $? "plain files, and several of them"

# Each of these changes one fact of one session, which the replay must tell.
changed() {
    sed -E "$2" "$scratch/plain" >"$scratch/changed"
    cmp -s "$scratch/plain" "$scratch/changed" && { echo "# nothing changed"; return 1; }
    ends 1 "$1" "$scratch/changed"
}
changed '^session s0007, step 3: field: expected W' '1s/\["field","L",0,0\]/["field","W",0,0]/'
result $? "a decision that differs"
changed '^session s0007, step 2: bankroll before' '1s/"b0":42500/"b0":42501/'
result $? "a bankroll that differs"
changed '^session s0007, step 0: puck' '1s/"pt":8/"pt":6/'
result $? "a puck that differs"
changed '^session s0007, step 4: shooter' '1s/"pt":0,"sh":2/"pt":0,"sh":3/'
result $? "a shooter that differs"
changed '^session s0007, step 2: place:6 lies' '1s/"place:6":6000/"place:6":6001/'
result $? "a bet that differs"
changed '^session s0007, step 2: \+ place:6 6000: expected refused' \
    '1s/\["\+","place:6",6000,1\]/["+","place:6",6000,0]/'
result $? "an action that was refused there"

{ head -n 1 "$scratch/plain"; echo '{"id":"s1","bank":'; } >"$scratch/broken"
ends 2 'broken, line 2: it is no JSON' "$scratch/broken"
result $? "a broken line is told with its file and number"
gzip -c "$scratch/three" | head -c 3000 >"$scratch/cut.gz"
ends 2 'cut.gz' "$scratch/cut.gz"
result $? "a file that was cut"
ends 2 'cannot be opened' "$scratch/none"
result $? "a file that is not there"
[ "$number" -eq 11 ]
