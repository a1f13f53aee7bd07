#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

struct Pair;

/// How far one model is from what one source published of one kind of collective on so many GPUs, over all messages.
struct PublishedScore {
  std::string model;
  std::string source;  ///< What the records' sources begin with, up to the first comma.
  std::string system_id;
  std::string how_read;
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::ring;  ///< Forced, or `library`.
  int ranks = 0;
  Bytes least, most;
  std::size_t rows = 0;
  double log_error = 0, bias = 0;
  double worst = 0;  ///< e of the row farthest off.
};

/// In order of system, source, collective, algorithm, ranks and model.
std::vector<PublishedScore> published_scores(std::span<const Pair> pairs);

Json to_json(const PublishedScore& score);
PublishedScore parse_published_score(const Json& json, const std::string& where);

}  // namespace ringtrue
