#include "sim/nccl/time.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <stdexcept>

#include "sim/nccl/constants.hpp"

namespace ringtrue::nccl {
namespace {

constexpr int channels = 24;                   // NCCL's rings on NVSwitch
constexpr double bytes_per_channel = 512 * 8;  // LL threads of a channel, bytes each, per GPU

class Model {
 public:
  Model(const Call& call, const Machine& machine)
      : call_(call),
        machine_(machine),
        steps_(steps_of(call)),
        between_(call.nodes == 1                             ? 0
                 : call.collective == Collective::all_reduce ? 2 * call.nodes
                                                             : std::min(call.nodes - 1, steps_)),
        sent_(sent_bytes(call)),
        bytes_(static_cast<double>(call.bytes.count)) {}

  double time_us(Choice choice) const { return std::max(kernel_us(choice), floor_us()); }

  double bound_us(Choice choice) const {
    if (choice.algorithm == Algorithm::nvls) return nvls_bytes() / (links_gb_per_s() * 1e3);
    if (choice.algorithm == Algorithm::direct) return direct_wire_us();
    return wire_us(bus_gb_per_s());
  }

 private:
  double operator[](Quantity q) const { return machine_.parameters[q].value; }

  double links_gb_per_s() const {
    const std::optional<int> links = links_of(call_, machine_);
    assert(links);
    return *links * (*this)[Quantity::link_bandwidth];
  }

  double cards_gb_per_s() const { return machine_.nics_per_node * (*this)[Quantity::nic_bandwidth]; }

  /// Of the ring: between nodes each channel crosses at another GPU, whose card carries what its links then do not.
  double bus_gb_per_s() const {
    if (call_.nodes == 1) return links_gb_per_s();
    const double near = call_.gpus_per_node();
    return std::min(links_gb_per_s() * near / (near - 1), cards_gb_per_s());
  }

  double wire_us(double bus) const { return sent_ / (bus * 1e3); }

  double root_of_mib() const { return std::sqrt(bytes_ / (1 << 20)); }

  double far_steps_us(Protocol protocol, Quantity net) const {
    return (steps_ - between_) * far_step_us(protocol) + between_ * (*this)[net];
  }

  double ring_ll_steps_us() const {
    return between_ == 0 ? steps_ * (*this)[Quantity::ll_step] : far_steps_us(Protocol::ll, Quantity::net_ll);
  }

  double ring_us(Protocol protocol) const {
    const bool near = between_ == 0;
    switch (protocol) {
      case Protocol::ll:
        return (*this)[Quantity::ll_base] + ring_ll_steps_us() +
               wire_us(std::min(ll_most_gb_per_s(call_.nodes), bus_gb_per_s() / 2));
      case Protocol::ll128: {
        const double steps =
            near ? steps_ * (*this)[Quantity::ll128_step] : far_steps_us(protocol, Quantity::net_ll128);
        return (*this)[Quantity::ll128_base] + steps + wire_us(bus_gb_per_s() * ll128_payload);
      }
      case Protocol::simple: {
        if (!near)
          return (*this)[Quantity::simple_base] + far_steps_us(protocol, Quantity::net_simple) +
                 wire_us(bus_gb_per_s());
        return simple_start_us() + wire_us(bus_gb_per_s()) * (1 + bubble()) + jitter_us();
      }
    }
    throw std::logic_error("ring_us: not a protocol");
  }

  /// Of the time on the wire. A broadcast passes on slices, not a chunk for each GPU, and does not wait for one.
  double bubble() const {
    return call_.collective == Collective::broadcast ? 0 : (*this)[Quantity::ring_bubble] / steps_;
  }

  double simple_start_us() const {
    return (*this)[Quantity::simple_base] + (*this)[Quantity::simple_doubling] * std::log2(call_.gpus);
  }
  double jitter_us() const { return (*this)[Quantity::ring_jitter] * root_of_mib(); }

  double tree_hops() const { return 2.0 * (call_.gpus_per_node() - 1); }
  double tree_crossings() const { return 2 * std::floor(std::log2(call_.nodes)); }
  double tree_ll_steps_us() const {
    return tree_hops() * (*this)[Quantity::ll_step] + tree_crossings() * tree_latency(Protocol::ll).net;
  }

  /// Every GPU but the root sends its message up and every GPU but the leaves sends it down.
  double tree_us(Protocol protocol) const {
    const double bus = (call_.nodes == 1 ? links_gb_per_s() : bus_gb_per_s()) * tree_payload;
    const double wire = 2 * bytes_ / (bus * 1e3);
    const Latency& l = tree_latency(protocol);
    switch (protocol) {
      case Protocol::ll:
        return (*this)[Quantity::ll_base] + tree_ll_steps_us() +
               2 * bytes_ / (std::min(ll_most_gb_per_s(call_.nodes), bus / tree_ll_loss) * 1e3);
      case Protocol::ll128:
        return (*this)[Quantity::ll128_base] + tree_hops() * l.step + tree_crossings() * l.net +
               wire / tree_ll128_payload(call_.nodes);
      case Protocol::simple: return l.base + tree_hops() * l.step + tree_crossings() * l.net + wire + jitter_us();
    }
    throw std::logic_error("tree_us: not a protocol");
  }

  double nvls_bytes() const { return bytes_ * (1 + 1.0 / call_.gpus_per_node()); }

  /// Between nodes a tree of the GPUs of one place on each node; a card carries their share up and down.
  double nvls_us() const {
    const double start = (*this)[Quantity::nvls_latency];
    const double inside = nvls_bytes() / ((*this)[Quantity::nvls_efficiency] * links_gb_per_s() * 1e3);
    const double jitter = (*this)[Quantity::nvls_jitter] * root_of_mib();
    if (call_.nodes == 1) return start + inside + jitter;
    const double between = bytes_ * (call_.nodes == 2 ? 1 : 2) / (cards_gb_per_s() * 1e3);
    return start + tree_crossings() * tree_latency(Protocol::simple).net + std::max(inside, between) + jitter;
  }

  /// Messages straight to their receivers; those for other nodes go over the sender's own card.
  double direct_wire_us() const {
    if (call_.nodes == 1) return wire_us(links_gb_per_s());
    double over_card = bytes_;  // of the last GPU of a node, for the first of the next
    double over_links = bytes_;
    if (call_.collective == Collective::all_to_all) {
      over_card = bytes_ * (call_.gpus - call_.gpus_per_node()) / call_.gpus;
      over_links = sent_ - over_card;
    }
    return std::max(over_links / (links_gb_per_s() * 1e3), over_card / ((*this)[Quantity::nic_bandwidth] * 1e3));
  }

  double direct_us() const {
    const double crossing = call_.nodes > 1 ? (*this)[Quantity::net_simple] : 0;
    return simple_start_us() + crossing + direct_wire_us() + jitter_us();
  }

  double kernel_us(Choice choice) const {
    switch (choice.algorithm) {
      case Algorithm::ring: return ring_us(choice.protocol);
      case Algorithm::double_binary_tree: return tree_us(choice.protocol);
      case Algorithm::nvls: return nvls_us();
      case Algorithm::direct: return direct_us();
      default: throw std::logic_error("kernel_us: NCCL has no such algorithm");
    }
  }

  double launch_us() const {
    if (call_.launch == LaunchMode::cuda_graph) return 0;
    if (call_.launch != LaunchMode::one_process) return (*this)[Quantity::launch_process];
    return (call_.gpus_per_node() - 1) *
           (*this)[reduces_values(call_.collective) ? Quantity::launch_reducing : Quantity::launch_copying];
  }

  /// From one channel to all of them, by how many the message fills; as a share of starting all.
  double channels_started() const {
    const double filled = bytes_ / (bytes_per_channel * call_.gpus);
    return std::log(std::clamp(filled, 1.0, static_cast<double>(channels))) / std::log(channels);
  }

  /// Steps of the smallest kernel: on one node those of a tree take as long.
  double fewest_steps_us() const {
    return call_.collective == Collective::all_reduce ? std::min(ring_ll_steps_us(), tree_ll_steps_us())
                                                      : ring_ll_steps_us();
  }

  double floor_us() const {
    return (*this)[Quantity::ll_base] + fewest_steps_us() + launch_us() +
           (*this)[Quantity::channel_start] * channels_started();
  }

  const Call& call_;
  const Machine& machine_;
  int steps_, between_;  ///< Of the ring; of them, those that cross nodes.
  double sent_, bytes_;
};

}  // namespace

Seconds time_of(const Call& call, Choice choice, const Machine& machine) {
  return Seconds{Model(call, machine).time_us(choice) * 1e-6};
}

Seconds bandwidth_bound(const Call& call, Choice choice, const Machine& machine) {
  return Seconds{Model(call, machine).bound_us(choice) * 1e-6};
}

}  // namespace ringtrue::nccl
