#include "sim/cluster/rounds.hpp"

namespace ringtrue {
namespace {

constexpr std::uint8_t barrier_tag = 255;
constexpr int barrier_operations = 4;  ///< A round: irecv, isend, and a wait for each.

bool moves_messages(const Experiment& experiment) {
  return !std::holds_alternative<ReduceLocal>(experiment.workload) &&
         !std::holds_alternative<CopyLocal>(experiment.workload);
}

}  // namespace

Rounds::Rounds(const Experiment& experiment, int rank, int iterations)
    : experiment_(experiment), rank_(rank), left_(iterations), moves_messages_(moves_messages(experiment)) {
  if (moves_messages_) slots_ = Schedule(experiment, rank).slots();
}

std::optional<Rounds::Step> Rounds::next() {
  switch (phase_) {
    case Phase::refresh:
      if (left_-- == 0) return std::nullopt;
      phase_ = Phase::barrier;
      barrier_step_ = 0;
      return Mark::refresh;
    case Phase::barrier: return barrier_step();
    case Phase::body: return body_step();
  }
  throw std::logic_error("Rounds: not a phase");
}

Rounds::Step Rounds::barrier_step() {
  const int distance = 1 << (barrier_step_ / barrier_operations);
  if (distance >= experiment_.ranks) {
    phase_ = Phase::body;
    if (moves_messages_) schedule_.emplace(experiment_, rank_);
    return Mark::started;
  }
  Operation operation{.peer = (rank_ + distance) % experiment_.ranks, .slot = slots_ + 1, .tag = barrier_tag};
  switch (barrier_step_++ % barrier_operations) {
    case 0:
      operation.kind = OperationKind::irecv;
      operation.peer = (rank_ - distance + experiment_.ranks) % experiment_.ranks;
      operation.slot = slots_;
      break;
    case 1: operation.kind = OperationKind::isend; break;
    case 2: operation.slot = slots_; break;
    default: break;
  }
  return operation;
}

std::optional<Rounds::Step> Rounds::body_step() {
  if (schedule_) {
    if (const std::optional<Operation> operation = schedule_->next()) return *operation;
    schedule_.reset();
  }
  phase_ = Phase::refresh;
  return Mark::ended;
}

}  // namespace ringtrue
