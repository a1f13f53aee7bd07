#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/subject/subject.hpp"

namespace ringtrue {

/// The last step of each training row of a launch, for --step-trace. All ranks make the same calls.
class StepTraces {
 public:
  /// Throws Error if the file's folder is not there.
  StepTraces(std::string file, std::string system_id, std::string source);

  /// What the subject did last. Collective; requires a subject with `spans`.
  void add(const Experiment& experiment, const Subject& subject, const mpi::Communicator& comm);
  /// On rank 0, writes the file and says where. Throws Error if nothing was recorded.
  void write() const;

 private:
  std::string file_, system_id_, source_;
  std::vector<StepTrace> traces_;  ///< On rank 0.
};

}  // namespace ringtrue
