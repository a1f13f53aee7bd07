#include "bench/mpi/mpi.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "bench/canary.hpp"
#include "bench/mpi/environment.hpp"
#include "bench/mpi/preflight.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

TEST_CASE("reductions over ranks") {
  const mpi::Communicator comm = world();
  std::vector<double> low{1.0 * comm.rank(), 5}, high = low;
  mpi::min_over_ranks(low, comm);
  mpi::max_over_ranks(high, comm);
  REQUIRE(low == std::vector<double>{0, 5});
  REQUIRE(high == std::vector<double>{comm.size() - 1.0, 5});
  REQUIRE(mpi::sum_over_ranks(comm.rank() + 1, comm) == comm.size() * (comm.size() + 1) / 2);
}

TEST_CASE("equality over ranks") {
  const mpi::Communicator comm = world();
  REQUIRE(mpi::all_equal(42, comm));
  REQUIRE(mpi::all_equal(static_cast<std::uint64_t>(comm.rank()), comm) == (comm.size() == 1));
}

TEST_CASE("values of all ranks, as many as each has, on rank 0") {
  const mpi::Communicator comm = world();
  const auto mine = static_cast<std::size_t>(comm.rank());
  const std::vector<std::vector<double>> all = mpi::gather_values(std::vector<double>(mine, 0.5 * comm.rank()), comm);
  REQUIRE(all.size() == (comm.rank() == 0 ? static_cast<std::size_t>(comm.size()) : 0));
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    CHECK(all[rank] == std::vector<double>(rank, 0.5 * static_cast<double>(rank)));
}

TEST_CASE("texts of all ranks, long ones cut") {
  const mpi::Communicator comm = world();
  const std::vector<std::string> texts = mpi::gather_texts("rank " + std::to_string(comm.rank()), comm);
  REQUIRE(texts.size() == static_cast<std::size_t>(comm.size()));
  REQUIRE(texts.back() == "rank " + std::to_string(comm.size() - 1));
  REQUIRE(mpi::gather_texts(std::string(1000, 'x'), comm).front().size() == 255);
}

TEST_CASE("rank 0's bytes reach all") {
  const mpi::Communicator comm = world();
  std::vector<char> bytes;
  if (comm.rank() == 0) bytes = {1, 0, 1};
  mpi::broadcast(bytes, comm);
  REQUIRE(bytes == std::vector<char>{1, 0, 1});
}

TEST_CASE("an MPI error becomes an Error that names the call") {
  const mpi::Communicator comm = world();
  int value = 0;
  REQUIRE_THROWS_WITH(mpi::check(MPI_Send(&value, 1, MPI_INT, comm.size() + 7, 0, comm.get()), "MPI_Send"),
                      Catch::Matchers::Contains("MPI_Send failed"));
}

TEST_CASE("a suite that differs between ranks is refused on every rank") {
  const mpi::Communicator comm = world();
  Suite suite;
  suite.hash = comm.rank() == 0 ? "a" : "b";
  if (comm.size() == 1) {
    REQUIRE_NOTHROW(require_same_everywhere(suite, "", comm));
  } else {
    REQUIRE_THROWS_WITH(require_same_everywhere(suite, "", comm), Catch::Matchers::Contains("suite file differs"));
  }
}

TEST_CASE("a row that cannot fit into memory is refused") {
  const mpi::Communicator comm = world();
  SuiteRow row;
  row.experiment = {CopyLocal{.bytes = max_bytes, .repetitions = 1, .segment = 1_MiB}, comm.size()};
  REQUIRE_THROWS_WITH(require_memory({row}, {}, comm), Catch::Matchers::Contains("needs about 3072.00 GiB a rank"));
}

TEST_CASE("a batch that cannot fit into memory is refused before anything is allocated") {
  const mpi::Communicator comm = world();
  const Model model = read_model(RINGTRUE_SOURCE_DIR "/experiment/models/resnet50.json");
  TrainingStep step;
  step.model = model.name;
  step.batch = 2'000;
  step.segmentation = Segmentation{1_MiB, 2};
  SuiteRow row;
  row.experiment = {step, comm.size()};
  REQUIRE_THROWS_WITH(
      require_memory({row}, {{model.name, model}}, comm),
      Catch::Matchers::Contains("training_step.resnet50") && Catch::Matchers::Contains("a smaller batch"));
}

TEST_CASE("the place of the ranks is the same on every rank") {
  const mpi::Communicator comm = world();
  const Place place = place_ranks({.testbed = "test", .bind = false}, comm);
  REQUIRE(place.system.hosts == 1);
  REQUIRE(place.system.testbed == "test");
  REQUIRE(place.common_clock);
  REQUIRE(place.hosts.size() == static_cast<std::size_t>(comm.size()));
  REQUIRE(mpi::all_equal(std::stoull(content_hash(system_id(place.system)), nullptr, 16), comm));
  REQUIRE(parse_system_id(system_id(place.system), "test") == place.system);
  REQUIRE(describe_environment(place).contains("cpu"));
}

TEST_CASE("the canary is the same positive number on every rank, or zero alone") {
  const mpi::Communicator comm = world();
  CanaryProbe canary(comm, place_ranks({.testbed = "test", .bind = false}, comm).system.cores);
  const Seconds latency = canary.measure();
  REQUIRE(mpi::max_over_ranks(latency.count(), comm) == latency.count());
  if (comm.size() == 1) REQUIRE(latency == Seconds{0});
  REQUIRE(latency < Seconds{1});
}

}  // namespace
}  // namespace ringtrue
