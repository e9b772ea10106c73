#!/usr/bin/env bash
# Long runs: soak.sh BUILD SEEDS. Plays SEEDS seeds each of whole tables in any storm, of the table
# of seven with two liars, 30 % loss and crashes, and of the voting core alone; on every processor a
# share. Failing seeds are left in BUILD/found/seeds as files that tests/sim/seeds/ takes as they are.
set -u
build=$1
seeds=$2
processes=$(nproc)
mkdir -p "$build/found/seeds"
failed=0

# many NAME ARGUMENT...: all seeds, in so many processes.
many() {
    local name=$1 share=$(((seeds + processes - 1) / processes)) first=1 last pids=() logs=()
    shift
    echo "== $name: $* --seeds 1..$seeds"
    while [ "$first" -le "$seeds" ]; do
        last=$((first + share - 1))
        [ "$last" -le "$seeds" ] || last=$seeds
        local log=$build/found/sim-$name-$first.log
        "$build/bitcraps-sim" "$@" --progress --seeds "$first..$last" >"$log" &
        pids+=($!)
        logs+=("$log")
        first=$((last + 1))
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    cat "${logs[@]}"
    sed -n 's/^seed \([0-9]*\) .*: \(.*\)/\1 \2/p' "${logs[@]}" | while read -r seed breach; do
        printf '# %s\n%s\n' "$breach" "$* --seeds $seed" >"$build/found/seeds/$name-$seed"
    done
}

many storm --nodes any --byzantine any --storm
many seven --nodes 7 --byzantine 2 --loss 0.3 --crash 0.03 --duplicate 0.02 --damage 0.2
echo "== the voting core"
FIRST=1000000 COUNT=$seeds "$build/tests/sim/consensus_sim_test" || failed=1
echo "== twins in three views"
VIEWS=3 "$build/tests/sim/twins_test" || failed=1
exit $failed
