#include "bench/training/network.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <fmt/format.h>

#include "bench/clock.hpp"
#include "bench/training/arena.hpp"
#include "bench/training/arena_layout.hpp"
#include "bench/training/images.hpp"
#include "bench/training/initial_values.hpp"
#include "bench/training/loss.hpp"
#include "bench/training/one_thread.hpp"
#include "bench/training/onednn/plain.hpp"
#include "bench/training/onednn/program.hpp"
#include "bench/training/onednn/record.hpp"
#include "bench/training/training_memory.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using onednn::Pass;

/// Runs `work`; what oneDNN throws becomes an Error that begins with what `where()` returns.
template <class Where, class Work>
auto guarded(const Where& where, const Work& work) {
  try {
    return work();
  } catch (const dnnl::error& error) {
    throw Error(fmt::format("{}: oneDNN: {}", where(), error.what()));
  }
}

/// oneDNN splits work when a primitive is made, so it has to know then how many threads will execute it.
onednn::RecordedNetwork record(const Model& model, int batch, const ArenaLayout& layout) {
  use_one_thread();
  return onednn::record_network(model, batch, layout);
}

}  // namespace

struct Network::State {
  State(const Model& m, int b, const std::vector<Bucket>& buckets)
      : model(m),
        batch(b),
        layout(lay_out(parameters_of(model), buckets)),
        parameters(layout.count),
        gradients(layout.count),
        recorded(record(model, batch, layout)),
        program(recorded.recording, layers(), {.parameters = parameters.bytes(), .gradients = gradients.bytes()}),
        labels(static_cast<std::size_t>(batch)) {
    for (PassTimes* times : {&forward_times, &backward_times}) {
      times->layers.resize(model.layers.size());
      times->began.resize(model.layers.size());
    }
  }

  void run_timed(Pass pass, int layer, PassTimes& times) {
    const auto index = static_cast<std::size_t>(layer);
    times.began[index] = now();
    times.layers[index] = run(pass, layer);
  }
  int layers() const { return static_cast<int>(model.layers.size()); }
  Seconds run(Pass pass, int layer);
  double compute_loss();
  std::vector<float> plain(const Arena& arena) const;
  void set(std::size_t parameter, std::span<const float> values);

  Model model;
  int batch;
  ArenaLayout layout;
  Arena parameters, gradients;
  onednn::RecordedNetwork recorded;
  onednn::Program program;
  std::vector<int> labels;
  PassTimes forward_times, backward_times;
  Seconds forward_primitives{}, backward_primitives{};
};

Seconds Network::State::run(Pass pass, int layer) {
  const auto where = [&] {
    return fmt::format("layer '{}' of {}, {}", model.layers[static_cast<std::size_t>(layer)].name, model.name,
                       pass == Pass::forward ? "forward" : "backward");
  };
  const Seconds begin = now();
  guarded(where, [&] { program.run(pass, layer); });
  return now() - begin;
}

double Network::State::compute_loss() {
  return softmax_cross_entropy(program.values(recorded.scores), labels, program.values(recorded.probabilities));
}

void Network::State::set(std::size_t parameter, std::span<const float> values) {
  onednn::from_plain(recorded.recording.stored[parameter], values, parameters[layout.parameters[parameter]]);
}

std::vector<float> Network::State::plain(const Arena& arena) const {
  std::vector<float> values(layout.count);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
    const Stretch& stretch = layout.parameters[i];
    onednn::to_plain(recorded.recording.stored[i], arena[stretch], std::span(values).subspan(begin, stretch.count));
    begin += stretch.count;
  }
  return values;
}

Network::Network(const Model& model, int batch, const std::vector<Bucket>& buckets, std::uint64_t seed) {
  require_batch(model, batch);
  guarded([&] { return fmt::format("{}, batch {}", model.name, batch); },
          [&] {
            state_ = std::make_unique<State>(model, batch, buckets);
            for (std::size_t i = 0; i < state_->layout.parameters.size(); ++i)
              state_->set(i, initial_values(model, i, seed));
          });
  load(0);
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

std::span<float> Network::parameters() { return state_->parameters.all(); }
std::span<float> Network::gradients() { return state_->gradients.all(); }
std::span<float> Network::bucket_parameters(std::size_t bucket) {
  return state_->parameters[state_->layout.buckets.at(bucket)];
}
std::span<float> Network::bucket_gradients(std::size_t bucket) {
  return state_->gradients[state_->layout.buckets.at(bucket)];
}

void Network::load(std::int64_t first_image) {
  const std::span<float> pixels = state_->program.values(state_->recorded.images);
  const auto count = static_cast<std::size_t>(state_->model.images.count());
  for (std::size_t i = 0; i < state_->labels.size(); ++i) {
    const std::int64_t image = first_image + static_cast<std::int64_t>(i);
    write_image(image, state_->model.images, state_->model.classes, pixels.subspan(i * count, count));
    state_->labels[i] = label_of(image, state_->model.classes);
  }
}

double Network::forward() {
  use_one_thread();
  PassTimes& times = state_->forward_times;
  const Seconds begin = now(), primitives = state_->program.primitives_time();
  for (int i = 0; i < state_->layers(); ++i) state_->run_timed(Pass::forward, i, times);
  const Seconds begin_loss = now();
  const double loss = state_->compute_loss();
  const Seconds end = now();
  times.loss = end - begin_loss;
  times.whole = end - begin;
  state_->forward_primitives = state_->program.primitives_time() - primitives;
  return loss;
}

void Network::backward(float scale, const std::function<void(int layer)>& layer_done) {
  use_one_thread();
  PassTimes& times = state_->backward_times;
  const Seconds begin = now(), primitives = state_->program.primitives_time();
  softmax_cross_entropy_gradient(state_->program.values(state_->recorded.probabilities), state_->labels, scale,
                                 state_->program.values(state_->recorded.score_gradient));
  times.loss = now() - begin;
  Seconds others{};  // inside layer_done
  for (int i = state_->layers(); i-- > 0;) {
    state_->run_timed(Pass::backward, i, times);
    const Seconds done = now();
    layer_done(i);
    others += now() - done;
  }
  times.whole = now() - begin - others;
  state_->backward_primitives = state_->program.primitives_time() - primitives;
}

const PassTimes& Network::forward_times() const { return state_->forward_times; }
const PassTimes& Network::backward_times() const { return state_->backward_times; }
Seconds Network::primitives_time() const { return state_->forward_primitives + state_->backward_primitives; }

Seconds Network::primitives_alone(int repetitions) {
  use_one_thread();
  return guarded([&] { return state_->model.name; }, [&] { return state_->program.alone(repetitions); });
}

std::string Network::first_not_finite() {
  use_one_thread();
  for (int i = 0; i < state_->layers(); ++i) {
    state_->run(Pass::forward, i);
    const auto index = static_cast<std::size_t>(i);
    const std::span<const float> output = state_->program.values(state_->recorded.outputs[index]);
    if (!std::ranges::all_of(output, [](float value) { return std::isfinite(value); }))
      return state_->model.layers[index].name;
  }
  return "loss";
}

std::vector<float> Network::plain_parameters() const { return state_->plain(state_->parameters); }
std::vector<float> Network::plain_gradients() const { return state_->plain(state_->gradients); }

void Network::set_plain_parameters(std::span<const float> values) {
  assert(values.size() == state_->layout.count);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < state_->layout.parameters.size(); ++i) {
    const std::size_t count = state_->layout.parameters[i].count;
    state_->set(i, values.subspan(begin, count));
    begin += count;
  }
}

Bytes Network::memory() const {
  return Bytes{static_cast<std::int64_t>(2 * state_->layout.count * sizeof(float))} + state_->program.planned();
}

}  // namespace ringtrue
