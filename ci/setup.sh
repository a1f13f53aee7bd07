#!/usr/bin/env bash
# Installs what is missing of the Debian 12 packages we need. Touches apt only if something is missing.
set -uo pipefail

build_packages=(g++ cmake ninja-build git ca-certificates libopenmpi-dev openmpi-bin libbenchmark-dev nlohmann-json3-dev
  libfmt-dev libcli11-dev libyaml-cpp-dev libprotobuf-dev protobuf-compiler libdnnl-dev libnlopt-dev
  ocl-icd-opencl-dev)  # libdnnl-dev's CMake files ask for it, though it only recommends it
cluster_packages=(iperf3 iproute2 util-linux)
test_packages=(catch2 clang clang-format clang-tidy cpplint libclang-rt-14-dev lld shellcheck)
smpi_packages=(libsimgrid-dev)  # only for ci/smpi.sh: 24 MB to fetch, 205 MB on disk, 19 s

say() { printf 'setup.sh: %s\n' "$*" >&2; }

case ${1:-all} in
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${test_packages[@]}") ;;
  cluster) wanted=("${cluster_packages[@]}") ;;
  smpi) wanted=("${smpi_packages[@]}") ;;
  all) wanted=("${build_packages[@]}" "${test_packages[@]}" "${cluster_packages[@]}") ;;
  *) say "'$1' is not a group of packages; usage: ci/setup.sh [build|test|cluster|smpi] (default: all but smpi)"; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  say "this is not Debian: install the counterparts of these packages by hand and use --no-install: ${wanted[*]}"
  exit 2
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=none
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    say "these packages are missing and I may not install them; as root, run:"
    printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 2
  fi
  as_root=(sudo -n)
fi

install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >&2
}

say "installing ${missing[*]}"
install && exit 0
say "that failed; trying once more in 5 s"
sleep "${RINGTRUE_RETRY_SECONDS:-5}"
install && exit 0
say "the installation failed twice (see above: no network, no space?); once it works, start again. The packages: ${missing[*]}"
exit 2
