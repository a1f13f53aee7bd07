#include "bench/subject/subject.hpp"

#include <catch2/catch.hpp>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

CollectiveRun all_reduce(Algorithm algorithm, Bytes bytes, DataType dtype, bool in_place, Segmentation segmentation) {
  CollectiveRun run{.algorithm = algorithm,
                    .bytes = bytes,
                    .dtype = dtype,
                    .op = ReduceOp::sum,
                    .in_place = in_place,
                    .segmentation = {},
                    .root = {}};
  if (algorithm == Algorithm::ring) run.segmentation = segmentation;
  return run;
}

/// Wrong elements over all ranks, after a first and after a second run.
std::int64_t wrong_after_two_runs(const Experiment& experiment, const mpi::Communicator& comm) {
  const Subject subject = make_subject(experiment, {comm, nullptr});
  std::int64_t wrong = 0;
  for (int i = 0; i < 2; ++i) {
    subject.reset();
    mpi::barrier(comm);
    subject.run();
    wrong += mpi::sum_over_ranks(subject.count_wrong().value(), comm);
  }
  return wrong;
}

TEST_CASE("our ring sums over MPI: odd sizes, few elements, segments, both types, in and out of place") {
  const mpi::Communicator comm = world();
  const DataType dtype = GENERATE(DataType::float32, DataType::float64);
  const bool in_place = GENERATE(true, false);
  const Segmentation segmentation =
      GENERATE(Segmentation{1_MiB, 2}, Segmentation{64_B, 1}, Segmentation{1000_B, 3}, Segmentation{64_B, 8});
  const std::int64_t elements = GENERATE(1, 2, 3, 1001, 5000);
  const Bytes bytes{elements * element_bytes(dtype).count};
  const Experiment experiment{all_reduce(Algorithm::ring, bytes, dtype, in_place, segmentation), comm.size()};
  REQUIRE(wrong_after_two_runs(experiment, comm) == 0);
}

TEST_CASE("large segments go through the rendezvous protocol and still sum") {
  const mpi::Communicator comm = world();
  const Experiment experiment{all_reduce(Algorithm::ring, 3_MiB, DataType::float32, true, {256_KiB, 2}), comm.size()};
  REQUIRE(wrong_after_two_runs(experiment, comm) == 0);
}

TEST_CASE("the library's All-Reduce is verified the same way") {
  const mpi::Communicator comm = world();
  const bool in_place = GENERATE(true, false);
  REQUIRE(wrong_after_two_runs({all_reduce(Algorithm::library, 4000_B, DataType::float32, in_place, {}), comm.size()},
                               comm) == 0);
}

TEST_CASE("a run that is not done is found wrong") {
  const mpi::Communicator comm = world();
  if (comm.size() == 1) return;
  const Subject subject = make_subject(
      {all_reduce(Algorithm::ring, 4000_B, DataType::float32, true, {1_MiB, 1}), comm.size()}, {comm, nullptr});
  subject.reset();
  REQUIRE(subject.count_wrong().value() > 900);  // almost no input is its own sum
}

TEST_CASE("Open MPI's ring can be chosen and sums") {
  const mpi::Communicator comm = world();
  const std::optional<mpi::Communicator> ring = make_library_ring(comm);
  if (!ring) return;  // another MPI library
  const Subject subject = make_subject(
      {all_reduce(Algorithm::library_ring, 64_KiB, DataType::float32, true, {}), comm.size()}, {comm, &*ring});
  subject.reset();
  mpi::barrier(comm);
  subject.run();
  REQUIRE(subject.count_wrong().value() == 0);
}

TEST_CASE("calibration subjects run at any number of ranks") {
  const mpi::Communicator comm = world();
  const Segmentation segmentation{1_KiB, 2};
  std::vector<Workload> workloads{ReduceLocal{8_KiB, DataType::float32, 5, 1_KiB},
                                  ReduceLocal{2_B, DataType::float32, 5, 1_KiB},
                                  CopyLocal{8_KiB, 5, 1_KiB},
                                  CopyLocal{0_B, 1, 1_KiB},
                                  ReduceLocal{8_KiB, DataType::float32, 5, 1_KiB, true},
                                  CopyLocal{8_KiB, 5, 1_KiB, true}};
  if (comm.size() > 1) {
    workloads.insert(workloads.end(),
                     {Exchange{8_KiB, 1, 5, segmentation}, Exchange{1_B, 1, 5, segmentation}, PingPong{64_B, 1, 3}});
    workloads.push_back(Exchange{100_KiB, comm.size() / 2, 4, segmentation});
    workloads.push_back(Exchange{100_KiB, 1, 4, segmentation, true});
    workloads.push_back(Exchange{100_KiB, 1, comm.size() - 1, segmentation, false, true});
    workloads.push_back(PingPong{1_MiB, comm.size() / 2, 2});
  }
  for (const Workload& workload : workloads) {
    const Subject subject = make_subject({workload, comm.size()}, {comm, nullptr});
    const Experiment experiment{workload, comm.size()};
    REQUIRE(static_cast<bool>(subject.refresh) == (is_cold(experiment) || is_fresh(experiment)));
    subject.reset();
    if (subject.refresh) subject.refresh();
    mpi::barrier(comm);
    REQUIRE_NOTHROW(subject.run());
    REQUIRE_FALSE(subject.count_wrong().has_value());
  }
}

TEST_CASE("a message longer than MPI counts is refused") {
  const mpi::Communicator comm = world();
  if (comm.size() == 1) return;
  const Experiment experiment{PingPong{Bytes{std::int64_t{3} << 30}, 1, 1}, comm.size()};
  if (comm.rank() > 1) return;  // takes no part in the ping-pong
  REQUIRE_THROWS_WITH(Executor(experiment, comm), Catch::Matchers::Contains("more than MPI counts"));
}

TEST_CASE("local work can be replaced: then nothing is computed, and every piece is told") {
  const mpi::Communicator comm = world();
  const CollectiveRun run{.collective = Collective::all_reduce,
                          .algorithm = Algorithm::ring,
                          .bytes = 8_KiB,
                          .dtype = DataType::float32,
                          .op = ReduceOp::sum,
                          .in_place = false,
                          .segmentation = Segmentation{64_KiB, 2},
                          .root = {}};
  const Experiment experiment{run, comm.size()};
  std::int64_t reduced = 0, copied = 0;
  const auto reduce = [&](std::byte*, const std::byte*, const std::byte*, std::int64_t bytes, DataType dtype) {
    REQUIRE(dtype == DataType::float32);
    reduced += bytes;
  };
  const auto copy = [&](std::byte*, const std::byte*, std::int64_t bytes) { copied += bytes; };
  Schedule schedule(experiment, comm.rank());
  std::int64_t to_reduce = 0, to_copy = 0;
  while (const std::optional<Operation> operation = schedule.next()) {
    if (operation->kind == OperationKind::reduce) to_reduce += operation->span.length;
    if (operation->kind == OperationKind::copy) to_copy += operation->span.length;
  }
  const Memory input(run.bytes), data(run.bytes), scratch(Schedule(experiment, comm.rank()).scratch_bytes());
  Executor executor(experiment, comm, {.reduce = reduce, .copy = copy});
  executor.run({.input = input.data(), .data = data.data(), .scratch = scratch.data()});
  REQUIRE(reduced == to_reduce);
  REQUIRE(copied == to_copy);
  REQUIRE(reduced + copied > 0);
}

TEST_CASE("a stride beyond the ranks is refused") {
  const mpi::Communicator comm = world();
  REQUIRE_THROWS_AS(make_subject({PingPong{8_B, comm.size(), 1}, comm.size()}, {comm, nullptr}), Error);
}

}  // namespace
}  // namespace ringtrue
