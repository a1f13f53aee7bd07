#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/suite.hpp"
#include "experiment/training/training_entry.hpp"

namespace ringtrue {

/// One entry of a suite file before its lists are multiplied out.
struct SuiteEntry {
  std::vector<Bytes> bytes;
  std::vector<DataType> dtypes;
  std::vector<bool> in_place;
  std::vector<std::string> strides;  ///< "near" or "far"
  std::vector<int> ranks;
  std::string subject;  ///< A calibration subject; empty for a collective.
  Collective collective = Collective::all_reduce;
  std::vector<Algorithm> algorithms;
  std::optional<int> root;
  Segmentation segmentation;
  int repetitions = 1;
  bool cold = false;   ///< Calibration subjects but ping-pongs.
  bool fresh = false;  ///< Exchanges.
  RowBudget budget;
  std::optional<TrainingEntry> training;  ///< If there, of the rest only ranks and budget count.
};

/// Strict; what `json` leaves out is taken from `defaults`, whose ranks are all there are. Throws Error.
SuiteEntry read_entry(const Json& json, const std::string& where, const SuiteEntry& defaults, const Models& models);

/// Parts of an entry; each throws Error.
Bytes read_size(const Json& json, const std::string& where);
Segmentation read_entry_segmentation(ObjectReader& reader);
std::vector<Algorithm> read_algorithms(ObjectReader& reader);

/// The numbers of ranks under the key `ranks`: one or a list. Throws Error.
std::vector<int> read_ranks(ObjectReader& reader);

}  // namespace ringtrue
