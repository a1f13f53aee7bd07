#include "experiment/regime.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace ringtrue {

Regime regime_of(Bytes message) {
  if (message <= 8_KiB) return Regime::latency;
  return message < 1_MiB ? Regime::middle : Regime::bandwidth;
}

Regime regime_of(const Experiment& experiment) {
  return as_training(experiment) != nullptr ? Regime::training : regime_of(message_bytes(experiment));
}

std::string_view to_string(Regime regime) {
  switch (regime) {
    case Regime::all: return "all";
    case Regime::latency: return "latency";
    case Regime::middle: return "middle";
    case Regime::bandwidth: return "bandwidth";
    case Regime::training: return "training";
  }
  throw std::logic_error("to_string: not a regime");
}

}  // namespace ringtrue
