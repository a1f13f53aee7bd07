#include <catch2/catch.hpp>

#include "bench/subject/subject.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

Experiment experiment_of(Collective collective, Algorithm algorithm, std::int64_t elements, bool in_place,
                         DataType dtype, int ranks) {
  CollectiveRun run{.collective = collective,
                    .algorithm = algorithm,
                    .bytes = {elements * element_bytes(dtype).count},
                    .dtype = dtype,
                    .op = {},
                    .in_place = in_place,
                    .segmentation = {},
                    .root = {}};
  if (reduces_values(collective)) run.op = ReduceOp::sum;
  if (is_ours(algorithm)) run.segmentation = Segmentation{4000_B, 2};
  if (collective == Collective::broadcast) run.root = ranks - 1;
  return {run, ranks};
}

bool exists(const Experiment& experiment) {
  const CollectiveRun& run = *as_collective(experiment);
  if (run.collective == Collective::all_to_all &&
      (*run.in_place || run.bytes.count < experiment.ranks * element_bytes(*run.dtype).count))
    return false;
  return run.algorithm != Algorithm::double_binary_tree || run.collective == Collective::all_reduce ||
         run.collective == Collective::broadcast;
}

/// Wrong elements over all ranks, before anything ran and after a run.
struct Wrong {
  std::int64_t before = 0, after = 0;
};

Wrong count_wrong(const Experiment& experiment, const mpi::Communicator& comm) {
  const Subject subject = make_subject(experiment, {comm, nullptr});
  Wrong wrong;
  subject.reset();
  wrong.before = mpi::sum_over_ranks(subject.count_wrong().value(), comm);
  mpi::barrier(comm);
  subject.run();
  wrong.after = mpi::sum_over_ranks(subject.count_wrong().value(), comm);
  return wrong;
}

TEST_CASE("every collective with every algorithm, ours and the library's, is verified over MPI") {
  const mpi::Communicator comm = world();
  for (const Collective collective : {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather,
                                      Collective::all_to_all, Collective::broadcast})
    for (const Algorithm algorithm : {Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree,
                                      Algorithm::direct, Algorithm::library})
      for (const bool in_place : {true, false})
        for (const std::int64_t elements : {1, 5003}) {
          const DataType dtype = elements == 1 ? DataType::float64 : DataType::float32;
          const Experiment experiment = experiment_of(collective, algorithm, elements, in_place, dtype, comm.size());
          if (!exists(experiment)) continue;
          INFO(experiment_key(experiment));
          const Wrong wrong = count_wrong(experiment, comm);
          REQUIRE(wrong.after == 0);
          if (comm.size() > 1 && elements > 1) REQUIRE(wrong.before > 0);
        }
}

TEST_CASE("large messages go through the rendezvous protocol") {
  const mpi::Communicator comm = world();
  const Algorithm algorithm =
      GENERATE(Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree, Algorithm::direct);
  Experiment experiment =
      experiment_of(Collective::all_reduce, algorithm, 200'000, false, DataType::float32, comm.size());
  std::get<CollectiveRun>(experiment.workload).segmentation = Segmentation{100'000_B, 3};
  REQUIRE(count_wrong(experiment, comm).after == 0);
}

}  // namespace
}  // namespace ringtrue
