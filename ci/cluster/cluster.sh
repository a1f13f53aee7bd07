#!/usr/bin/env bash
# A cluster of many hosts on one machine: each host is a network namespace and a UTS namespace (its own address and its own
# name: with one name for all, Open MPI's launcher confuses them), joined by veth pairs to a bridge in a namespace of
# its own. A token bucket limits what each host sends. Real MPI, the kernel's real TCP.
#
#   ringtrue-0 [eth0 10.77.0.1]──┐
#   ringtrue-1 [eth0 10.77.0.2]──┼─[ports] bridge in ringtrue-switch
#   ...                          ┘
#
# Nothing outside the namespaces is touched: no address, route or file of the machine, but what lies in $state.
set -uo pipefail

state=/run/ringtrue-cluster
prefix=ringtrue
network=10.77.0
most_hosts=64
# A trial at 1 Gbit/s moved 2 MiB between two hosts in 17.5 ms with these (ideal 16.8); shaping both directions with a small
# burst cost 439 retransmissions and 34 ms.
burst=128kb # with `kb` tc means 1,024 bytes
queue=4mb

usage() {
  cat <<'TEXT'
usage: ci/cluster/cluster.sh up HOSTS RATE       make the hosts; RATE of each link: 50mbit to 40gbit, or unlimited
       ci/cluster/cluster.sh run RANKS [--cores LIST] -- PROGRAM [ARGS]
                                                 mpirun on the first hosts, in the order of ranks (several a host if there
                                                 are more ranks than hosts); all on the cores of LIST (default 0)
       ci/cluster/cluster.sh status              what is up; measures each link with a stream and compares with RATE
       ci/cluster/cluster.sh set-link HOST up|down|RATE
                                                 take a link down or change its rate, as a fault would
       ci/cluster/cluster.sh down                end its processes and remove all of it
       ci/cluster/cluster.sh supported           says why not, if this machine cannot have one
       ci/cluster/cluster.sh check-rate RATE     refuses what up would refuse
exit codes: 2 could not (no root, no veth, no such cluster, a link off its rate), 0 fine; of run: mpirun's
TEXT
}

say() { printf 'cluster.sh: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

inside() { # HOST COMMAND...: in the host's network and under its name
  local host=$1
  shift
  nsenter --net="/run/netns/$prefix-$host" --uts="$state/uts-$host" -- "$@"
}

hosts_up() { cat "$state/hosts" 2>/dev/null; }
need_cluster() { [ -s "$state/hosts" ] || give_up "no cluster is up; start with: ci/cluster/cluster.sh up HOSTS RATE"; }

# Bits per second of RATE, empty for unlimited.
bits_of() {
  case $1 in
    unlimited) ;;
    *[0-9]kbit) echo $((${1%kbit} * 1000)) ;;
    *[0-9]mbit) echo $((${1%mbit} * 1000000)) ;;
    *[0-9]gbit) echo $((${1%gbit} * 1000000000)) ;;
  esac
}

check_rate() {
  [ "$1" = unlimited ] && return
  case $1 in 0* | *[!0-9]*[mg]bit | [mg]bit | *[!t]) give_up "'$1' is not a rate; allowed: 50mbit to 40gbit, or unlimited" ;; esac
  local bits
  bits=$(bits_of "$1")
  [ -n "$bits" ] && [ "${#1}" -le 9 ] && [ "$bits" -ge 50000000 ] && [ "$bits" -le 40000000000 ] ||
    give_up "'$1' is not a rate; allowed: 50mbit to 40gbit, or unlimited"
}

supported() {
  local tool
  [ "$(id -u)" = 0 ] || { echo "it needs root"; return 1; }
  for tool in ip tc nsenter unshare taskset mpirun iperf3; do
    command -v "$tool" >/dev/null || { echo "'$tool' was not found; ci/setup.sh cluster installs it"; return 1; }
  done
  ip netns add "$prefix-try-$$" 2>/dev/null || { echo "this kernel or container lets nobody make network namespaces"; return 1; }
  local answer=''
  ip -n "$prefix-try-$$" link add try type veth peer name try2 2>/dev/null || answer="this kernel has no veth"
  [ -n "$answer" ] || tc -n "$prefix-try-$$" qdisc add dev try root tbf rate 1gbit burst "$burst" limit "$queue" 2>/dev/null ||
    answer="this kernel has no token bucket (tc tbf)"
  [ -n "$answer" ] || ip -n "$prefix-try-$$" link add try3 type bridge 2>/dev/null || answer="this kernel has no bridge"
  ip netns del "$prefix-try-$$"
  [ -z "$answer" ] || { echo "$answer"; return 1; }
}

shape() { # HOST RATE
  tc -n "$prefix-$1" qdisc del dev eth0 root 2>/dev/null
  [ "$2" = unlimited ] || tc -n "$prefix-$1" qdisc add dev eth0 root tbf rate "$2" burst "$burst" limit "$queue"
}

# The same TCP everywhere: else the hosts inherit what the machine was tuned to (bbr with its pacing and small windows, say, was
# seen). Reno is the one that every kernel has and lets a namespace choose; nothing is lost here, so it never has to back off.
tune_tcp() { # HOST
  local setting
  for setting in congestion_control=reno rmem='4096 131072 6291456' wmem='4096 16384 4194304'; do
    ip netns exec "$prefix-$1" sh -c "echo ${setting#*=} >/proc/sys/net/ipv4/tcp_${setting%%=*}" || return 1
  done
}

add_host() { # HOST RATE
  local host=$1 name=$prefix-$1
  ip netns add "$name" &&
    touch "$state/uts-$host" && unshare --uts="$state/uts-$host" hostname "$name" &&
    ip -n "$name" link add eth0 mtu 1500 type veth peer name "port$host" netns "$prefix-switch" &&
    ip -n "$prefix-switch" link set "port$host" master bridge up &&
    ip -n "$name" address add "$network.$((host + 1))/24" dev eth0 &&
    tune_tcp "$host" && ip -n "$name" link set lo up && ip -n "$name" link set eth0 up && shape "$host" "$2"
}

add_hosts() { # HOSTS RATE
  ip netns add "$prefix-switch" && ip -n "$prefix-switch" link add bridge type bridge && ip -n "$prefix-switch" link set bridge up || return 1
  for ((host = 0; host < $1; host++)); do add_host "$host" "$2" || return 1; done
  # Two hosts meet for the first time by asking everybody (ARP); no measurement should see that.
  for ((a = 0; a < $1; a++)); do
    for ((b = 0; b < $1; b++)); do
      [ "$a" = "$b" ] || ip -n "$prefix-$a" neighbour replace "$network.$((b + 1))" dev eth0 nud permanent \
        lladdr "$(ip netns exec "$prefix-$b" cat /sys/class/net/eth0/address)" || return 1
    done
  done
}

up() {
  [ $# -eq 2 ] || { usage >&2; give_up "up takes HOSTS and RATE"; }
  case $1 in '' | *[!0-9]* | 0* | ???*) give_up "'$1' is not a number of hosts; allowed: 1 to $most_hosts" ;; esac
  [ "$1" -le "$most_hosts" ] || give_up "'$1' is not a number of hosts; allowed: 1 to $most_hosts"
  check_rate "$2"
  local why
  why=$(supported) || give_up "no emulated cluster here: $why"
  [ ! -e "$state" ] || give_up "one is up already ($(hosts_up) hosts, $(cat "$state/rate" 2>/dev/null)); end it with: ci/cluster/cluster.sh down"
  mkdir "$state" || exit 2
  trap 'remove; give_up "interrupted; nothing was left behind"' INT TERM HUP
  add_hosts "$1" "$2" || { remove; give_up "could not be set up (see above); nothing was left behind"; }
  echo "$2" >"$state/rate"
  echo "$1" >"$state/hosts" # last: says that all of it is there
  trap - INT TERM HUP
  say "$1 hosts are up, each link at $2"
}

names() { ip netns list | sed -n "s/^\($prefix-[0-9a-z-]*\).*/\1/p"; }

remove() {
  local name pids
  for name in $(names); do
    pids=$(ip netns pids "$name")
    # shellcheck disable=SC2086 # a list
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
  done
  for name in $(names); do ip netns del "$name"; done
  for name in "$state"/uts-*; do
    [ ! -e "$name" ] || umount "$name" 2>/dev/null
  done
  rm -rf "$state"
}

run() {
  need_cluster
  local ranks=${1:-} cores=0 hosts list='' here
  case $ranks in '' | *[!0-9]* | 0*) give_up "'$ranks' is not a number of ranks; usage: run RANKS [--cores LIST] -- PROGRAM [ARGS]" ;; esac
  shift
  if [ "${1:-}" = --cores ]; then cores=${2:-}; shift 2; fi
  [ "${1:-}" = -- ] && [ $# -ge 2 ] || give_up "what to run comes after '--'"
  shift
  taskset -c "$cores" true 2>/dev/null || give_up "--cores '$cores': not a list of cores of this machine, such as 0 or 0,1"
  hosts=$(hosts_up)
  [ "$ranks" -ge "$hosts" ] || hosts=$ranks
  for ((host = 0; host < hosts; host++)); do
    list+=",$prefix-$host:$(((ranks * (host + 1) + hosts - 1) / hosts - (ranks * host + hosts - 1) / hosts))"
  done
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  exec nsenter --net="/run/netns/$prefix-0" --uts="$state/uts-0" -- mpirun -np "$ranks" --host "${list#,}" --map-by slot --bind-to none \
    --mca orte_tmpdir_base "$state" --mca plm_rsh_agent "$here/rsh_agent.sh" --mca plm_rsh_no_tree_spawn 1 --mca oob_tcp_if_include "$network.0/24" \
    --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include "$network.0/24" --mca mpi_yield_when_idle 1 \
    taskset -c "$cores" "$@"
}

# What a stream of one second from HOST to its neighbour reaches, in bits per second; empty if it fails.
stream() {
  local to=$((($1 + 1) % $(hosts_up)))
  inside "$to" iperf3 -s -1 -D >/dev/null || return
  for _ in 1 2 3 4 5; do # until the server listens
    inside "$1" iperf3 -c "$network.$((to + 1))" -t 1 -f k 2>/dev/null | sed -n 's/.* \([0-9]*\) Kbits.*receiver.*/\1000/p' | grep . && return
    sleep 0.1
  done
}

status() {
  need_cluster
  local hosts rate wanted bits bad=0
  hosts=$(hosts_up) rate=$(cat "$state/rate")
  wanted=$(bits_of "$rate")
  echo "$hosts hosts, links at $rate"
  [ "$hosts" -gt 1 ] || return 0
  for ((host = 0; host < hosts; host++)); do
    bits=$(stream "$host")
    if [ -z "$bits" ]; then
      echo "$prefix-$host: no stream gets through"
      bad=1
    elif [ -n "$wanted" ] && { [ $((bits * 100)) -lt $((wanted * 90)) ] || [ $((bits * 100)) -gt $((wanted * 105)) ]; }; then
      echo "$prefix-$host: $((bits / 1000000)) Mbit/s, should be 90 to 105 % of $rate"
      bad=1
    else
      echo "$prefix-$host: $((bits / 1000000)) Mbit/s"
    fi
  done
  [ "$bad" = 0 ] || give_up "links are off their rate: a fault was set, or the cores are busy with something else"
}

set_link() {
  need_cluster
  case ${1:-} in '' | *[!0-9]*) give_up "'${1:-}' is not a host; allowed: 0 to $(($(hosts_up) - 1))" ;; esac
  [ "$1" -lt "$(hosts_up)" ] || give_up "'$1' is not a host; allowed: 0 to $(($(hosts_up) - 1))"
  case ${2:-} in
    up | down) ip -n "$prefix-switch" link set "port$1" "$2" ;;
    *) check_rate "${2:-}"; shape "$1" "$2" ;;
  esac
}

# One at a time makes, changes or removes; `run` and `status` only use what is there.
alone() {
  if [ "$(id -u)" = 0 ]; then
    exec 9<"${BASH_SOURCE[0]}" && flock -w 60 9 || give_up "another cluster.sh is at work; try again when it has ended"
  fi
  "$@"
}

case ${1:-} in
  up) shift; alone up "$@" ;;
  run) shift; run "$@" ;;
  status) status ;;
  set-link) shift; alone set_link "$@" ;;
  down) alone remove ;;
  supported) supported ;;
  check-rate) check_rate "${2:-}" ;;
  --help | -h) usage ;;
  *) usage >&2; give_up "'${1:-}' is not something it does" ;;
esac
