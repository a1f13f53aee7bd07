#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "experiment/json.hpp"
#include "experiment/training/buckets.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Most ranks an input may name.
inline constexpr int max_ranks = 1 << 20;
/// Most images a rank trains on in one step.
inline constexpr int max_batch = 4096;

/// `send_recv`: each rank sends `bytes` to the next and receives as many from the one before; only published so far.
enum class Collective { all_reduce, reduce_scatter, all_gather, all_to_all, broadcast, send_recv };
/// Ours (experiment/schedule/), then the library's: `library` as it chooses, `library_ring` Open MPI's own ring, `nvls`
/// NCCL's reduction in the NVSwitch. NCCL's tree is `double_binary_tree`.
enum class Algorithm { ring, halving_doubling, double_binary_tree, direct, library, library_ring, nvls };
/// NCCL's protocols: flag and data in one word (LL), in one line of 128 bytes, or a flag after the data.
enum class Protocol { ll, ll128, simple };
enum class DataType { float32, float64 };
enum class ReduceOp { sum };

/// How a chunk is cut on its way: pieces of at most `segment` bytes, `in_flight` receives posted ahead.
struct Segmentation {
  Bytes segment;
  int in_flight = 1;
  bool operator==(const Segmentation&) const = default;
};

/// `bytes` is S, the buffer of one rank (what nccl-tests calls size). Empty fields are unknown: published rows may
/// leave them so, and they match any value; the library's algorithms have no segmentation of ours.
struct CollectiveRun {
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::ring;
  Bytes bytes;
  std::optional<DataType> dtype;
  std::optional<ReduceOp> op;  ///< Always empty where nothing is reduced.
  std::optional<bool> in_place;
  std::optional<Segmentation> segmentation;
  std::optional<int> root;             ///< Of a broadcast; always empty for the others.
  std::optional<Protocol> protocol{};  ///< Forced on NCCL; empty: as it chooses, or another library.
  bool operator==(const CollectiveRun&) const = default;
};

/// `repetitions` round trips of `bytes` between rank 0 and rank `stride`; the others wait in the next barrier.
struct PingPong {
  Bytes bytes;
  int stride = 1;
  int repetitions = 1;
  bool operator==(const PingPong&) const = default;
};

/// All ranks in pairs (r, r + stride), each pair exchanging both ways at once, `repetitions` times. A rank's buffer of
/// `bytes` holds as many chunks as there are ranks; what was received last is sent next, so that data was touched as
/// lately, and the buffer is as far away, as in a collective of the same size. A rank without a partner idles. `cold`,
/// here and in local subjects: when an iteration begins, other data, of 64 MiB, has passed through the caches, as in a
/// training step, which has walked through all its memory since. `fresh`: a rank has just written what it sends, and no
/// other core has read the memory that messages go into; takes fewer repetitions than ranks, and is not cold.
struct Exchange {
  Bytes bytes;
  int stride = 1;
  int repetitions = 1;
  Segmentation segmentation;
  bool cold = false;
  bool fresh = false;
  bool operator==(const Exchange&) const = default;
};

/// As Exchange, by a thread of its own on each rank, which itself computes until the exchange is done. Beside the same
/// Exchange it tells how two threads of a rank share its core.
struct BusyExchange {
  Exchange exchange;
  bool operator==(const BusyExchange&) const = default;
};

/// Every rank adds a hot source to one chunk after the other of its own buffer of `bytes` (as many chunks as ranks),
/// `repetitions` chunks, in pieces of at most `segment`. No message is sent.
struct ReduceLocal {
  Bytes bytes;
  DataType dtype = DataType::float32;
  int repetitions = 1;
  Bytes segment;
  bool cold = false;
  bool operator==(const ReduceLocal&) const = default;
};

/// As ReduceLocal, copying instead of adding.
struct CopyLocal {
  Bytes bytes;
  int repetitions = 1;
  Bytes segment;
  bool cold = false;
  bool operator==(const CopyLocal&) const = default;
};

/// Every rank trains for itself, all at once and without a message: forward, backward and update of a model, layer by
/// layer. What a training step is predicted from.
struct LayerProfile {
  std::string model;
  Bytes gradients;  ///< Of all parameters, float32.
  int batch = 1;    ///< Images a rank.
  bool operator==(const LayerProfile&) const = default;
};

/// When buckets are exchanged: after backward (`none`), by a thread of their own as soon as they are ready (`thread`),
/// or between the layers of backward by the thread that computes (`polling`). The library is then asked for
/// MPI_Iallreduce, otherwise for MPI_Allreduce.
enum class Overlap { none, thread, polling };

/// One step of data-parallel training: forward, backward, exchange of the gradients by buckets, update. `sharded`: each
/// rank gets the sum of its chunk of a bucket (reduce-scatter), updates the parameters there and gathers all others'.
struct TrainingStep {
  std::string model;
  Bytes gradients;  ///< Of all parameters, float32.
  int batch = 1;    ///< Images a rank.
  Bucketing buckets;
  Algorithm algorithm = Algorithm::ring;
  std::optional<Segmentation> segmentation;  ///< The library's algorithm has none.
  Overlap overlap = Overlap::none;
  bool sharded = false;
  bool operator==(const TrainingStep&) const = default;
};

using Workload =
    std::variant<CollectiveRun, PingPong, Exchange, BusyExchange, ReduceLocal, CopyLocal, LayerProfile, TrainingStep>;

/// What is asked, nothing about where.
struct Experiment {
  Workload workload;
  int ranks = 1;
  bool operator==(const Experiment&) const = default;
};

/// The one canonical string, e.g. `all_reduce.ring.8388608B.float32.sum.in_place.seg65536x2.p8`; `any` stands for
/// empty.
std::string experiment_key(const Experiment& experiment);

/// S of a collective, the message of a ping-pong, the gradients of training, the buffer of the other calibration
/// subjects; per rank.
Bytes message_bytes(const Experiment& experiment);
Bytes element_bytes(DataType dtype);

/// True for the algorithms that have a schedule of ours.
bool is_ours(Algorithm algorithm);
/// True for all_reduce and reduce_scatter.
bool reduces_values(Collective collective);

/// Nothing for everything else.
const CollectiveRun* as_collective(const Experiment& experiment);
const TrainingStep* as_training(const Experiment& experiment);

/// True for calibration subjects that are cold.
bool is_cold(const Experiment& experiment);
/// True for exchanges that are fresh.
bool is_fresh(const Experiment& experiment);

/// True if every field of the collective that both know is equal: empty matches anything. Ranks and bytes always count.
bool matches(const Experiment& a, const Experiment& b);

Json to_json(const Experiment& experiment);
/// Strict; `where` opens error messages. Throws Error.
Experiment parse_experiment(const Json& json, const std::string& where);

std::string_view to_string(Collective collective);
std::string_view to_string(Algorithm algorithm);
std::string_view to_string(Protocol protocol);
std::string_view to_string(DataType dtype);
std::string_view to_string(ReduceOp op);
std::string_view to_string(Overlap overlap);
Collective parse_collective(const std::string& name, const std::string& where);
Algorithm parse_algorithm(const std::string& name, const std::string& where);
Protocol parse_protocol(const std::string& name, const std::string& where);
DataType parse_data_type(const std::string& name, const std::string& where);
ReduceOp parse_op(const std::string& name, const std::string& where);
Overlap parse_overlap(const std::string& name, const std::string& where);

}  // namespace ringtrue
