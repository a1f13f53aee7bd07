#!/usr/bin/env bash
# ci/check_includes.sh lets a good tree pass and names each kind of bad include with its place.
# usage: check_includes_test.sh ROOT_OF_REPOSITORY
set -euo pipefail
check=$1/ci/check_includes.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# write FILE INCLUDE...: a file whose first line is a comment and whose includes follow.
write() {
  local file=$tree/$1
  shift
  mkdir -p "$(dirname "$file")"
  { echo "// a file"; printf '#include %s\n' "$@"; } >"$file"
}

passes() {
  "$check" "$tree" >/dev/null || { echo "FAILED: refused, but fine: $1"; failures=$((failures + 1)); }
}

# refuses FILE INCLUDE WHAT: refused with file, line 2 and WHAT; the tree is clean again afterwards.
refuses() {
  local output code=0
  write "$1" "$2"
  output=$("$check" "$tree" 2>&1) || code=$?
  if [ "$code" != 1 ] || ! grep -qF "$1:2: " <<<"$output" || ! grep -qF "$3" <<<"$output"; then
    echo "FAILED: $1 with $2: code $code, expected 1, $1:2 and '$3' in: $output"
    failures=$((failures + 1))
  fi
  rm "$tree/$1"
}

write experiment/json.hpp '<string>' '<nlohmann/json_fwd.hpp>'
write experiment/json.cpp '"experiment/json.hpp"' '<nlohmann/json.hpp>'
write bench/main.cpp '<mpi.h>' '<benchmark/benchmark.h>' '<CLI/CLI.hpp>' '"bench/mpi/mpi.hpp"' '"experiment/json.hpp"'
write sim/simulate.cpp '"sim/simulate.hpp"' '"experiment/json.hpp"'
write validate/main.cpp '"validate/join.hpp"' '<CLI/CLI.hpp>'
write reports/report.cpp '"validate/comparison.hpp"' '"reports/table.hpp"' '"experiment/json.hpp"'
write tests/bench/ring_test.cpp '<mpi.h>' '"bench/ring.hpp"' '"tests/bench/main.hpp"'
write tests/sim/differential_test.cpp '"sim/simulate.hpp"' '"validate/join.hpp"' '"reports/table.hpp"'
write tests/benchmark/sim_speed.cpp '<benchmark/benchmark.h>'
passes "the good tree"

refuses experiment/a.cpp '"sim/simulate.hpp"' 'headers of experiment'
refuses sim/a.cpp '"bench/mpi/mpi.hpp"' 'headers of experiment sim'
refuses sim/a.cpp '"validate/join.hpp"' 'headers of experiment sim'
refuses bench/a.cpp '"sim/simulate.hpp"' 'headers of experiment bench'
refuses validate/a.hpp '"reports/table.hpp"' 'headers of experiment validate'
refuses reports/a.cpp '"sim/simulate.hpp"' 'headers of experiment validate reports'
refuses validate/a.cpp '"tests/fixture.hpp"' 'headers of experiment validate'
refuses sim/a.cpp '<mpi.h>' 'in bench/ and tests/bench/ only'
refuses tests/sim/a.cpp '"mpi.h"' 'in bench/ and tests/bench/ only'
refuses sim/a.cpp '<benchmark/benchmark.h>' 'in bench/ and tests/benchmark/ only'
refuses sim/options.cpp '<CLI/CLI.hpp>' 'in main.cpp only'
refuses sim/a.hpp '<nlohmann/json.hpp>' 'json_fwd.hpp'
refuses sim/a.cpp '"../experiment/json.hpp"' 'paths from the root'
refuses sim/a.cpp '"event_queue.hpp"' 'paths from the root'
write sim/b.hpp '<string>'
refuses sim/b.cpp '<string>' 'its own header first'
passes "the tree after the bad files are gone"

code=0
"$check" "$(mktemp -d -p "$tree")" 2>/dev/null || code=$?
[ "$code" = 2 ] || { echo "FAILED: a folder that is no repository: code $code, expected 2"; failures=$((failures + 1)); }
[ "$failures" = 0 ]
