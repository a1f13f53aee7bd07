#include "experiment/training/exchange.hpp"

#include <optional>

namespace ringtrue {
namespace {

Experiment collective_of(const TrainingStep& step, const Bucket& bucket, Collective collective, int ranks) {
  return {.workload = CollectiveRun{.collective = collective,
                                    .algorithm = step.algorithm,
                                    .bytes = bucket.bytes,
                                    .dtype = DataType::float32,
                                    .op = reduces_values(collective) ? std::optional(ReduceOp::sum) : std::nullopt,
                                    .in_place = true,
                                    .segmentation = step.segmentation,
                                    .root = {}},
          .ranks = ranks};
}

}  // namespace

BucketExchange exchange_of(const TrainingStep& step, const Bucket& bucket, int ranks) {
  if (ranks == 1) return {};
  if (!step.sharded)
    return {.gradients = {collective_of(step, bucket, Collective::all_reduce, ranks)}, .parameters = {}};
  return {.gradients = {collective_of(step, bucket, Collective::reduce_scatter, ranks)},
          .parameters = {collective_of(step, bucket, Collective::all_gather, ranks)}};
}

}  // namespace ringtrue
