#!/usr/bin/env bash
# ci/smpi.sh: what it says without SimGrid; and with it, a recorded campaign from the calibration to the score.
# usage: smpi_test.sh SOURCE_FOLDER BUILD_FOLDER
set -uo pipefail

source_dir=$1 build=$2
smpi=$source_dir/ci/smpi.sh sim=$build/sim/ringtrue-sim
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/pipeline/expect.sh
. "$source_dir/tests/pipeline/expect.sh"

# --- without SimGrid: a path that has the tools of the script and no smpicxx
mkdir bin
for tool in bash env dirname; do ln -s "$(command -v $tool)" "bin/$tool"; done
expect 2 'smpicxx was not found.*ci/setup.sh smpi' env PATH="$work/bin" "$smpi" --campaign "$work"
expect 0 'SKIPPED: smpicxx was not found' env PATH="$work/bin" "$smpi" --campaign "$work" --optional
expect 2 "'--fast' is not an option" "$smpi" --fast
expect 2 'campaign needs a value' "$smpi" --campaign

if ! command -v smpicxx >/dev/null || ! command -v smpirun >/dev/null; then
  echo "SKIPPED: SimGrid is not installed (ci/setup.sh smpi), so nothing was simulated with SMPI"
  exit 77
fi

# --- with it
expect 2 'nowhere/measured.jsonl: no records there' "$smpi" --campaign "$work/nowhere" --programs "$build"

# record SYSTEM EXPERIMENT PURPOSE SECONDS
record() {
  local verified=true
  [ "$3" != calibrate ] || verified=false
  printf '{"experiment":%s,"system_id":"%s","origin":"measured","source":"test","campaign":"c","launch":0,"purpose":"%s",' "$2" "$1" "$3"
  printf '"time_s":{"n":1,"min":%s,"q1":%s,"median":%s,"q3":%s,"max":%s},"clock":"makespan","local_max_s":{"median":%s},' "$4" "$4" "$4" "$4" "$4" "$4"
  printf '"state":{"canary_s":[1e-07,1e-07]},"verified":%s,"oversubscribed":false}\n' "$verified"
}

# campaign FOLDER SYSTEM: two ranks with a core each. Alone a message takes 1 us + 1 ns/B, in an exchange 1.5 us + 1 ns/B;
# adding takes 0.5 ns/B. No eager limit is known, so every message waits for its receive.
campaign() {
  local ping_pong='{"calibration":"ping_pong","bytes":%d,"stride":1,"repetitions":1,"ranks":2}'
  local exchange='{"calibration":"exchange","bytes":%d,"stride":1,"repetitions":%d,"segment_bytes":1048576,"segments_in_flight":2,"ranks":2}'
  local reduce='{"calibration":"reduce_local","bytes":%d,"dtype":"float32","repetitions":2,"segment_bytes":1048576,"ranks":2}'
  mkdir "$1"
  # shellcheck disable=SC2059 # the formats stand above
  {
    echo '{"schema":1,"context":{"tool":"test"}}'
    record "$2" "$(printf "$ping_pong" 1000)" calibrate 4e-6
    record "$2" "$(printf "$ping_pong" 100000)" calibrate 202e-6
    record "$2" "$(printf "$exchange" 2000 1)" calibrate 2.5e-6
    record "$2" "$(printf "$exchange" 2000 2)" calibrate 5e-6
    record "$2" "$(printf "$exchange" 200000 2)" calibrate 203e-6
    record "$2" "$(printf "$reduce" 2000)" calibrate 1e-6
    record "$2" "$(printf "$reduce" 200000)" calibrate 1e-4
    record "$2" '{"collective":"all_reduce","algorithm":"ring","bytes":80000,"dtype":"float32","op":"sum","in_place":true,"segment_bytes":1048576,"segments_in_flight":2,"ranks":2}' score 103e-6
  } >"$1/measured.jsonl"
}

cat >suite.json <<'JSON'
{"name": "one", "ranks": [2], "launches": 1, "score": [
  {"collective": "all_reduce", "algorithm": "ring", "bytes": "80 kB", "dtype": "float32", "op": "sum", "in_place": true,
   "segment_bytes": "1 MiB", "segments_in_flight": 2}]}
JSON

# takes FOLDER LOWEST HIGHEST: what SMPI says of the one row, in microseconds.
takes() {
  local value
  [ "$(grep -c '"source":"smpi-' "$1/smpi.jsonl")" -eq 1 ] || fail "expected one record of SMPI in $1"
  value=$(grep -o '"value":[^,}]*' "$1/smpi.jsonl" | cut -d: -f2)
  awk -v t="$value" -v low="$2" -v high="$3" 'BEGIN { exit !(t * 1e6 >= low && t * 1e6 <= high) }' ||
    fail "SMPI says $value s in $1, expected $2 to $3 us"
}

# Two steps, each of a message of 40 kB: 0.5 us of overhead, 1 us, 40,016 bytes (16 of envelope) at 1 ns; in between 40 kB
# are added in 20 us. That is 103.032 us; ranks leave the barrier up to two of its messages, 3 us, one after the other.
campaign host host.h1.c2.block.sm
expect 0 '2 ranks, 1 rows: SMPI .* x faster' "$smpi" --campaign host --suite suite.json --programs "$build"
takes host 103.03 106.04

# Two hosts, and a link that is named: 125 MB/s, 8 ns a byte. Two messages of 0.5 + 1 + 320.128 us, and 20 us.
campaign cluster cluster.h2.c1.block.tcp.1Gbps
expect 0 '2 ranks, 1 rows' "$smpi" --campaign cluster --suite suite.json --programs "$build"
takes cluster 663.25 666.26

cd host || exit 1
expect 0 '1 pairs of 1 measured rows' "$build/validate/ringtrue-validate" --measured measured.jsonl --simulated smpi.jsonl --out comparison.json
"$build/reports/ringtrue-report" --in comparison.json --out-dir report >/dev/null || fail "no report"
grep -q '^| p2 | external: smpi-.* x |$' report/accuracy.md || fail "the report does not show SMPI"
scored='measured|test|all_reduce.ring.80000B.float32.sum.in_place.seg1048576x2.p2|host.h1.c2.block.sm||c|0'
sed "s#\"fitted_on\":\[#&\"$scored\",#" smpi.jsonl >fitted.jsonl
expect 2 'fitted on' "$build/validate/ringtrue-validate" --measured measured.jsonl --simulated fitted.jsonl --out x.json
"$sim" simgrid --suite ../suite.json --measured measured.jsonl --out again >/dev/null || fail "no inputs"
cmp smpi/*/platform.xml again/*/platform.xml || fail "two platforms differ"

echo "smpi: fine"
