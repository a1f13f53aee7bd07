#!/usr/bin/env bash
# The gate on the recorded campaigns, as ci/judge.sh runs it anywhere: one report of all test beds whose numbers are those of
# its rows, a model that got worse fails it, and what must be refused. Arguments: source folder, build folder.
# It knows no number of the recorded campaigns, only that none of their budgets fails.
set -uo pipefail

source_dir=$1 build=$2
judge=$source_dir/ci/judge.sh recorded=$source_dir/validate/measured
sim=$build/sim/ringtrue-sim validate=$build/validate/ringtrue-validate
export ASAN_OPTIONS=detect_leaks=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/pipeline/expect.sh
. "$source_dir/tests/pipeline/expect.sh"

# twice KEY: doubles every number of that key.
twice() {
  awk -v key="\"$1\":" '{
    text = ""
    while ((at = index($0, key)) > 0) {
      text = text substr($0, 1, at + length(key) - 1)
      $0 = substr($0, at + length(key))
      match($0, /^ *[-+0-9.e]+/)
      text = text sprintf("%.17g", 2 * substr($0, 1, RLENGTH))
      $0 = substr($0, RLENGTH + 1)
    }
    print text $0 }'
}

# log_error TESTBED RANKS: of our model, from the rows of accuracy.csv: exp(mean |ln ratio|) - 1 in %.
log_error() {
  awk -F, -v bed="$1" -v ranks="$2" '
    NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    $column["model"] == "cluster" && $column["reference"] == "measured" && $column["ranks"] == ranks &&
      index($column["system_id"], bed ".") == 1 { l = log($column["ratio"]); sum += l < 0 ? -l : l; ++n }
    END { if (n) print 100 * (exp(sum / n) - 1) }' report/accuracy.csv
}

# --- the gate, and one report of all test beds
"$judge" --programs "$build" --replicates 0 --no-ablation --campaign "$work/judged" --out-dir "$work/report" >out.txt 2>err.txt
code=$?
case $code in
  0) outcome=PASS ;;
  4) outcome=INCONCLUSIVE ;;
  *) cat out.txt err.txt; fail "the recorded campaigns are judged with code $code, expected 0 or 4" ;;
esac
grep -q "^$outcome: [0-9]* pairs of [0-9]* measured rows" out.txt || { cat out.txt; fail "code $code is not '$outcome'"; }
grep -q "^Outcome: \*\*$outcome\*\*" report/accuracy.md || fail "the report has another outcome than $outcome"
grep -m 1 '"outcome"' report/accuracy.json | grep -q "\"$outcome\"" || fail "accuracy.json has another outcome than $outcome"
[ -z "$(find report -mindepth 1 -type d)" ] || fail "a test bed has a report of its own"
for file in "$recorded"/*.jsonl; do
  bed=$(basename "$file" .jsonl)
  grep -qx "test bed      $bed" out.txt || fail "the terminal does not name the test bed $bed"
  [ "$bed" != training ] || continue  # its steps have tables of their own
  grep -qx "## All-Reduce: test bed $bed" report/accuracy.md || fail "$bed has no section"
  for ranks in $(grep -o '"ranks":[0-9]*' "$file" | sort -u | cut -d: -f2); do
    shown=$(grep "^| $ranks | $bed | " out.txt | cut -d'|' -f4 | awk '{ print $1 }')
    [ -n "$shown" ] || { cat out.txt; fail "no row for $ranks ranks on $bed"; }
    awk -v shown="$shown" -v rows="$(log_error "$bed" "$ranks")" 'BEGIN { exit !(rows > 0 && shown > 0.99 * rows - 0.01 && shown < 1.01 * rows + 0.01) }' ||
      fail "$bed at $ranks ranks: the table says $shown %, its rows $(log_error "$bed" "$ranks") %"
  done
done
[ "$(grep -c '^## Published reference' report/accuracy.md)" -eq 1 ] || fail "the published reference does not stand once"
cmp -s "$recorded/host.jsonl" judged/host/measured.jsonl || fail "judging changed what was recorded"

# --- a model that got worse on the host, where all that a message costs is doubled: fails there, and nowhere else
twice cost_s <judged/host/platform.json >worse.json
cmp -s judged/host/platform.json worse.json && fail "no parameter was doubled"
expect 0 'simulated records' "$sim" run --suite "$source_dir/experiment/suites/default.json" --platform worse.json --out worse.jsonl
expect 1 '^FAIL +cluster on host.*above the budget' "$validate" --measured judged/{host,cluster}/measured.jsonl --simulated worse.jsonl judged/cluster/simulated.jsonl \
  --budgets "$source_dir/ci/budgets.json" --scales host=2,4,8 --out worse_comparison.json
grep -q '^FAIL .*cluster on cluster' output.txt && { cat output.txt; fail "the other test bed fails with it"; }

# --- training fails at every scale where every step is said to take twice as long
twice value <judged/training/simulated.jsonl >worse.jsonl
expect 1 '^FAIL +cluster on training.*above the budget' "$validate" --measured judged/training/measured.jsonl --simulated worse.jsonl \
  --budgets "$source_dir/ci/budgets.json" --scales training=1,2,4 --out worse_comparison.json
[ "$(grep -c '^FAIL *cluster on training.*above the budget' output.txt)" -eq 3 ] || { cat output.txt; fail "not all three scales fail"; }

# --- one test bed alone
expect 1 '^FAIL .*nothing scored was measured on cluster at 2 ranks' "$validate" --measured judged/host/measured.jsonl \
  --simulated judged/host/simulated.jsonl --budgets "$source_dir/ci/budgets.json" --out x.json
"$validate" --measured judged/host/measured.jsonl --simulated judged/host/simulated.jsonl \
  --budgets "$source_dir/ci/budgets.json" --scales host=2,4,8 --out x.json >output.txt 2>&1
code=$?
case $code in 0 | 4) ;; *) cat output.txt; fail "the host alone ends with $code, expected 0 or 4" ;; esac
grep -q '^not decided   cluster on cluster at 2 ranks' output.txt || { cat output.txt; fail "the cluster's budgets are not listed"; }

# --- what is refused
expect 2 'clutser=2: there is neither a budget nor a measurement' "$validate" --measured judged/host/measured.jsonl \
  --simulated judged/host/simulated.jsonl --budgets "$source_dir/ci/budgets.json" --scales clutser=2 --out x.json
expect 2 "'host' is not a test bed with its numbers of ranks" "$validate" --measured judged/host/measured.jsonl \
  --simulated judged/host/simulated.jsonl --budgets "$source_dir/ci/budgets.json" --scales host --out x.json
expect 2 '--scales requires --budgets' "$validate" --measured judged/host/measured.jsonl --simulated judged/host/simulated.jsonl \
  --scales host=2 --out x.json
expect 2 'nowhere.jsonl: no records there' "$judge" --programs "$build" host=nowhere.jsonl
expect 2 'sim/ringtrue-sim: not there' "$judge" --programs "$work"
expect 2 "'nonsense' is not TESTBED=MEASURED.jsonl" "$judge" nonsense
expect 2 "is not an option" "$judge" --nonsense

echo "judge: fine"
