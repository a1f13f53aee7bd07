#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/system.hpp"

namespace ringtrue::nccl {

/// What the model knows about a system; the unit stands in the name of each (see name_of). Those with a width are
/// fitted, the others stay what their source says.
enum class Quantity {
  link_bandwidth,   ///< Of one NVLink, one direction.
  ring_bubble,      ///< Of each pass around a ring, idle time in steps of it.
  ring_jitter,      ///< What uneven progress of the GPUs costs, per square root of the message.
  simple_base,      ///< Simple: paid once.
  simple_doubling,  ///< Simple: paid for each doubling of the GPUs; slices in flight hide the steps themselves.
  ll_base,          ///< LL: paid once.
  ll_step,          ///< LL: paid a step.
  ll128_base,       ///< As of LL.
  ll128_step,       ///< As of LL.
  nvls_efficiency,  ///< Of a GPU's links, when the switch reduces and multicasts.
  nvls_latency,     ///< NVLS: paid once.
  nvls_jitter,      ///< As of a ring.
  nic_bandwidth,    ///< Of one network card, one direction.
  net_ll,           ///< LL: a step between nodes.
  net_ll128,        ///< LL128: a step between nodes.
  net_simple,       ///< Simple: a step between nodes.
  launch_reducing,  ///< One process drives all GPUs: each further launch of a kernel that reduces.
  launch_copying,   ///< The same of a kernel that only copies.
  launch_process,   ///< One process a GPU: what a launch adds.
  channel_start,    ///< What starting all channels takes longer than starting one.
};
inline constexpr std::size_t quantities = 20;

/// Name with unit, as platform files spell it: link_GBps, simple_base_us ...
std::string_view name_of(Quantity quantity);

/// The prior is log-normal: ln(value / prior) has standard deviation `width`; 0: not fitted.
struct Parameter {
  double value = 0;
  double prior = 0;
  double width = 0;
  std::string source;  ///< Of the prior.
};

class Parameters {
 public:
  Parameter& operator[](Quantity q) { return all_[static_cast<std::size_t>(q)]; }
  const Parameter& operator[](Quantity q) const { return all_[static_cast<std::size_t>(q)]; }
  std::array<Parameter, quantities>& all() { return all_; }

 private:
  std::array<Parameter, quantities> all_;
};

/// NVLinks that a ring of so many GPUs of a node can use; `gpus` 0 is any number (a switch).
struct LinkCount {
  int gpus = 0;
  int links = 1;
};

/// What the fit saw; a prediction outside of it is extrapolated.
struct Coverage {
  std::vector<int> gpus;  ///< In all.
  std::vector<Collective> collectives;
  Bytes least, most;
};

struct Machine {
  int gpus_per_node = 8;
  int nics_per_node = 0;  ///< 0: one node only.
  int most_nodes = 1;
  bool nvls = false;   ///< The switch can reduce.
  bool tuner = false;  ///< NCCL's choice is known (Hopper); else only what is forced.
  std::vector<LinkCount> links;
  Parameters parameters;
  Coverage covers;
};

/// What is asked of NCCL. `algorithm` and `protocol` as forced: `library` and empty leave the choice to its tuner.
struct Call {
  Collective collective = Collective::all_reduce;
  Bytes bytes;
  int gpus = 2;  ///< In all.
  int nodes = 1;
  std::optional<LaunchMode> launch;
  Algorithm algorithm = Algorithm::library;
  std::optional<Protocol> protocol;

  int gpus_per_node() const { return gpus / nodes; }
};

/// Of a collective on nodes of GPUs. Requires that the experiment is a collective.
Call call_of(const Experiment& experiment, const GpuSystem& system);

/// Whether so many GPUs are on so many nodes: on one any number, several are full.
bool is_placed(int gpus, int nodes, const Machine& machine);

/// Empty if the model covers the call; else why it does not, in words.
std::string refusal(const Call& call, const Machine& machine);
/// Requires that the model covers it.
bool is_extrapolated(const Call& call, const Machine& machine);

/// all_to_all and send_recv, whose messages go straight to their receivers.
bool is_point_to_point(Collective collective);
/// NVLinks of a GPU that the call uses; nothing if the machine does not say.
std::optional<int> links_of(const Call& call, const Machine& machine);

/// Steps of a ring, or of its counterpart where messages go straight.
int steps_of(const Call& call);
/// What a GPU sends at least: busbw / algbw times the message.
double sent_bytes(const Call& call);

}  // namespace ringtrue::nccl
