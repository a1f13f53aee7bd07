#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "bench/training/arena_layout.hpp"
#include "bench/training/onednn/layout.hpp"

namespace ringtrue::onednn {

struct TensorId {
  std::size_t index = 0;
};

enum class Home { planned, parameters, gradients };

/// Memory of one or more tensors: a place in an arena of parameters, or one that is planned when all is recorded.
struct Storage {
  Home home = Home::planned;
  std::size_t bytes = 0;
  std::size_t offset = 0;     ///< In bytes, of what is not planned.
  int first = -1, last = -1;  ///< Operations that touch it; -1 if none does.
};

struct Tensor {
  Desc desc;
  std::size_t storage = 0;
};

struct Argument {
  int name = 0;  ///< DNNL_ARG_...
  TensorId tensor;
};

/// One execution of a primitive; without one, a place where the loss is computed.
struct Operation {
  int layer = 0;  ///< Whose time it counts to; the number of layers for the loss.
  dnnl::primitive primitive;
  Desc scratchpad;
  std::vector<Argument> arguments;
};

/// One trained tensor in both arenas, in the layout in which it is stored.
struct TrainedTensor {
  TensorId values, gradients;
};

enum class Pass { forward, backward };

/// Writes down, once, the operations that every training step then executes. Tensors get their memory afterwards, when
/// it is known from where to where each is needed.
class Recorder {
 public:
  Recorder(const Model& model, ArenaLayout layout)
      : parameters_(parameters_of(model)), layout_(std::move(layout)), stored_(parameters_.size()) {}

  /// What is recorded from here on belongs to this layer's pass.
  void begin(Pass pass, int layer);

  TensorId add_tensor(const Desc& desc);
  /// The same bytes under another description. Requires equal sizes.
  TensorId view(TensorId tensor, const Desc& desc);
  /// The layer's parameter of that kind, stored in this layout. Requires an unpadded one.
  TrainedTensor add_trained(int layer, ParameterKind kind, const Desc& desc);
  Desc desc(TensorId tensor) const { return tensors_[tensor.index].desc; }

  /// The tensor itself if it has that layout, otherwise a copy of it that has.
  TensorId in_layout(TensorId tensor, const Desc& wanted);
  void reorder(TensorId from, TensorId to);
  void add_loss(const std::vector<Argument>& arguments);
  template <class Primitive>
  void add(const typename Primitive::primitive_desc& described, const std::vector<Argument>& arguments) {
    add_operation(Primitive(described), described.scratchpad_desc(), arguments);
  }
  /// The tensor keeps its memory for itself through the whole step.
  void keep(TensorId tensor) { kept_.push_back(tensor); }

  /// With scratchpads that are ours, so that all primitives share one.
  static dnnl::primitive_attr attributes();
  const dnnl::engine& engine() const { return engine_; }

  /// What was recorded; storage of operations counted through forward and backward. Ends the recording.
  struct Recording {
    dnnl::engine engine;
    std::vector<Tensor> tensors;
    std::vector<Storage> storage;
    std::vector<Operation> forward, backward;
    std::vector<Desc> stored;  ///< Of the parameters, in their order.
  };
  Recording finish();

 private:
  void add_operation(dnnl::primitive primitive, const Desc& scratchpad, const std::vector<Argument>& arguments);
  TensorId add_placed(Home home, std::size_t offset, const Desc& desc);
  void touch(TensorId tensor, int operation);

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  std::vector<Parameter> parameters_;
  ArenaLayout layout_;
  std::vector<Desc> stored_;
  std::vector<Tensor> tensors_;
  std::vector<Storage> storage_;
  std::vector<TensorId> kept_;
  std::vector<Operation> forward_, backward_;
  Pass pass_ = Pass::forward;
  int layer_ = 0;
};

}  // namespace ringtrue::onednn
