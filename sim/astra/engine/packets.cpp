// Where packets go, and the direct algorithm.
#include "sim/astra/engine/packets.hpp"

namespace ringtrue::astra {

/// Of the message a packet was made from. Halving-doubling has one packet at a time, so it is the latest.
Cycles Simulation::reduction_of(const Instance& instance) const {
  const Phase& phase = *instance.phase;
  if (phase.algorithm != Algorithm::halving_doubling) return phase.reduction;
  return reduction_time(configuration_, halving_doubling_bytes(phase, instance.packets - 1));
}

/// Several packets may be on their way; an all-reduce starts its second half when it has received all of the first.
void Simulation::advance_direct(std::uint32_t id) {
  Instance& instance = instances_[id];
  const Phase& phase = *instance.phase;
  const auto half = static_cast<std::uint32_t>(phase.members) - 1;
  ++instance.free;
  int tries = 1;
  if (phase.collective == Collective::all_reduce && instance.sends_left <= half) {
    if (instance.received < half) return;
    tries = phase.window;
  }
  for (int i = 0; i < tries && instance.packets != instance.sent && instance.sends_left != 0 && instance.free != 0;
       ++i) {
    --instance.free;
    send_packet(id);
  }
  if (instance.sends_left == 0 && instance.free == static_cast<std::uint32_t>(phase.window)) next_phase(id);
}

/// Of the instance in its phase's dimension.
std::uint32_t Simulation::position_of(const Instance& instance) const {
  const Stream& stream = *streams_[instance.stream];
  if (folded_) return 0;
  if (communicators_[stream.communicator].subgroup)
    return static_cast<std::uint32_t>(&instance - instances_.data()) - stream.base;
  return instance.npu / static_cast<std::uint32_t>(instance.phase->stride) %
         static_cast<std::uint32_t>(instance.phase->members);
}

/// The instance `offset` places on, clockwise, in the phase's dimension.
Simulation::Peer Simulation::peer_at(const Instance& instance, std::uint32_t offset) const {
  const auto n = static_cast<std::uint32_t>(instance.phase->members);
  const auto stride = static_cast<std::uint32_t>(instance.phase->stride);
  if (folded_) return {static_cast<std::uint32_t>(&instance - instances_.data()), offset * stride};
  const std::uint32_t position = position_of(instance);
  const std::uint32_t target = position + offset < n ? position + offset : position + offset - n;
  const Stream& stream = *streams_[instance.stream];
  const Communicator& c = communicators_[stream.communicator];
  const std::uint32_t member = c.subgroup ? target : instance.npu - position * stride + target * stride;
  const std::uint32_t rank = c.subgroup ? c.ranks[target] : member;
  return {stream.base + member, rank >= instance.npu ? rank - instance.npu : rank + total_ - instance.npu};
}

}  // namespace ringtrue::astra
