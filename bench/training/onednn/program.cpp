#include "bench/training/onednn/program.hpp"

#include <algorithm>
#include <utility>

#include "bench/clock.hpp"
#include "bench/training/placement.hpp"
#include "bench/training/thread_time.hpp"

namespace ringtrue::onednn {
namespace {

Placement place_planned(const std::vector<Storage>& storage) {
  std::vector<Lifetime> lifetimes;
  for (const Storage& s : storage)
    if (s.home == Home::planned && s.first >= 0)
      lifetimes.push_back({.bytes = s.bytes, .first = s.first, .last = s.last});
  return place(lifetimes);
}

Bytes planned_bytes(const std::vector<Storage>& storage) {
  return {static_cast<std::int64_t>(place_planned(storage).bytes)};
}

Bytes scratchpad_bytes(const Recorder::Recording& recording) {
  std::size_t most = 0;
  for (const auto* operations : {&recording.forward, &recording.backward})
    for (const Operation& operation : *operations) most = std::max(most, operation.scratchpad.get_size());
  return {static_cast<std::int64_t>(most)};
}

}  // namespace

Program::Program(const Recorder::Recording& recording, int layers, const Arenas& arenas)
    : engine_(recording.engine),
      stream_(engine_),
      planned_(planned_bytes(recording.storage)),
      scratchpad_(scratchpad_bytes(recording)) {
  place_tensors(recording, arenas);
  forward_ = calls_of(recording.forward, layers);
  backward_ = calls_of(recording.backward, layers);
}

void Program::place_tensors(const Recorder::Recording& recording, const Arenas& arenas) {
  const Placement placement = place_planned(recording.storage);
  std::vector<std::byte*> addresses;
  std::size_t planned = 0;
  for (const Storage& storage : recording.storage) {
    if (storage.home == Home::parameters) {
      addresses.push_back(arenas.parameters + storage.offset);
    } else if (storage.home == Home::gradients) {
      addresses.push_back(arenas.gradients + storage.offset);
    } else {
      addresses.push_back(storage.first < 0 ? nullptr : planned_.data() + placement.offsets[planned++]);
    }
  }
  for (const Tensor& tensor : recording.tensors)
    tensors_.emplace_back(tensor.desc, engine_, static_cast<void*>(addresses[tensor.storage]));
}

std::vector<std::vector<Program::Call>> Program::calls_of(const std::vector<Operation>& operations, int layers) {
  std::vector<std::vector<Call>> calls(static_cast<std::size_t>(layers) + 1);
  for (const Operation& operation : operations) {
    if (!operation.primitive) continue;
    Call call{.primitive = operation.primitive, .arguments = {}};
    for (const Argument& argument : operation.arguments)
      call.arguments.push_back({argument.name, tensors_[argument.tensor.index].get()});
    if (operation.scratchpad.get_size() > 0) {
      scratchpads_.emplace_back(operation.scratchpad, engine_, static_cast<void*>(scratchpad_.data()));
      call.arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpads_.back().get()});
    }
    calls[static_cast<std::size_t>(operation.layer)].push_back(std::move(call));
  }
  return calls;
}

void Program::execute(const Call& call) {
  dnnl::error::wrap_c_api(dnnl_primitive_execute(call.primitive.get(), stream_.get(),
                                                 static_cast<int>(call.arguments.size()), call.arguments.data()),
                          "could not execute a primitive");
}

void Program::run(Pass pass, int layer) {
  for (const Call& call : (pass == Pass::forward ? forward_ : backward_)[static_cast<std::size_t>(layer)]) {
    const Seconds begin = now();
    execute(call);
    primitives_time_ += now() - begin;
  }
}

Seconds Program::alone(int repetitions) {
  std::vector<Seconds> times(static_cast<std::size_t>(repetitions));
  const auto median_time = [&](const Call& call) {
    for (Seconds& time : times) {
      const Seconds begin = thread_time();
      execute(call);
      time = thread_time() - begin;
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  };
  Seconds sum{};
  for (const auto* layers : {&forward_, &backward_})
    for (const std::vector<Call>& calls : *layers)
      for (const Call& call : calls) sum += median_time(call);
  return sum;
}

std::span<float> Program::values(TensorId tensor) const {
  const dnnl::memory& memory = tensors_[tensor.index];
  return {static_cast<float*>(memory.get_data_handle()), memory.get_desc().get_size() / sizeof(float)};
}

Bytes Program::planned() const {
  return {static_cast<std::int64_t>(planned_.bytes().size() + scratchpad_.bytes().size())};
}

}  // namespace ringtrue::onednn
