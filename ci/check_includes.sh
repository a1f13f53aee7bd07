#!/usr/bin/env bash
# Who may include whom. The simulator cannot peek at a measurement because this script says so.
# usage: ci/check_includes.sh [ROOT]   (default: the repository)
set -euo pipefail

root=${1:-$(dirname "$0")/..}
cd "$root" || exit 2
findings=0

# report FILE:LINE WHAT ALLOWED
report() {
  printf '%s: %s; allowed: %s\n' "$1" "$2" "$3"
  findings=$((findings + 1))
}

# The folders whose headers a folder may include.
declare -A allowed_folders=(
  [experiment]="experiment"
  [bench]="experiment bench"
  [sim]="experiment sim"
  [validate]="experiment validate"
  [reports]="experiment validate reports"
  [tests]="experiment bench sim validate reports tests"
)

# check_own FILE:LINE FOLDER HEADER: an include with quotes.
check_own() {
  local place=$1 folder=$2 header=$3
  local allowed=${allowed_folders[$folder]}
  case $header in
    ../* | */../* | ./*) report "$place" "\"$header\" is relative" "paths from the root, such as \"experiment/units.hpp\"" ;;
    */*)
      case " $allowed " in
        *" ${header%%/*} "*) ;;
        *) report "$place" "$folder/ includes \"$header\"" "headers of $allowed" ;;
      esac
      ;;
    *) report "$place" "\"$header\" names no folder" "paths from the root, such as \"experiment/units.hpp\"" ;;
  esac
}

# check_foreign FILE:LINE FILE HEADER: an include with angle brackets or quotes of a library that has its place.
check_foreign() {
  local place=$1 file=$2 header=$3
  case $header in
    mpi.h | mpi/* | mpi-ext.h)
      case $file in bench/* | tests/bench/*) ;; *) report "$place" "<$header>" "in bench/ and tests/bench/ only" ;; esac
      ;;
    benchmark/*)
      case $file in bench/* | tests/bench/* | tests/benchmark/*) ;; *) report "$place" "<$header>" "in bench/ and tests/benchmark/ only" ;; esac
      ;;
    oneapi/dnnl/*)
      case $file in bench/training/* | tests/benchmark/*) ;; *) report "$place" "<$header>" "in bench/training/ and tests/benchmark/ only: it costs seconds a file" ;; esac
      ;;
    CLI/*)
      case $file in */main.cpp) ;; *) report "$place" "<$header>" "in main.cpp only: it costs ten seconds a file" ;; esac
      ;;
    nlohmann/json.hpp)
      case $file in tests/*) ;; *.hpp) report "$place" "<$header> in a header" "<nlohmann/json_fwd.hpp> or \"experiment/json.hpp\"" ;; esac
      ;;
  esac
}

check_line() {
  local file=$1 number=$2 text=$3
  [[ $text =~ [\"\<]([^\"\>]*)[\"\>] ]] || return 0
  local header=${BASH_REMATCH[1]}
  case $header in
    mpi.h | mpi/* | mpi-ext.h | benchmark/* | oneapi/* | CLI/* | nlohmann/*) check_foreign "$file:$number" "$file" "$header" ;;
    *) case $text in *\"*) check_own "$file:$number" "${file%%/*}" "$header" ;; esac ;;
  esac
}

folders=()
for folder in experiment bench sim validate reports tests; do [ ! -d "$folder" ] || folders+=("$folder"); done
[ ${#folders[@]} -gt 0 ] || { echo "check_includes.sh: $PWD has none of our folders; give the root of the repository" >&2; exit 2; }

while IFS=: read -r file number text; do
  check_line "$file" "$number" "$text"
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.hpp' --include='*.cpp' "${folders[@]}" | sort -t: -k1,1 -k2,2n)

# A header that its .cpp includes first is shown to compile alone by the dev preset, which compiles each source by itself.
while read -r file; do
  header=${file%.cpp}.hpp
  [ -f "$header" ] || continue
  IFS=: read -r number text < <(grep -nm1 '^#include' "$file")
  [ "$text" = "#include \"$header\"" ] || report "$file:${number:-1}" "it does not begin with \"$header\"" "its own header first"
done < <(find "${folders[@]}" -name '*.cpp' ! -path 'tests/*' | sort)

[ "$findings" = 0 ] || { echo "check_includes.sh: $findings includes against the directions in CONTRIBUTING.md" >&2; exit 1; }
