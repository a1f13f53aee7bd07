// Runs under SimGrid's smpirun. Each rank executes its schedule with the executor that measures; reductions and copies
// compute nothing and are told to take what the calibration says, and all memory is folded, so that a row costs
// simulation and nothing else. Built by ci/smpi.sh with smpicxx.
//
// usage: smpirun -platform P -hostfile H ringtrue-smpi ROWS.jsonl RESULTS.jsonl

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <mpi.h>
#include <nlohmann/json.hpp>

#include "bench/mpi/mpi.hpp"
#include "bench/subject/executor.hpp"
#include "experiment/error.hpp"
#include "experiment/priced_row.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

/// Of a core in the platform file; makes flops of seconds (sim/simgrid/platform_xml.hpp).
constexpr double flops_per_second = 1e9;

/// One small block that every rank's every buffer shares. Source: SimGrid manual, "SMPI", SMPI_SHARED_MALLOC.
class FoldedMemory {
 public:
  explicit FoldedMemory(Bytes size)
      : data_(static_cast<std::byte*>(
            SMPI_SHARED_MALLOC(static_cast<std::size_t>(std::max<std::int64_t>(size.count, 1))))) {}
  ~FoldedMemory() { SMPI_SHARED_FREE(data_); }
  FoldedMemory(const FoldedMemory&) = delete;
  FoldedMemory& operator=(const FoldedMemory&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_;
};

/// A computation of the simulator: ranks of one host share its cores while they compute. (smpi_execute would drop what
/// is shorter than smpi/cpu-threshold.)
void spend(const PiecePrices& prices, std::int64_t length) { smpi_execute_flops(prices.at(length) * flops_per_second); }

LocalWork priced_work(const PricedRow& row) {
  return {.reduce = [&row](std::byte*, const std::byte*, const std::byte*, std::int64_t length,
                           DataType) { spend(row.reduce_s, length); },
          .copy = [&row](std::byte*, const std::byte*, std::int64_t length) { spend(row.copy_s, length); }};
}

Seconds wall_clock() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// First start to last end, as ringtrue-bench takes it; SMPI's clock is one for all ranks.
Seconds makespan(Executor& executor, const Buffers& buffers, const mpi::Communicator& comm) {
  mpi::barrier(comm);
  double start = MPI_Wtime();
  executor.run(buffers);
  double end = MPI_Wtime();
  mpi::min_over_ranks({&start, 1}, comm);
  mpi::max_over_ranks({&end, 1}, comm);
  return Seconds{end - start};
}

/// Simulates the row once; the wall time is of generating the schedule and simulating it, without the memory.
SimulatedRow simulate_once(const PricedRow& row, const Buffers& buffers, const mpi::Communicator& comm) {
  mpi::barrier(comm);
  const Seconds began = wall_clock();
  Executor executor(row.experiment, comm, priced_work(row));
  const Seconds time = makespan(executor, buffers, comm);
  return {.key = experiment_key(row.experiment), .time = time, .wall = wall_clock() - began};
}

/// The first of several equal simulations, with the median of their wall times: the machine may be busy with others.
SimulatedRow simulate(const PricedRow& row, const mpi::Communicator& comm) {
  constexpr std::size_t repetitions = 3;
  const Schedule schedule(row.experiment, comm.rank());
  const FoldedMemory data(schedule.data_bytes()), input(schedule.data_bytes()), scratch(schedule.scratch_bytes());
  const Buffers buffers{.input = input.data(), .data = data.data(), .scratch = scratch.data()};
  SimulatedRow first = simulate_once(row, buffers, comm);
  std::vector<double> walls_s{first.wall.count()};
  while (walls_s.size() < repetitions) walls_s.push_back(simulate_once(row, buffers, comm).wall.count());
  first.wall = Seconds{median(walls_s)};
  return first;
}

std::vector<PricedRow> read_rows(const char* path, const mpi::Communicator& comm) {
  std::vector<PricedRow> rows;
  for_each_line(path, [&](const Json& json, const std::string& where) {
    rows.push_back(parse_priced_row(json, where));
    if (rows.back().experiment.ranks != comm.size())
      throw Error(fmt::format("{}: {} ranks, but smpirun started {}; one rows file for each number of ranks", where,
                              rows.back().experiment.ranks, comm.size()));
  });
  return rows;
}

void run(int argc, char** argv) {
  if (argc != 3) throw Error("usage: ringtrue-smpi ROWS.jsonl RESULTS.jsonl, under smpirun; ci/smpi.sh does it");
  const mpi::Communicator world = mpi::Communicator::duplicate(MPI_COMM_WORLD);
  std::string results;
  for (const PricedRow& row : read_rows(argv[1], world)) results += to_json(simulate(row, world)).dump() + "\n";
  if (world.rank() == 0) write_text_file(argv[2], results);
}

}  // namespace
}  // namespace ringtrue

int main(int argc, char** argv) {
  const ringtrue::mpi::Environment environment(argc, argv);
  try {
    ringtrue::run(argc, argv);
    return ringtrue::exit_fine;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-smpi: {}\n", error.what());
    return MPI_Abort(MPI_COMM_WORLD, ringtrue::exit_could_not_run);
  }
}
