#!/bin/sh
# Installs the system libraries that Lockstep is built on, where they are missing:
#   zlib       inflates .gz and .zip
#   ISA-L      inflates .gz twice as fast; optional, where the distribution has it
#   liblzma, libbz2, libzstd  inflate .xz, .bz2 and .zst
#   libarchive reads .tar, and .zip from a pipe
#   SQLite     keeps the store
# and, with `--tests`, python3, which runs the independent computation of the scorecard.
set -eu

tests=no
[ "${1:-}" = "--tests" ] && tests=yes

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else
        echo "Not root and no sudo here; as root, run: $*" >&2
        exit 1
    fi
}

if [ "$(uname)" = Darwin ]; then
    # macOS ships zlib, bzip2 and SQLite; the other headers come from Homebrew.
    for formula in libarchive xz zstd; do
        if ! brew list "$formula" >/dev/null 2>&1; then
            echo "Installing $formula with Homebrew"
            brew install "$formula"
        fi
    done
    if ! brew list isa-l >/dev/null 2>&1; then
        echo "Installing isa-l with Homebrew"
        brew install isa-l || echo "Going on without isa-l: zlib inflates in its place"
    fi
elif command -v apt-get >/dev/null 2>&1; then
    missing=
    for package in zlib1g-dev libarchive-dev liblzma-dev libbz2-dev libzstd-dev libsqlite3-dev pkg-config; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    if [ "$tests" = yes ] && ! command -v python3 >/dev/null 2>&1; then missing="$missing python3"; fi
    if [ -n "$missing" ]; then
        echo "Installing from the distribution's packages:$missing"
        as_root apt-get update -qq
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
    fi
    if ! dpkg -s libisal-dev >/dev/null 2>&1; then
        echo "Installing libisal-dev, which inflates .gz twice as fast as zlib"
        if ! (as_root apt-get install -y -qq libisal-dev ||
            { as_root apt-get update -qq && as_root apt-get install -y -qq libisal-dev; }) >/dev/null 2>&1; then
            echo "Going on without libisal-dev: zlib inflates in its place"
        fi
    fi
elif command -v dnf >/dev/null 2>&1; then
    missing=
    for package in zlib-devel libarchive-devel xz-devel bzip2-devel libzstd-devel sqlite-devel pkgconf-pkg-config; do
        rpm -q --whatprovides "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    if [ "$tests" = yes ] && ! command -v python3 >/dev/null 2>&1; then missing="$missing python3"; fi
    if [ -n "$missing" ]; then
        echo "Installing from the distribution's packages:$missing"
        # shellcheck disable=SC2086
        as_root dnf install -y -q $missing
    fi
    if ! rpm -q --whatprovides isa-l-devel >/dev/null 2>&1; then
        echo "Installing isa-l-devel, which inflates .gz twice as fast as zlib"
        (as_root dnf install -y -q isa-l-devel) >/dev/null 2>&1 ||
            echo "Going on without isa-l-devel: zlib inflates in its place"
    fi
else
    echo "This system's package manager is not known here. Lockstep needs the headers of zlib, libarchive and SQLite." >&2
fi

if ! command -v swift >/dev/null 2>&1; then
    echo "No 'swift' found: install a Swift 6.2 or newer toolchain from https://www.swift.org/install" >&2
    exit 1
fi
