#!/usr/bin/env bash
# Installs what building, running and testing need, as far as it is missing:
# on Debian and its relatives with apt-get (and sudo where needed), elsewhere it
# says what to install. Prints nothing when all is there.
set -u

# command or header that must be there -> Debian package
needs="
cc65:cc65
ld65:cc65
sim65:cc65
x64:vice
x64sc:vice
Xvfb:xvfb
gcc:gcc
make:make
curl:curl
c1541:vice
zip:zip
unzip:unzip
<jansson.h>:libjansson-dev
<mpfr.h>:libmpfr-dev
<cmocka.h>:libcmocka-dev
<png.h>:libpng-dev
"

has() {
    case $1 in
    '<'*) printf '#include <stddef.h>\n#include <stdarg.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include %s\n' "$1" |
        gcc -E -x c - >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing() {
    for need in $needs; do
        has "${need%%:*}" || echo "${need#*:}"
    done | sort -u
}

packages=$(missing | tr '\n' ' ')
[ -z "$packages" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "install.sh: please install (names of the Debian packages): $packages" >&2
    exit 2
fi
root=
if [ "$(id -u)" -ne 0 ]; then
    root=sudo
    command -v sudo >/dev/null 2>&1 || {
        echo "install.sh: please install as root: apt-get install $packages" >&2
        exit 2
    }
fi

echo "Installing: $packages" >&2
options=()
export DEBIAN_FRONTEND=noninteractive
case " $packages" in
*" vice "*)
    # VICE is in Debian's contrib. A copy of the package sources with contrib
    # added serves this one call; the system's own stay as they are.
    sources=$(mktemp -d) && chmod 755 "$sources"
    trap 'rm -rf "$sources"' EXIT
    cp /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list "$sources" 2>/dev/null
    [ -s /etc/apt/sources.list ] && cp /etc/apt/sources.list "$sources/sources.list"
    for file in "$sources"/*; do
        grep -qiE 'debian' "$file" || continue
        sed -i -E -e '/^Components:/{/contrib/!s/$/ contrib/}' -e '/^deb(-src)? /{/contrib/!s/ main( |$)/ main contrib\1/}' "$file"
    done
    options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$sources")
    ;;
esac
# A third-party source that fails to update is no reason to stop.
$root apt-get "${options[@]}" update -q >/dev/null || true
# shellcheck disable=SC2086
$root apt-get "${options[@]}" install -y -q --no-install-recommends $packages >/dev/null || {
    echo "install.sh: apt-get could not install: $packages" >&2
    exit 2
}
