#!/usr/bin/env bash
# make dist: the same bytes each time, and the files are what they claim to be.
set -u
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# check DESCRIPTION COMMAND...
check() {
    local what=$1
    n=$((n + 1))
    shift
    if "$@" >"$work/output" 2>&1; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/# /' "$work/output"
    fi
}

check "the archive is made" tools/dist.sh "$work/first" "$work/first.zip"
sleep 3 # beyond the 2 s in which zip counts
mkdir "$work/elsewhere"
check "and again" env TZ=Asia/Tokyo tools/dist.sh "$work/elsewhere/second" "$work/elsewhere/second.zip"
check "with the same bytes" cmp "$work/first.zip" "$work/elsewhere/second.zip"
check "it can be unpacked" unzip -q "$work/first.zip" -d "$work/unpacked"
cd "$work/unpacked" || exit 1
check "the checksums fit, and all files have one" \
    sh -c 'sha256sum -c SHA256SUMS && [ "$(ls | grep -vc SHA256SUMS)" -eq "$(wc -l <SHA256SUMS)" ]'
cd - >/dev/null || exit 1
for program in llama2c64 llama2c64-fast; do
    check "$program.prg is the one that was built" cmp "$work/unpacked/$program.prg" "$build/$program.prg"
    check "and can be read from the disk" c1541 -attach "$work/unpacked/llama2c64.d64" -read $program "$work/read.prg"
    check "as the same bytes" cmp "$work/read.prg" "$build/$program.prg"
done
check "the program can be read from the disk with the model" c1541 -attach "$work/unpacked/stories64.d81" -read llama2c64 "$work/read81.prg"
check "as the same bytes" cmp "$work/read81.prg" "$build/llama2c64.prg"
check "the disk's model is the image" bash -c '
    cd "$1" && for i in $(c1541 -attach "$2/stories64.d81" -list | sed -n "s/.*\"weights\.\([0-9]*\)\".*/\1/p" | sort); do
        c1541 -attach "$2/stories64.d81" -read "weights.$i,s" "weights.$i" >/dev/null || exit 1
    done
    cat weights.* >data && [ "$(stat -c %s data)" -gt 1024 ] && cmp -n "$(stat -c %s data)" data "$2/stories64.reu"' \
    _ "$work" "$work/unpacked"
for image in stories64 stories64-both; do
    check "$image.reu is intact" "$build/mkreu" --info "$work/unpacked/$image.reu"
done
check "a loader can reach the end of the program" \
    sh -c "[ \$((\$(stat -c %s '$work/unpacked/llama2c64.prg') - 2 + 0x0801)) -le \$((0xD000)) ]"
echo "1..$n"
