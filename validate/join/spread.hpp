#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiment/record/published_file.hpp"

namespace ringtrue {

/// What one source published of a question: the median, where it ran it several times.
struct SourceTime {
  std::string source;
  Seconds time{};
};

/// One question that several sources answer: how far they are apart is what no model can be better than. Launch mode,
/// data type and in-place form are not told apart.
struct Spread {
  Experiment experiment;          ///< Of the first; collective, algorithm, protocol, GPUs and bytes hold for all.
  std::string system_id;          ///< Without launch mode.
  std::vector<SourceTime> times;  ///< At least two, fastest first.

  /// Slowest over fastest, less 1.
  double width() const { return times.back().time / times.front().time - 1; }
};

/// In order of system, collective, algorithm, GPUs and bytes.
std::vector<Spread> spreads_of(std::span<const PublishedFile> files);

Json to_json(const Spread& spread);
Spread parse_spread(const Json& json, const std::string& where);

/// As Comparison keeps it of each file.
struct PublishedSource {
  Provenance provenance;
  std::string name;   ///< Of the file.
  std::string model;  ///< Empty: a reference.
  std::size_t records = 0;
};
std::vector<PublishedSource> sources_of(std::span<const PublishedFile> files);
Json to_json(const PublishedSource& source);
PublishedSource parse_source(const Json& json, const std::string& where);

}  // namespace ringtrue
