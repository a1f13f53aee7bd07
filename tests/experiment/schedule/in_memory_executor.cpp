// Ranks take turns; each runs until it waits for a transfer that is not complete. When a whole round moves nobody and
// not all are done, that is a deadlock: what a rank does never depends on timing, so no other order of turns would
// help.
//
// A transfer is pending from its post to its wait. While it is, nobody may write what it sends, and nobody may touch
// what it receives: those are MPI's rules, and real MPI libraries do not check them.

#include "tests/experiment/schedule/in_memory_executor.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace ringtrue::in_memory {
namespace {

struct Pending {
  Span span;
  bool receives = false;
  bool complete = false;
};

struct Rank {
  std::vector<Operation> program;
  std::size_t next = 0;
  std::vector<std::optional<Pending>> slots;
  Memory memory;
};

/// Transfers posted and not yet met, from one rank to another; slots of the sender and of the receiver.
struct Channel {
  std::deque<int> sends, receives;
};

bool overlap(const Span& a, const Span& b) {
  const std::int64_t begin = std::max(a.offset, b.offset);
  const std::int64_t end = std::min(a.offset + a.length, b.offset + b.length);
  return a.buffer == b.buffer && begin < end;
}

bool equal(const Span& a, const Span& b) {
  return a.buffer == b.buffer && a.offset == b.offset && a.length == b.length;
}

std::vector<std::byte>& buffer_of(Memory& memory, Buffer buffer) {
  switch (buffer) {
    case Buffer::input: return memory.input;
    case Buffer::data: return memory.data;
    case Buffer::scratch: return memory.scratch;
  }
  throw std::logic_error("buffer_of: not a buffer");
}

std::byte* begin_of(Memory& memory, const Span& span) { return buffer_of(memory, span.buffer).data() + span.offset; }

template <class T>
void add(Memory& memory, const Operation& op) {
  for (std::int64_t offset = 0; offset < op.span.length; offset += static_cast<std::int64_t>(sizeof(T))) {
    T a{}, b{};
    std::memcpy(&a, begin_of(memory, op.first) + offset, sizeof(T));
    std::memcpy(&b, begin_of(memory, op.second) + offset, sizeof(T));
    const T sum = a + b;
    std::memcpy(begin_of(memory, op.span) + offset, &sum, sizeof(T));
  }
}

class Execution {
 public:
  explicit Execution(Job job) : dtype_(job.dtype), in_place_(job.in_place) {
    const auto slots = static_cast<std::size_t>(job.slots);
    for (std::size_t r = 0; r < job.programs.size(); ++r)
      ranks_.push_back(
          {std::move(job.programs[r]), 0, std::vector<std::optional<Pending>>(slots), std::move(job.memories[r])});
    outcome_.sent_bytes.resize(ranks_.size());
    outcome_.reductions.resize(ranks_[0].memory.data.size() / element());
  }

  Outcome run() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t r = 0; r < ranks_.size(); ++r) moved = advance(r) || moved;
    }
    for (std::size_t r = 0; r < ranks_.size(); ++r) require_ended(r);
    for (Rank& rank : ranks_) outcome_.memories.push_back(std::move(rank.memory));
    return std::move(outcome_);
  }

 private:
  std::size_t element() const { return static_cast<std::size_t>(element_bytes(dtype_).count); }

  [[noreturn]] void refuse(std::size_t r, std::string_view what) const {
    throw Violation(fmt::format("rank {}, operation {}: {}", r, ranks_[r].next, what));
  }

  bool advance(std::size_t r) {
    const std::size_t before = ranks_[r].next;
    while (ranks_[r].next < ranks_[r].program.size() && execute_next(r)) ++ranks_[r].next;
    return ranks_[r].next > before;
  }

  /// False if the rank has to wait.
  bool execute_next(std::size_t r) {
    const Operation& op = ranks_[r].program[ranks_[r].next];
    switch (op.kind) {
      case OperationKind::isend: post(r, op, false); return true;
      case OperationKind::irecv: post(r, op, true); return true;
      case OperationKind::reduce: reduce(r, op); return true;
      case OperationKind::wait: return wait(r, op);
      case OperationKind::copy: copy(r, op); return true;
    }
    throw std::logic_error("execute_next: not an operation");
  }

  /// In place, input is another name of data.
  Span located(std::size_t r, Span span) {
    if (in_place_ && span.buffer == Buffer::input) span.buffer = Buffer::data;
    const auto size = static_cast<std::int64_t>(buffer_of(ranks_[r].memory, span.buffer).size());
    if (span.offset < 0 || span.length < 0 || span.offset + span.length > size) refuse(r, "a range leaves its buffer");
    return span;
  }

  void require_readable(std::size_t r, const Span& span) const {
    for (const auto& pending : ranks_[r].slots)
      if (pending && pending->receives && overlap(pending->span, span))
        refuse(r, "reads a range that is being received");
  }

  void require_writable(std::size_t r, const Span& span) const {
    if (span.buffer == Buffer::input) refuse(r, "writes the input");
    for (const auto& pending : ranks_[r].slots)
      if (pending && overlap(pending->span, span)) refuse(r, "writes a range of a pending transfer");
  }

  std::optional<Pending>& slot(std::size_t r, int index) {
    if (index < 0 || static_cast<std::size_t>(index) >= ranks_[r].slots.size()) refuse(r, "no such slot");
    return ranks_[r].slots[static_cast<std::size_t>(index)];
  }

  void post(std::size_t r, const Operation& op, bool receives) {
    if (op.peer < 0 || static_cast<std::size_t>(op.peer) >= ranks_.size()) refuse(r, "no such peer");
    if (slot(r, op.slot)) refuse(r, "the slot is still pending");
    const Span span = located(r, op.span);
    if (receives) {
      require_writable(r, span);
    } else {
      require_readable(r, span);
      outcome_.sent_bytes[r] += span.length;
    }
    slot(r, op.slot) = Pending{span, receives, false};
    const auto peer = static_cast<std::size_t>(op.peer);
    if (op.tag >= tags) refuse(r, "no such tag");
    const std::pair<std::size_t, std::size_t> pair = receives ? std::pair(peer, r) : std::pair(r, peer);
    Channel& channel = channels_[{pair, op.tag}];
    (receives ? channel.receives : channel.sends).push_back(op.slot);
    if (!channel.sends.empty() && !channel.receives.empty()) meet(pair, channel);
  }

  void meet(std::pair<std::size_t, std::size_t> pair, Channel& channel) {
    Pending& send = *slot(pair.first, channel.sends.front());
    Pending& receive = *slot(pair.second, channel.receives.front());
    channel.sends.pop_front();
    channel.receives.pop_front();
    if (send.span.length != receive.span.length) refuse(pair.second, "receives another length than is sent");
    if (send.span.length > 0)
      std::memcpy(begin_of(ranks_[pair.second].memory, receive.span), begin_of(ranks_[pair.first].memory, send.span),
                  static_cast<std::size_t>(send.span.length));
    send.complete = receive.complete = true;
  }

  bool wait(std::size_t r, const Operation& op) {
    std::optional<Pending>& pending = slot(r, op.slot);
    if (pending && !pending->complete) return false;
    pending.reset();
    return true;
  }

  void reduce(std::size_t r, Operation op) {
    op.span = located(r, op.span);
    op.first = located(r, op.first);
    op.second = located(r, op.second);
    if (op.first.length != op.span.length || op.second.length != op.span.length) refuse(r, "reduces unequal lengths");
    if (op.span.length % static_cast<std::int64_t>(element()) != 0) refuse(r, "reduces part of an element");
    if (overlap(op.second, op.span) || (overlap(op.first, op.span) && !equal(op.first, op.span)))
      refuse(r, "reduces onto its operand");
    require_readable(r, op.first);
    require_readable(r, op.second);
    require_writable(r, op.span);
    dtype_ == DataType::float32 ? add<float>(ranks_[r].memory, op) : add<double>(ranks_[r].memory, op);
    const std::size_t first = static_cast<std::size_t>(op.span.offset) / element();
    for (std::size_t i = 0; i < static_cast<std::size_t>(op.span.length) / element(); ++i)
      ++outcome_.reductions[first + i];
  }

  void copy(std::size_t r, Operation op) {
    op.span = located(r, op.span);
    op.first = located(r, op.first);
    if (op.first.length != op.span.length) refuse(r, "copies unequal lengths");
    if (overlap(op.first, op.span)) refuse(r, "copies onto its source");
    require_readable(r, op.first);
    require_writable(r, op.span);
    std::memcpy(begin_of(ranks_[r].memory, op.span), begin_of(ranks_[r].memory, op.first),
                static_cast<std::size_t>(op.span.length));
  }

  void require_ended(std::size_t r) const {
    if (ranks_[r].next < ranks_[r].program.size()) refuse(r, "waits for ever: deadlock");
    for (const auto& pending : ranks_[r].slots)
      if (pending) refuse(r, "ends without waiting for a transfer");
  }

  DataType dtype_;
  bool in_place_;
  std::vector<Rank> ranks_;
  std::map<std::pair<std::pair<std::size_t, std::size_t>, int>, Channel> channels_;  ///< By pair and tag.
  Outcome outcome_;
};

std::vector<std::byte> zeros(Bytes size) { return std::vector<std::byte>(static_cast<std::size_t>(size.count)); }

}  // namespace

Outcome execute(Job job) { return Execution(std::move(job)).run(); }

Job make_job(const Experiment& experiment) {
  Job job;
  if (const CollectiveRun* run = as_collective(experiment)) {
    job.dtype = *run->dtype;
    job.in_place = *run->in_place;
  }
  const Bytes bytes = message_bytes(experiment);
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    Schedule schedule(experiment, rank);
    std::vector<Operation> program;
    while (const auto op = schedule.next()) program.push_back(*op);
    job.slots = std::max(job.slots, schedule.slots());
    job.programs.push_back(std::move(program));
    job.memories.push_back({zeros(job.in_place ? Bytes{0} : bytes), zeros(bytes), zeros(schedule.scratch_bytes())});
  }
  return job;
}

}  // namespace ringtrue::in_memory
