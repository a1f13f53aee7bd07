// A schedule is a program of parts, made one at a time: a window of transfers, trees, or copies.

#include "experiment/schedule/schedule.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/schedule/part.hpp"

namespace ringtrue {

int partner_of(int rank, int stride, int ranks) {
  const bool lower = (rank / stride) % 2 == 0;
  const int partner = lower ? rank + stride : rank - stride;
  return partner < ranks ? partner : -1;
}

namespace {

Program alone(const Layout& layout) {
  return {.part = [=](int) -> Part { return copy_message(layout, true); }, .parts = 1};
}

Program program_of(const CollectiveRun& run, int rank, int ranks) {
  const Layout layout = layout_of(run, rank, ranks);
  if (ranks == 1) return alone(layout);
  switch (run.algorithm) {
    case Algorithm::ring: return ring_program(run, layout);
    case Algorithm::direct: return direct_program(run, layout);
    case Algorithm::halving_doubling: return halving_doubling_program(run, layout);
    case Algorithm::double_binary_tree: return double_binary_tree_program(run, layout);
    case Algorithm::library:
    case Algorithm::library_ring:
    case Algorithm::nvls: break;
  }
  throw std::logic_error("program_of: not an algorithm of ours");
}

/// A window over one partner without reduction. Partners move equal lengths whatever the chunk: rounding of chunk
/// borders must not make them differ.
Program program_of(const Exchange& exchange, int rank, int ranks) {
  const int partner = partner_of(rank, exchange.stride, ranks);
  if (partner < 0) return {};
  const Layout layout{
      .rank = rank, .ranks = ranks, .bytes = exchange.bytes.count, .segment = exchange.segmentation.segment.count};
  const std::int64_t segments = layout.segments(layout.largest_chunk()), chunk = layout.bytes / ranks;
  const std::int64_t transfers = exchange.repetitions * segments;
  const std::int64_t cycle = (ranks - 1) * segments;
  const std::int64_t window = std::min(std::clamp<std::int64_t>(cycle, 1, exchange.segmentation.in_flight), transfers);
  Sequence sequence{.at = [=](std::int64_t index, bool sending) -> Transfer {
                      const std::int64_t at = wrap(index / segments + (sending ? 0 : 1), ranks);
                      const Span span{Buffer::data, layout.chunk_offset(at), chunk};
                      return {.peer = partner, .span = segment_of(span, index % segments, layout.segment)};
                    },
                    .transfers = transfers,
                    .window = static_cast<int>(window),
                    .send_window = static_cast<int>(std::min(window, segments)),
                    .reuse_after = cycle,
                    .segment = layout.segment,
                    .send_empty = true};
  return {.part = [=](int) -> Part { return sequence; }, .parts = 1, .slots = 2 * sequence.window};
}

/// Rank 0 sends and receives, its partner the other way round.
Program program_of(const PingPong& ping_pong, int rank, int /*ranks*/) {
  if (rank != 0 && rank != ping_pong.stride) return {};
  const int partner = rank == 0 ? ping_pong.stride : 0;
  const Span message{Buffer::data, 0, ping_pong.bytes.count};
  return {.part = [=](int index) -> Part {
            const bool sends = (index % 2 == 0) == (rank == 0);
            return Sequence{.at = [=](std::int64_t, bool sending) -> Transfer {
                              return sending == sends ? Transfer{.peer = partner, .span = message} : Transfer{};
                            },
                            .transfers = 1,
                            .send_empty = true};
          },
          .parts = 2 * ping_pong.repetitions,
          .slots = 2};
}

Program program_of(const ReduceLocal&, int, int) { throw std::logic_error("Schedule: ReduceLocal moves no message"); }
Program program_of(const CopyLocal&, int, int) { throw std::logic_error("Schedule: CopyLocal moves no message"); }
Program program_of(const BusyExchange& w, int rank, int ranks) { return program_of(w.exchange, rank, ranks); }
Program program_of(const LayerProfile&, int, int) { throw std::logic_error("Schedule: LayerProfile moves no message"); }
Program program_of(const TrainingStep&, int, int) {
  throw std::logic_error("Schedule: of a training step each exchange has one, see exchanges_of");
}

class CopyRunner {
 public:
  explicit CopyRunner(Copies copies) : copies_(std::move(copies)) {}
  bool next(Operation& op) {
    while (index_ < copies_.count) {
      const Copies::Copy copy = copies_.at(index_++);
      if (copy.to.length == 0) continue;
      op = {.kind = OperationKind::copy, .span = copy.to, .first = copy.from};
      return true;
    }
    return false;
  }

 private:
  Copies copies_;
  std::int64_t index_ = 0;
};

using Runner = std::variant<CopyRunner, Window, TreePipeline>;

Runner runner_of(Part part) {
  return std::visit(Overloaded{[](Copies& copies) -> Runner { return CopyRunner(std::move(copies)); },
                               [](Sequence& sequence) -> Runner { return Window(std::move(sequence)); },
                               [](TreePipeline& trees) -> Runner { return std::move(trees); }},
                    part);
}

void require(bool fine, const Experiment& experiment, std::string_view what) {
  if (!fine) throw Error(fmt::format("{}: {}", experiment_key(experiment), what));
}

void check_collective(const CollectiveRun& run, const Experiment& experiment) {
  require(run.collective != Collective::send_recv, experiment, "send_recv has no schedule of ours");
  require(is_ours(run.algorithm) && run.dtype && run.in_place && run.segmentation, experiment,
          "only ring, halving_doubling, double_binary_tree and direct, with dtype, in_place and segmentation, have a "
          "schedule of ours");
  const Bytes element = element_bytes(*run.dtype);
  if (run.bytes.count % element.count != 0)
    throw Error(fmt::format("{}: {} is not a whole number of {} elements", experiment_key(experiment),
                            to_string(run.bytes), to_string(*run.dtype)));
  require(run.algorithm != Algorithm::double_binary_tree || run.collective == Collective::all_reduce ||
              run.collective == Collective::broadcast,
          experiment, "a double binary tree only has all_reduce and broadcast; take ring, halving_doubling or direct");
  if (run.root.value_or(0) >= experiment.ranks)
    throw Error(fmt::format("{}: the root has to be below the number of ranks, {}", experiment_key(experiment),
                            experiment.ranks));
  if (run.collective != Collective::all_to_all) return;
  require(!*run.in_place, experiment, "an all_to_all has no in-place form here; set in_place to false");
  if (run.bytes.count / element.count < experiment.ranks)
    throw Error(fmt::format("{}: a block of less than one element; an all_to_all over {} ranks takes at least {}",
                            experiment_key(experiment), experiment.ranks,
                            to_string(Bytes{element.count * experiment.ranks})));
}

void check_stride(int stride, const Experiment& experiment) {
  if (stride < experiment.ranks) return;
  throw Error(
      fmt::format("{}: the stride must be below the number of ranks, {}; what exchanges messages takes two at least: "
                  "give the entry 'ranks' of its own",
                  experiment_key(experiment), experiment.ranks));
}

void check_exchange(const Exchange& exchange, const Experiment& experiment) {
  check_stride(exchange.stride, experiment);
  require(!exchange.fresh || (!exchange.cold && exchange.repetitions < experiment.ranks), experiment,
          "a fresh exchange is not cold and has fewer repetitions than there are ranks; leave out 'cold', and give the "
          "entry 'ranks' of its own");
}

}  // namespace

struct Schedule::State {
  Program program;
  std::int64_t data_bytes = 0;
  int index = 0;
  std::optional<Runner> runner;
};

Schedule::Schedule(const Experiment& experiment, int rank) : state_(std::make_unique<State>()) {
  assert(rank >= 0 && rank < experiment.ranks);
  check_schedulable(experiment);
  state_->program = std::visit([&](const auto& workload) { return program_of(workload, rank, experiment.ranks); },
                               experiment.workload);
  state_->data_bytes = message_bytes(experiment).count;
}

Schedule::~Schedule() = default;
Schedule::Schedule(Schedule&&) noexcept = default;
Schedule& Schedule::operator=(Schedule&&) noexcept = default;

bool Schedule::next(Operation& operation) {
  State& s = *state_;
  while (s.runner || s.index < s.program.parts) {
    if (!s.runner) s.runner = runner_of(s.program.part(s.index++));
    if (std::visit([&](auto& runner) { return runner.next(operation); }, *s.runner)) return true;
    s.runner.reset();
  }
  return false;
}

std::optional<Operation> Schedule::next() {
  std::optional<Operation> operation(std::in_place);
  if (!next(*operation)) operation.reset();
  return operation;
}

int Schedule::slots() const { return state_->program.slots; }
Bytes Schedule::scratch_bytes() const { return {state_->program.scratch_bytes}; }
Bytes Schedule::data_bytes() const { return {state_->data_bytes}; }

void check_schedulable(const Experiment& experiment) {
  std::visit(Overloaded{[&](const CollectiveRun& run) { check_collective(run, experiment); },
                        [&](const Exchange& w) { check_exchange(w, experiment); },
                        [&](const BusyExchange& w) { check_stride(w.exchange.stride, experiment); },
                        [&](const PingPong& w) { check_stride(w.stride, experiment); }, [](const auto&) {}},
             experiment.workload);
}

}  // namespace ringtrue
