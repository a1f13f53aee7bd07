#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Models a suite trains, by name.
using Models = std::map<std::string, Model>;

/// The part of a suite's entry that is about training, before its lists are multiplied out.
struct TrainingEntry {
  std::string model;
  Bytes gradients;
  std::vector<int> batches;
  bool global_batch = false;  ///< `batches` are of all ranks together (strong scaling), else of each (weak).
  bool profile = false;       ///< A layer_profile, which exchanges nothing; the rest is of training steps.
  std::vector<Bucketing> buckets;
  std::vector<Algorithm> algorithms;
  std::vector<Overlap> overlaps;
  std::vector<bool> sharded;
  Segmentation segmentation;
};

/// The files under the key `models`, relative to the suite's folder. Throws Error.
Models read_models(ObjectReader& suite);

/// True if the entry has the key `training` or is the calibration subject layer_profile.
bool is_training_entry(ObjectReader& entry);
/// Throws Error.
TrainingEntry read_training_entry(ObjectReader& entry, const Models& models);

/// What the entry asks `ranks` ranks for; lists vary slowest first in the order batch, buckets, algorithm, overlap,
/// sharded. Throws Error, opened by `where`, if a global batch cannot be shared out.
std::vector<Workload> training_workloads(const TrainingEntry& entry, int ranks, const std::string& where);

}  // namespace ringtrue
