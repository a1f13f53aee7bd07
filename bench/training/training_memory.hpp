#pragma once

#include "experiment/training/model.hpp"

namespace ringtrue {

/// What one rank needs, estimated from the description alone, before anything is allocated: parameters, gradients, its
/// shard of the velocity, activations with their gradients, and weights in a second layout. Leaves out the program
/// itself with oneDNN and its kernels (about 50 MiB). Throws Error for a batch outside 1 .. largest_batch(model).
/// Requires shards >= 1.
Bytes training_memory(const Model& model, int batch, int shards);

/// oneDNN counts the values of an activation in 32 bits. At least 1.
int largest_batch(const Model& model);

/// Throws Error, saying what is allowed, for a batch outside 1 .. largest_batch(model).
void require_batch(const Model& model, int batch);

}  // namespace ringtrue
