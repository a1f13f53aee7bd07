#include "sim/cluster/prices.hpp"

#include <algorithm>

namespace ringtrue {

Bytes bytes_walked(const Experiment& experiment) {
  const CollectiveRun* run = as_collective(experiment);
  const std::int64_t buffers = run != nullptr && run->in_place && !*run->in_place ? 2 : 1;
  return {buffers * message_bytes(experiment).count};
}

Prices::Prices(const Experiment& experiment, const ClusterScale& scale)
    : scale_(scale), buffer_(bytes_walked(experiment)), out_of_place_(buffer_ > message_bytes(experiment)) {}

Seconds Prices::of(const CostTable& table, Bytes size) {
  if (table.empty()) return Seconds{0};
  const auto same = [&](const Known& known) { return known.table == &table && known.size == size; };
  if (const auto found = std::ranges::find_if(known_, same); found != known_.end()) return found->time;
  const Cost cost = table.at(size, buffer_);
  extrapolated_ = extrapolated_ || cost.extrapolated;
  constexpr std::size_t most_known = 16;
  if (known_.size() < most_known) known_.push_back({&table, size, cost.time});
  return cost.time;
}

Seconds Prices::reduction(const Operation& operation) {
  const Bytes size{operation.span.length};
  const Seconds in_place = of(scale_.reduce, size);
  return out_of_place_ && operation.reads(Buffer::input) ? in_place + of(scale_.copy, size) : in_place;
}

Seconds Prices::message(bool from_other_core, Bytes size, double read_by_others) {
  const CostTable& fresh = scale_.fresh.empty() ? scale_.cross_core : scale_.fresh;
  return of(from_other_core ? fresh : scale_.same_core, size) + taken_back(size, read_by_others);
}

Seconds Prices::taken_back(Bytes size, double read_by_others) {
  if (read_by_others <= 0 || scale_.fresh.empty()) return Seconds{0};
  return read_by_others * std::max(Seconds{0}, of(scale_.cross_core, size) - of(scale_.fresh, size));
}

Seconds Prices::to_scratch(Seconds walked, Bytes size, Bytes scratch) {
  if (scale_.copy.empty()) return walked;
  const Seconds saved = std::max(Seconds{0}, scale_.copy.per_byte(buffer_) - scale_.copy.per_byte(scratch));
  return std::max(Seconds{0}, walked - saved * static_cast<double>(size.count));
}

}  // namespace ringtrue
