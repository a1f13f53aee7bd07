#!/usr/bin/env bash
# The second half of the main job, which needs no MPI: calibrates the simulator on what was measured, simulates the same
# experiments, compares, reports. Without arguments it judges the recorded campaigns, so that the gate runs anywhere.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: ci/judge.sh [options] [TESTBED=MEASURED.jsonl ...]
without a test bed: the campaigns recorded in validate/measured/
  --suite FILE    what was asked for (default: what ci/suite_of.sh names for the test bed)
  --training HOW  short or full, as the training test beds were measured (default short)
  --ranks LIST    numbers of ranks that were asked for, but on the emulated cluster (default: all of the suite)
  --hosts LIST    sizes of the emulated cluster that were asked for (default 2,4,8)
  --campaign DIR  where the comparison goes (default: beside the first MEASURED); what is simulated goes beside each MEASURED
  --out-dir DIR   where the report goes (default report)
  --programs DIR  a build folder of ours (default: builds build/no-mpi)
  --replicates N  refits on resampled launches, for the intervals (default 100; 0: intervals of the launches alone, in a tenth of the time)
  --precision P   how well the campaign was to know its medians, in percent; the report says where it does not
  --no-ablation   leave out what each mechanism of the cluster model is worth (takes as long as the rest)
  --smpi          also score SimGrid's SMPI, if it is installed (ci/setup.sh smpi)
exit codes, the first that applies: 2 could not run, 1 gate failed, 4 inconclusive, 0 fine
TEXT
}

say() { printf 'judge.sh: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

start_dir=$PWD
cd "$(dirname "$0")/.." || exit 2
# Paths below the repository are named from there, so that reports made in two clones are equal.
from_here() {
  case $1 in /*) set -- "$1" ;; *) set -- "$start_dir/$1" ;; esac
  printf '%s' "${1#"$PWD"/}"
}
suite='' hosts=2,4,8 campaign='' out_dir=report programs='' replicates=100 ablation=yes smpi='' training=short ranks_wanted='' precision='' testbeds=()

while [ $# -gt 0 ]; do
  case $1 in
    --suite | --hosts | --campaign | --out-dir | --programs | --replicates | --precision | --training | --ranks) [ $# -ge 2 ] || give_up "$1 needs a value; see --help" ;;&
    --suite) suite=$(from_here "$2"); shift 2 ;;
    --hosts) hosts=$2; shift 2 ;;
    --training) training=$2; shift 2 ;;
    --ranks) ranks_wanted=$2; shift 2 ;;
    --campaign) campaign=$(from_here "$2"); shift 2 ;;
    --out-dir) out_dir=$(from_here "$2"); shift 2 ;;
    --programs) programs=$(from_here "$2"); shift 2 ;;
    --replicates) replicates=$2; shift 2 ;;
    --precision) precision=$2; shift 2 ;;
    --no-ablation) ablation=''; shift ;;
    --smpi) smpi=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    -* | =*) usage >&2; give_up "'$1' is not an option" ;;
    *=*) testbeds+=("${1%%=*}=$(from_here "${1#*=}")"); shift ;;
    *) usage >&2; give_up "'$1' is not TESTBED=MEASURED.jsonl" ;;
  esac
done

if [ ${#testbeds[@]} -eq 0 ]; then # a copy, so that nothing is written beside what is recorded
  campaign=${campaign:-build/recorded}
  for recorded in validate/measured/*.jsonl; do
    [ -f "$recorded" ] || give_up "validate/measured holds no recorded campaign; give TESTBED=MEASURED.jsonl"
    bed=$(basename "$recorded" .jsonl)
    mkdir -p "$campaign/$bed" && cp "$recorded" "$campaign/$bed/measured.jsonl" || exit 2
    testbeds+=("$bed=$campaign/$bed/measured.jsonl")
  done
fi

if [ -z "$programs" ]; then
  say "building without MPI"
  programs=build/no-mpi
  output=$(cmake --preset release -B "$programs" -DRINGTRUE_BENCH=OFF 2>&1 && cmake --build "$programs" 2>&1) ||
    { printf '%s\n' "$output" >&2; give_up "the build failed"; }
fi
sim=$programs/sim/ringtrue-sim validate=$programs/validate/ringtrue-validate report=$programs/reports/ringtrue-report
for program in "$sim" "$validate" "$report"; do
  [ -x "$program" ] || give_up "$program: not there; give --programs a build folder, or leave it out"
done

[ -z "$campaign" ] || mkdir -p "$campaign" || exit 2

measured=() simulated=() scales=()
# simulate BED MEASURED SUITE: calibrates on what was measured there and simulates it; notes which scales were asked for.
simulate() {
  local folder plan ranks refits=(--resample "$2" --replicates "$replicates")
  [ "$replicates" != 0 ] || refits=()
  folder=$(dirname "$2")
  [ -s "$2" ] || give_up "$2: no records there"
  plan=$($sim plan --suite "$3") || exit 2
  local wanted=$ranks_wanted
  case $1 in cluster | training_cluster) wanted=$hosts ;; esac
  [ -z "$wanted" ] || plan=$(awk -v wanted=",$wanted," 'index(wanted, "," $2 ",")' <<<"$plan")
  [ -n "$plan" ] || give_up "the suite $3 has nothing for $wanted ranks"
  ranks=$(awk '{ print $2 }' <<<"$plan" | sort -nu | paste -sd ,)
  {
    $sim calibrate --measured "$2" --out "$folder/platform.json" &&
      $sim run --suite "$3" --ranks "$ranks" --platform "$folder/platform.json" --out "$folder/simulated.jsonl" "${refits[@]}"
  } >&2 || exit 2
  measured+=("$2") simulated+=("$folder/simulated.jsonl") scales+=("$1=$ranks")
  case $1 in training*) return 0 ;; esac # each mechanism is about collectives, and so is SMPI's table
  if [ -n "$ablation" ]; then
    $sim ablate --measured "$2" --suite "$3" --ranks "$ranks" --out "$folder/ablation.jsonl" >&2 || exit 2
    simulated+=("$folder/ablation.jsonl")
  fi
  [ -n "$smpi" ] || return 0
  ci/smpi.sh --optional --suite "$3" --campaign "$folder" --programs "$programs" || exit 2
  [ ! -f "$folder/smpi.jsonl" ] || simulated+=("$folder/smpi.jsonl")
}

for testbed in "${testbeds[@]}"; do
  bed=${testbed%%=*} file=${testbed#*=}
  campaign=${campaign:-$(dirname "$file")}
  simulate "$bed" "$file" "${suite:-$(ci/suite_of.sh "$bed" "$training")}"
done

# What others published: our platforms on the rows they were not fitted on, fits without the rows they predict, and who
# else has a model of them. Training on GPUs is predicted, nobody measured it.
gpus=(sim/platforms/hgx_h100.json sim/platforms/hpe_v100.json) published=(validate/published/*/*.json)
{
  $sim run --reference "${published[@]}" --platform "${gpus[@]}" --out "$campaign/published_ours.jsonl" &&
    $sim run --reference "${published[@]}" --platform sim/platforms/hgx_h100_others.json --out "$campaign/published_others.jsonl" &&
    $sim run --suite experiment/suites/hgx_h100_training.json --platform sim/platforms/hgx_h100.json --out "$campaign/gpu_training.jsonl" &&
    $sim replicate --runs sim/astra/replications/ml_perf_survey.json --out "$campaign/replicated.json" || exit 2
  simulated+=("$campaign/published_ours.jsonl" "$campaign/published_others.jsonl" "$campaign/gpu_training.jsonl")
  for by in scale source size; do
    $sim crossvalidate --by "$by" --reference "${published[@]}" --platform "${gpus[@]}" --out "$campaign/published_by_$by.jsonl" || exit 2
    simulated+=("$campaign/published_by_$by.jsonl")
  done
} >&2
$validate --measured "${measured[@]}" --published "${published[@]}" \
  --simulated "${simulated[@]}" --replicated "$campaign/replicated.json" \
  --budgets ci/budgets.json --scales "${scales[@]}" ${precision:+--precision "$precision"} --out "$campaign/comparison.json"
gate=$?
case $gate in 0 | 1 | 4) ;; *) exit 2 ;; esac
$report --in "$campaign/comparison.json" --out-dir "$out_dir" >&2 || exit 2
grep -E '^\| (ranks|[0-9]+) \|' "$out_dir/accuracy.md"
# Of training: step, compute, communication and exposed, measured beside predicted; percentiles and losses.
awk '/^## / { training = /^## Data-parallel training/ }
  !/^\|/ { table = "" }
  training && /^\| scale \| overlap \|/ { table = "yes"; print "" }
  table != "" { print }' "$out_dir/accuracy.md"
say "report: $out_dir/accuracy.md; records: $campaign"
exit "$gate"
