#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The service is hardened, as systemd itself measures it, and its settings are ones that the daemon
# knows: as they are installed, and with every line in use that is commented out.
set -u
echo 1..4
unit=$builddir/etc/bitcrapsd.service
settings=$srcdir/etc/bitcraps.conf
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# Prints one result: result STATUS NUMBER SENTENCE
result() {
    [ "$1" -eq 0 ] && printf 'ok %s - %s\n' "$2" "$3" && return
    failed=1
    printf 'not ok %s - %s\n' "$2" "$3"
}

# systemd counts exposure in tenths: at most 2.0 of 10.
if command -v systemd-analyze >/dev/null; then
    systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" \
        >"$folder/security" 2>&1
    result $? 1 "the unit is exposed to 2.0 of 10 at most"
    tail -n 1 "$folder/security" | sed 's/^/# /'
    # Only the program is missing before it is installed.
    systemd-analyze verify --man=no "$unit" 2>&1 | grep -F bitcrapsd.service |
        grep -v 'is not executable' | sed 's/^/# /' >"$folder/verify"
    [ ! -s "$folder/verify" ]
    result $? 2 "systemd knows every line of the unit"
    cat "$folder/verify"
else
    echo "ok 1 # SKIP no systemd-analyze: install it with 'apt install systemd'"
    echo "ok 2 # SKIP no systemd-analyze: install it with 'apt install systemd'"
fi

"$builddir/bitcrapsd" --config "$settings" --version >"$folder/said" 2>&1
result $? 3 "the daemon takes the settings as they are installed"
sed 's/^/# /' "$folder/said"
# A setting that is commented out stands right behind the sign, a sentence after a space.
sed 's/^#\([a-z]\)/\1/' "$settings" >"$folder/all.conf"
if cmp -s "$settings" "$folder/all.conf"; then
    echo "# no setting is commented out"
    false
else
    "$builddir/bitcrapsd" --config "$folder/all.conf" --version >"$folder/said" 2>&1
fi
result $? 4 "and with every setting in use"
sed 's/^/# /' "$folder/said"
exit "$failed"
