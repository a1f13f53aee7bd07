#!/usr/bin/env bash
# The programs end to end on a tiny suite: measure, calibrate, simulate, validate, report; then everything that must not
# pass, and everything that must be refused with a clear message. Arguments: source folder, build folder.
set -uo pipefail

source_dir=$1 build=$2
bench=$build/bench/ringtrue-bench sim=$build/sim/ringtrue-sim
validate=$build/validate/ringtrue-validate report=$build/reports/ringtrue-report
suite=$source_dir/tests/pipeline/suite_tiny.json
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/pipeline/expect.sh
. "$source_dir/tests/pipeline/expect.sh"

ranks() { timeout -k 5 60 mpirun --oversubscribe --bind-to none -np "$@"; }
measure() { ranks 2 "$bench" --suite "$suite" --campaign test --benchmark_color=false "$@"; }
score() { "$validate" --measured measured.jsonl --simulated "$1" --replicated replicated.json --budgets budgets.json --out "${2:-comparison.json}"; }

# --- the main job
for launch in 0 1 2 3 4 5; do
  measure --out measured.jsonl --launch "$launch" >log.txt 2>&1 || { cat log.txt; fail "launch $launch"; }
done
[ "$(grep -c '"experiment"' measured.jsonl)" -eq 78 ] || fail "expected 13 rows in each of 6 launches"
expect 0 'fitted on 48 calibration records' "$sim" calibrate --measured measured.jsonl --out platform.json
expect 0 'simulated records' "$sim" run --suite "$suite" --platform platform.json --out simulated.jsonl --resample measured.jsonl --replicates 20
"$sim" run --suite "$suite" --platform platform.json --out again.jsonl --resample measured.jsonl --replicates 20 >/dev/null
cmp -s simulated.jsonl again.jsonl || fail "two simulator runs differ"
expect 0 'ml_perf_survey.json, run again' "$sim" replicate --runs "$source_dir/sim/astra/replications/ml_perf_survey.json" --out replicated.json
# Wide enough that a sanitized build on a busy machine passes: what is tested is the gate, not the model.
echo '{"seed": 1, "least_launches": 6, "least_rows": 4, "geomean_epsilon": 0.001,
       "budgets": [{"model": "cluster", "testbed": "host", "ranks": 2, "log_error": 50}]}' >budgets.json
expect 0 '^PASS' score simulated.jsonl
grep -q 'replicated    ASTRA-sim experiments of ml-perf-survey: 17 of 17 runs as printed' output.txt || fail "the replication differs"
"$report" --in comparison.json --out-dir one >/dev/null && "$report" --in comparison.json --out-dir two >/dev/null || fail "no report"
diff -r one two || fail "two reports differ"
[ "$(grep -c '^| 2 |' one/accuracy.md)" -eq 1 ] || fail "the report has no row for 2 ranks"
grep -q '^| astra | host[^|]* | p2 | all | 4 |' one/accuracy.md || fail "ASTRA-sim's backend is not scored beside our model"
grep -q '13 come out of our implementation.*4 fail as they did, and none differs' one/accuracy.md || fail "the report does not replicate"
grep -q 'Lint unit-slip: resnet50_data_parallel.*0.05 / 0.13 / 0.30 %.*34.4 / 57.0 / 75.1 %' one/accuracy.md || fail "no lint of units"

# --- timelines: one measured row, simulated beside it; what was written is read again, and comes out the same
row=all_reduce.ring.4096B.float32.sum.in_place.seg1048576x2.p2
expect 0 'timeline.json: 1 timelines' measure --out timed.jsonl --benchmark_filter="$row" --timeline timeline.json --timeline-row "$row"
expect 0 '^mean +measured' "$sim" timeline --platform platform.json --beside timeline.json --out beside.json
grep -qE '^cluster.*% too (fast|slow) for this iteration.*farthest off in' output.txt || { cat output.txt; fail "no verdict on the phases"; }
[ "$(grep -c '"ph":"X".*"pid":2000001,' beside.json)" -eq 18 ] || fail "expected 9 measured phases of each of 2 ranks"
[ "$(grep -c '"ph":"X".*"pid":2000002,' beside.json)" -eq 18 ] || fail "expected 9 simulated phases of each of 2 ranks"
expect 0 'again.json: [23] timelines' "$sim" timeline --platform platform.json --beside beside.json --out again.json
cmp -s beside.json again.json || fail "timelines changed when they were read and written"
expect 0 'four.json: [48] timelines' "$sim" timeline --platform platform.json --suite "$suite" --out four.json
expect 2 "did you mean '$row'" measure --out x.jsonl --timeline x.json --timeline-row "${row/ring/rong}"
expect 2 "did you mean '$row'" "$sim" timeline --platform platform.json --beside timeline.json --row "${row/ring/rong}" --out x.json
expect 2 'there is no folder .*nowhere' measure --out x.jsonl --timeline nowhere/x.json
expect 2 'either --beside' "$sim" timeline --platform platform.json --out x.json
sed 's/"dur":/"dur":9/' timeline.json >longer.json
expect 2 "longer.json/traceEvents/6: 'dur'.*makespan" "$sim" timeline --platform platform.json --beside longer.json --out x.json

# --- what the driver asks: are the medians known well enough?
expect 0 '^host\.[^ ]+ 2 6 [0-9.]+% enough 6$' "$validate" precision --measured measured.jsonl --precision 100
expect 0 '^host\.[^ ]+ 2 6 [0-9.]+% more 6$' "$validate" precision --measured measured.jsonl --precision 0.1
expect 2 'precision.*0.1 - 100|Value 0 not in range' "$validate" precision --measured measured.jsonl --precision 0
expect 2 '--simulated is required' "$validate" --measured measured.jsonl --out x.json

# --- the gate
sed '/"bytes":4096,.*"source":"cluster"/d' simulated.jsonl >missing.jsonl
cmp -s simulated.jsonl missing.jsonl && fail "no row was deleted"
expect 1 'FAIL' score missing.jsonl
# Half a second for everything, however the number was written: far above what any machine measures here.
sed -E '/"source":"cluster"/s/("value":|"replicates":\[|,)[0-9][0-9.]*(e[-+]?[0-9]+)?/\10.5/g' simulated.jsonl >worse.jsonl
[ "$(grep -c '"source":"cluster".*"value":0.5[,}]' worse.jsonl)" -eq "$(grep -c '"source":"cluster"' simulated.jsonl)" ] || fail "not every row was worsened"
expect 1 'FAIL.*above the budget' score worse.jsonl
sed '/"source":"cluster"/d' simulated.jsonl >none.jsonl
expect 1 'FAIL' score none.jsonl
scored="measured|ringtrue-bench $(grep -o '"version":"[^"]*' measured.jsonl | head -n 1 | cut -d'"' -f4)|all_reduce.ring.16B.float32.sum.in_place.seg1048576x2.p2|host.h1.c$(nproc).block.sm||test|0"
sed "s#\"fitted_on\":\[#&\"$scored\",#" simulated.jsonl >fitted.jsonl
expect 2 'fitted on|hold-out|held out' score fitted.jsonl
grep -v '"launch":5' measured.jsonl | grep -v '"launch":4' >few.jsonl
expect 4 'INCONCLUSIVE' "$validate" --measured few.jsonl --simulated simulated.jsonl --budgets budgets.json --out few.json

# --- an external simulator
expect 0 'fill time_s.value' "$sim" expand --suite "$suite" --out template.jsonl --source theirs --system-id "host.h1.c$(nproc).block.sm"
expect 2 'value' score template.jsonl
sed 's/"value":null/"value":1e-05/' template.jsonl >theirs.jsonl
expect 0 '.' "$validate" --measured measured.jsonl --simulated theirs.jsonl --out theirs.json

# --- bad input
expect 2 'started without a launcher' env -u OMPI_COMM_WORLD_SIZE -u PMIX_RANK "$bench" --suite "$suite" --out x.jsonl
expect 2 'nothing for 3 ranks' ranks 3 "$bench" --suite "$suite" --out x.jsonl
expect 2 'already holds rows' measure --out measured.jsonl
for wrong in "--suite missing.json --out x.jsonl" "--suite $suite --out x.jsonl --testbed a.b"; do
  # shellcheck disable=SC2086
  ranks 4 "$bench" $wrong >said.txt 2>&1
  [ "$(grep -c '^ringtrue-bench: ' said.txt)" -eq 1 ] || { cat said.txt; fail "what is wrong for all ranks is not said once"; }
done
expect 2 'random_interleaving: refused' measure --out x.jsonl --benchmark_enable_random_interleaving=true
expect 2 'missing.json' "$sim" plan --suite missing.json
sed 's/"64 KiB"/"64M"/' "$suite" >bad.json
expect 2 '64M.*KiB' "$sim" plan --suite bad.json
expect 2 'nowhere.json' "$sim" run --suite "$suite" --platform nowhere.json --out x.jsonl
expect 2 'No space left' measure --out /dev/full --launch 9
sed '3s/"ranks":2/"ranks":-2/' measured.jsonl >negative.jsonl
expect 2 'negative.jsonl:3.*ranks' "$sim" calibrate --measured negative.jsonl --out x.json
sed '1s/"schema":1/"schema":99/' measured.jsonl >schema.jsonl
expect 2 'schema 99' "$sim" calibrate --measured schema.jsonl --out x.json
head -c -20 measured.jsonl >torn.jsonl
expect 0 'torn' "$sim" calibrate --measured torn.jsonl --out x.json
expect 2 'schema' "$report" --in <(echo '{"inputs": []}') --out-dir x
expect 2 'md' "$report" --in comparison.json --out-dir x --formats pdf

expect 2 'comm-scale: ASTRA-sim accepts it and ignores it' "$sim" astra --network n.yml --system s.json --comm-scale 2
expect 2 'nowhere.json' "$sim" replicate --runs nowhere.json --out x.json
cp "$source_dir/sim/astra/replications/resnet50_data_parallel.txt" .
sed 's/"traces": 16/"traces": -16/' "$source_dir/sim/astra/replications/ml_perf_survey.json" >negative.json
expect 2 'negative.json/runs/4.*traces.*-16' "$sim" replicate --runs negative.json --out x.json
sed 's/"communication": 3307886/"communications": 3307886/' replicated.json >unknown.json
expect 2 "unknown.json/runs/3/printed: unknown key 'communications'" "$validate" --measured measured.jsonl --simulated simulated.jsonl \
  --replicated unknown.json --out x.json

# --- a rank is killed in the middle of a sweep: what was measured stays, and resume completes it
sed 's/"max_time_s": 0.01, "min_time_s": 0.002/"max_time_s": 0.5, "min_time_s": 0.5/' "$suite" >slow.json
# A row ends after 1000 iterations, which small messages spend in milliseconds: repetitions make the sweep last seconds.
ranks 2 "$bench" --suite slow.json --out killed.jsonl --campaign killed --benchmark_repetitions=40 >log.txt 2>&1 &
for _ in $(seq 600); do
  [ -f killed.jsonl ] && [ "$(wc -l <killed.jsonl)" -ge 4 ] && break
  sleep 0.1
done
victim=$(pgrep -n -f -- "--out killed.jsonl") || fail "nothing to kill"
kill -9 "$victim"
wait $! && fail "a launch with a dead rank ended with 0"
kept=$(grep -c '"experiment"' killed.jsonl)
[ "$kept" -ge 3 ] && [ "$kept" -lt 13 ] || fail "expected some rows of the killed launch, found $kept"
ranks 2 "$bench" --suite slow.json --out killed.jsonl --campaign killed --resume >log.txt 2>&1 || { cat log.txt; fail "resume"; }
[ "$(grep -c '"experiment"' killed.jsonl)" -eq 13 ] || fail "resume did not complete the launch"
expect 0 'fitted on 8' "$sim" calibrate --measured killed.jsonl --out x.json

# --- a rank is stopped in the middle of a row: the launch ends and says where and who; rows stay, and resume completes it
in_rank() { # in_rank RANK PATTERN: the process of that rank
  local pid
  for pid in $(pgrep -f -- "$2"); do
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$pid"
  done
}
# Of three, so that one waits that is alive and does not speak: its report counts.
sed 's/"ranks": \[2\]/"ranks": [3]/' slow.json >slow3.json
sed 's/"ranks": \[2\]/"ranks": [3]/' "$suite" >three.json
ranks 3 "$bench" --suite slow3.json --out hung.jsonl --campaign hung --hang-limit 4 >log.txt 2>&1 &
launcher=$!
for _ in $(seq 600); do
  [ -f hung.jsonl ] && [ "$(wc -l <hung.jsonl)" -ge 3 ] && break
  sleep 0.1
done
victim=$(in_rank 1 '--out hung.jsonl')
[ -n "$victim" ] || { cat log.txt; fail "nothing to stop"; }
kill -STOP "$victim"
# Left by a rank that was slow once, moved on, and was stopped before it took it back: it must not count.
mkdir -p hung.jsonl.hang
echo '{"host":"vm","row":"","marks":1,"iteration":0,"stage":0}' >hung.jsonl.hang/1
touch -d '5 seconds ago' hung.jsonl.hang/1
wait "$launcher"
code=$?
[ "$code" -eq 2 ] || { cat log.txt; fail "a launch with a stopped rank ended with $code, expected 2"; }
grep -qE 'the launch hangs: nothing moved for 4 s at [a-z_]+\.[^,]*\.p3, iteration [0-9]+, [a-z ]+; rank 1 on [^ ]+ did not report.*--resume.*--hang-limit' log.txt ||
  { cat log.txt; fail "the hang is not explained"; }
for _ in $(seq 50); do pgrep -f -- '--out hung.jsonl' >/dev/null || break; sleep 0.1; done
pgrep -f -- '--out hung.jsonl' >/dev/null && fail "a process is left of the launch that hung"
[ -e hung.jsonl.hang ] && fail "the reports of the launch that hung are left"
kept=$(grep -c '"experiment"' hung.jsonl)
[ "$kept" -ge 2 ] && [ "$kept" -lt 13 ] || fail "expected some rows of the launch that hung, found $kept"
ranks 3 "$bench" --suite three.json --out hung.jsonl --campaign hung --resume >log.txt 2>&1 || { cat log.txt; fail "resume after a hang"; }
[ "$(grep -c '"experiment"' hung.jsonl)" -eq 13 ] || fail "resume did not complete the launch that hung"
expect 2 'hang-limit 0.5: must be 0' measure --out x.jsonl --hang-limit 0.5
expect 2 'hang-limit -1: must be 0' measure --out x.jsonl --hang-limit -1
expect 2 'hang-limit' measure --out x.jsonl --hang-limit soon

echo "pipeline: fine"
