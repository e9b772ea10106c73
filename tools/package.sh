#!/usr/bin/env bash
# Builds the Debian packages and looks them over with lintian: tools/package.sh [ARCHITECTURE]...
# Without a word, those of this machine. arm64 is built across: Debian's packages of such a machine
# are unpacked (not installed) into a folder, the sysroot, and what was built is tried under an
# emulated processor: every unit test of pure parts, the threads' queues, pools and map, and a
# game of four nodes over UDP. Packages and logs go to build/package/ARCHITECTURE.
# There is no armhf: sums of a simulation and the exact odds take 128 bits.
# Installing libraries of another architecture beside one's own does not work: libck-dev and
# libnice-dev of two architectures exclude each other.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
to=$top/build/package
: "${STRESS:=10}" # How often the tests of what threads share are run under an emulated processor.

say() { printf '== %s\n' "$*"; }

die() {
    printf 'tools/package.sh: %s\n' "$*" >&2
    exit 1
}

# Installs packages unless all commands are there: need "COMMAND..." PACKAGE...
need() {
    local command missing= root=
    for command in $1; do
        command -v "$command" >/dev/null || missing="$missing $command"
    done
    shift
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "there is no$missing: install $*"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "there is no$missing: have root run 'apt-get install $*'"
        root=sudo
    fi
    say "installing $*"
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
        >/dev/null
}

# The libraries that debian/control asks for, one a line.
libraries() {
    sed -n '/^Build-Depends:/,/^Standards/p' debian/control | grep -oE 'lib[a-z0-9.+-]+-dev|zlib1g-dev'
}

# Unpacks an architecture's libraries: sysroot ARCHITECTURE FOLDER
# What dpkg-shlibdeps asks about a library lies in its package, so it is collected on the way.
sysroot() {
    local mode=unshare include
    [ -e "$2/shlibs" ] && return 0
    say "unpacking Debian's libraries for $1"
    [ "$(id -u)" -eq 0 ] && mode=root
    include=$(libraries | tr '\n' ',')libc6-dev
    rm -rf "$2.new"
    # shellcheck disable=SC2016
    mmdebstrap --quiet --variant=extract --mode="$mode" --architectures="$1" \
        --include="$include" \
        --extract-hook='for deb in "$1"/var/cache/apt/archives/*.deb; do
            dpkg-deb --info "$deb" shlibs 2>/dev/null || :; done |
            grep -v "^udeb:" | sort -u >"$1/shlibs"' \
        bookworm "$2.new" \
        "$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
            awk '$2 == "bookworm" {print $1; exit}')"
    [ -s "$2.new/shlibs" ] || die "no package for $1 says what its libraries are called"
    # Emulated programs look there first for every path: the devices are to be this machine's.
    rm -rf "$2.new/dev"
    mv "$2.new" "$2"
}

# The sources in a folder of their own: dpkg-buildpackage writes into its tree.
copy_tree() {
    rm -rf "$1"
    mkdir -p "$1"
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -z | tar -c --null -T - | tar -x -C "$1"
    else
        tar -c --exclude=./build --exclude=./found . | tar -x -C "$1"
    fi
}

# lintian's errors fail; its warnings are shown.
lint() {
    say "lintian"
    lintian --fail-on error --display-level ">=warning" --tag-display-limit 0 --allow-root \
        "$1"/*.changes
}

# Every program under tests/ that is a unit test, and needs no other program to be run.
unit_tests() {
    local source
    for source in tests/*/*_test.c; do
        case $source in
        tests/node/* | tests/command/* | */command_test.c) ;;
        *) printf '%s ' "${source%.c}" ;;
        esac
    done
}

# Runs what was built for another processor: try_emulated BUILD RUNNER
# The programs of the game are started by name, so scripts of these names run the real ones.
try_emulated() {
    local build=$1 runner=$2 tests program
    say "unit tests under $runner"
    tests=$(unit_tests)
    make -C "$build" -s -k -j"$(nproc)" check check_PROGRAMS="$tests" TESTS="$tests" \
        LOG_COMPILER="./libtool --mode=execute $runner" BITCRAPS_FOR_BUILD="$runner ./bitcraps" >"$build/check.log" 2>&1 ||
        { grep -E '^(FAIL|ERROR)|error:|\*\*\*' "$build/check.log" | head -n 20
          die "tests failed, see $build/check.log"; }
    grep -E '^# (TOTAL|PASS|SKIP|FAIL|ERROR):' "$build/check.log"
    say "queues, pools and map among threads, $STRESS times under $runner"
    for tests in "$build"/tests/queue/*_test; do
        for ((i = 0; i < STRESS; i++)); do
            $runner "$tests" >"$build/stress.log" 2>&1 ||
                { tail -n 20 "$build/stress.log"; die "$tests failed in its run $i"; }
        done
    done
    say "a game of four nodes under $runner"
    mkdir -p "$build/emulated"
    for program in bitcraps bitcrapsd; do
        printf '#!/bin/sh\nexec %s %s/%s "$@"\n' "$runner" "$build" "$program" \
            >"$build/emulated/$program"
        chmod +x "$build/emulated/$program"
    done
    srcdir=$top builddir=$build/emulated sh tests/package/game.sh
}

package() {
    local arch=$1 own options='nocheck noautodbgsym' folder=$to/$1 tree=$to/$1/tree triple
    own=$(dpkg --print-architecture)
    mkdir -p "$folder"
    rm -f "$folder"/*.deb "$folder"/*.changes "$folder"/*.buildinfo
    copy_tree "$tree"
    if [ "$arch" = "$own" ]; then
        say "packages for $arch"
        (cd "$tree" && DEB_BUILD_OPTIONS=$options dpkg-buildpackage -d -us -uc -b) \
            >"$folder/build.log" 2>&1 || { tail -n 20 "$folder/build.log"; exit 1; }
        lint "$folder"
        return
    fi
    triple=$(dpkg-architecture -a"$arch" -qDEB_HOST_MULTIARCH)
    case $arch in
    arm64) runner=qemu-aarch64-static ;;
    *) die "no packages for $arch: this machine's ($own) and arm64 are known" ;;
    esac
    need "mmdebstrap $triple-gcc $runner" \
        mmdebstrap "gcc-${triple/_/-}" "libc6-dev-$arch-cross" qemu-user-static
    sysroot "$arch" "$folder/sysroot"
    say "packages for $arch, across"
    runner="$runner -L $folder/sysroot"
    (cd "$tree" &&
        DEB_BUILD_OPTIONS=$options BITCRAPS_SYSROOT=$folder/sysroot BITCRAPS_RUNNER=$runner \
            PKG_CONFIG=pkg-config PKG_CONFIG_SYSROOT_DIR=$folder/sysroot \
            PKG_CONFIG_LIBDIR=$folder/sysroot/usr/lib/$triple/pkgconfig:$folder/sysroot/usr/share/pkgconfig \
            dpkg-buildpackage -a"$arch" -d -us -uc -b) >"$folder/build.log" 2>&1 ||
        { tail -n 20 "$folder/build.log"; exit 1; }
    lint "$folder"
    try_emulated "$tree/build/debian" "$runner"
}

need "dpkg-buildpackage dh lintian" dpkg-dev debhelper lintian fakeroot
[ $# -gt 0 ] || set -- "$(dpkg --print-architecture)"
for arch in "$@"; do
    package "$arch"
done
say "built"
ls -l "$to"/*/*.deb
