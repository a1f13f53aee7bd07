#include "bench/subject/subject.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/exchange/busy_exchange.hpp"
#include "bench/mpi/tool.hpp"
#include "bench/subject/collective.hpp"
#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "bench/subject/reduction.hpp"
#include "bench/subject/refresh.hpp"
#include "bench/subject/training.hpp"
#include "bench/subject/verify.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

/// What every subject may need.
struct Setting {
  const Communicators& comms;
  const Models& models;

  const Model& model(const std::string& name) const {
    const auto found = models.find(name);
    if (found == models.end()) throw Error(fmt::format("there is no model '{}' in the suite", name));
    return found->second;
  }
};

Subject make(const CollectiveRun& run, const Experiment& experiment, const Setting& setting) {
  return collective_subject(experiment, run, setting.comms);
}

Subject make(const TrainingStep& step, const Experiment&, const Setting& setting) {
  return training_subject(step, setting.model(step.model), setting.comms.world);
}
Subject make(const LayerProfile& profile, const Experiment&, const Setting& setting) {
  return profile_subject(profile, setting.model(profile.model), setting.comms.world);
}

std::function<void()> before_cold(bool cold) { return cold ? walk_other_memory() : nullptr; }

Subject message_subject(const Experiment& experiment, const mpi::Communicator& comm,
                        const std::shared_ptr<Memory>& memory) {
  const auto executor = std::make_shared<Executor>(experiment, comm);
  const Pattern input = Pattern::input(DataType::float32, comm.rank());
  const Buffers buffers{.input = memory->data(), .data = memory->data(), .scratch = nullptr};
  return {.reset = [=] { input.fill(memory->bytes()); },
          .run = [=] { executor->run(buffers); },
          .count_wrong = [] { return std::nullopt; },
          .advance = [=] { return executor->advance(buffers); },
          .run_recorded = [=] { return executor->run_recorded(buffers); }};
}

Subject make(const PingPong&, const Experiment& experiment, const Setting& setting) {
  return message_subject(experiment, setting.comms.world, std::make_shared<Memory>(message_bytes(experiment)));
}
Subject make(const Exchange& w, const Experiment& experiment, const Setting& setting) {
  const auto memory = std::make_shared<Memory>(w.bytes);
  Subject subject = message_subject(experiment, setting.comms.world, memory);
  subject.refresh = before_cold(w.cold);
  if (w.fresh) {
    const Span all{Buffer::data, 0, w.bytes.count};
    subject.refresh = refresh_of(read_in_iteration(experiment, setting.comms.world.rank(), all), memory->bytes(),
                                 setting.comms.cache);
  }
  return subject;
}

Subject make(const BusyExchange& w, const Experiment& experiment, const Setting& setting) {
  const Subject alone = make(w.exchange, {w.exchange, experiment.ranks}, setting);
  return busy_exchange_subject(alone, w.exchange, setting.comms.world);
}

/// Walks `repetitions` chunks of a buffer of as many chunks as ranks and calls `work(offset, length)` for every
/// segment.
template <class Work>
void walk_chunks(Bytes buffer, int ranks, int repetitions, std::int64_t segment, const Work& work) {
  const std::int64_t chunk = buffer.count / ranks;
  for (int i = 0; i < repetitions; ++i) {
    const std::int64_t begin = i % ranks * chunk;
    for (std::int64_t done = 0; done < chunk; done += segment) work(begin + done, std::min(segment, chunk - done));
  }
}

/// No rank but this one, and no result to check.
Subject local_subject(const std::shared_ptr<Memory>& memory, DataType dtype, std::function<void()> body,
                      std::function<void()> refresh) {
  const Pattern input = Pattern::input(dtype, 0);
  return {.reset = [=] { input.fill(memory->bytes()); },
          .refresh = std::move(refresh),
          .run = std::move(body),
          .count_wrong = [] { return std::nullopt; }};
}

Subject make(const ReduceLocal& w, const Experiment& experiment, const Setting&) {
  const auto memory = std::make_shared<Memory>(w.bytes);
  const auto source = std::make_shared<Memory>(std::min(w.segment, w.bytes));
  const std::int64_t element = element_bytes(w.dtype).count;
  const std::int64_t segment = std::max(element, w.segment.count / element * element);
  const auto body = [=] {
    walk_chunks(w.bytes, experiment.ranks, w.repetitions, segment, [&](std::int64_t offset, std::int64_t length) {
      std::byte* to = memory->data() + offset / element * element;
      add(to, to, source->data(), length / element * element, w.dtype);
    });
  };
  return local_subject(memory, w.dtype, body, before_cold(w.cold));
}

Subject make(const CopyLocal& w, const Experiment& experiment, const Setting&) {
  const auto memory = std::make_shared<Memory>(w.bytes);
  const auto source = std::make_shared<Memory>(std::min(w.segment, w.bytes));
  const auto body = [=] {
    walk_chunks(w.bytes, experiment.ranks, w.repetitions, w.segment.count,
                [&](std::int64_t offset, std::int64_t length) {
                  std::memcpy(memory->data() + offset, source->data(), static_cast<std::size_t>(length));
                });
  };
  return local_subject(memory, DataType::float32, body, before_cold(w.cold));
}

}  // namespace

Subject make_subject(const Experiment& experiment, const Communicators& comms, const Models& models) {
  if (experiment.ranks != comms.world.size()) throw std::logic_error("make_subject: the experiment is for other ranks");
  return std::visit(
      [&](const auto& workload) {
        return make(workload, experiment, Setting{comms, models});
      },
      experiment.workload);
}

std::optional<mpi::Communicator> make_library_ring(const mpi::Communicator& world) {
  constexpr int ring = 4;  // ompi/mca/coll/tuned/coll_tuned_allreduce_decision.c, Open MPI 4.1
  constexpr const char* variable = "coll_tuned_allreduce_algorithm";
  if (mpi::tool_variable("coll_tuned_use_dynamic_rules") != "1") return std::nullopt;
  if (!mpi::set_tool_variable(variable, ring)) return std::nullopt;
  mpi::Communicator comm = mpi::Communicator::duplicate(world.get());  // reads the choice when it is made
  mpi::set_tool_variable(variable, 0);
  return comm;
}

}  // namespace ringtrue
