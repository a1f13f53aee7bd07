#include "experiment/training/buckets.hpp"

#include <stdexcept>

namespace ringtrue {
namespace {

/// True if nothing more goes into the bucket; `next` is the parameter that comes after its last, nothing at the end.
bool is_full(const Bucket& bucket, const Parameter* next, bool first, const Bucketing& bucketing) {
  switch (bucketing.rule) {
    case BucketRule::one: return false;
    case BucketRule::per_layer: return next != nullptr && next->layer != bucket.last_layer;
    case BucketRule::capped: return bucket.bytes >= (first ? bucketing.first : bucketing.cap);
  }
  throw std::logic_error("is_full: not a rule");
}

}  // namespace

std::vector<Bucket> make_buckets(const Model& model, const Bucketing& bucketing) {
  constexpr std::int64_t element = 4;
  const std::vector<Parameter> parameters = parameters_of(model);
  std::vector<Bucket> buckets;
  bool open = false;
  for (std::size_t i = parameters.size(); i-- > 0;) {
    if (!open) buckets.emplace_back();
    Bucket& bucket = buckets.back();
    bucket.parameters.push_back(static_cast<int>(i));
    bucket.bytes = bucket.bytes + Bytes{parameters[i].count * element};
    bucket.last_layer = parameters[i].layer;
    open = !is_full(bucket, i > 0 ? &parameters[i - 1] : nullptr, buckets.size() == 1, bucketing);
  }
  return buckets;
}

}  // namespace ringtrue
