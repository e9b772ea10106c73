#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a command in a small virtual machine that has Linux Bluetooth, with virtual controllers.
#
#     machine.sh missing                     what Debian packages are missing, one a line
#     machine.sh prepare                     fetches a kernel and makes the machine's files, once
#     machine.sh run [OPTION]... COMMAND...  runs a command in it
#
# The machine's root is this machine's own file system, read-only under a layer in memory: programs
# and libraries are where they are here, and what the command writes is lost. It runs as root in the
# current folder; its standard output, standard error and exit status come back. 124: it ran past
# its limit. 125: the machine did not come up or died; the end of the kernel's log is shown.
#
#     -n COUNT       virtual controllers (4)
#     -p PROGRAM     what makes them: tests/bluetooth/air as built
#     -a ARGUMENTS   more for that program; it listens at /run/air
#     -d             with dbus-daemon and bluetoothd
#     -t SECONDS     limit for the whole run (300)
#     -E NAME=VALUE  a variable of the command's environment; may be repeated
#     -i SHIFT       its clock counts instructions, 2^SHIFT nanoseconds each: how long things take does
#                    not hang on what else this machine does; emulated
#     -v             the kernel's log on standard error at the end
#
# Its processor is this machine's where KVM works, and emulated elsewhere; MACHINE_ACCELERATOR in the
# command's environment says which (kvm or tcg). Needs no root. The kernel comes from Debian's mirror,
# with apt's own keys; 65 MB stay in the cache folder BITCRAPS_MACHINE (by default bitcraps-machine
# in the user's cache folder).
set -u
here=$(cd "$(dirname "$0")" && pwd)
cache=${BITCRAPS_MACHINE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/bitcraps-machine}
die() { echo "machine: $*" >&2; exit 125; }

# The machine itself, without what runs its processor and where it writes.
machine=(-smp 1 -m 1024 -nodefaults -display none -no-reboot
    -kernel "$cache/vmlinux" -initrd "$cache/initramfs"
    -append "console=ttyS0 panic=-1 quiet nokaslr mitigations=off cryptomgr.notests no_timer_check")

# What the machine loads, in this order, before it has its root.
modules="virtio_pci virtio_console 9pnet_virtio 9p overlay cmac ecb algif_hash algif_skcipher
    hci_vhci"

# Kernels known to be good, best first; a name with a suite stands for the newest there. Of Debian
# 12's own, 6.1.190 and older hang in a read that blocks on a Bluetooth socket, and 6.1.192 crashes
# when a BR/EDR connection fails; what is tested here does neither.
kernels="linux-image-amd64/bookworm-backports linux-image-amd64/bookworm"

missing() {
    local command package
    while read -r command package; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || echo "$package"
    done <<'END'
qemu-system-x86_64 qemu-system-x86
busybox busybox-static
cpio cpio
modprobe kmod
xz xz-utils
zstd zstd
bluetoothctl bluez
dbus-daemon dbus
END
}

# Downloads the first kernel that is to be had into a folder, with lists of its own, so that the
# machine's package sources stay as they are: fetch FOLDER
fetch() {
    local to=$1 lists=$cache/apt mirror suite name real
    local key=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | sort -u |
        while read -r mirror suite; do
            echo "deb [signed-by=$key] $mirror $suite main"
            [ "$suite" = bookworm ] && echo "deb [signed-by=$key] $mirror bookworm-backports main"
        done >"$lists/list"
    local options=(-q -o "Dir::Etc::SourceList=$lists/list" -o "Dir::Etc::SourceParts=/dev/null"
        -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists/cache")
    timeout 300 apt-get "${options[@]}" update >/dev/null 2>&1
    for name in $kernels; do
        real=$(apt-cache "${options[@]}" show "${name%/*}" 2>/dev/null | awk -v suite="${name#*/}" '
            /^Version:/ { version = $2 }
            /^Depends:/ && (suite !~ /backports/ || version ~ /bpo/) &&
                match($0, /linux-image-[0-9][^ ,]*/) { print substr($0, RSTART, RLENGTH); exit }')
        [ -n "$real" ] || continue
        (cd "$to" && timeout 600 apt-get "${options[@]}" download "$real" >/dev/null 2>&1) &&
            { echo "machine: $real" >&2; return 0; }
    done
    die "no kernel is to be had from the package sources of this machine"
}

# The ELF image inside vmlinuz: QEMU starts it directly: unpack VMLINUZ OUT
unpack() {
    local image=$1 out=$2 way offset
    for way in '\xfd7zXZ\x00 xz -dc --single-stream' '\x28\xb5\x2f\xfd zstd -dcq'; do
        offset=$(LC_ALL=C grep -aboP "${way%% *}" "$image" | head -n 1 | cut -d: -f1)
        [ -n "$offset" ] || continue
        # shellcheck disable=SC2086 # A command with its arguments.
        tail -c "+$((offset + 1))" "$image" | ${way#* } >"$out" 2>/dev/null
        [ "$(head -c 4 "$out" | tail -c 3)" = ELF ] && return 0
    done
    die "there is no kernel in $image"
}

prepare() {
    local work version module file lock
    mkdir -p "$cache" || die "cannot write $cache"
    exec {lock}>"$cache/lock"
    flock "$lock" # Two may begin at once.
    [ -s "$cache/initramfs" ] && [ "$cache/initramfs" -nt "$here/machine-init" ] && return 0
    work=$cache/new
    rm -rf "$work"
    mkdir -p "$work/deb" "$work/x" "$work"/i/{bin,mod,proc,sys,dev,lower,top,root} ||
        die "cannot write $cache"
    PATH=$PATH:/usr/sbin:/sbin
    fetch "$work/deb"
    dpkg-deb --fsys-tarfile "$work"/deb/*.deb | tar x -C "$work/x" ./boot ./lib ||
        die "the kernel's package cannot be unpacked"
    version=$(basename "$work"/x/lib/modules/*)
    unpack "$work/x/boot/vmlinuz-$version" "$work/vmlinux"
    depmod -b "$work/x" "$version" || die "depmod failed"
    for module in $modules; do
        modprobe -d "$work/x" -S "$version" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
        case $file in
        *.xz) xz -dc "$file" >"$work/i/mod/$(basename "$file" .xz)" && basename "$file" .xz ;;
        *) cp "$file" "$work/i/mod/" && basename "$file" ;;
        esac
    done >"$work/order"
    mv "$work/order" "$work/i/mod/order"
    cp "$(command -v busybox)" "$work/i/bin/busybox"
    cp "$here/machine-init" "$work/i/init" && chmod +x "$work/i/init"
    (cd "$work/i" && find . | cpio -o -H newc --quiet) >"$work/initramfs" ||
        die "the initramfs cannot be made"
    mv "$work/vmlinux" "$work/initramfs" "$cache/"
    rm -rf "$work"
}

# What QEMU runs the processor with: KVM where it can be opened and a kernel is seen to come up with
# it, which it is not inside some virtual machines; else emulation. Found out once for each boot.
accelerator() {
    local boot known='' before found=tcg,thread=multi console trial
    boot=$(cat /proc/sys/kernel/random/boot_id)
    [ -s "$cache/accelerator" ] && read -r known before <"$cache/accelerator"
    [ "$known" = "$boot" ] && { echo "$before"; return; }
    if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
        exec {console}< <(exec timeout -k 1 10 qemu-system-x86_64 -accel kvm -cpu host \
            "${machine[@]}" -serial file:/dev/stdout </dev/null 2>/dev/null)
        trial=$!
        grep -aq 'machine: init' <&"$console" && found=kvm
        kill "$trial" 2>/dev/null || true
        exec {console}<&-
    fi
    echo "$boot $found" >"$cache/accelerator"
    echo "$found"
}

# One start of the machine; its variables are those of run.
start() {
    local status out err processor=()
    [ "$accelerator" = kvm ] && processor=(-cpu host)
    [ -z "$shift" ] || processor=(-icount "shift=$shift,sleep=on")
    rm -f "$control/out" "$control/err"
    mkfifo "$control/out" "$control/err"
    : >"$control/console"
    cat "$control/out" &
    out=$!
    cat "$control/err" >&2 &
    err=$!
    timeout -k 5 "$limit" qemu-system-x86_64 -accel "$accelerator" \
        "${processor[@]:+${processor[@]}}" "${machine[@]}" -serial "file:$control/console" -device virtio-serial \
        -chardev "file,id=o,path=$control/out" -device virtserialport,chardev=o,name=out \
        -chardev "file,id=e,path=$control/err" -device virtserialport,chardev=e,name=err \
        -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
        -virtfs "local,path=$control,mount_tag=control,security_model=none" </dev/null &
    machine_process=$! # Waited for, so that who ends this ends it at once.
    wait "$machine_process"
    status=$?
    machine_process=
    # Where it ended before it opened them, nobody would ever write.
    : <>"$control/out" <>"$control/err"
    wait "$out" "$err"
    return $status
}

run() {
    local count=4 program='' arguments='' daemons=0 limit=300 verbose=0 shift='' environment=() option
    local OPTIND=1 status try accelerator
    while getopts n:p:a:dt:E:i:v option; do
        case $option in
        n) count=$OPTARG ;; p) program=$OPTARG ;; a) arguments=$OPTARG ;; d) daemons=1 ;;
        t) limit=$OPTARG ;; E) environment+=("$OPTARG") ;; i) shift=$OPTARG ;;
        v) verbose=1 ;; *) exit 125 ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || die "no command"
    [ -x "$program" ] || die "no program for the controllers: -p tests/bluetooth/air"
    [ -s "$cache/initramfs" ] || die "not prepared: machine.sh prepare"
    control=$(mktemp -d) || die "no folder for the run"
    trap '[ -z "${machine_process:-}" ] || kill "$machine_process"; rm -rf "$control"' EXIT
    trap 'exit 125' TERM INT HUP
    cp "$here/machine-stage" "$control/" && cp "$program" "$control/air" || die "cannot copy"
    printf 'COUNT=%q ARGUMENTS=%q DAEMONS=%q\n' "$count" "$arguments" "$daemons" >"$control/conf"
    accelerator=$(accelerator) || die "it cannot be found out what QEMU runs the processor with"
    [ -z "$shift" ] || accelerator=tcg,thread=single
    {
        printf 'export MACHINE_ACCELERATOR=%q\n' "${accelerator%%,*}"
        for option in "${environment[@]:+${environment[@]}}"; do printf 'export %q\n' "$option"; done
        printf 'cd %q\n' "$PWD"
        printf '%q ' "$@"
        echo
    } >"$control/command"
    # A machine that died before the command began is started again.
    for try in 1 2; do
        start
        status=$?
        [ ! -s "$control/status" ] && [ $status != 124 ] && [ $status != 137 ] &&
            ! grep -q 'machine: command' "$control/console" || break
        echo "machine: it died on the way up, try $try" >&2
    done
    [ $verbose = 0 ] || cat "$control/console" >&2
    [ $status != 124 ] && [ $status != 137 ] ||
        { tail -n 5 "$control/console" >&2; echo "machine: past the limit of $limit s" >&2; exit 124; }
    [ -s "$control/status" ] ||
        { tail -n 40 "$control/console" >&2; die "it ended without a result"; }
    exit "$(cat "$control/status")"
}

case ${1:-} in
missing) missing ;;
prepare) prepare ;;
run) shift; run "$@" ;;
*) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" ;;
esac
