#!/usr/bin/env bash
# ci/setup.sh with a dpkg, an apt and a sudo of our own: nothing is installed here.
# usage: setup_test.sh ROOT_OF_REPOSITORY
set -uo pipefail
setup=$1/ci/setup.sh
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
failures=0

# fake NAME TEXT: a program called NAME, first in the path.
fake() {
  printf '#!/bin/sh\n%s\n' "$2" >"$fake/$1"
  chmod +x "$fake/$1"
}

# expect CODE WHAT GROUP: setup.sh ends with CODE and its output, and apt's log, hold WHAT.
expect() {
  local output code=0
  rm -f "$fake/apt.log"
  output=$(PATH=$fake:$PATH RINGTRUE_RETRY_SECONDS=0 FAKE=$fake "$setup" "$3" 2>&1) || code=$?
  [ ! -f "$fake/apt.log" ] || output+=$'\n'$(cat "$fake/apt.log")
  if [ "$code" != "$1" ] || ! grep -qF -- "$2" <<<"$output"; then
    echo "FAILED: code $code, expected $1, and '$2' in: $output"
    failures=$((failures + 1))
  fi
}

all_installed='echo installed'
# shellcheck disable=SC2016 # the fake expands it
catch2_missing='case "$*" in *catch2*) exit 1 ;; *) echo installed ;; esac'
# shellcheck disable=SC2016
apt='echo "apt-get $*" >>"$FAKE/apt.log"'
fake id 'echo 0'
fake apt-get "$apt"

fake dpkg-query "$all_installed"
expect 0 '' all
[ ! -f "$fake/apt.log" ] || { echo "FAILED: apt was called though nothing is missing"; failures=$((failures + 1)); }

fake dpkg-query "$catch2_missing"
expect 0 'apt-get update' test
expect 0 'apt-get install -qy --no-install-recommends catch2' test
expect 0 '' build  # catch2 is not of that group
[ ! -f "$fake/apt.log" ] || { echo "FAILED: apt was called for the other group"; failures=$((failures + 1)); }

fake apt-get "$apt; exit 100"
expect 2 'trying once more' test
expect 2 'the installation failed twice' test

fake id 'echo 1000'
fake sudo 'exit 1'
expect 2 'apt-get update && apt-get install -y --no-install-recommends catch2' test
fake id 'echo 0'
fake apt-get "$apt"
# shellcheck disable=SC2016
fake dpkg-query 'case "$*" in *simgrid*) exit 1 ;; *) echo installed ;; esac'
expect 0 'apt-get install -qy --no-install-recommends libsimgrid-dev' smpi
expect 0 '' all  # SimGrid is installed on demand only
[ ! -f "$fake/apt.log" ] || { echo "FAILED: SimGrid is installed with all"; failures=$((failures + 1)); }
expect 2 "'everything' is not a group" everything
[ "$failures" = 0 ]
