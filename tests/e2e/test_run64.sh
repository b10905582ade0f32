#!/usr/bin/env bash
# run64 around the story: exit codes and messages, output files complete or not
# at all, and nothing left behind: with a program on the C64 that only plays its
# part in the remote interface (fake_program.s), in all ways that it can go wrong.
set -u
here=$(dirname "$0")
build=${BUILD:-build}
run64=$build/run64
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
n=0

result() { # status description
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        echo "# exit code $status"
        sed 's/^/# stdout: /' "$folder/out"
        sed 's/^/# stderr: /' "$folder/err"
    fi
}

"$build/mkcheckpoint" -o "$folder/model.bin" -z "$folder/tok.bin" --dim 16 --hidden 24 --layers 1 --heads 2 --kv-heads 1 --vocab 300 --context 16 || exit 1
mode=0
for name in tell hang crash refuse gap; do
    ca65 -D MODE=$mode -o "$folder/$name.o" "$here/fake_program.s" &&
        ld65 -C "$here/fake_program.cfg" -o "$folder/$name.prg" "$folder/$name.o" || exit 1
    mode=$((mode + 1))
done

status=0
# A story by the program $1 (tell, hang, ...), further arguments of run64 behind.
story() {
    local program=$1
    shift
    "$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/$program.prg" "$@" >"$folder/out" 2>"$folder/err"
    status=$?
}

# Exit code, stdout and the one line on stderr (a pattern) are as given.
is() {
    local pattern=$3 problem=0
    [ "$status" -eq "$1" ] || problem=1
    [ "$(cat "$folder/out" && echo .)" = "$2." ] || problem=1
    # shellcheck disable=SC2254
    case $(cat "$folder/err") in $pattern) ;; *) problem=1 ;; esac
    [ "$(wc -l <"$folder/err")" -le 1 ] || problem=1
    return $problem
}

no_output() {
    ! compgen -G "$folder/x.*" >/dev/null
}

# Child processes of $1, by /proc.
children() {
    local pid comm state parent _
    for stat in /proc/[0-9]*/stat; do
        { read -r pid comm state parent _ <"$stat"; } 2>/dev/null || continue
        [ "$parent" = "$1" ] && echo "$pid"
    done
}

# Waits until all processes given are gone (or wait for their parent's attention).
gone() {
    local pid tries
    for pid in "$@"; do
        for tries in $(seq 100); do
            [ -d "/proc/$pid" ] && ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null || continue 2
            sleep 0.1
        done
        return 1
    done
}

# Starts a story that hangs after its first token, waits for that token.
start_hanging() {
    : >"$folder/out"
    "$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/hang.prg" --stats "$folder/x.json" --logits "$folder/x.f32" \
        >"$folder/out" 2>"$folder/err" &
    started=$!
    for _ in $(seq 300); do
        [ -s "$folder/out" ] && break
        sleep 0.1
    done
    offspring=$(children $started)
}

story tell -i ab --stats "$folder/x.json" --logits "$folder/x.f32" --screenshot "$folder/x.png"
is 0 $'abc\n' ''
result $? "a story: text on stdout, nothing on stderr"
[ "$(tr -d ' \n' <"$folder/x.json" | grep -c '"backend":"c64".*"tokens":\[300,301,302\].*"clock_hz":985248,"begin_cycles":77,"cycles":\[1000,1000,1000\]')" -eq 1 ]
result $? "--stats: tokens and cycles"
one_to_four=0000803f000000400000404000008040
wanted=
for _ in 1 2 3 4 5 6; do wanted=$wanted$one_to_four; done
[ "$(od -An -v -tx1 "$folder/x.f32" | tr -d ' \n')" = $wanted ]
result $? "--logits: as the C64 sent them"
[ "$(od -An -tx1 -N8 "$folder/x.png" | tr -d ' \n')" = 89504e470d0a1a0a ]
result $? "--screenshot: a PNG"
rm -f "$folder"/x.*

"$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/tell.prg" >/dev/full 2>"$folder/err"
status=$?
: >"$folder/out"
is 1 '' 'run64: stdout: cannot be written'
result $? "a full disk behind stdout"

story crash --stats "$folder/x.json"
is 3 a 'run64: the C64 has crashed at $[0-9a-f]*' && no_output
result $? "the CPU jams"
story hang --patience 1 --stats "$folder/x.json" --logits "$folder/x.f32"
is 3 a 'run64: the C64 makes no progress: *' && no_output
result $? "the program hangs"
story refuse --stats "$folder/x.json"
is 1 '' 'run64: the C64 says: NO REU' && no_output
result $? "the program refuses"
story gap
is 3 a 'run64: the reports * out of order'
result $? "a report is missing"

story tell --emulator no-such-x64
is 3 '' 'run64: no-such-x64 not found (Debian: apt-get install vice; *'
result $? "no emulator"
story tell --emulator /bin/true
is 3 '' 'run64: true does not start*'
result $? "an emulator that ends at once"
mkdir "$folder/path" && ln -s "$(command -v x64)" "$folder/path/x64"
PATH=$folder/path "$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/tell.prg" >"$folder/out" 2>"$folder/err"
status=$?
is 3 '' 'run64: Xvfb not found (Debian: apt-get install xvfb; *'
result $? "no X server"
env -u DISPLAY -u WAYLAND_DISPLAY "$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/tell.prg" --window >"$folder/out" 2>"$folder/err"
status=$?
is 3 '' 'run64: x64 does not start: *'
result $? "--window without a display"

# What can be known beforehand is said before an emulator is looked for.
long=$(printf 'x%.0s' $(seq 60))
story tell --emulator no-such-x64 -i "$long"
is 2 '' "run64: $folder/model.bin: the prompt is too long for the context of 16 tokens"
result $? "a prompt longer than the context"
story tell --emulator no-such-x64 -i "$(printf 'x%.0s' $(seq 70000))"
is 2 '' "run64: $folder/model.bin: the prompt is too long for the context of 16 tokens"
result $? "a prompt of 70,000 bytes"
story tell --emulator no-such-x64 --stats "$folder/missing/x.json"
is 2 '' "run64: $folder/missing/x.json: cannot be written: *"
result $? "--stats where nothing can be written"
story tell --emulator no-such-x64 --screenshot "$folder"
is 2 '' "run64: $folder: cannot be written: *"
result $? "--screenshot that is a folder"
"$run64" "$folder/none.bin" --prg "$folder/tell.prg" >"$folder/out" 2>"$folder/err"
status=$?
is 2 '' "run64: $folder/none.bin: *"
result $? "no checkpoint"
"$run64" "$folder/model.bin" -z "$folder/model.bin" >"$folder/out" 2>"$folder/err"
status=$?
is 2 '' "run64: $folder/model.bin: *"
result $? "a tokenizer that is none"
story tell --reu 64
is 2 '' 'run64: --reu: *'
result $? "an REU size that does not exist"
"$build/mkcheckpoint" -o "$folder/big.bin" -z "$folder/big.tok" --dim 64 --layers 2 --vocab 300 --context 64 || exit 1
"$run64" "$folder/big.bin" -z "$folder/big.tok" --reu 128 >"$folder/out" 2>"$folder/err"
status=$?
is 2 '' "run64: $folder/big.bin: is too big: it would need * KB with a context of 64 tokens, the REU has 128 KB"
result $? "an REU too small"
printf 'not a program' >"$folder/bad.prg"
story bad
is 3 '' "run64: $folder/bad.prg: not a llama2c64.prg that this run64 can talk to"
result $? "a program that is none"
: >"$folder/out"
"$run64" >"$folder/out" 2>"$folder/err"
status=$?
is 2 '' 'run64: CHECKPOINT: missing; try run64 --help'
result $? "no arguments"

for signal in INT TERM HUP; do
    start_hanging
    kill -$signal "$started"
    wait "$started"
    status=$?
    # shellcheck disable=SC2086
    [ "$(wc -w <<<"$offspring")" -eq 2 ] && is 130 a '' && gone $offspring && no_output
    result $? "SIG$signal ends emulator and X server, exit code 130"
done
start_hanging
kill -KILL "$started"
wait "$started" 2>/dev/null
status=$?
# shellcheck disable=SC2086
[ "$(wc -w <<<"$offspring")" -eq 2 ] && gone $offspring && no_output
result $? "so does SIGKILL"
start_hanging
for pid in $offspring; do
    case $(readlink "/proc/$pid/exe") in *x64) kill -SEGV "$pid" ;; esac
done
wait "$started"
status=$?
# shellcheck disable=SC2086
is 3 a 'run64: x64 ended unexpectedly by signal 11' && gone $offspring && no_output
result $? "the emulator crashes"

"$run64" "$folder/model.bin" -z "$folder/tok.bin" --prg "$folder/tell.prg" >"$folder/out1" 2>&1 &
first=$!
story tell
wait $first
[ $? -eq 0 ] && is 0 $'abc\n' '' && cmp -s "$folder/out" "$folder/out1"
result $? "two at a time"
echo "1..$n"
