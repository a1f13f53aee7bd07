#!/usr/bin/env bash
# How fast the simulator is: builds it optimised, without MPI, and prints the table of sim/astra/README.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: ci/benchmark.sh [--no-install] [-- options of Google Benchmark]
  --no-install  do not look for missing Debian packages
exit codes: 2 could not run, 0 fine
TEXT
}

install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=''; shift ;;
    --) shift; break ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; printf "benchmark.sh: '%s' is not an option\n" "$1" >&2; exit 2 ;;
  esac
done
cd "$(dirname "$0")/.." || exit 2

[ -z "$install" ] || ci/setup.sh build || exit 2
{ cmake --preset release -B build/benchmark -DRINGTRUE_BENCH=OFF -DRINGTRUE_BENCHMARKS=ON >/dev/null &&
  cmake --build build/benchmark --target astra_benchmark published_benchmark ringtrue-sim >&2; } || exit 2

# Start-up of the program: reading four files and one all-reduce, best of 20.
files=build/benchmark/startup
mkdir -p "$files"
printf 'topology: [ Switch ]\nnpus_count: [ 8 ]\nbandwidth: [ 400.0 ]\nlatency: [ 936.25 ]\n' >"$files/network.yml"
printf '{"endpoint-delay": 10, "preferred-dataset-splits": 4, "local-mem-bw": 3350, "all-reduce-implementation": ["ring"]}\n' >"$files/system.json"
best=1000000000
for _ in $(seq 20); do
  began=$(date +%s%N)
  build/benchmark/sim/ringtrue-sim astra --network "$files/network.yml" --system "$files/system.json" --collective all_reduce --bytes 1MiB >/dev/null || exit 2
  took=$(($(date +%s%N) - began))
  [ "$took" -ge "$best" ] || best=$took
done
printf 'ringtrue-sim astra, from start to end: %d.%02d ms\n' $((best / 1000000)) $((best / 10000 % 100))
for program in astra_benchmark published_benchmark; do
  build/benchmark/tests/benchmark/$program --benchmark_context=commit="$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "$@" || exit 2
done
