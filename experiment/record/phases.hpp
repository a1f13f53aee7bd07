#pragma once

#include <map>
#include <span>
#include <string>

#include "experiment/json.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Parts of a row's time by name, each the mean over ranks, then the median over steps. Of training `forward`,
/// `backward` (computing only), `update`, and for each layer `forward/LAYER` and `backward/LAYER`, with `loss` as one
/// more layer; those of the layers of a simulated step are left out. Where gradients are exchanged `communication` (the
/// exchange of all buckets and the gathering of parameters, from when the last rank has begun it), `waiting` (for
/// slower ranks, with nothing to compute), `exposed` (what else the step took beyond forward, backward and update), and
/// for each bucket `bucket/I/ready`, `bucket/I/start`, `bucket/I/end`, counted from the step's start. Of a
/// busy_exchange see busy_exchange_subject().
using Phases = std::map<std::string, Seconds>;

/// Key of a simulated file's context: in words, where the compute times of its training steps come from.
inline constexpr const char* assumption_key = "compute_assumption";

Json phases_json(const Phases& phases);
/// The object under the key `phases_s`; nothing if it is not there. Throws Error.
Phases read_phases(ObjectReader& record);

/// Of each phase the median over those that have it.
Phases median_phases(std::span<const Phases> all);

/// The phase, or zero.
Seconds phase_of(const Phases& phases, const std::string& name);

}  // namespace ringtrue
