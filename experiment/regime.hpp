#pragma once

#include <string_view>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Rows that are scored together. `all` collectives; of them those of small, middle and large messages; and training
/// steps, which are in no other regime.
enum class Regime { all, latency, middle, bandwidth, training };

/// Latency <= 8 KiB < middle < 1 MiB <= bandwidth.
Regime regime_of(Bytes message);
/// `training` of a training step, else by its message.
Regime regime_of(const Experiment& experiment);

std::string_view to_string(Regime regime);

}  // namespace ringtrue
