#include "bench/training/onednn/plain.hpp"

#include <cassert>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue::onednn {
namespace {

struct View {
  const Desc& desc;
  float* data;
};

void convert(const View& from, const View& to) {
  try {
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    dnnl::stream stream(engine);
    dnnl::memory source(from.desc, engine, from.data), target(to.desc, engine, to.data);
    dnnl::reorder(source, target).execute(stream, source, target);
    stream.wait();
  } catch (const dnnl::error& error) {
    throw Error(fmt::format("reordering a parameter: oneDNN: {}", error.what()));
  }
}

/// oneDNN's memory knows no const, but a reorder only reads its source.
float* readable(std::span<const float> values) { return const_cast<float*>(values.data()); }

}  // namespace

void to_plain(const Desc& stored, std::span<const float> from, std::span<float> to) {
  assert(from.size() == to.size() && from.size() * sizeof(float) == stored.get_size());
  convert({stored, readable(from)}, {plain(stored.dims()), to.data()});
}

void from_plain(const Desc& stored, std::span<const float> from, std::span<float> to) {
  assert(from.size() == to.size() && from.size() * sizeof(float) == stored.get_size());
  convert({plain(stored.dims()), readable(from)}, {stored, to.data()});
}

}  // namespace ringtrue::onednn
