# shellcheck shell=bash
# Sourced by the tests of programs and scripts.

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }

# expect CODE PATTERN COMMAND...: the exit code, a line of the output that matches, and no crash.
expect() {
  local code=$1 pattern=$2 found
  shift 2
  "$@" >output.txt 2>&1
  found=$?
  [ "$found" -eq "$code" ] || { cat output.txt; fail "'$*' ended with $found, expected $code"; }
  grep -qE -- "$pattern" output.txt || { cat output.txt; fail "'$*' does not say '$pattern'"; }
  if grep -qiE 'terminate called|stack trace|AddressSanitizer' output.txt; then cat output.txt; fail "'$*' crashed"; fi
}
