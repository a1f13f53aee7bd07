#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/nccl/time.hpp"
#include "sim/platform.hpp"

namespace ringtrue::expect {

/// A way to run the call that NCCL has and the call leaves open.
struct Alternative {
  nccl::Choice choice;
  Seconds time;        ///< As the model has it.
  Seconds tuner_time;  ///< As NCCL's tuner believes it.
};

/// Where the tuner's choice is another.
struct Knee {
  Bytes bytes;  ///< The nearest message with it.
  nccl::Choice choice;
};

/// What a time loses as one thing after the other is taken away, in this order; the sum is the time.
struct Parts {
  Seconds launch;    ///< Of the launches, what the kernel does not hide.
  Seconds channels;  ///< Starting more than one channel.
  Seconds jitter;    ///< Uneven progress of the GPUs.
  Seconds wire;      ///< All else that grows with the message.
  Seconds start;     ///< What is left at 1 byte: base and steps.
};

/// What the model says of a call.
struct Expectation {
  nccl::Call call;
  nccl::Choice choice;
  Seconds time;
  Seconds bound;  ///< See nccl::bandwidth_bound.
  Parts parts;
  std::optional<Alternative> runner_up;  ///< Of the tuner, if the call leaves it a choice.
  std::optional<Knee> below, above;
  std::vector<std::string> extrapolated;  ///< Why; empty if the platform was fitted on such calls.
};

/// Requires a platform of kind nccl that does not refuse the call.
Expectation expectation_of(const nccl::Call& call, const Platform& platform);

/// The model's time of what NCCL takes for the call. Requires a call that the machine does not refuse.
Seconds modelled_time(const nccl::Call& call, const nccl::Machine& machine);

/// All that the call leaves open, the tuner's favourite first. Empty for point-to-point calls and where the tuner is
/// not known.
std::vector<Alternative> alternatives(const nccl::Call& call, const nccl::Machine& machine);

}  // namespace ringtrue::expect
