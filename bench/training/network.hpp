#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "experiment/training/buckets.hpp"

namespace ringtrue {

/// Times of one pass, per layer of the model. `loss` is the softmax cross-entropy, in backward its gradient.
struct PassTimes {
  std::vector<Seconds> layers;
  std::vector<Seconds> began;  ///< Each layer, on the clock of now().
  Seconds loss{};
  Seconds whole{};  ///< Without the time inside `layer_done`.
};

/// A model that is trained in float32 on oneDNN, by the one thread that calls. Batch norms use the statistics of the
/// batch. Parameters and gradients lie in two arenas of the same layout: bucket after bucket, tensor after tensor as
/// `buckets` has them, each tensor in the order of values that oneDNN likes. No pass allocates memory of ours.
class Network {
 public:
  /// Parameters follow from `seed` alone, whatever the buckets: see initial_values. Throws Error for a batch outside
  /// 1 .. largest_batch(model), buckets that are not the model's, or a lack of memory.
  Network(const Model& model, int batch, const std::vector<Bucket>& buckets, std::uint64_t seed);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  std::span<float> parameters();  ///< The whole arena.
  std::span<float> gradients();   ///< The whole arena.
  std::span<float> bucket_parameters(std::size_t bucket);
  std::span<float> bucket_gradients(std::size_t bucket);

  /// Images first_image .. first_image + batch - 1 of the synthetic data set (images.hpp) become the input.
  void load(std::int64_t first_image);
  /// Mean loss of the batch; NaN or infinite if the training has diverged, though rectifiers turn NaN into 0. Throws
  /// Error if oneDNN fails.
  double forward();
  /// Gradients of `scale` x the sum over the images of their losses: with 1 / (batch of all ranks), the sum over ranks
  /// is the gradient of the mean loss. `layer_done(layer)` is called after each layer's backward, last layer first;
  /// once called with bucket.last_layer, the bucket's gradients are complete. Requires a forward since the last
  /// backward, whose memory it reuses. Throws Error if oneDNN fails, and what layer_done throws.
  void backward(float scale, const std::function<void(int layer)>& layer_done);

  const PassTimes& forward_times() const;   ///< Of the last forward.
  const PassTimes& backward_times() const;  ///< Of the last backward.
  /// Of the last forward and backward together: time inside oneDNN, reorders included.
  Seconds primitives_time() const;

  /// Sum over the primitives of a step of the median processor time of `repetitions` executions of each, one right
  /// after the other. Leaves activations and gradients without meaning until the next forward and backward.
  Seconds primitives_alone(int repetitions);

  /// Name of the first layer whose output is not finite, "loss" if all are; found by another, slow forward.
  std::string first_not_finite();
  /// Values in the order of parameters_of(model), tensors in plain order (out x in x height x width).
  std::vector<float> plain_parameters() const;
  std::vector<float> plain_gradients() const;
  /// Requires parameter_count(model) values.
  void set_plain_parameters(std::span<const float> values);
  /// What it allocated: arenas, activations and scratch memory. Leaves out the velocity, which is the caller's.
  Bytes memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringtrue
