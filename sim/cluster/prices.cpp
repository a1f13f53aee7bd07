#include "sim/cluster/prices.hpp"

#include <algorithm>

namespace ringtrue {

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

Seconds Prices::message_to_scratch(const CostTable& table, Bytes size, Bytes scratch) {
  const Seconds walked = of(table, size);
  if (scale_.copy.empty()) return walked;
  const Seconds saved = std::max(Seconds{0}, scale_.copy.per_byte(buffer_) - scale_.copy.per_byte(scratch));
  return std::max(Seconds{0}, walked - saved * static_cast<double>(size.count));
}

}  // namespace ringtrue
