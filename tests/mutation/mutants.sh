#!/usr/bin/env bash
# The mutation gate: makes one line of the rules wrong, in a copy of the tree, builds, and runs the
# suite until a test fails; says which one. A mutant that survives shows what no test looks at.
#
#   mutants.sh SOURCE BUILD [NAME...]    all mutants of mutants.txt, or these
#
# SUITE in the environment: other tests, by their paths in the build folder, in this order.
# Exit status: 0 all killed, 1 some survived or no longer apply, 2 the tests fail without a mutant.
set -u
source=$(cd "$1" && pwd)
build=$2
shift 2
seconds=${MUTANT_SECONDS:-240} # A test that takes longer has been killed, too: it hangs.
suite=${SUITE:-tests/consensus/tally_test tests/consensus/vote_test tests/consensus/chain_test
    tests/consensus/consensus_test tests/table/seating_test tests/table/admission_test
    tests/table/table_test tests/table/epoch_test tests/table/evidence_test tests/table/memory_test
    tests/dice/roll_test tests/dice/keygen_test tests/sim/table_sim.sh tests/sim/twins_test
    tests/sim/consensus_sim_test}

copy=$build/tree
work=$build/build
mkdir -p "$copy" "$work"
tar -C "$source" --exclude=./build --exclude=./.git --exclude=./autom4te.cache -cf - . |
    tar -C "$copy" -xf -
[ -f "$work/Makefile" ] || (cd "$work" && ../tree/configure -q >configure.log 2>&1) ||
    { tail -n 5 "$work/configure.log"; exit 2; }
copy=$(cd "$copy" && pwd)
# What an interrupted run has left mutated is compiled again.
sed -n 's/^[^#|]* | \([^|]*\) | .*/\1/p' "$source/tests/mutation/mutants.txt" | sort -u |
    (cd "$copy" && xargs touch)
work=$(cd "$work" && pwd)

# Builds what a test runs, and no more: most mutants die early.
make_for() {
    local program=$1
    [ "${program%.sh}" = "$program" ] || program=bitcraps-sim
    # The copy is not the place to make the build system anew.
    make -C "$work" -s -j"$(nproc)" AUTOCONF=: AUTOMAKE=: ACLOCAL=: AUTOHEADER=: "$program" \
        >"$work/make.log" 2>&1
}

# Runs the suite; the first test that fails is left in $killer, what it said in $work/test.log.
# False: something does not compile.
run_suite() {
    local test
    killer=
    for test in $suite; do
        make_for "$test" || return 1
        local command=("$work/$test")
        [ "${test%.sh}" = "$test" ] || command=(bash "$copy/$test")
        # That it aborted is for us to say, not for the shell.
        { (cd "$work" && env CMOCKA_MESSAGE_OUTPUT=TAP srcdir="$copy" builddir="$work" \
            timeout "$seconds" "${command[@]}") </dev/null >"$work/test.log" 2>&1; } 2>/dev/null
        local status=$?
        # A script in TAP ends well and says 'not ok'.
        [ $status -eq 0 ] && ! grep -q '^not ok' "$work/test.log" && continue
        killer=$test
        [ $status -ne 124 ] || killer="$test (hangs)"
        return 0
    done
    return 0
}

# The first failing case, without its number.
case_of() {
    grep -m1 -oE '^not ok [0-9]+ - .*' "$work/test.log" | sed -E 's/^not ok [0-9]+ - //' ||
        grep -v '^ok' "$work/test.log" | tail -n 1
}

run_suite || { tail -n 20 "$work/make.log"; exit 2; }
if [ -n "$killer" ]; then
    echo "without a mutant $killer fails: $(case_of)"
    exit 2
fi

trim() { sed -E 's/^ +//; s/ +$//'; }
mutants=0
survived=0
while IFS= read -r line; do
    case $line in '#'* | '') continue ;; esac
    name=$(printf '%s' "${line%% | *}" | trim)
    rest=${line#* | }
    file=$(printf '%s' "${rest%% | *}" | trim)
    rest=${rest#* | }
    expression=${rest% | *}
    reason=${rest##* | }
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    mutants=$((mutants + 1))
    unchanged=
    for one in $file; do
        cp -p "$copy/$one" "$work/kept-${one##*/}"
        sed -i -e "$expression" "$copy/$one"
        ! cmp -s "$copy/$one" "$work/kept-${one##*/}" || unchanged=$one
    done
    if [ -n "$unchanged" ]; then
        echo "MISSED: $name no longer applies to $unchanged"
        survived=$((survived + 1))
    elif ! run_suite; then
        echo "MISSED: $name does not compile: $(grep -m1 error "$work/make.log")"
        survived=$((survived + 1))
    elif [ -n "$killer" ]; then
        echo "killed: $name, by $killer: $(case_of)"
    else
        echo "SURVIVED: $name ($reason)"
        survived=$((survived + 1))
    fi
    for one in $file; do
        cp -p "$work/kept-${one##*/}" "$copy/$one"
        touch "$copy/$one"
    done
done <"$source/tests/mutation/mutants.txt"
echo "$mutants mutants, $((mutants - survived)) killed, $survived not"
[ $survived -eq 0 ]
