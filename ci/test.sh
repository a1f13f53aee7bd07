#!/usr/bin/env bash
# Everything that has to hold before a change goes in. The quick checks come first, the tests last.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: ci/test.sh [--no-install]
  --no-install  do not look for missing Debian packages
exit codes: 2 a check could not run (packages, tools), 1 a check failed, 0 fine
TEXT
}

install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=''; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; printf "test.sh: '%s' is not an option\n" "$1" >&2; exit 2 ;;
  esac
done
cd "$(dirname "$0")/.." || exit 2

jobs=$(nproc)
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export CTEST_OUTPUT_ON_FAILURE=1

# step TITLE FAILURE_CODE COMMAND...: runs it under a banner that tells when it began and ends all if it fails.
step() {
  local title=$1 failure_code=$2 began=$SECONDS
  shift 2
  printf '\n=== %s (at %ds)\n' "$title" "$SECONDS"
  if "$@"; then
    [ "$title" = "tests" ] || printf '=== %s: fine, %ds\n' "$title" $((SECONDS - began))
  else
    printf '=== %s: FAILED after %ds\n' "$title" $((SECONDS - began)) >&2
    exit "$failure_code"
  fi
}

tools_present() {
  local tool missing=''
  for tool in git cmake ninja ctest c++ mpiexec clang-format clang-tidy run-clang-tidy cpplint shellcheck; do
    command -v "$tool" >/dev/null || missing+=" $tool"
  done
  [ -z "$missing" ] || { echo "not found:$missing; run ci/setup.sh, or install them and use --no-install" >&2; return 1; }
}

# Tracked files, and those about to be.
files() { git ls-files --cached --others --exclude-standard "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done; }

check_scripts() {
  local scripts
  mapfile -t scripts < <(files '*.sh' .ci/run)
  for script in "${scripts[@]}"; do bash -n "$script" || return 1; done
  shellcheck --severity=warning "${scripts[@]}"
}

check_format() { files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror; }

# Advice, not a rule: a file past 300 lines usually wants to be two.
warn_of_long_files() { files '*.cpp' '*.hpp' '*.sh' | xargs wc -l | awk '$2 != "total" && $1 > 300 {print "warning: " $2 " has " $1 " lines; 300 are the aim"}'; }

# Without the measuring side neither MPI nor Google Benchmark may be needed: CMake is forbidden to find them. g++ only reads
# what would be compiled: units of forty sources, and those that have options of their own.
read_without_mpi() {
  cmake --preset release -B build/no-bench -DRINGTRUE_BENCH=OFF -DCMAKE_BUILD_TYPE=None -DCMAKE_VERIFY_INTERFACE_HEADER_SETS=OFF \
    -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON >/dev/null || return 1
  cmake --build build/no-bench --target ringtrue_chakra || return 1
  local flags=(-std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror -Wno-restrict
    -I. -isystem build/no-bench/generated '-DRINGTRUE_VERSION=""' '-DRINGTRUE_COMMIT=""' '-DRINGTRUE_SOURCE_DIR=""')
  sed -n 's/^ *"file": "\(.*\)".*/\1/p' build/no-bench/compile_commands.json | grep -v ringtrue_chakra.dir | grep -v '\.pb\.cc$' |
    xargs -P "$jobs" -n 1 g++ "${flags[@]}"
}

# Sources are compiled forty at a time, where one hides what another forgot to include.
check_standard_includes() { files '*.cpp' '*.hpp' | xargs cpplint --quiet --filter=-,+build/include_what_you_use; }

# Forty sources at a time: most of what clang-tidy does is for the libraries' headers, once per run. With precompiled headers
# it finds nothing at all, so it cannot read what the build above read.
check_tidy() {
  cmake --preset tidy >/dev/null && cmake --build build/tidy --target ringtrue_chakra >/dev/null || return 1
  run-clang-tidy -p build/tidy -quiet -j "$jobs" \
    "^$PWD/((experiment|bench|sim|validate|reports)/.*\.cpp|build/tidy/(experiment|bench|sim|validate|reports)/.*/ringtrue[-_](?!chakra).*_cxx\.cxx)$" 2>/dev/null
}

[ -z "$install" ] || step "packages" 2 ci/setup.sh
step "tools" 2 tools_present
step "scripts" 1 check_scripts
step "format" 1 check_format
step "include directions" 1 ci/check_includes.sh
step "standard includes" 1 check_standard_includes
step "file sizes" 1 warn_of_long_files
step "configure with ASan and UBSan" 1 cmake --preset asan
step "build" 1 cmake --build --preset asan
step "all by g++, without MPI" 1 read_without_mpi
step "clang-tidy" 1 check_tidy
step "tests" 1 ctest --preset asan
