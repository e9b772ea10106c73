#!/bin/sh
# Runs one fuzzer over its corpus: the seeds of the tree first, what it finds in the build folder.
# one.sh SRCDIR SECONDS FUZZER; in the build folder. FUZZ_SEED in the environment: where the search
# begins, so that the same program is tried with the same inputs each time; 0: anywhere.
name=$(basename "$3")
corpus=$1/$(dirname "$3")/corpus/${name%_fuzz}
mkdir -p "found/$name"
if "./$3" -seed="${FUZZ_SEED:-1}" -max_total_time="$2" -max_len=4096 -timeout=60 \
    -print_final_stats=1 -artifact_prefix="found/$name-" "found/$name" "$corpus" >"found/$name.log" 2>&1; then
    echo "fuzz ok: $name $(grep number_of_executed_units "found/$name.log")"
else
    echo "fuzz FAILED: $name, see found/$name.log"
    exit 1
fi
