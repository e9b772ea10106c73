# shellcheck shell=bash
# What ./play and ./check need, in one place: sourced by both, with the top of the tree as working
# directory. Nothing is installed, and nobody asked for a password, unless something is missing.

# To build and run on Debian 12.
setup_packages_play=(gcc libc6-dev make autoconf automake libtool pkg-config python3
    libsodium-dev libck-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libsqlite3-dev
    libjansson-dev libglib2.0-dev libgmp-dev zlib1g-dev libcmocka-dev libbluetooth-dev)
# To test as well.
setup_packages_check=("${setup_packages_play[@]}" clang-14 libclang-rt-14-dev clang-format-14 spin)

setup_commands_play=(gcc make autoconf automake libtoolize pkg-config protoc protoc-c python3)
setup_commands_check=("${setup_commands_play[@]}" clang-14 clang-format-14 spin)

setup_libraries=('libsodium >= 1.0.18' 'ck >= 0.7.1' 'libprotobuf-c >= 1.4.0' 'sqlite3 >= 3.40'
    'jansson >= 2.14' 'glib-2.0 >= 2.74' 'gmp >= 6.2' 'zlib >= 1.2' 'cmocka >= 1.1.5' 'bluez >= 5.43')

# Prints the commands and libraries that are missing, one a line: setup_missing play|check
setup_missing() {
    local commands=("${setup_commands_play[@]}") name
    [ "$1" = check ] && commands=("${setup_commands_check[@]}")
    for name in "${commands[@]}"; do
        command -v "$name" >/dev/null || printf '%s\n' "$name"
    done
    [ -e /usr/include/stdio.h ] || echo "libc6-dev"
    command -v pkg-config >/dev/null || return 0
    for name in "${setup_libraries[@]}"; do
        pkg-config --exists "$name" || printf '%s\n' "$name"
    done
    [ "$1" = check ] || return 0
    ls /usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 ||
        echo "the fuzzer library of clang 14"
}

# Installs what is missing; 1 with a sentence on what to do where it cannot: setup_install play|check
setup_install() {
    local missing packages=("${setup_packages_play[@]}") root=()
    if [ "$(getconf LONG_BIT)" != 64 ]; then
        echo "this system has 32 bits and BitCraps needs 64: install the 64-bit edition of it" >&2
        return 1
    fi
    [ "$1" = check ] && packages=("${setup_packages_check[@]}")
    missing=$(setup_missing "$1")
    [ -z "$missing" ] && return 0
    printf 'missing: %s\n' "${missing//$'\n'/, }" >&2
    if ! command -v apt-get >/dev/null; then
        echo "there is no apt-get here: install what these Debian packages hold, then try again:" >&2
        printf '  %s\n' "${packages[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "neither root nor sudo: have root run this, then try again:" >&2
            printf '  apt-get update && apt-get install --no-install-recommends %s\n' \
                "${packages[*]}" >&2
            return 1
        fi
        root=(sudo)
    fi
    echo "installing Debian packages ..." >&2
    setup_apt "${root[@]}" apt-get update || return 1
    setup_apt "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}" || return 1
    missing=$(setup_missing "$1")
    [ -z "$missing" ] && return 0
    printf 'still missing after the installation: %s\n' "${missing//$'\n'/, }" >&2
    return 1
}

# Installs the virtual machine of tests/bluetooth, or leaves it: the tests there say what is missing.
setup_machine() {
    local missing root=()
    missing=$(bash tests/bluetooth/machine.sh missing)
    [ -z "$missing" ] && return 0
    command -v apt-get >/dev/null || return 0
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 0
        root=(sudo)
    fi
    echo "installing a virtual machine ..." >&2
    # shellcheck disable=SC2086 # One package a line.
    setup_apt "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $missing
}

# Runs a command quietly; shows the end of what it said if it fails.
setup_apt() {
    local log
    log=$("$@" 2>&1) && return 0
    tail -n 20 <<<"$log" >&2
    echo "failed: $*" >&2
    return 1
}

# Builds the programs in build/. Quiet but for the first time, and when it fails.
setup_build() {
    local top=$PWD
    mkdir -p build || return 1
    if [ ! -x configure ]; then
        echo "making ./configure ..." >&2
        setup_apt ./autogen.sh || return 1
    fi
    if [ ! -f build/Makefile ]; then
        echo "configuring in build/ ..." >&2
        (cd build && setup_apt "$top/configure" -q) || return 1
    fi
    [ -x build/bitcraps ] && [ -x build/bitcrapsd ] || echo "building ..." >&2
    setup_apt make -C build -s -j"$(nproc)" bitcraps bitcrapsd
}

# Prints the test programs of the parts that have threads, for the thread sanitizer.
setup_thread_tests() {
    local source
    for source in tests/{queue,journal}/*_test.c tests/node/control_test.c; do
        [ -e "$source" ] && printf '%s ' "${source%.c}"
    done
}
