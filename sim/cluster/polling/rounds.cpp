#include "sim/cluster/polling/rounds.hpp"

#include <optional>
#include <stdexcept>

namespace ringtrue {
namespace {

constexpr std::uint8_t barrier_tag = 255;
constexpr int barrier_operations = 4;  ///< A round: irecv, isend, and a wait for each.

bool moves_messages(const Experiment& experiment) {
  return !std::holds_alternative<ReduceLocal>(experiment.workload) &&
         !std::holds_alternative<CopyLocal>(experiment.workload);
}

}  // namespace

Rounds::Rounds(const Experiment& experiment, int rank) : ranks_(experiment.ranks), rank_(rank) {
  if (!moves_messages(experiment)) return;
  Schedule schedule(experiment, rank);
  slots_ = schedule.slots();
  while (const std::optional<Operation> operation = schedule.next()) body_.push_back(*operation);
}

Rounds::Step Rounds::next() {
  switch (phase_) {
    case Phase::refresh:
      phase_ = Phase::barrier;
      barrier_step_ = 0;
      return Mark::refresh;
    case Phase::barrier: return barrier_step();
    case Phase::body:
      if (body_step_ < body_.size()) return body_[body_step_++];
      phase_ = Phase::refresh;
      return Mark::ended;
  }
  throw std::logic_error("Rounds: not a phase");
}

Rounds::Step Rounds::barrier_step() {
  const int distance = 1 << (barrier_step_ / barrier_operations);
  if (distance >= ranks_) {
    phase_ = Phase::body;
    body_step_ = 0;
    return Mark::started;
  }
  Operation operation{.peer = (rank_ + distance) % ranks_, .slot = slots_ + 1, .tag = barrier_tag};
  switch (barrier_step_++ % barrier_operations) {
    case 0:
      operation.kind = OperationKind::irecv;
      operation.peer = (rank_ - distance + ranks_) % ranks_;
      operation.slot = slots_;
      break;
    case 1: operation.kind = OperationKind::isend; break;
    case 2: operation.slot = slots_; break;
    default: break;
  }
  return operation;
}

}  // namespace ringtrue
