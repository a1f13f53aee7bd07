#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Seconds of one piece by its length in bytes.
using PiecePrices = std::map<std::int64_t, double>;

/// An experiment, and what its local work costs: all that a simulator of MPI programs has to be told to execute our
/// schedule without computing anything.
struct PricedRow {
  Experiment experiment;
  PiecePrices reduce_s, copy_s;  ///< Every length that occurs in the schedule of some rank.
  bool extrapolated = false;     ///< A price or a message lies outside what was calibrated.
};

/// What came of it.
struct SimulatedRow {
  std::string key;  ///< experiment_key
  Seconds time{};   ///< Makespan on the simulated clock.
  Seconds wall{};   ///< What simulating the row took.
};

Json to_json(const PricedRow& row);
Json to_json(const SimulatedRow& row);
/// Strict. Throws Error.
PricedRow parse_priced_row(const Json& json, const std::string& where);
SimulatedRow parse_simulated_row(const Json& json, const std::string& where);

}  // namespace ringtrue
