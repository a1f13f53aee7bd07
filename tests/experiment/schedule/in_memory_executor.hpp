#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "experiment/schedule/schedule.hpp"

namespace ringtrue::in_memory {

/// What one rank owns. In place, Buffer::input is `data` and `input` is empty.
struct Memory {
  std::vector<std::byte> input, data, scratch;
};

/// Small integers that differ between ranks and neighbours, and their sum over all ranks, exact in float32.
constexpr int input_value(int rank, std::int64_t i) { return static_cast<int>((i * 31 + rank * 17) % 251); }
constexpr int reduced_value(std::int64_t i, int ranks) {
  int sum = 0;
  for (int rank = 0; rank < ranks; ++rank) sum += input_value(rank, i);
  return sum;
}

/// The operations and the memory of all ranks.
struct Job {
  std::vector<std::vector<Operation>> programs;
  std::vector<Memory> memories;
  int slots = 0;
  DataType dtype = DataType::float32;
  bool in_place = true;
};

struct Outcome {
  std::vector<Memory> memories;
  std::vector<std::int64_t> sent_bytes;  ///< Per rank.
  std::vector<int> reductions;           ///< Per element of `data`: how often it was reduced, over all ranks.
};

/// A schedule broke a rule of MPI: a deadlock, unequal lengths, a range touched while it is being transferred, ...
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

/// Runs all ranks in one thread. The k-th send from a to b with a tag meets the k-th receive of b from a with it; both
/// complete only once both are posted (every message is a rendezvous), so that whatever relies on buffering deadlocks
/// here. Throws Violation.
Outcome execute(Job job);

/// Every rank's operations, with zeroed memory of the sizes that the schedules ask for.
Job make_job(const Experiment& experiment);

}  // namespace ringtrue::in_memory
