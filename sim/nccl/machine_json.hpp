#pragma once

#include "experiment/json.hpp"
#include "sim/nccl/machine.hpp"

namespace ringtrue::nccl {

Json to_json(const Machine& machine);
/// Strict: every parameter has to be there, with its source. Throws Error.
Machine parse_machine(ObjectReader& reader);

}  // namespace ringtrue::nccl
