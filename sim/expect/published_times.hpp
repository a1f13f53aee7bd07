#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/regime.hpp"
#include "sim/expect/expectation.hpp"
#include "sim/published/reference.hpp"

namespace ringtrue::expect {

/// A published or imported time of the platform's system.
struct PublishedTime {
  nccl::Call call;     ///< Algorithm and protocol as forced.
  std::string chosen;  ///< What the library took, by the source's own log; or empty.
  std::optional<bool> in_place;
  Seconds time;
  std::string source;
  bool fitted = false;            ///< The platform was fitted on it.
  std::optional<double> ratio{};  ///< Predicted / published, if the model knows the call.
};

/// Those references that the platform stands for.
std::vector<PublishedTime> published_times(const std::vector<Reference>& references, const Platform& platform);

/// Published times to look at beside a call: of the same collective, GPUs and nodes.
struct Neighbours {
  std::vector<PublishedTime> rows;  ///< Of the same size; if there are none, of the nearest below and above. By time.
  bool same_size = false;
  double spread = 1;  ///< Most / least of one size; the larger, if of two.
  int alike = 0;      ///< Rows that ran as is expected of the call: same algorithm, and a launch that costs as much.
  double alike_spread = 1;              ///< Of those.
  Seconds alike_least{}, alike_most{};  ///< Of those, if of the same size.
};
Neighbours neighbours_of(const Expectation& expected, const std::vector<PublishedTime>& rows,
                         const nccl::Machine& machine);

/// How far the model is from rows that it was not fitted on.
struct HeldOut {
  int rows = 0;
  double error = 0;            ///< log_error.
  bool known_sources = false;  ///< The platform was fitted on other rows of each of their sources.
};
/// Of one collective, number of GPUs and nodes, and regime of the message; and alike, see Neighbours.
HeldOut held_out_like(const Expectation& expected, const std::vector<PublishedTime>& rows,
                      const nccl::Machine& machine);
HeldOut held_out_in_all(const std::vector<PublishedTime>& rows);

/// Whether some of the rows were fitted on, but none that ran the expected algorithm in one node or, as asked, several.
bool misses_algorithm(const Expectation& expected, const std::vector<PublishedTime>& rows,
                      const nccl::Machine& machine);

}  // namespace ringtrue::expect
