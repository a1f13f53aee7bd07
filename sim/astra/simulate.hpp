#pragma once

#include <string>
#include <vector>

#include "sim/astra/workload.hpp"

namespace ringtrue::astra {

/// `event` runs every rank; `symmetric` lets one rank stand for all where that is exact.
enum class Path : std::uint8_t { automatic, event, symmetric };

/// What ASTRA-sim would print.
struct Prediction {
  std::int64_t npus = 0;
  Cycles cycles_max = 0, cycles_min = 0;
  Cycles compute = 0;            ///< Of the slowest rank, GPU compute nodes.
  Cycles communication = 0;      ///< Of the slowest rank, union of its communication nodes.
  Cycles exposed = 0;            ///< Of the slowest rank: end less compute.
  std::vector<Cycles> cycles{};  ///< Per rank; empty if symmetric, where all are cycles_max.
  Path path = Path::event;
  std::vector<std::string> warnings{};
};

/// Where ASTRA-sim's answer is an answer, but to another question than the one that seems asked. At most ten.
std::vector<std::string> warnings(const Configuration& configuration, const Workload& workload);

/// Simulates. Pure. Throws Error, naming each fault, if ASTRA-sim could not run it, or would run it without a result;
/// also if Path::symmetric is asked for what is not.
Prediction simulate(const Configuration& configuration, const Workload& workload, Path path = Path::automatic);

}  // namespace ringtrue::astra
