#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bench/subject/memory.hpp"
#include "bench/training/onednn/recorder.hpp"

namespace ringtrue::onednn {

/// The two arenas, which outlive the program that works on them.
struct Arenas {
  std::byte* parameters = nullptr;
  std::byte* gradients = nullptr;
};

/// Recorded operations with memory: what a training step executes, without looking anything up or allocating.
class Program {
 public:
  /// Throws Error if there is no memory, dnnl::error for what oneDNN refuses.
  Program(const Recorder::Recording& recording, int layers, const Arenas& arenas);

  /// The layer's operations of that pass; `layers` itself stands for the loss and has none. Throws dnnl::error.
  void run(Pass pass, int layer);
  /// Sum over all operations of the median processor time of `repetitions` executions of each. Requires repetitions
  /// >= 1. Throws dnnl::error.
  Seconds alone(int repetitions);
  /// Time inside oneDNN so far.
  Seconds primitives_time() const { return primitives_time_; }
  std::span<float> values(TensorId tensor) const;
  /// Of activations, their gradients, reordered weights and the scratchpad.
  Bytes planned() const;

 private:
  struct Call {
    dnnl::primitive primitive;
    std::vector<dnnl_exec_arg_t> arguments;
  };
  void execute(const Call& call);
  void place_tensors(const Recorder::Recording& recording, const Arenas& arenas);
  std::vector<std::vector<Call>> calls_of(const std::vector<Operation>& operations, int layers);

  dnnl::engine engine_;
  dnnl::stream stream_;
  Memory planned_, scratchpad_;
  std::vector<dnnl::memory> tensors_;
  std::vector<dnnl::memory> scratchpads_;              ///< Descriptions of the one.
  std::vector<std::vector<Call>> forward_, backward_;  ///< By layer.
  Seconds primitives_time_{};
};

}  // namespace ringtrue::onednn
