#!/usr/bin/env bash
# Training end to end on a tiny network: measure, calibrate, simulate, validate, report; then what must be refused, and a rank that
# dies. Arguments: source folder, build folder.
set -uo pipefail

source_dir=$1 build=$2
bench=$build/bench/ringtrue-bench sim=$build/sim/ringtrue-sim
validate=$build/validate/ringtrue-validate report=$build/reports/ringtrue-report
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp "$source_dir"/tests/pipeline/{suite_training,model_tiny}.json . || exit 1

# shellcheck source=tests/pipeline/expect.sh
. "$source_dir/tests/pipeline/expect.sh"

train() { timeout -k 5 90 mpirun --oversubscribe --bind-to none -np "$1" "$bench" --suite suite_training.json --testbed training --campaign test "${@:2}"; }

# --- the chain; phases and losses in the records, one trace a row
train 1 --out measured.jsonl >log.txt 2>&1 || { cat log.txt; fail "1 rank"; }
train 2 --out measured.jsonl --step-trace trace.json >log.txt 2>&1 || { cat log.txt; fail "2 ranks"; }
steps=$(grep -c '"training":"tiny"' measured.jsonl)
[ "$steps" -eq 12 ] || fail "$steps training rows, expected 6 of each number of ranks"
for what in '"forward/conv2.add":' '"loss":\[' '"bucket/0/start":' '"exposed":'; do
  grep -q "$what" measured.jsonl || fail "no record has $what"
done
[ "$(grep -o '"name":"rank [01]: training_step[^"]*' trace.json | sort -u | wc -l)" -eq 12 ] || fail "the trace has not 6 steps of 2 ranks"
grep -q '"backward conv2.a"' trace.json || fail "the trace has no layers"
expect 0 'fitted on' "$sim" calibrate --measured measured.jsonl --out platform.json
expect 0 'simulated records' "$sim" run --suite suite_training.json --platform platform.json --out simulated.jsonl
# Once for each state in which the machine was met.
[ "$(grep -o '"experiment":{.*},"system_id"' simulated.jsonl | sort -u | wc -l)" -eq 12 ] || fail "not all 12 steps were simulated"
expect 4 'INCONCLUSIVE' "$validate" --measured measured.jsonl --simulated simulated.jsonl --budgets "$source_dir/ci/budgets.json" \
  --scales training=1,2 --out comparison.json
expect 0 'accuracy.md' "$report" --in comparison.json --out-dir report
grep -q '^## Data-parallel training' report/accuracy.md || fail "the report has no section about training"
grep -q '^| p2 | thread, sharded' report/accuracy.md || { grep '^| p' report/accuracy.md; fail "the report has no sharded steps"; }

# --- without overlap a step is the sum of its parts, in the simulator to the digit
awk '/"overlap":"none","sharded":false,"ranks":2/ {
  split("forward backward exposed update", names, " ")
  for (i in names) { match($0, "\"" names[i] "\":[-0-9.e]+"); split(substr($0, RSTART, RLENGTH), part, ":"); sum += part[2] }
  match($0, /"value":[-0-9.e]+/); split(substr($0, RSTART, RLENGTH), part, ":")
  seen = 1; exit (sum / part[2] < 0.9999 || sum / part[2] > 1.0001) }
  END { exit !seen }' simulated.jsonl || fail "the parts of a simulated step do not add up"

# --- refused before anything is measured
edited() { sed "$1" "$source_dir/tests/pipeline/suite_training.json" >suite_training.json; }
edited 's/"training": "tiny", "batch": 4/"training": "tiny", "batch": 0/'
expect 2 "batch.*1 to 4096 images" train 2 --out no.jsonl
edited 's/"training": "tiny"/"training": "resnet"/'
expect 2 "training.*resnet.*a model of the suite's: tiny" train 2 --out no.jsonl
edited 's/model_tiny/model_none/'
expect 2 'model_none.json' train 2 --out no.jsonl
edited ''
sed 's/"batch_norm"/"group_norm"/' "$source_dir/tests/pipeline/model_tiny.json" >model_tiny.json
expect 2 "layers/1.*group_norm.*batch_norm" train 2 --out no.jsonl
sed 's/"kernel": 3, "padding": 1/"kernel": 15/' "$source_dir/tests/pipeline/model_tiny.json" >model_tiny.json
expect 2 "'conv1'.*a window of 15.*does not fit" train 2 --out no.jsonl
cp "$source_dir/tests/pipeline/model_tiny.json" .
[ ! -e no.jsonl ] || fail "something refused was measured"
grep -v layer_profile measured.jsonl >lacking.jsonl
expect 0 'fitted on' "$sim" calibrate --measured lacking.jsonl --out lacking.json
expect 2 'add ."calibration": "layer_profile", "model": "tiny", "batch": 4' "$sim" run --ranks 2 --suite suite_training.json --platform lacking.json \
  --out no.jsonl

# --- a rank that dies in the middle of its steps: what was measured stays, and the rest follows
edited 's/"max_iterations": 4/"max_iterations": 1000/; s/"min_iterations": 4/"min_iterations": 1000/'
train 2 --out killed.jsonl >log.txt 2>&1 &
launch=$!
touch killed.jsonl
for _ in $(seq 300); do [ "$(grep -c '"experiment"' killed.jsonl)" -ge 3 ] && break; sleep 0.1; done
pkill -KILL -n -f "ringtrue-bench.*killed.jsonl"
wait "$launch" && fail "a launch with a dead rank ended well"
kept=$(grep -c '"experiment"' killed.jsonl)
edited ''
expect 0 '' train 2 --out killed.jsonl --resume
[ "$kept" -ge 3 ] || fail "only $kept rows were kept"
there=$(grep -c '"experiment"' killed.jsonl) all=$(grep -c '"experiment".*"ranks":2' measured.jsonl)
[ "$there" -eq "$all" ] || fail "$there rows are there after --resume, expected $all"
echo "training_test: fine"
