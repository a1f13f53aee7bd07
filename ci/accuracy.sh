#!/usr/bin/env bash
# The main job: install, build, measure on this host, simulate, validate, report. Also the campaign driver.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: ci/accuracy.sh [options]
  --testbed T         host: this machine, ranks over shared memory; cluster: hosts emulated on it, over TCP (needs root);
                      both: the default, cluster only where it can be had; training, training_cluster: ResNet-50 trained on
                      either; any other word names machines reached by --launcher
  --training HOW      short: the default, a few steps of ResNet-50 on 1, 2 and 4 ranks after the host; full: 1 to 8 ranks, buckets,
                      algorithms, sharding, and on the emulated cluster too; none
  --ranks LIST        only these numbers of ranks of the suite (on the emulated cluster: --hosts)
  --hosts LIST        sizes of the emulated cluster, one rank a host (default 2,4,8)
  --rate RATE         of its links, as tc writes it: 50mbit to 40gbit, or unlimited (default 200mbit, which the machine's cores
                      can fill on all links at once; 1gbit for training)
  --quick             2 launches a scale instead of the suite's number; the verdict stays INCONCLUSIVE
  --suite FILE        what to measure (default experiment/suites/default.json, for the cluster experiment/suites/cluster.json)
  --launches N        launches a scale (default: the suite's number; a verdict needs 6)
  --precision P       go on with launches until the medians of a scale are known to within P percent (95 % interval over
                      launches, mean over rows), or --time-budget is spent
  --time-budget S     start no launch of a test bed later than S seconds after its first (default with --precision: 900)
  --launcher 'CMD'    how to start the ranks; {ranks} stands for their number
                      (default 'mpirun --oversubscribe --bind-to none -np {ranks}'; e.g. 'srun --mpi=pmix -n {ranks}')
  --campaign DIR      where records and logs are kept (default campaign/<time of start>)
  --resume            continue the campaign given, or the last one; only missing rows are measured
  --launch-timeout S  end a launch that hangs after S seconds (default 600)
  --out-dir DIR       where the report of all test beds goes (default report)
  --smpi              also score SimGrid's SMPI, if it is installed (ci/setup.sh smpi)
  --no-install        do not look for missing Debian packages
exit codes, the first that applies: 2 could not run or incomplete, 3 a collective returned a wrong result, 1 gate failed,
4 inconclusive, 0 fine
TEXT
}

say() { printf 'accuracy.sh: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

# As typed, for the line that says how to go on.
script=$0 options='' skip=''
for word in "$@"; do
  if [ -n "$skip" ]; then skip=''; continue; fi
  case $word in --resume) ;; --campaign) skip=yes ;; *) options+=$(printf ' %q' "$word") ;; esac
done

start_dir=$PWD
cd "$(dirname "$0")/.." || exit 2
cluster=ci/cluster/cluster.sh
suite='' launcher='mpirun --oversubscribe --bind-to none -np {ranks}'
testbed=both hosts=2,4,8 rate='' campaign='' out_dir=report launches='' resume='' install=yes timeout_s=600 smpi='' precision='' time_budget='' training=short ranks_wanted=''

absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$start_dir" "$1" ;; esac; }

while [ $# -gt 0 ]; do
  case $1 in
    --suite | --launches | --launcher | --testbed | --hosts | --rate | --campaign | --launch-timeout | --out-dir | --precision | --time-budget | --training | --ranks)
      [ $# -ge 2 ] || give_up "$1 needs a value; see --help" ;;&
    --quick) launches=${launches:-2}; shift ;;
    --suite) suite=$(absolute "$2"); shift 2 ;;
    --launches) launches=$2; shift 2 ;;
    --launcher) launcher=$2; shift 2 ;;
    --testbed) testbed=$2; shift 2 ;;
    --hosts) hosts=$2; shift 2 ;;
    --training) training=$2; shift 2 ;;
    --ranks) ranks_wanted=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --campaign) campaign=$(absolute "$2"); shift 2 ;;
    --resume) resume=yes; shift ;;
    --launch-timeout) timeout_s=$2; shift 2 ;;
    --out-dir) out_dir=$(absolute "$2"); shift 2 ;;
    --precision) precision=$2; shift 2 ;;
    --time-budget) time_budget=$2; shift 2 ;;
    --smpi) smpi=yes; shift ;;
    --no-install) install=''; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; give_up "'$1' is not an option" ;;
  esac
done
[ -z "$suite" ] || [ -f "$suite" ] || give_up "$suite: no such suite; give --suite FILE"
[ -z "$suite" ] || [ "$testbed" != both ] || give_up "--suite is for one test bed; say --testbed host or --testbed cluster"
case $launcher in *'{ranks}'*) ;; *) give_up "--launcher '$launcher' must contain {ranks}" ;; esac
for number in "${launches:-1}" "$timeout_s" "${time_budget:-1}"; do
  case $number in *[!0-9]* | 0*) give_up "--launches, --launch-timeout and --time-budget take a whole number above zero, not '$number'" ;; esac
done
awk -v p="${precision:-1}" 'BEGIN { exit !(p ~ /^[0-9]+(\.[0-9]+)?$/ && p >= 0.1 && p <= 100) }' ||
  give_up "--precision '$precision': allowed are 0.1 to 100 percent, such as 5"
[ -z "$precision" ] || time_budget=${time_budget:-900}
case ,$hosts, in *[!0-9,]* | *,0* | *,,* | *,[0-9][0-9][0-9]*) give_up "--hosts '$hosts': a list of numbers of hosts up to 64, such as 2,4,8,16" ;; esac
case ,${ranks_wanted:-1}, in *[!0-9,]* | *,0* | *,,*) give_up "--ranks '$ranks_wanted': a list of numbers of ranks, such as 1,2,4" ;; esac
case $training in short | full | none) ;; *) give_up "--training '$training': short, full or none" ;; esac
case $testbed-$rate in host-* | training-* | *-) ;; *) $cluster check-rate "$rate" || exit 2 ;; esac

if [ -n "$resume" ] && [ -z "$campaign" ]; then
  campaign=$(ls -d campaign/*/ 2>/dev/null | tail -n 1)
  [ -n "$campaign" ] || give_up "--resume: there is no campaign yet; start one without --resume"
fi
campaign=${campaign:-campaign/$(date +%Y-%m-%dT%H-%M-%S)}
campaign=${campaign%/}

is_cluster() { case $1 in cluster | training_cluster) true ;; *) false ;; esac; }
rate_of() { case $1 in training_cluster) echo "${rate:-1gbit}" ;; *) echo "${rate:-200mbit}" ;; esac; }
# emulates: one of the test beds is the emulated cluster.
emulates() {
  local bed
  for bed in "${testbeds[@]}"; do ! is_cluster "$bed" || return 0; done
  return 1
}

# Training comes with the host, and in full with the emulated cluster, unless a suite was chosen.
testbeds=("$testbed")
[ -z "$suite" ] || training=none
case $testbed-$training in
  both-none) testbeds=(host cluster) ;;
  both-short) testbeds=(host training cluster) ;;
  both-full) testbeds=(host training cluster training_cluster) ;;
  host-short | host-full) testbeds=(host training) ;;
  cluster-full) testbeds=(cluster training_cluster) ;;
esac
if [ -n "$install" ]; then
  ci/setup.sh build || exit 2
  ! emulates || [ "$(id -u)" != 0 ] || ci/setup.sh cluster || exit 2
fi
if emulates && ! why=$($cluster supported); then
  [ "$testbed" = both ] || give_up "no emulated cluster here: $why"
  say "SKIPPED: the emulated cluster; $why"
  for i in "${!testbeds[@]}"; do ! is_cluster "${testbeds[i]}" || unset "testbeds[i]"; done
fi

say "building"
log=$(mktemp) || exit 2
cmake --preset release >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; give_up "the build could not be configured"; }
rm -f "$log"
cmake --build --preset release >&2 || give_up "the build failed"
bench=$PWD/build/release/bench/ringtrue-bench sim=build/release/sim/ringtrue-sim
validate=build/release/validate/ringtrue-validate
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Ctrl-C or a SIGTERM ends the launch that runs, and with it the campaign; what was measured is kept.
launch_pid='' cluster_up='' measured=''
take_down() { [ -z "$cluster_up" ] || $cluster down; cluster_up=''; }
continue_with() {
  case $campaign in /*) ;; *) campaign=$PWD/$campaign ;; esac
  printf 'continue with: %q --resume --campaign %q%s' "$script" "$campaign" "$options"
}
interrupted() {
  [ -n "$launch_pid" ] && kill -TERM "$launch_pid" 2>/dev/null
  wait 2>/dev/null
  give_up "interrupted; the rows so far are in $measured, $(continue_with)"
}
trap take_down EXIT
trap interrupted INT TERM

# launch LAUNCH RANKS BED SUITE: one mpirun; ends all if it could not run.
wrong=''
launch() {
  local log=$folder/logs/launch$1-p$2.log command code link=()
  if is_cluster "$3"; then
    command="$cluster run $2 --"
    case $(rate_of "$3") in
      unlimited) ;;
      *) link=(--link-rate "$(rate_of "$3" | sed 's/gbit/Gbps/; s/mbit/Mbps/')" --link-burst 128KiB) ;;
    esac
  else
    command=${launcher//\{ranks\}/$2}
  fi
  # shellcheck disable=SC2086 # the launcher is a command line, split on purpose
  timeout -k 10 "$timeout_s" $command "$bench" --suite "$4" --out "$measured" --launch "$1" "${link[@]}" \
    --campaign "$(basename "$campaign")" --testbed "$3" --benchmark_color=false ${resume:+--resume} \
    >"$log" 2> >(tee -a "$log.err" >&2) </dev/null &
  launch_pid=$!
  wait "$launch_pid"
  code=$?
  launch_pid=''
  case $code in
    0) ;;
    3) wrong=yes; say "a collective returned a wrong result; its rows are void" ;;
    124 | 137) give_up "launch $1 with $2 ranks died or hung (limit ${timeout_s}s, code $code); the rows so far are kept, $(continue_with)" ;;
    127) give_up "'${command%% *}' was not found; install it or give --launcher" ;;
    *) give_up "launch $1 with $2 ranks ended with code $code; see $log.err; the rows so far are kept, $(continue_with)" ;;
  esac
}

# measure BED SUITE: all launches of a test bed.
measure() {
  local plan number=0 total
  mkdir -p "$folder/logs" || exit 2
  if [ -z "$resume" ] && [ -s "$measured" ]; then give_up "$measured is there already; add --resume or name another --campaign"; fi
  plan=$($sim plan --suite "$2" ${launches:+--launches "$launches"}) || exit 2
  local wanted=$ranks_wanted
  ! is_cluster "$1" || wanted=$hosts
  [ -z "$wanted" ] || plan=$(awk -v wanted=",$wanted," 'index(wanted, "," $2 ",")' <<<"$plan")
  [ -n "$plan" ] || give_up "the suite $2 has nothing for $wanted ranks"
  if is_cluster "$1"; then
    $cluster up "$(tr , '\n' <<<"$hosts" | sort -n | tail -n 1)" "$(rate_of "$1")" || exit 2
    cluster_up=yes
    $cluster status >&2 || exit 2
  fi
  total=$(wc -l <<<"$plan")
  local started=$SECONDS again=$resume
  until [ -z "$plan" ]; do
    while read -r launch ranks; do
      in_time "$started" || { say "$1: the time budget of ${time_budget}s is spent after $number launches"; break 2; }
      number=$((number + 1))
      say "$1, launch $number of $total: $ranks ranks (${SECONDS}s)"
      launch "$launch" "$ranks" "$1" "$2"
    done <<<"$plan"
    plan=$(launches_wanted "$1" "$again") || exit 2
    again=''
    [ -z "$plan" ] || total=$((total + $(wc -l <<<"$plan")))
  done
  take_down
}

in_time() { [ -z "$time_budget" ] || [ $((SECONDS - $1)) -lt "$time_budget" ]; }

# launches_wanted BED AGAIN: one more of each scale whose medians are not known well enough yet; if AGAIN is not empty, the
# last one again, which may have been cut short.
launches_wanted() {
  local known
  [ -n "$precision" ] || return 0
  known=$($validate precision --measured "$measured" --precision "$precision" --budgets ci/budgets.json) || return 2
  awk -v bed="$1" '{ print "accuracy.sh: " bed ", " $2 " ranks: medians of " $3 " launches known to " $4 ": " $5 }' <<<"$known" >&2
  awk -v again="$2" '$5 == "more" { print $6 - (again != ""), $2 }' <<<"$known"
}

# judge: calibrates, simulates, compares and reports all test beds measured so far; its code is the gate's.
judged=()
judge() {
  ci/judge.sh --programs build/release --campaign "$campaign" --out-dir "$out_dir" --hosts "$hosts" ${suite:+--suite "$suite"} \
    --training "$training" ${ranks_wanted:+--ranks "$ranks_wanted"} ${precision:+--precision "$precision"} ${smpi:+--smpi} "${judged[@]}"
}

outcome=0
# worse CODE: the exit code that counts, of those so far and this one.
worse() {
  local code
  for code in 2 3 1 4; do
    if [ "$1" = "$code" ] || [ "$outcome" = "$code" ]; then outcome=$code; return; fi
  done
}

for bed in "${testbeds[@]}"; do
  folder=$campaign/$bed bed_suite=${suite:-$(ci/suite_of.sh "$bed" "$training")}
  [ "$bed" != "${testbeds[0]}" ] || folder=$campaign
  measured=$folder/measured.jsonl
  began=$SECONDS
  measure "$bed" "$bed_suite"
  say "$bed measured in $((SECONDS - began))s"
  judged+=("$bed=$measured")
  [ ${#judged[@]} -eq ${#testbeds[@]} ] || judge >/dev/null # so that there is a report if the next one cannot be measured
done
judge
worse $?
[ -z "$wrong" ] || worse 3
exit "$outcome"
