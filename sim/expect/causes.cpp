#include "sim/expect/causes.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "experiment/bandwidth.hpp"
#include "sim/expect/spelled.hpp"

// Each function below adds the causes of one kind: mistakes of the question (a unit, a size, a bandwidth), another way
// to run (launch, algorithm, protocol), and hardware that is not all there (links, cards). Where it can, it asks the
// model for the time of the call, or the machine, as it would then be. Those that would change nothing are dropped at
// the end.

namespace ringtrue::expect {
namespace {

using nccl::Call;
using nccl::Choice;
using nccl::Machine;
using nccl::Quantity;

/// A cause that changes less says nothing.
constexpr double least_difference = 0.02;

/// GB/s that a GPU without NVLink gets over PCIe, from Gen3 x8 to Gen5 x16. Source: PCI Express Base Specification 5.0:
/// 8 and 32 GT/s a lane, coded 128b/130b.
constexpr double pcie_least = 7.9, pcie_most = 63.0;
/// Share of the cards' rate where data goes through host memory: rule of thumb, ours.
constexpr double through_host_least = 0.25, through_host_most = 0.6;
/// What first iterations cost: the logs of validate/published/dgxc show up to 5 times, at small messages.
constexpr double cold_least = 1.3, cold_most = 8;
constexpr Bytes most_cold = 1_MiB;
/// Other jobs on the switch or clocks held down: rule of thumb, ours.
constexpr double shared_most = 1.4;

class Causes {
 public:
  Causes(const Expectation& expected, const Machine& machine) : expected_(expected), machine_(machine) {}

  std::vector<Cause> all() {
    add_units();
    add_bandwidths();
    add_shares();
    add_launches();
    add_choices();
    add_links();
    add_cards();
    add_ranges();
    std::erase_if(found_, [&](const Cause& cause) {
      return cause.computed() && std::abs(std::log(cause.least / expected_.time)) < std::log1p(least_difference);
    });
    return std::move(found_);
  }

 private:
  const Call& call() const { return expected_.call; }

  void add(std::string id, std::string what, Seconds time) { add_range(std::move(id), std::move(what), time, time); }
  void add_range(std::string id, std::string what, Seconds least, Seconds most) {
    found_.push_back({std::move(id), std::move(what), least, most});
  }

  /// Nothing is added where the message would be more than any input may name.
  void add_size(std::string id, std::string what, double factor) {
    Call other = call();
    const double bytes = static_cast<double>(call().bytes.count) * factor;
    if (bytes < 1 || bytes > static_cast<double>(max_bytes.count)) return;
    other.bytes.count = std::llround(bytes);
    add(std::move(id), std::move(what), modelled_time(other, machine_));
  }

  void add_units() {
    add("time_1000_too_large", "the time is in another unit: 1000 times too large", expected_.time * 1000);
    add("time_1000_too_small", "the time is in another unit: 1000 times too small", expected_.time / 1000);
    const bool giga = call().bytes >= Bytes{1'000'000'000};
    const double factor = giga ? std::ldexp(1.0, 30) / 1e9 : std::ldexp(1.0, 20) / 1e6;
    const auto binary = giga ? "GiB" : "MiB", decimal = giga ? "GB" : "MB";
    if (call().bytes < Bytes{1'000'000}) return;
    add_size("binary_for_decimal",
             fmt::format("{} for {}: the message ran {:.4f} times as large as is said here", binary, decimal, factor),
             factor);
    add_size("decimal_for_binary",
             fmt::format("{} for {}: the message ran {:.4f} times smaller than is said here", decimal, binary, factor),
             1 / factor);
  }

  void add_bandwidths() {
    const double factor = busbw_factor(call().collective, call().gpus);
    add("busbw_taken_for_algbw",
        fmt::format("the time was computed from a busbw as if it were an algbw (factor {:.4g})", factor),
        expected_.time / factor);
    add("algbw_taken_for_busbw",
        fmt::format("the time was computed from an algbw as if it were a busbw (factor {:.4g})", factor),
        expected_.time * factor);
  }

  void add_shares() {
    add_size("elements_of_4_bytes", "the size counts float32 elements, not bytes", 4);
    add_size("elements_of_2_bytes", "the size counts elements of half precision, not bytes", 2);
    if (call().collective != Collective::all_gather && call().collective != Collective::reduce_scatter &&
        call().collective != Collective::all_to_all)
      return;
    add_size("bytes_per_rank",
             fmt::format("the size is what one GPU of {} gives or gets; here, as in nccl-tests, it is the total",
                         call().gpus),
             call().gpus);
    add_size("bytes_multiplied",
             fmt::format("the size was multiplied by {} GPUs though it was the total already (nccl-tests prints the "
                         "total)",
                         call().gpus),
             1.0 / call().gpus);
  }

  void add_launch(std::string id, LaunchMode mode, std::string what) {
    Call other = call();
    other.launch = mode;
    add(std::move(id), std::move(what), time_of(other, expected_.choice, machine_));
  }

  void add_launches() {
    const int further = call().gpus_per_node() - 1;
    const double each_us =
        machine_.parameters[reduces_values(call().collective) ? Quantity::launch_reducing : Quantity::launch_copying]
            .value;
    add_launch(
        "one_process", LaunchMode::one_process,
        fmt::format(
            "one process drives all GPUs of a node: it launches on one after the other, {:.1f} us for each of {} "
            "further; start a process a GPU, or capture a CUDA graph",
            each_us, further));
    add_launch("process_per_gpu", LaunchMode::process_per_gpu,
               "each GPU has a process of its own and launches are not replayed from a CUDA graph");
    add_launch("cuda_graph", LaunchMode::cuda_graph, "launches were replayed from a CUDA graph");
  }

  void add_choices() {
    Call open = call();
    open.algorithm = Algorithm::library;
    open.protocol.reset();
    for (const Alternative& other : alternatives(open, machine_)) {
      if (other.choice == expected_.choice) continue;
      const std::string name = choice_text(other.choice);
      const bool ring = other.choice == Choice{Algorithm::ring, Protocol::simple};
      if (expected_.choice.algorithm == Algorithm::nvls && ring)
        add("nvls_off",
            fmt::format(
                "NVLS is off, {} instead: NCCL_NVLS_ENABLE=0, NCCL_ALGO, no fabric manager, or no memory for it", name),
            other.time);
      else
        add(fmt::format("{}_taken", name),
            fmt::format("NCCL took {}: see NCCL_ALGO, NCCL_PROTO, a tuner plugin, another version; "
                        "NCCL_DEBUG_SUBSYS=TUNING shows it",
                        name),
            other.time);
    }
  }

  Seconds with_links(int links, double link_rate, Choice choice) const {
    Machine less = machine_;
    less.links = {{.gpus = 0, .links = links}};
    less.parameters[Quantity::link_bandwidth].value = link_rate;
    return time_of(call(), choice, less);
  }

  void add_links() {
    if (call().nodes > 1) return;
    const double link_rate = machine_.parameters[Quantity::link_bandwidth].value;
    const int all = links_of(call(), machine_).value_or(1);
    for (const int count : std::set<int>{all / 2, all * 2 / 3, all - 1})
      if (count >= 1 && count < all)
        add(fmt::format("links_{}", count),
            fmt::format("only {} of {} NVLinks of a GPU are up: see nvidia-smi nvlink --status", count, all),
            with_links(count, link_rate, expected_.choice));
    const Choice ring =
        expected_.choice.algorithm == Algorithm::direct ? expected_.choice : Choice{Algorithm::ring, Protocol::simple};
    if (all * link_rate < 2 * pcie_most) return;  // hardly faster than PCIe
    const Seconds best = with_links(1, pcie_most, ring);
    if (best < 2 * expected_.time) return;  // latency hides it
    add_range("pcie",
              fmt::format("PCIe instead of NVLink, which gives a GPU {} to {} GB/s: NCCL_P2P_DISABLE, a container or "
                          "virtual machine that hides NVLink, no fabric manager; see nvidia-smi topo -m",
                          pcie_least, pcie_most),
              best, with_links(1, pcie_least, ring));
  }

  /// All cards together move this share of what they should.
  Seconds with_cards(double share) const {
    Machine less = machine_;
    less.parameters[Quantity::nic_bandwidth].value *= share;
    return time_of(call(), expected_.choice, less);
  }

  void add_cards() {
    if (call().nodes == 1) return;
    const int all = machine_.nics_per_node;
    for (const int cards : std::set<int>{1, all / 4, all / 2, all - 1})
      if (cards >= 1 && cards < all)
        add(fmt::format("cards_{}", cards),
            fmt::format("the nodes talk over as much as {} of {} network cards: NCCL_IB_HCA, a link that is down or at "
                        "half rate; see ibstat",
                        cards, all),
            with_cards(static_cast<double>(cards) / all));
    add_range("rdma_off",
              "GPUDirect RDMA is off and data goes through host memory: see NCCL_NET_GDR_LEVEL, nvidia-peermem, ACS",
              with_cards(through_host_most), with_cards(through_host_least));
  }

  void add_ranges() {
    if (call().bytes <= most_cold)
      add_range("cold", "the first iterations are in it: run more of them to warm up (nccl-tests -w)",
                expected_.time * cold_least, expected_.time * cold_most);
    add_range(
        "shared",
        "GPUs, links or cards are shared with other work, or clocks are held down: repeat alone; see nvidia-smi -q "
        "-d PERFORMANCE",
        expected_.time, expected_.time * shared_most);
  }

  const Expectation& expected_;
  const Machine& machine_;
  std::vector<Cause> found_;
};

}  // namespace

std::vector<Cause> known_causes(const Expectation& expected, const Machine& machine) {
  return Causes(expected, machine).all();
}

}  // namespace ringtrue::expect
