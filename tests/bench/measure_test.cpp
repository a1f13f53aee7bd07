#include "bench/measure.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"

namespace ringtrue {
namespace {

const char* const suite_text = R"({"name": "tiny", "ranks": [2, 3], "launches": 1,
  "calibrate": [{"calibration": "exchange", "bytes": "64 B", "stride": "near", "repetitions": 2, "segment_bytes": "1 KiB"}],
  "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": ["16 B", "4 KiB"], "op": "sum", "in_place": [true, false],
             "segment_bytes": "1 KiB", "segments_in_flight": 2, "budget": {"max_time_s": 0.02, "min_time_s": 0.001}}]})";

/// A folder that all ranks of the launch share and rank 0 removes.
class Folder {
 public:
  explicit Folder(const mpi::Communicator& comm) : comm_(comm) {
    path_ = mpi::gather_texts(std::filesystem::temp_directory_path() / ("ringtrue-measure-" + std::to_string(getpid())),
                              comm)
                .front();
    if (comm.rank() == 0) {
      std::filesystem::create_directories(path_);
      std::ofstream(path_ / "suite.json") << suite_text;
    }
    mpi::barrier(comm);
  }
  ~Folder() {
    MPI_Barrier(comm_.get());
    std::error_code ignored;
    if (comm_.rank() == 0) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  const mpi::Communicator& comm_;
  std::filesystem::path path_;
};

MeasureOptions options_in(const Folder& folder) {
  MeasureOptions options;
  options.suite = folder.path() / "suite.json";
  options.out = folder.path() / "m.jsonl";
  options.place.bind = false;
  options.benchmark_flags = {"--benchmark_color=false"};
  return options;
}

TEST_CASE("a launch writes one verified record per row, and resume adds only what is missing") {
  const mpi::Communicator comm = mpi::Communicator::duplicate(MPI_COMM_WORLD);
  const Folder folder(comm);
  Heartbeat heartbeat;
  MeasureOptions options = options_in(folder);
  REQUIRE(measure_launch(options, comm, heartbeat) == exit_fine);
  mpi::barrier(comm);
  const RecordFile file = read_record_file(options.out);
  REQUIRE(file.contexts.size() == 1);
  REQUIRE(file.contexts.front()["ranks"] == comm.size());
  REQUIRE(file.records.size() == 5);
  for (const Record& record : file.records) {
    const auto& m = std::get<Measurement>(record.result);
    REQUIRE(m.time.median > Seconds{0});
    REQUIRE(m.samples.size() == m.time.n);
    REQUIRE(m.local_max_median <= m.time.max);
    REQUIRE(m.warm_up->iterations >= 5);                                       // the first and two blocks of two
    const std::optional<Stationarity> judged = judge_stationarity(m.samples);  // of rounded samples, ratio rounded too
    REQUIRE(m.stationarity.has_value() == judged.has_value());
    if (judged) {
      REQUIRE((m.stationarity->stationary == judged->stationary && m.stationarity->step_at == judged->step_at));
      REQUIRE_THAT(m.stationarity->step_ratio, Catch::WithinRel(judged->step_ratio, 1e-5));
    }
    REQUIRE(m.outliers == count_outliers(m.samples));
    REQUIRE((m.late_starts && *m.late_starts >= 0 && *m.late_starts <= static_cast<int>(m.time.n)));
    REQUIRE((m.wall->timed > Seconds{0} && m.wall->warm_up + m.wall->timed < m.wall->row));
    REQUIRE(m.verified == (as_collective(record.experiment) != nullptr));
  }
  REQUIRE((heartbeat.position().stage == Stage::wrap_up && heartbeat.row().empty()));
  mpi::barrier(comm);

  // Lose the last two rows, one of them torn: resume measures those two again.
  if (comm.rank() == 0) {
    std::string text = read_text_file(options.out);
    for (int i = 0; i < 2; ++i) text.resize(text.rfind('\n', text.size() - 2) + 1);
    std::ofstream(options.out, std::ios::trunc) << text << R"({"experiment": {"coll)";
  }
  mpi::barrier(comm);
  options.resume = true;
  REQUIRE(measure_launch(options, comm, heartbeat) == exit_fine);
  mpi::barrier(comm);
  const RecordFile resumed = read_record_file(options.out);
  REQUIRE(resumed.records.size() == 5);
  REQUIRE(resumed.warnings.empty());
}

TEST_CASE("repetitions of a row may have different numbers of iterations, and are one record") {
  const mpi::Communicator comm = mpi::Communicator::duplicate(MPI_COMM_WORLD);
  const Folder folder(comm);
  Heartbeat heartbeat;
  MeasureOptions options = options_in(folder);
  options.benchmark_flags.emplace_back("--benchmark_repetitions=3");
  REQUIRE(measure_launch(options, comm, heartbeat) == exit_fine);
  mpi::barrier(comm);
  const RecordFile file = read_record_file(options.out);
  REQUIRE(file.records.size() == 5);
  for (const Record& record : file.records)
    REQUIRE(std::get<Measurement>(record.result).time.n >= 3 * 8);  // the least of each
}

TEST_CASE("an unknown suite is an Error, not a hang") {
  const mpi::Communicator comm = mpi::Communicator::duplicate(MPI_COMM_WORLD);
  const Folder folder(comm);
  Heartbeat heartbeat;
  MeasureOptions options = options_in(folder);
  options.suite = folder.path() / "missing.json";
  REQUIRE_THROWS_WITH(measure_launch(options, comm, heartbeat), Catch::Matchers::Contains("missing.json"));
}

TEST_CASE("listing writes no record") {
  const mpi::Communicator comm = mpi::Communicator::duplicate(MPI_COMM_WORLD);
  const Folder folder(comm);
  Heartbeat heartbeat;
  MeasureOptions options = options_in(folder);
  options.benchmark_flags.emplace_back("--benchmark_list_tests");
  REQUIRE(measure_launch(options, comm, heartbeat) == exit_fine);
  mpi::barrier(comm);
  REQUIRE_FALSE(std::filesystem::exists(options.out));
}

}  // namespace
}  // namespace ringtrue
