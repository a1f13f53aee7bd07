#!/usr/bin/env bash
# The main job: install, build, measure on this host, simulate, validate, report. Also the campaign driver.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: ci/accuracy.sh [options]
  --quick             2 launches a scale instead of the suite's number; the verdict stays INCONCLUSIVE
  --suite FILE        what to measure (default experiment/suites/default.json)
  --launches N        launches a scale (default: the suite's number; a verdict needs 6)
  --launcher 'CMD'    how to start the ranks; {ranks} stands for their number
                      (default 'mpirun --oversubscribe --bind-to none -np {ranks}'; e.g. 'srun --mpi=pmix -n {ranks}')
  --testbed NAME      name of the machines, first part of the system_id (default host)
  --campaign DIR      where records and logs are kept (default campaign/<time of start>)
  --resume            continue the campaign given, or the last one; only missing rows are measured
  --launch-timeout S  end a launch that hangs after S seconds (default 600)
  --out-dir DIR       where the report goes (default report)
  --smpi              also score SimGrid's SMPI, if it is installed (ci/setup.sh smpi)
  --no-install        do not look for missing Debian packages
exit codes, the first that applies: 2 could not run or incomplete, 3 a collective returned a wrong result, 1 gate failed,
4 inconclusive, 0 fine
TEXT
}

say() { printf 'accuracy.sh: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

start_dir=$PWD
cd "$(dirname "$0")/.." || exit 2
suite=experiment/suites/default.json
launcher='mpirun --oversubscribe --bind-to none -np {ranks}'
testbed=host campaign='' out_dir=report launches='' resume='' install=yes timeout_s=600 smpi=''

absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$start_dir" "$1" ;; esac; }

while [ $# -gt 0 ]; do
  case $1 in
    --suite | --launches | --launcher | --testbed | --campaign | --launch-timeout | --out-dir)
      [ $# -ge 2 ] || give_up "$1 needs a value; see --help" ;;&
    --quick) launches=${launches:-2}; shift ;;
    --suite) suite=$(absolute "$2"); shift 2 ;;
    --launches) launches=$2; shift 2 ;;
    --launcher) launcher=$2; shift 2 ;;
    --testbed) testbed=$2; shift 2 ;;
    --campaign) campaign=$(absolute "$2"); shift 2 ;;
    --resume) resume=yes; shift ;;
    --launch-timeout) timeout_s=$2; shift 2 ;;
    --out-dir) out_dir=$(absolute "$2"); shift 2 ;;
    --smpi) smpi=yes; shift ;;
    --no-install) install=''; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; give_up "'$1' is not an option" ;;
  esac
done
[ -f "$suite" ] || give_up "$suite: no such suite; give --suite FILE"
case $launcher in *'{ranks}'*) ;; *) give_up "--launcher '$launcher' must contain {ranks}" ;; esac
case ${launches:-1}$timeout_s in *[!0-9]* | 0*) give_up "--launches and --launch-timeout take a whole number above zero" ;; esac

if [ -n "$resume" ] && [ -z "$campaign" ]; then
  campaign=$(ls -d campaign/*/ 2>/dev/null | tail -n 1)
  [ -n "$campaign" ] || give_up "--resume: there is no campaign yet; start one without --resume"
fi
campaign=${campaign:-campaign/$(date +%Y-%m-%dT%H-%M-%S)}
campaign=${campaign%/}
measured=$campaign/measured.jsonl
if [ -z "$resume" ] && [ -s "$measured" ]; then give_up "$measured is there already; add --resume or name another --campaign"; fi

if [ -n "$install" ]; then ci/setup.sh build || exit 2; fi
say "building"
cmake --preset release >/tmp/ringtrue-configure.$$ 2>&1 || { cat /tmp/ringtrue-configure.$$ >&2; rm -f /tmp/ringtrue-configure.$$; give_up "the build could not be configured"; }
rm -f /tmp/ringtrue-configure.$$
cmake --build --preset release >&2 || give_up "the build failed"
bench=build/release/bench/ringtrue-bench sim=build/release/sim/ringtrue-sim
validate=build/release/validate/ringtrue-validate report=build/release/reports/ringtrue-report

mkdir -p "$campaign/logs" || exit 2
plan=$($sim plan --suite "$suite" ${launches:+--launches "$launches"}) || exit 2
total=$(wc -l <<<"$plan")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Ctrl-C or a SIGTERM ends the launch that runs, and with it the campaign; what was measured is kept.
launch_pid=''
interrupted() {
  [ -n "$launch_pid" ] && kill -TERM "$launch_pid" 2>/dev/null
  wait 2>/dev/null
  give_up "interrupted; the rows so far are in $measured, continue with: ci/accuracy.sh --resume --campaign $campaign"
}
trap interrupted INT TERM

wrong=''
number=0
began=$SECONDS
while read -r launch ranks; do
  number=$((number + 1))
  log=$campaign/logs/launch$launch-p$ranks.log
  say "launch $number of $total: $ranks ranks (${SECONDS}s)"
  # shellcheck disable=SC2086 # the launcher is a command line, split on purpose
  timeout -k 10 "$timeout_s" ${launcher//\{ranks\}/$ranks} "$bench" --suite "$suite" --out "$measured" --launch "$launch" \
    --campaign "$(basename "$campaign")" --testbed "$testbed" --benchmark_color=false ${resume:+--resume} \
    >"$log" 2> >(tee -a "$log.err" >&2) </dev/null &
  launch_pid=$!
  wait "$launch_pid"
  code=$?
  launch_pid=''
  case $code in
    0) ;;
    3) wrong=yes; say "a collective returned a wrong result; its rows are void" ;;
    124 | 137) give_up "launch $launch with $ranks ranks died or hung (limit ${timeout_s}s, code $code); the rows so far are kept, continue with: ci/accuracy.sh --resume --campaign $campaign" ;;
    127) give_up "'${launcher%% *}' was not found; install it or give --launcher" ;;
    *) give_up "launch $launch with $ranks ranks ended with code $code; see $log.err; the rows so far are kept, continue with: ci/accuracy.sh --resume --campaign $campaign" ;;
  esac
done <<<"$plan"
trap - INT TERM
say "measured in $((SECONDS - began))s"

set -e
trap 'exit 2' ERR
$sim calibrate --measured "$measured" --out "$campaign/platform.json" >&2
$sim run --suite "$suite" --platform "$campaign/platform.json" --out "$campaign/simulated.jsonl" --resample "$measured" >&2
$sim run --suite experiment/suites/hgx_h100.json --platform sim/platforms/hgx_h100.json --out "$campaign/simulated_hgx_h100.jsonl" >&2
$sim replicate --runs sim/astra/replications/ml_perf_survey.json --out "$campaign/replicated.json" >&2
external=()
if [ -n "$smpi" ]; then
  ci/smpi.sh --optional --suite "$suite" --campaign "$campaign" --programs build/release
  [ ! -f "$campaign/smpi.jsonl" ] || external=("$campaign/smpi.jsonl")
fi
trap - ERR
set +e
$validate --measured "$measured" --published validate/published/*/*.json \
  --simulated "$campaign/simulated.jsonl" "$campaign/simulated_hgx_h100.jsonl" "${external[@]}" \
  --replicated "$campaign/replicated.json" --budgets ci/budgets.json --out "$campaign/comparison.json"
gate=$?
[ "$gate" -ne 2 ] || exit 2
$report --in "$campaign/comparison.json" --out-dir "$out_dir" || exit 2
grep -E '^\| (ranks|[0-9]+) \|' "$out_dir/accuracy.md"
say "report: $out_dir/accuracy.md; records: $campaign"
[ -z "$wrong" ] || exit 3
exit "$gate"
