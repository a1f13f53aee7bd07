#!/usr/bin/env bash
# Has SimGrid's SMPI simulate what a campaign measured, fitted on the same calibration records as our models, executing
# the same schedules: an external simulator in the same report. Writes CAMPAIGN/smpi.jsonl for ringtrue-validate
# --simulated and prints what simulating each row took, by SMPI and by us.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: ci/smpi.sh [options]
  --campaign DIR  folder with measured.jsonl, as ci/accuracy.sh leaves it (default: the last one in campaign/)
  --suite FILE    what to simulate (default experiment/suites/default.json)
  --programs DIR  a build folder of ours (default: builds build/release)
  --optional      without SimGrid say so and end with 0
SimGrid is Debian's libsimgrid-dev: ci/setup.sh smpi installs it.
exit codes: 2 could not run, 0 fine
TEXT
}

say() { printf 'smpi.sh: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

start_dir=$PWD
cd "$(dirname "$0")/.." || exit 2
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$start_dir" "$1" ;; esac; }
suite=experiment/suites/default.json campaign='' programs='' optional=''

while [ $# -gt 0 ]; do
  case $1 in
    --campaign | --suite | --programs) [ $# -ge 2 ] || give_up "$1 needs a value; see --help" ;;&
    --campaign) campaign=$(absolute "$2"); shift 2 ;;
    --suite) suite=$(absolute "$2"); shift 2 ;;
    --programs) programs=$(absolute "$2"); shift 2 ;;
    --optional) optional=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; give_up "'$1' is not an option" ;;
  esac
done

for tool in smpicxx smpirun; do
  command -v "$tool" >/dev/null && continue
  [ -z "$optional" ] || { say "SKIPPED: $tool was not found, so SimGrid's SMPI is not scored; ci/setup.sh smpi installs it"; exit 0; }
  give_up "$tool was not found; install SimGrid with: ci/setup.sh smpi"
done

campaign=${campaign:-$(ls -d campaign/*/ 2>/dev/null | tail -n 1)}
campaign=${campaign%/}
[ -n "$campaign" ] || give_up "there is no campaign yet; measure one with ci/accuracy.sh, or give --campaign DIR"
measured=$campaign/measured.jsonl
[ -s "$measured" ] || give_up "$measured: no records there; give the folder of a campaign of ci/accuracy.sh"
[ -f "$suite" ] || give_up "$suite: no such suite; give --suite FILE"

# build FOLDER TARGET OPTION...: configures and builds, and shows what cmake said only if that fails.
build() {
  local folder=$1 target=$2 output
  shift 2
  output=$(cmake -G Ninja -B "$folder" -DCMAKE_BUILD_TYPE=Release "$@" 2>&1 && cmake --build "$folder" --target "$target" 2>&1) ||
    { printf '%s\n' "$output" >&2; give_up "$target could not be built"; }
}

say "building"
if [ -z "$programs" ]; then
  programs=build/release
  build "$programs" ringtrue-sim --preset release
fi
sim=$programs/sim/ringtrue-sim
[ -x "$sim" ] || give_up "$sim: not there; give --programs a build folder, or leave it out"
# CMake tries its compiler out, and smpicxx links no program that runs by itself. Source: SimGrid manual, "SMPI",
# "./configure or cmake refuse to use smpicc".
export SMPI_PRETEND_CC=1
build build/smpi help -DCMAKE_CXX_COMPILER=smpicxx -DRINGTRUE_SMPI=ON -DRINGTRUE_BENCH=OFF -DRINGTRUE_TESTS=OFF
unset SMPI_PRETEND_CC
build build/smpi ringtrue-smpi
program=$PWD/build/smpi/bench/smpi/ringtrue-smpi

runs=$campaign/smpi
rm -rf "$runs"
"$sim" simgrid --suite "$suite" --measured "$measured" --out "$runs" >&2 || exit 2
source=smpi-$(smpirun -version | grep -o '[0-9][0-9.]*' | head -n 1)

# simulate FOLDER: one smpirun for all rows of one number of ranks. SMPI's own 1e-9 s is too coarse for messages of 100 ns.
simulate() {
  local folder=$1 began took
  began=$(date +%s%N)
  smpirun -platform "$folder/platform.xml" -hostfile "$folder/hostfile" --cfg=surf/precision:1e-12 --log=root.thres:warning \
    "$program" "$folder/rows.jsonl" "$folder/results.jsonl" >"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2; give_up "smpirun failed; see $folder/log"; }
  took=$(($(date +%s%N) - began))
  printf '%d.%09d\n' $((took / 1000000000)) $((took % 1000000000)) >"$folder/total_s"
}

for folder in "$runs"/*/; do
  say "simulating ${folder#"$campaign"/}"
  simulate "${folder%/}"
done

"$sim" calibrate --measured "$measured" --out "$runs/platform.json" >&2 || exit 2
"$sim" simgrid-records --runs "$runs" --platform "$runs/platform.json" --source "$source" --out "$campaign/smpi.jsonl" || exit 2
say "$campaign/smpi.jsonl: give it to ringtrue-validate --simulated, or run ci/accuracy.sh --resume --campaign $campaign --smpi"
