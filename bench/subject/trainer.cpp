#include "bench/subject/trainer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/clock.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/layout.hpp"
#include "experiment/training/exchange.hpp"

namespace ringtrue {
namespace {

constexpr std::uint64_t seed = 20'151'210;  // every rank begins with the same weights

/// Who exchanges what.
struct StepExchange {
  const TrainingStep& step;
  const std::vector<Bucket>& buckets;
  int ranks;
  const mpi::Communicator& comm;
};

std::vector<Transfer> transfers_of(const StepExchange& exchange, std::vector<Experiment> BucketExchange::*part,
                                   const std::function<std::span<float>(std::size_t)>& memory) {
  std::vector<Placed> placed;
  for (std::size_t i = 0; i < exchange.buckets.size(); ++i) {
    const BucketExchange parts = exchange_of(exchange.step, exchange.buckets[i], exchange.ranks);
    for (const Experiment& experiment : parts.*part)
      placed.push_back({experiment, reinterpret_cast<std::byte*>(memory(i).data())});
  }
  return make_transfers(placed, exchange.comm);
}

std::vector<Transfer> exchange_gradients(const StepExchange& exchange, Network& network) {
  return transfers_of(exchange, &BucketExchange::gradients,
                      [&](std::size_t bucket) { return network.bucket_gradients(bucket); });
}

std::vector<Transfer> gather_all_parameters(const StepExchange& exchange, Network& network) {
  return transfers_of(exchange, &BucketExchange::parameters,
                      [&](std::size_t bucket) { return network.bucket_parameters(bucket); });
}

/// The elements of a bucket that `rank` updates.
Stretch own_elements(const TrainingStep& step, const Bucket& bucket, int rank, int ranks) {
  const std::int64_t element = element_bytes(DataType::float32).count;
  const BucketExchange exchange = exchange_of(step, bucket, ranks);
  if (exchange.parameters.empty()) return {.count = static_cast<std::size_t>(bucket.bytes.count / element)};
  const Span chunk = layout_of(*as_collective(exchange.parameters.front()), rank, ranks).chunk(rank);
  return {.begin = static_cast<std::size_t>(chunk.offset / element),
          .count = static_cast<std::size_t>(chunk.length / element)};
}

}  // namespace

Trainer::Trainer(const TrainingStep& step, const Model& model, int ranks, const mpi::Communicator& comm, const Sgd& sgd)
    : model_(model),
      sgd_(sgd),
      comm_(comm),
      ranks_(ranks),
      batch_(step.batch),
      overlap_(step.overlap),
      buckets_(make_buckets(model, step.buckets)),
      network_(model, step.batch, buckets_, seed),
      exchanger_(exchange_gradients({step, buckets_, ranks, comm}, network_), step.overlap),
      gathers_(gather_all_parameters({step, buckets_, ranks, comm}, network_)),
      velocities_(add_shares(step)) {}

std::size_t Trainer::add_shares(const TrainingStep& step) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const Stretch own = own_elements(step, buckets_[i], comm_.rank(), ranks_);
    shares_.push_back({.bucket = i, .of_bucket = own, .velocity = {.begin = count, .count = own.count}});
    count += own.count;
  }
  return count;
}

void Trainer::load() {
  const std::int64_t first = (steps_ * ranks_ + (ranks_ > 1 ? comm_.rank() : 0)) * batch_;
  network_.load(first);
}

void Trainer::step() {
  began_ = now();
  exchanger_.begin();
  losses_.push_back(network_.forward());
  const bool many_ranks = ranks_ > 1;
  std::size_t bucket = 0;
  network_.backward(1.0F / static_cast<float>(ranks_ * batch_), [&](int layer) {
    computed_ = now();  // a thread that is told of a bucket may take the core at once
    if (!many_ranks) return;
    for (; bucket < buckets_.size() && buckets_[bucket].last_layer >= layer; ++bucket) exchanger_.next_ready();
    exchanger_.poll();
  });
  if (many_ranks) exchanger_.finish();
  exchanged_ = now();
  update_shares();
  updated_ = now();
  for (Transfer& gather : gathers_) gather.run();
  ended_ = now();
  require_finite();
  ++steps_;
}

void Trainer::update_shares() {
  const auto own = [](std::span<float> bucket, const Share& share) {
    return bucket.subspan(share.of_bucket.begin, share.of_bucket.count);
  };
  for (const Share& share : shares_)
    update(own(network_.bucket_parameters(share.bucket), share), own(network_.bucket_gradients(share.bucket), share),
           velocities_[share.velocity], sgd_);
}

void Trainer::require_finite() {
  constexpr std::size_t most_told = 8;
  if (losses_.size() > most_told) losses_.pop_front();
  if (std::isfinite(loss())) return;
  throw Error(
      fmt::format("{}: the loss of step {} is {} on rank {}; the first layer with an output that is not finite is {}; "
                  "the last losses were {:.4g}",
                  model_.name, steps_, loss(), comm_.rank(), network_.first_not_finite(), fmt::join(losses_, ", ")));
}

/// Polling exchanges between layers. A thread that is told of a ready bucket takes the core there as it does within
/// layers: computing is what it slows, until the last layer is done.
Seconds Trainer::backward_time() const {
  if (overlap_ == Overlap::polling) return network_.backward_times().whole;
  return computed_ - began_ - network_.forward_times().whole;
}

StepTimeline Trainer::timeline() const {
  StepTimeline timeline{.forward = network_.forward_times().whole,
                        .backward = backward_time(),
                        .update = updated_ - exchanged_,
                        .step = ended_ - began_,
                        .computed = computed_ - began_,
                        .buckets = exchanger_.times(),
                        .gathers = gathers_.empty() ? Seconds{0} : ended_ - updated_};
  // The rank that begins last waits for nobody, so that its time is the shortest.
  std::vector<double> shortest_s{timeline.gathers.count()};
  for (const BucketTimes& bucket : timeline.buckets) shortest_s.push_back((bucket.end - bucket.start).count());
  if (ranks_ > 1) mpi::min_over_ranks(shortest_s, comm_);
  timeline.gather_exchange = Seconds{shortest_s.front()};
  for (std::size_t i = 0; i < timeline.buckets.size(); ++i) {
    const BucketTimes times = timeline.buckets[i];
    timeline.buckets[i] = {.ready = times.ready - began_,
                           .start = times.start - began_,
                           .end = times.end - began_,
                           .exchange = Seconds{shortest_s[i + 1]}};
  }
  return timeline;
}

Phases Trainer::phases() const {
  Phases phases = phases_of(timeline());
  const auto add_pass = [&](const std::string& pass, const PassTimes& times) {
    for (std::size_t i = 0; i < model_.layers.size(); ++i) phases[pass + model_.layers[i].name] = times.layers[i];
    phases[pass + "loss"] = times.loss;
  };
  add_pass("forward/", network_.forward_times());
  add_pass("backward/", network_.backward_times());
  return phases;
}

std::vector<StepSpan> Trainer::spans() const {
  std::vector<StepSpan> spans;
  const auto add_pass = [&](std::string_view pass, const PassTimes& times, std::size_t layer) {
    spans.push_back({.name = fmt::format("{} {}", pass, model_.layers[layer].name),
                     .begin = times.began[layer],
                     .end = times.began[layer] + times.layers[layer]});
  };
  const std::size_t layers = model_.layers.size();
  for (std::size_t i = 0; i < layers; ++i) add_pass("forward", network_.forward_times(), i);
  for (std::size_t i = layers; i-- > 0;) add_pass("backward", network_.backward_times(), i);
  for (std::size_t i = 0; i < exchanger_.times().size(); ++i) {
    const BucketTimes& times = exchanger_.times()[i];
    spans.push_back({.name = fmt::format("bucket {}", i), .exchanging = true, .begin = times.start, .end = times.end});
  }
  spans.push_back({.name = "update", .begin = exchanged_, .end = updated_});
  if (!gathers_.empty()) spans.push_back({.name = "gather", .exchanging = true, .begin = updated_, .end = ended_});
  return spans;
}

std::uint64_t Trainer::parameters_hash() {
  // As content_hash, but over words, and in lanes that do not wait for each other's product: a step has to be checked
  // in little of its own time.
  constexpr std::size_t lanes = 8;
  constexpr std::uint64_t offset = 14'695'981'039'346'656'037ULL, prime = 1'099'511'628'211ULL;
  std::array<std::uint64_t, lanes> hashes{};
  hashes.fill(offset);
  const std::span<const float> values = network_.parameters();
  for (std::size_t i = 0; i < values.size(); ++i)
    hashes[i % lanes] = (hashes[i % lanes] ^ std::bit_cast<std::uint32_t>(values[i])) * prime;
  std::uint64_t hash = offset;
  for (const std::uint64_t lane : hashes) hash = (hash ^ lane) * prime;
  return hash;
}

}  // namespace ringtrue
