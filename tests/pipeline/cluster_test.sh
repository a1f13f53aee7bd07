#!/usr/bin/env bash
# The emulated cluster end to end: what it refuses, what it makes, a measurement on it with its simulation, faults, and that
# nothing is left behind. Arguments: source folder, build folder. Ends with 77 (skipped) where there can be no cluster.
set -uo pipefail

source_dir=$1 build=$2
cluster=$source_dir/ci/cluster/cluster.sh
suite=$source_dir/tests/pipeline/suite_tiny.json
bench=$build/bench/ringtrue-bench sim=$build/sim/ringtrue-sim
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0

if ! why=$($cluster supported); then
  printf '\n*** SKIPPED: the emulated cluster is not tested here: %s ***\n\n' "$why"
  exit 77
fi
if [ -e /run/ringtrue-cluster ]; then
  printf '\n*** SKIPPED: an emulated cluster is in use (ci/cluster/cluster.sh status) ***\n\n'
  exit 77
fi
work=$(mktemp -d) || exit 1
trap '$cluster down; umount full 2>/dev/null; cd /; rm -rf "$work"' EXIT
cd "$work" || exit 1

# shellcheck source=tests/pipeline/expect.sh
. "$source_dir/tests/pipeline/expect.sh"

# Everything of ours that the machine knows: namespaces, names, files; and what of its own it must keep.
ours() { ip netns list | grep ringtrue; find /run -maxdepth 1 -name 'ringtrue*'; find /tmp -maxdepth 1 -name 'ompi.ringtrue-*'; pgrep -f '/run/netns/ringtrue'; true; }
theirs() { ip -br address; ip route; cat /etc/hosts; hostname; cat /proc/sys/net/ipv4/tcp_congestion_control; }
theirs >before.txt

# --- what it refuses
expect 2 'no cluster is up' $cluster run 2 -- hostname
expect 2 'no cluster is up' $cluster status
expect 2 "'0' is not a number of hosts; allowed: 1 to 64" $cluster up 0 1gbit
expect 2 "'65' is not a number of hosts" $cluster up 65 1gbit
for rate in 1 fast 1g 10mbit 41gbit -1gbit 1.5gbit 1mbitgbit ''; do
  expect 2 "'$rate' is not a rate; allowed: 50mbit to 40gbit, or unlimited" $cluster up 2 "$rate"
done
expect 2 'is not something it does' $cluster fly
expect 2 "'5gb' is not a rate" "$source_dir/ci/accuracy.sh" --no-install --testbed cluster --rate 5gb # before anything is built
[ -z "$(ours)" ] || fail "a refusal left $(ours)"

# --- up, status, run
expect 0 '3 hosts are up' $cluster up 3 100mbit
expect 2 'one is up already .3 hosts, 100mbit.' $cluster up 2 1gbit
measured_links() { for _ in 1 2 3; do $cluster status && return 0; done; return 2; } # a busy neighbour takes from a stream
expect 0 'ringtrue-2: (9[0-9]|10[0-4]) Mbit/s' measured_links
expect 0 . $cluster run 3 -- hostname
[ "$(sort output.txt | tr '\n' ' ')" = "ringtrue-0 ringtrue-1 ringtrue-2 " ] || { cat output.txt; fail "three ranks are not on three hosts"; }
expect 0 . $cluster run 5 -- hostname # ranks fill the hosts in order: two, two, one
[ "$(sort output.txt | uniq -c | awk '{printf "%s ", $1}')" = "2 2 1 " ] || { cat output.txt; fail "five ranks on three hosts"; }
expect 2 'is not a number of ranks' $cluster run none -- hostname
expect 2 'not a list of cores' $cluster run 2 --cores 999 -- hostname
expect 2 "after '--'" $cluster run 2 hostname
expect 3 . $cluster run 2 -- sh -c 'exit 3'

# --- measured, calibrated, simulated
expect 0 . $cluster run 2 -- "$bench" --suite "$suite" --out "$work/measured.jsonl" --testbed cluster --link-rate 100Mbps \
  --link-burst 128KiB --benchmark_color=false
grep -q '"system_id":"cluster.h2.pool1.block.tcp.100Mbps"' measured.jsonl || fail "the records do not know where they were measured"
grep -q '"link_burst_bytes":131072' measured.jsonl || fail "the context does not know the links"
expect 0 'fitted on' "$sim" calibrate --measured measured.jsonl --out platform.json
expect 0 'simulated records' "$sim" run --suite "$suite" --platform platform.json --out simulated.jsonl --resample measured.jsonl --replicates 2
grep -q '"system_id":"cluster.h2.pool1.block.tcp.100Mbps".*"source":"cluster"' simulated.jsonl || fail "nothing was simulated for the cluster"
expect 2 "link-rate 'fast': not a rate" $cluster run 2 -- "$bench" --suite "$suite" --out x.jsonl --link-rate fast

# --- faults: a changed rate and a dead link are seen
$cluster set-link 1 50mbit || fail "set-link"
expect 2 'ringtrue-1: [0-9]+ Mbit/s, should be 90 to 105 % of 100mbit' $cluster status
$cluster set-link 1 100mbit
expect 2 "'7' is not a host; allowed: 0 to 2" $cluster set-link 7 down

# --- a rate that changes while a row is measured: the row is kept and says that conditions changed
on_two() { $cluster run 2 -- "$bench" --testbed cluster --benchmark_color=false "$@"; }
cat >long.json <<'JSON'
{"name": "long", "ranks": [2], "launches": 1,
 "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": "64 KiB", "dtype": "float32", "op": "sum", "in_place": true,
            "segment_bytes": "1 MiB", "segments_in_flight": 2, "budget": {"min_time_s": 4, "max_time_s": 4}}]}
JSON
on_two --suite long.json --out changed.jsonl >log.txt 2>&1 &
launch=$!
for _ in $(seq 100); do [ -s changed.jsonl ] && break; sleep 0.1; done # the context line: the row comes next
sleep 2
$cluster set-link 1 50mbit
wait "$launch" || { cat log.txt; fail "a changed rate ended the launch"; }
$cluster set-link 1 100mbit
grep -q '"purpose":"score".*"stationary":false' changed.jsonl || { cat changed.jsonl; fail "a rate that changed in the middle of a row was not noticed"; }

# --- a link that goes down: the ranks end, say where and who; mpirun ends when it reaches its other half again, as it would on
# machines with cables, and the campaign goes on
sed 's/"64 KiB"/["16 KiB", "32 KiB", "64 KiB"]/; s/"min_time_s": 4, "max_time_s": 4/"min_time_s": 2, "max_time_s": 2/' long.json >rows.json
on_two --suite rows.json --out down.jsonl --hang-limit 6 >log.txt 2>&1 &
launch=$!
# The first row is there: another is under way. How long starting up takes is nobody's promise; on a slow machine, sanitized, it
# is more than two seconds without a sign.
for _ in $(seq 300); do grep -qs '"purpose":"score"' down.jsonl && break; sleep 0.1; done
sleep 1
$cluster set-link 1 down
for _ in $(seq 300); do grep -q 'the launch hangs' log.txt && break; sleep 0.1; done
$cluster set-link 1 up
wait "$launch"
code=$?
[ "$code" -eq 2 ] || { cat log.txt; fail "a launch whose link went down ended with $code, expected 2"; }
grep -q 'the launch hangs: nothing moved for 6 s at all_reduce.ring.[0-9]*B[^ ]*, iteration [0-9]*, .*--resume' log.txt || { cat log.txt; fail "the dead link is not explained"; }
expect 0 . on_two --suite rows.json --out down.jsonl --resume
[ "$(grep -c '"purpose":"score"' down.jsonl)" -eq 3 ] || fail "the campaign did not go on after the link was back"

# --- a disk that fills up: what was written stays, and resume completes it
half=$(($(wc -c <measured.jsonl) / 8192 * 4096)) # whole pages; the same suite as above: about half of it fits
mkdir full && mount -t tmpfs -o size=$half tmpfs full || fail "no small disk to fill"
expect 2 'full/m.jsonl: cannot be written .No space left.*--resume' on_two --suite "$suite" --out full/m.jsonl
mount -o remount,size=1m full
expect 0 . on_two --suite "$suite" --out full/m.jsonl --resume
rows=$(grep -c '"experiment"' full/m.jsonl) whole=$(grep -c '"experiment"' measured.jsonl)
umount full
[ "$rows" -eq "$whole" ] || fail "resume after a full disk has $rows rows, expected $whole"

# --- nothing is left
sleep 300 &
bystander=$!
expect 0 '^$' sh -c "$cluster down; echo"
[ -z "$(ours)" ] || fail "down left $(ours)"
kill "$bystander" || fail "down ended a process that is not its own"
$cluster up 8 unlimited >up.txt 2>&1 &
up=$!
sleep 0.2
kill -TERM "$up" && wait "$up"
$cluster down
[ -z "$(ours)" ] || fail "an interrupted up left $(ours)"
theirs | diff before.txt - || fail "the machine's own addresses, routes, names or settings have changed"

echo "cluster: fine"
