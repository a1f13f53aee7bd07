#include "tests/bench/training/naive_network.hpp"

#include <algorithm>
#include <cmath>

#include "bench/training/images.hpp"

namespace ringtrue::testing {
namespace {

constexpr double epsilon = 1e-5;  ///< Batch norm's, added to the variance.
using Values = std::vector<double>;

/// Image by image, channel by channel, row by row.
std::size_t place(const Shape& shape, int n, int c, int y, int x) {
  return static_cast<std::size_t>(((std::int64_t{n} * shape.channels + c) * shape.height + y) * shape.width + x);
}

/// visit(y, x, ky, kx, in_y, in_x) for every tap of every window that lies on the image.
template <class Visit>
void for_each_tap(const Layer& layer, const Visit& visit) {
  for (int y = 0; y < layer.out.height; ++y)
    for (int x = 0; x < layer.out.width; ++x)
      for (int tap = 0; tap < layer.kernel * layer.kernel; ++tap) {
        const int ky = tap / layer.kernel, kx = tap % layer.kernel;
        const int in_y = y * layer.stride - layer.padding + ky, in_x = x * layer.stride - layer.padding + kx;
        if (in_y >= 0 && in_x >= 0 && in_y < layer.in.height && in_x < layer.in.width) visit(y, x, ky, kx, in_y, in_x);
      }
}

/// Everything of one layer: its input and output, their gradients, its parameters and theirs.
struct Work {
  const Layer& layer;
  int batch;
  const Values &in, &other;
  Values& out;
  Values &in_gradient, &other_gradient;  ///< Added to.
  Values out_gradient;
  std::span<const double> parameters;
  std::span<double> gradients;
};

/// visit(weight, input, output) for every multiplication of a convolution.
template <class Visit>
void for_each_product(const Layer& layer, int batch, const Visit& visit) {
  const Shape kernels{layer.in.channels, layer.kernel, layer.kernel};
  for (int n = 0; n < batch; ++n)
    for (int o = 0; o < layer.out.channels; ++o)
      for (int i = 0; i < layer.in.channels; ++i)
        for_each_tap(layer, [&](int y, int x, int ky, int kx, int in_y, int in_x) {
          visit(place(kernels, o, i, ky, kx), place(layer.in, n, i, in_y, in_x), place(layer.out, n, o, y, x));
        });
}

void convolve(Work& w) {
  for_each_product(w.layer, w.batch, [&](auto k, auto i, auto o) { w.out[o] += w.parameters[k] * w.in[i]; });
}

void convolve_back(Work& w) {
  for_each_product(w.layer, w.batch, [&](auto k, auto i, auto o) {
    w.gradients[k] += w.in[i] * w.out_gradient[o];
    w.in_gradient[i] += w.parameters[k] * w.out_gradient[o];
  });
}

/// Places of one channel in a batch.
std::vector<std::size_t> channel_places(const Shape& shape, int batch, int channel) {
  std::vector<std::size_t> places;
  for (int n = 0; n < batch; ++n)
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) places.push_back(place(shape, n, channel, y, x));
  return places;
}

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const Values& values, const std::vector<std::size_t>& places) {
  const auto count = static_cast<double>(places.size());
  double sum = 0, squares = 0;
  for (const std::size_t p : places) sum += values[p];
  for (const std::size_t p : places) squares += (values[p] - sum / count) * (values[p] - sum / count);
  return {.mean = sum / count, .deviation = std::sqrt(squares / count + epsilon)};
}

void normalize(Work& w) {
  const int channels = w.layer.out.channels;
  for (int c = 0; c < channels; ++c) {
    const auto places = channel_places(w.layer.out, w.batch, c);
    const Moments m = moments(w.in, places);
    const double scale = w.parameters[static_cast<std::size_t>(c)];
    const double shift = w.parameters[static_cast<std::size_t>(channels + c)];
    for (const std::size_t p : places) w.out[p] = scale * (w.in[p] - m.mean) / m.deviation + shift;
  }
}

// With z = (x - mean) / deviation: dx = scale / deviation x (dy - mean of dy - z x mean of (dy z)).
void normalize_back(Work& w) {
  const int channels = w.layer.out.channels;
  for (int c = 0; c < channels; ++c) {
    const auto places = channel_places(w.layer.out, w.batch, c);
    const Moments m = moments(w.in, places);
    const auto count = static_cast<double>(places.size());
    double& scale_gradient = w.gradients[static_cast<std::size_t>(c)];
    double& shift_gradient = w.gradients[static_cast<std::size_t>(channels + c)];
    for (const std::size_t p : places) {
      scale_gradient += w.out_gradient[p] * (w.in[p] - m.mean) / m.deviation;
      shift_gradient += w.out_gradient[p];
    }
    for (const std::size_t p : places) {
      const double z = (w.in[p] - m.mean) / m.deviation;
      w.in_gradient[p] += w.parameters[static_cast<std::size_t>(c)] / m.deviation *
                          (w.out_gradient[p] - shift_gradient / count - z * scale_gradient / count);
    }
  }
}

/// The first of the largest values of each window.
std::vector<std::size_t> largest_places(const Work& w) {
  std::vector<std::size_t> largest(w.out.size(), w.in.size());
  for (int n = 0; n < w.batch; ++n)
    for (int c = 0; c < w.layer.out.channels; ++c)
      for_each_tap(w.layer, [&](int y, int x, int, int, int in_y, int in_x) {
        std::size_t& place_of = largest[place(w.layer.out, n, c, y, x)];
        const std::size_t candidate = place(w.layer.in, n, c, in_y, in_x);
        if (place_of == w.in.size() || w.in[candidate] > w.in[place_of]) place_of = candidate;
      });
  return largest;
}

void pool_largest(Work& w) {
  const auto largest = largest_places(w);
  for (std::size_t o = 0; o < w.out.size(); ++o) w.out[o] = w.in[largest[o]];
}

void pool_largest_back(Work& w) {
  const auto largest = largest_places(w);
  for (std::size_t o = 0; o < w.out.size(); ++o) w.in_gradient[largest[o]] += w.out_gradient[o];
}

void pool_average(Work& w) {
  const std::size_t window = w.in.size() / w.out.size();
  for (std::size_t i = 0; i < w.in.size(); ++i) w.out[i / window] += w.in[i] / static_cast<double>(window);
}

void pool_average_back(Work& w) {
  const std::size_t window = w.in.size() / w.out.size();
  for (std::size_t i = 0; i < w.in.size(); ++i)
    w.in_gradient[i] += w.out_gradient[i / window] / static_cast<double>(window);
}

/// visit(weight, bias, input, output) for every multiplication of a dense layer.
template <class Visit>
void for_each_dense(const Work& w, const Visit& visit) {
  const auto inputs = static_cast<std::size_t>(w.layer.in.count());
  const auto outputs = static_cast<std::size_t>(w.layer.out.channels);
  for (std::size_t n = 0; n < static_cast<std::size_t>(w.batch); ++n)
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t i = 0; i < inputs; ++i) visit(o * inputs + i, n * inputs + i, n * outputs + o);
}

void multiply(Work& w) {
  const auto outputs = static_cast<std::size_t>(w.layer.out.channels);
  const std::span<const double> bias = w.parameters.last(outputs);
  for (std::size_t o = 0; o < w.out.size(); ++o) w.out[o] = bias[o % outputs];
  for_each_dense(w, [&](auto k, auto i, auto o) { w.out[o] += w.parameters[k] * w.in[i]; });
}

void multiply_back(Work& w) {
  const auto outputs = static_cast<std::size_t>(w.layer.out.channels);
  const std::span<double> bias = w.gradients.last(outputs);
  for (std::size_t o = 0; o < w.out.size(); ++o) bias[o % outputs] += w.out_gradient[o];
  for_each_dense(w, [&](auto k, auto i, auto o) {
    w.gradients[k] += w.in[i] * w.out_gradient[o];
    w.in_gradient[i] += w.parameters[k] * w.out_gradient[o];
  });
}

void add_up(Work& w) {
  for (std::size_t i = 0; i < w.out.size(); ++i) w.out[i] = w.in[i] + w.other[i];
}

void add_up_back(Work& w) {
  for (std::size_t i = 0; i < w.out.size(); ++i) w.in_gradient[i] += w.out_gradient[i];
  for (std::size_t i = 0; i < w.out.size(); ++i) w.other_gradient[i] += w.out_gradient[i];
}

void run_forward(Work w) {
  switch (w.layer.kind) {
    case LayerKind::convolution: convolve(w); break;
    case LayerKind::batch_norm: normalize(w); break;
    case LayerKind::relu: w.out = w.in; break;
    case LayerKind::max_pool: pool_largest(w); break;
    case LayerKind::average_pool: pool_average(w); break;
    case LayerKind::add: add_up(w); break;
    case LayerKind::dense: multiply(w); break;
  }
  if (w.layer.relu || w.layer.kind == LayerKind::relu)
    for (double& value : w.out) value = std::max(value, 0.0);
}

void run_backward(Work w) {
  if (w.layer.relu || w.layer.kind == LayerKind::relu)
    for (std::size_t i = 0; i < w.out.size(); ++i) w.out_gradient[i] *= w.out[i] > 0 ? 1 : 0;
  switch (w.layer.kind) {
    case LayerKind::convolution: return convolve_back(w);
    case LayerKind::batch_norm: return normalize_back(w);
    case LayerKind::relu:
      for (std::size_t i = 0; i < w.out.size(); ++i) w.in_gradient[i] += w.out_gradient[i];
      return;
    case LayerKind::max_pool: return pool_largest_back(w);
    case LayerKind::average_pool: return pool_average_back(w);
    case LayerKind::add: return add_up_back(w);
    case LayerKind::dense: return multiply_back(w);
  }
}

/// Activations and their gradients: first the images', then each layer's output.
class Naive {
 public:
  Naive(const Model& model, std::span<const float> parameters, std::int64_t first_image, int batch)
      : model_(model),
        first_image_(first_image),
        batch_(batch),
        parameters_(parameters.begin(), parameters.end()),
        gradients_(parameters.size()) {
    const auto count = static_cast<std::size_t>(model.images.count());
    std::vector<float> image(count);
    values_.emplace_back();
    for (int n = 0; n < batch; ++n) {
      write_image(first_image + n, model.images, model.classes, image);
      values_[0].insert(values_[0].end(), image.begin(), image.end());
    }
    for (const Layer& layer : model.layers) values_.emplace_back(static_cast<std::size_t>(layer.out.count() * batch));
    for (const Values& values : values_) value_gradients_.emplace_back(values.size());
  }

  NaiveStep step(double scale) {
    for (std::size_t i = 0; i < model_.layers.size(); ++i) run_forward(work_of(i));
    const double loss = loss_and_gradient(scale);
    for (std::size_t i = model_.layers.size(); i-- > 0;) run_backward(work_of(i));
    return {.loss = loss, .gradients = gradients_};
  }

 private:
  Work work_of(std::size_t i) {
    const Layer& layer = model_.layers[i];
    std::size_t begin = 0, count = 0;
    for (const Parameter& parameter : parameters_of(model_)) {
      if (parameter.layer < static_cast<int>(i)) begin += static_cast<std::size_t>(parameter.count);
      if (parameter.layer == static_cast<int>(i)) count += static_cast<std::size_t>(parameter.count);
    }
    const auto in = static_cast<std::size_t>(layer.input + 1), other = static_cast<std::size_t>(layer.other + 1);
    return {.layer = layer,
            .batch = batch_,
            .in = values_[in],
            .other = values_[other],
            .out = values_[i + 1],
            .in_gradient = value_gradients_[in],
            .other_gradient = value_gradients_[other],
            .out_gradient = value_gradients_[i + 1],
            .parameters = std::span(parameters_).subspan(begin, count),
            .gradients = std::span(gradients_).subspan(begin, count)};
  }

  double loss_and_gradient(double scale) {
    const auto classes = static_cast<std::size_t>(model_.classes);
    double loss = 0;
    for (std::size_t n = 0; n < static_cast<std::size_t>(batch_); ++n) {
      const std::span scores = std::span(values_.back()).subspan(n * classes, classes);
      const std::span gradient = std::span(value_gradients_.back()).subspan(n * classes, classes);
      const auto label =
          static_cast<std::size_t>(label_of(first_image_ + static_cast<std::int64_t>(n), model_.classes));
      double sum = 0;
      for (const double score : scores) sum += std::exp(score);
      for (std::size_t i = 0; i < classes; ++i)
        gradient[i] = scale * (std::exp(scores[i]) / sum - (i == label ? 1 : 0));
      loss += std::log(sum) - scores[label];
    }
    return loss / batch_;
  }

  const Model& model_;
  std::int64_t first_image_;
  int batch_;
  Values parameters_, gradients_;
  std::vector<Values> values_, value_gradients_;
};

}  // namespace

NaiveStep naive_step(const Model& model, std::span<const float> parameters, std::int64_t first_image, int batch,
                     double scale) {
  return Naive(model, parameters, first_image, batch).step(scale);
}

}  // namespace ringtrue::testing
