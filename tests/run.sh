#!/usr/bin/env bash
# Runs test programs that speak TAP, two at a time, and sums up:
#   tests/run.sh PROGRAM...
# What a program prints is kept in build/tests/log; failures and skips are
# shown. A program that fails without saying which test, or runs out of time,
# counts as one failure. Ends with "N passed, N failed, N skipped".
set -u
log=${BUILD:-build}/tests/log
rm -rf "$log" && mkdir -p "$log"

run_one() {
    local file=$log/${1##*/}.tap start=$SECONDS
    timeout --kill-after=10 "${TEST_TIMEOUT:-1500}" "$1" >"$file" 2>"$file.err" </dev/null
    echo "exit $?" >>"$file"
    printf '%-40s %4d s\n' "${1##*/}" $((SECONDS - start))
}
export -f run_one
export log
printf '%s\n' "$@" | xargs -d '\n' -P "${TEST_JOBS:-2}" -I{} bash -c 'run_one "$1"' _ {}

total_passed=0 total_failed=0 total_skipped=0
for file in "$log"/*.tap; do
    name=$(basename "$file" .tap)
    # shellcheck disable=SC2046
    set -- $(awk '
        /^(not )?ok .*# *(SKIP|skip)/ { skipped++; next }
        /^1\.\.0.*# *(SKIP|skip)/ { skipped++; next }
        /^1\.\.[0-9]+/ { sub(/^1\.\./, ""); planned += $0 + 0 }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        /^exit / { status = $2 }
        END {
            missing = planned - passed - failed - skipped
            if (missing > 0) failed += missing
            if (status != 0 && !failed) failed = 1
            if (!passed && !failed && !skipped) failed = 1
            print passed + 0, failed + 0, skipped + 0
        }' "$file")
    total_passed=$((total_passed + $1)) total_failed=$((total_failed + $2)) total_skipped=$((total_skipped + $3))
    if [ "$2" -ne 0 ]; then
        echo "FAILED: $name ($(tail -n 1 "$file"))"
        grep -v '^ok ' "$file" | tail -n 40 | sed 's/^/    /'
        tail -n 40 "$file.err" | sed 's/^/    /'
    fi
    grep -hE '# *(SKIP|skip)' "$file" | sed "s/^/skipped: $name: /"
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ]
