#include "bench/exchange/exchanger.hpp"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/training/exchange.hpp"

using namespace ringtrue;

namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

TrainingStep step_with(Algorithm algorithm, bool sharded) {
  TrainingStep step;
  step.algorithm = algorithm;
  step.sharded = sharded;
  if (is_ours(algorithm)) step.segmentation = Segmentation{.segment = 1_KiB, .in_flight = 2};
  return step;
}

Bytes bytes_of(const std::vector<float>& values) { return {4 * static_cast<std::int64_t>(values.size())}; }

/// Buckets of `sizes` elements; element i of bucket b is (rank + 1) * (i + b).
std::vector<std::vector<float>> make_buckets(const std::vector<std::size_t>& sizes, int rank) {
  std::vector<std::vector<float>> buckets;
  for (std::size_t b = 0; b < sizes.size(); ++b) {
    buckets.emplace_back(sizes[b]);
    for (std::size_t i = 0; i < sizes[b]; ++i) buckets[b][i] = static_cast<float>(rank + 1) * static_cast<float>(i + b);
  }
  return buckets;
}

std::vector<Transfer> transfers_of(const TrainingStep& step, std::vector<std::vector<float>>& buckets,
                                   const mpi::Communicator& comm) {
  std::vector<Placed> placed;
  for (std::vector<float>& bucket : buckets) {
    const BucketExchange exchange = exchange_of(step, {.parameters = {}, .bytes = bytes_of(bucket)}, comm.size());
    placed.push_back({exchange.gradients.at(0), reinterpret_cast<std::byte*>(bucket.data())});
  }
  return make_transfers(placed, comm);
}

}  // namespace

TEST_CASE("every bucket ends as the sum over ranks, whenever it is exchanged") {
  const mpi::Communicator comm = world();
  const Overlap overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  const Algorithm algorithm = GENERATE(Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree,
                                       Algorithm::direct, Algorithm::library);
  const std::vector<std::size_t> sizes{1000, 1, 20'011, 4096};
  const float ranks_summed = static_cast<float>(comm.size() * (comm.size() + 1)) / 2;
  std::vector<std::vector<float>> buckets = make_buckets(sizes, comm.rank());
  Exchanger exchanger(transfers_of(step_with(algorithm, false), buckets, comm), overlap);
  for (int step = 0; step < 3; ++step) {
    const int polls = step == 1 ? comm.rank() % 2 : 3;  // ranks need not poll equally often
    const auto fresh = make_buckets(sizes, comm.rank());
    for (std::size_t b = 0; b < sizes.size(); ++b) std::copy(fresh[b].begin(), fresh[b].end(), buckets[b].begin());
    exchanger.begin();
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      exchanger.next_ready();
      for (int layer = 0; layer < polls; ++layer) exchanger.poll();
    }
    exchanger.finish();
    Seconds last{};
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      for (std::size_t i = 0; i < sizes[b]; ++i)
        if (buckets[b][i] != ranks_summed * static_cast<float>(i + b)) FAIL("bucket " << b << ", element " << i);
      const BucketTimes& times = exchanger.times()[b];
      CHECK(times.ready <= times.start);
      CHECK(times.start <= times.end);
      CHECK(last <= times.start);  // in order, one at a time
      last = times.end;
    }
  }
}

TEST_CASE("a thread completes exchanges while nobody waits for them") {
  const mpi::Communicator comm = world();
  const Algorithm algorithm = GENERATE(Algorithm::ring, Algorithm::library);
  std::vector<std::vector<float>> buckets = make_buckets({20'011, 1}, comm.rank());
  Exchanger exchanger(transfers_of(step_with(algorithm, false), buckets, comm), Overlap::thread);
  exchanger.begin();
  exchanger.next_ready();
  exchanger.next_ready();
  while (!exchanger.is_done()) std::this_thread::yield();  // hangs if they wait for finish()
  exchanger.finish();
  const float ranks_summed = static_cast<float>(comm.size() * (comm.size() + 1)) / 2;
  for (std::size_t i = 0; i < buckets[0].size(); ++i)
    if (buckets[0][i] != ranks_summed * static_cast<float>(i)) FAIL("element " << i);
  CHECK(buckets[1][0] == ranks_summed);
}

TEST_CASE("a thread finishes without naps once it is waited for") {
  const std::thread::id computing = std::this_thread::get_id();
  bool ran = false, finished = false;
  const Transfer never_done{.run = [&] { ran = true; },
                            .advance = [] { return false; },
                            .finish = [&] { finished = std::this_thread::get_id() != computing; }};
  Exchanger exchanger({never_done}, Overlap::thread);
  exchanger.begin();
  exchanger.next_ready();
  exchanger.finish();  // hangs if it goes on to nap
  CHECK(finished);
  CHECK_FALSE(ran);
}

TEST_CASE("an exchanger can be given up amid an exchange") {
  std::atomic<int> advanced = 0;
  {
    Exchanger exchanger({Transfer{.run = {}, .advance = [&] { return ++advanced < 0; }, .finish = {}}},
                        Overlap::thread);
    exchanger.begin();
    exchanger.next_ready();
    while (advanced < 2) std::this_thread::yield();
  }  // hangs if the thread naps on
  CHECK(advanced >= 2);
}

TEST_CASE("sharded: reduce_scatter and all_gather together are an all_reduce") {
  const mpi::Communicator comm = world();
  std::vector<float> values = make_buckets({5001}, comm.rank()).front();
  const BucketExchange exchange =
      exchange_of(step_with(Algorithm::ring, true), {.parameters = {}, .bytes = bytes_of(values)}, comm.size());
  auto* data = reinterpret_cast<std::byte*>(values.data());
  const std::vector<Placed> parts{{exchange.gradients.at(0), data}, {exchange.parameters.at(0), data}};
  for (const Transfer& transfer : make_transfers(parts, comm)) transfer.run();
  const float ranks_summed = static_cast<float>(comm.size() * (comm.size() + 1)) / 2;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != ranks_summed * static_cast<float>(i)) FAIL("element " << i);
}

TEST_CASE("the library is not asked for what has no place here") {
  const mpi::Communicator comm = world();
  std::vector<float> values(8);
  const Experiment all_gather{CollectiveRun{.collective = Collective::all_gather,
                                            .algorithm = Algorithm::library,
                                            .bytes = 32_B,
                                            .dtype = DataType::float32,
                                            .op = {},
                                            .in_place = true,
                                            .segmentation = {},
                                            .root = {}},
                              comm.size()};
  const std::vector<Placed> placed{{all_gather, reinterpret_cast<std::byte*>(values.data())}};
  CHECK_THROWS_AS(make_transfers(placed, comm), Error);
}
