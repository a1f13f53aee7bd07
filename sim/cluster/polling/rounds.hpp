#pragma once

#include <variant>
#include <vector>

#include "experiment/schedule/schedule.hpp"

namespace ringtrue {

/// Between two iterations, untimed, a rank waits until all have ended, writes its buffers afresh, and begins when all
/// are ready; see bench/row/sampling.cpp. `started` and `ended` are what the clock reads, with all other ranks.
enum class Mark : std::uint8_t { refresh, started, ended };

/// What one rank does, iteration after iteration: refresh, barrier, started, the experiment's schedule, ended; and
/// again. The barrier is a dissemination barrier: in round j to the rank 2^j above, from the rank 2^j below (Hensgen,
/// Finkel, Manber, Int. J. Parallel Program. 17(1), 1988); its messages carry a tag of their own.
class Rounds {
 public:
  using Step = std::variant<Operation, Mark>;

  Rounds(const Experiment& experiment, int rank);
  Step next();
  int slots() const { return slots_ + 2; }

 private:
  Step barrier_step();

  enum class Phase : std::uint8_t { refresh, barrier, body };
  int ranks_, rank_, slots_ = 0;
  Phase phase_ = Phase::refresh;
  int barrier_step_ = 0;
  std::vector<Operation> body_;  ///< Empty where no message moves.
  std::size_t body_step_ = 0;
};

}  // namespace ringtrue
