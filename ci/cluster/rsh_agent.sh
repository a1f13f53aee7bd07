#!/usr/bin/env bash
# How Open MPI's launcher reaches an emulated host: called as `rsh_agent.sh HOST COMMAND...`, as it would call ssh.
host=$1
shift
exec nsenter --net="/run/netns/$host" --uts="/run/ringtrue-cluster/uts-${host##*-}" -- sh -c "$*"
