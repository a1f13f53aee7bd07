#include "bench/timeline_recorder.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "tests/experiment/all_reduce_experiment.hpp"

namespace ringtrue {
namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

Experiment ring_of(int ranks) { return ring(20_KiB, ranks, {1_KiB, 2}); }

TEST_CASE("a recorded iteration has the schedule's operations of every rank, one after the other, in the makespan") {
  const mpi::Communicator comm = world();
  const bool common_clock = GENERATE(true, false);
  std::vector<Experiment> experiments{ring_of(comm.size())};
  if (comm.size() > 1) {
    experiments.push_back({Exchange{8_KiB, 1, 2, {1_KiB, 2}}, comm.size()});
    experiments.push_back({PingPong{64_B, 1, 3}, comm.size()});
  }
  Heartbeat heartbeat;
  for (const Experiment& experiment : experiments) {
    const Subject subject = make_subject(experiment, {comm, nullptr});
    CommonStart start(comm, {.system = {}, .hosts = {}, .bindings = {}, .common_clock = common_clock});
    const std::optional<Timeline> timeline = record_timeline(experiment, subject, start, heartbeat, comm);
    REQUIRE(timeline.has_value() == (comm.rank() == 0));
    if (!timeline) continue;
    REQUIRE(timeline->recording.has_value());
    CHECK(timeline->recording->common_clock == common_clock);
    CHECK(timeline->recording->clock_read > Seconds{0});
    std::vector<Seconds> ends(static_cast<std::size_t>(comm.size()));
    std::vector<int> phases(ends.size());
    for (const Phase& phase : timeline->phases) {
      const auto rank = static_cast<std::size_t>(phase.rank);
      REQUIRE(phase.begin >= ends[rank]);
      REQUIRE(phase.end >= phase.begin);
      ends[rank] = phase.end;
      ++phases[rank];
    }
    CHECK(*std::ranges::max_element(ends) <= timeline->makespan);
    for (int rank = 0; rank < comm.size(); ++rank) {
      Schedule schedule(experiment, rank);
      int operations = 0;
      while (schedule.next()) ++operations;
      CHECK(phases[static_cast<std::size_t>(rank)] == operations);
    }
  }
}

TEST_CASE("recording executes: the result is right, and can be run again") {
  const mpi::Communicator comm = world();
  const Subject subject = make_subject(ring_of(comm.size()), {comm, nullptr});
  for (int i = 0; i < 2; ++i) {
    subject.reset();
    mpi::barrier(comm);
    const std::span<const Seconds> times = subject.run_recorded();
    REQUIRE(std::ranges::is_sorted(times));
    REQUIRE(subject.count_wrong().value() == 0);
  }
}

TEST_CASE("what has no operations of ours cannot be recorded") {
  const mpi::Communicator comm = world();
  const ReduceLocal local{.bytes = 8_B, .dtype = DataType::float32, .repetitions = 1, .segment = 8_B};
  REQUIRE_FALSE(make_subject({local, comm.size()}, {comm, nullptr}).run_recorded);
}

TEST_CASE("a file in a folder that is not there is refused before anything is measured") {
  const std::vector<SuiteRow> rows{{Purpose::score, ring_of(2), {}}};
  CHECK_THROWS_WITH(TimelineRecorder("/nowhere/t.json", "", rows, Place{}),
                    Catch::Matchers::Contains("there is no folder /nowhere"));
  CHECK_THROWS_WITH(TimelineRecorder("t.json", "all_reduce.rong", rows, Place{}),
                    Catch::Matchers::Contains("--timeline-row"));
}

}  // namespace
}  // namespace ringtrue
