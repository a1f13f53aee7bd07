// Every collective with every algorithm: right, lawful (the in-memory executor says what that is), and moving as many
// bytes as the algorithm claims.
#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/tree.hpp"
#include "tests/experiment/schedule/in_memory_executor.hpp"

using namespace ringtrue;
using Catch::Contains;
using in_memory::execute;
using in_memory::input_value;
using in_memory::Job;
using in_memory::make_job;
using in_memory::Outcome;
using in_memory::reduced_value;

namespace {

struct Case {
  Collective collective;
  Algorithm algorithm;
  int ranks;
  std::int64_t elements;
  bool in_place;
  int root = 0;
  Segmentation segmentation{{20}, 2};
};

Experiment experiment_of(const Case& c) {
  CollectiveRun run{.collective = c.collective,
                    .algorithm = c.algorithm,
                    .bytes = {c.elements * 4},
                    .dtype = DataType::float32,
                    .op = {},
                    .in_place = c.in_place,
                    .segmentation = c.segmentation,
                    .root = {}};
  if (reduces_values(c.collective)) run.op = ReduceOp::sum;
  if (c.collective == Collective::broadcast) run.root = c.root;
  return {run, c.ranks};
}

float& at(std::vector<std::byte>& bytes, std::int64_t i) { return reinterpret_cast<float*>(bytes.data())[i]; }

struct Range {
  std::int64_t begin = 0, end = 0;
};

/// Elements of chunk `rank`.
Range chunk(const Case& c, int rank) { return {rank * c.elements / c.ranks, (rank + 1) * c.elements / c.ranks}; }

/// Elements that a rank gives.
Range given(const Case& c, int rank) {
  if (c.collective == Collective::all_gather) return chunk(c, rank);
  if (c.collective == Collective::broadcast && rank != c.root) return {};
  return {0, c.elements};
}

/// The value element i of `rank` has to have; nothing where the collective leaves it open.
std::optional<float> expected(const Case& c, int rank, std::int64_t i) {
  switch (c.collective) {
    case Collective::all_reduce: return static_cast<float>(reduced_value(i, c.ranks));
    case Collective::reduce_scatter:
      if (i < chunk(c, rank).begin || i >= chunk(c, rank).end) return std::nullopt;
      return static_cast<float>(reduced_value(i, c.ranks));
    case Collective::all_gather:
      for (int other = 0; other < c.ranks; ++other)
        if (i >= chunk(c, other).begin && i < chunk(c, other).end) return static_cast<float>(input_value(other, i));
      return std::nullopt;
    case Collective::all_to_all: {
      const std::int64_t block = c.elements / c.ranks;
      if (i >= block * c.ranks) return std::nullopt;
      return static_cast<float>(input_value(static_cast<int>(i / block), rank * block + i % block));
    }
    case Collective::broadcast: return static_cast<float>(input_value(c.root, i));
    case Collective::send_recv: break;
  }
  throw std::logic_error("expected: not a collective");
}

Outcome require_correct(const Case& c) {
  const Experiment experiment = experiment_of(c);
  INFO(experiment_key(experiment));
  Job job = make_job(experiment);
  for (int rank = 0; rank < c.ranks; ++rank) {
    in_memory::Memory& memory = job.memories[static_cast<std::size_t>(rank)];
    for (std::int64_t i = 0; i < c.elements; ++i) at(memory.data, i) = -1;
    for (std::int64_t i = given(c, rank).begin; i < given(c, rank).end; ++i)
      at(c.in_place ? memory.data : memory.input, i) = static_cast<float>(input_value(rank, i));
  }
  const Job before = job;
  Outcome outcome = execute(std::move(job));
  std::int64_t wrong = 0, spoiled = 0;
  for (int rank = 0; rank < c.ranks; ++rank) {
    in_memory::Memory& memory = outcome.memories[static_cast<std::size_t>(rank)];
    for (std::int64_t i = 0; i < c.elements; ++i)
      if (const auto value = expected(c, rank, i); value && at(memory.data, i) != *value) ++wrong;
    if (memory.input != before.memories[static_cast<std::size_t>(rank)].input) ++spoiled;
  }
  REQUIRE(wrong == 0);
  REQUIRE(spoiled == 0);
  return outcome;
}

bool has_schedule(Collective collective, Algorithm algorithm) {
  return algorithm != Algorithm::double_binary_tree || collective == Collective::all_reduce ||
         collective == Collective::broadcast;
}

std::int64_t most(const std::vector<std::int64_t>& values) { return *std::max_element(values.begin(), values.end()); }

constexpr auto collectives = {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather,
                              Collective::all_to_all, Collective::broadcast};
constexpr auto algorithms = {Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree,
                             Algorithm::direct};

}  // namespace

TEST_CASE("every collective is right with every algorithm, whatever ranks, sizes and segments") {
  const Collective collective = GENERATE(values(collectives));
  const Algorithm algorithm = GENERATE(values(algorithms));
  if (!has_schedule(collective, algorithm)) return;
  for (const int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17}) {
    for (const std::int64_t elements : {1, ranks, 3 * ranks + 1}) {
      for (const bool in_place : {true, false}) {
        if (collective == Collective::all_to_all && (in_place || elements < ranks)) continue;
        for (const int in_flight : {1, 3}) {
          for (const std::int64_t segment : {8, 4000})
            require_correct(
                {collective, algorithm, ranks, elements, in_place, (ranks * 5) % ranks, {{segment}, in_flight}});
        }
      }
    }
  }
}

TEST_CASE("a broadcast comes from any root") {
  const Algorithm algorithm = GENERATE(values(algorithms));
  for (int ranks = 2; ranks <= 9; ++ranks)
    for (int root = 0; root < ranks; ++root)
      for (const bool in_place : {true, false})
        require_correct({Collective::broadcast, algorithm, ranks, 50, in_place, root});
}

TEST_CASE("no rank sends more than the algorithm needs") {
  const int p = GENERATE(2, 4, 8, 16);
  const std::int64_t elements = 16 * p, bytes = 4 * elements, chunk = bytes / p;
  const auto sent = [&](Collective collective, Algorithm algorithm) {
    return most(require_correct({collective, algorithm, p, elements, false}).sent_bytes);
  };
  // Chunks divide and p is a power of two, so that all ranks send alike: the least possible, (p-1)/p S and twice that.
  for (const Algorithm algorithm : {Algorithm::ring, Algorithm::halving_doubling, Algorithm::direct}) {
    CHECK(sent(Collective::all_reduce, algorithm) == 2 * (p - 1) * chunk);
    CHECK(sent(Collective::reduce_scatter, algorithm) == (p - 1) * chunk);
    CHECK(sent(Collective::all_gather, algorithm) == (p - 1) * chunk);
  }
  CHECK(sent(Collective::all_to_all, Algorithm::direct) == (p - 1) * chunk);
  CHECK(sent(Collective::all_to_all, Algorithm::ring) == p * (p - 1) / 2 * chunk);
  int rounds = 0;
  while ((1 << rounds) < p) ++rounds;
  CHECK(sent(Collective::all_to_all, Algorithm::halving_doubling) == rounds * (p / 2) * chunk);
  CHECK(sent(Collective::broadcast, Algorithm::ring) == bytes);
  CHECK(sent(Collective::broadcast, Algorithm::direct) == (p - 1) * bytes);
  // The root scatters all but its own region, and passes that on in the first step of the doubling only where it is
  // missing: everybody has as much as it can already use.
  CHECK(sent(Collective::broadcast, Algorithm::halving_doubling) <= 2 * (p - 1) * chunk);
  // Both trees together: a rank is inner, with two children, in at most one of them, and sends each half up and down.
  CHECK(sent(Collective::all_reduce, Algorithm::double_binary_tree) <= bytes / 2 * 4);
}

TEST_CASE("each sum is made once: p-1 additions an element over all ranks") {
  const Algorithm algorithm = GENERATE(values(algorithms));
  const int ranks = GENERATE(2, 3, 5, 8, 9, 13);
  const Outcome outcome = require_correct({Collective::all_reduce, algorithm, ranks, 100, true});
  CHECK(std::ranges::count(outcome.reductions, ranks - 1) == 100);
}

TEST_CASE("both trees span all ranks, parents and children agree, depths are logarithmic") {
  const bool second = GENERATE(false, true);
  for (int ranks = 1; ranks <= 130; ++ranks) {
    int roots = 0, edges = 0, wrong = 0;
    for (int rank = 0; rank < ranks; ++rank) {
      const TreePlace place = binary_tree(rank, ranks, second);
      if (place.parent < 0) ++roots;
      for (const int child : place.children) {
        const TreePlace below = binary_tree(child, ranks, second);
        if (below.parent != rank || below.depth != place.depth + 1) ++wrong;
      }
      edges += static_cast<int>(place.children.size());
      if (place.depth > tree_depth(ranks) || place.children.size() > 2) ++wrong;
    }
    REQUIRE(roots == 1);
    REQUIRE(edges == ranks - 1);
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("of an even number of ranks, an inner rank of one tree is a leaf of the other") {
  for (int ranks = 2; ranks <= 64; ranks += 2)
    for (int rank = 0; rank < ranks; ++rank) {
      const bool inner = !binary_tree(rank, ranks, false).children.empty();
      const bool inner_too = !binary_tree(rank, ranks, true).children.empty();
      REQUIRE_FALSE((inner && inner_too));
    }
}

TEST_CASE("2^20 ranks are generated lazily with every algorithm") {
  const Collective collective = GENERATE(values(collectives));
  const Algorithm algorithm = GENERATE(values(algorithms));
  if (!has_schedule(collective, algorithm)) return;
  const int ranks = 1 << 20;
  const Experiment experiment =
      experiment_of({collective, algorithm, ranks, std::int64_t{ranks} * 16, false, 0, {{1 << 20}, 2}});
  Schedule schedule(experiment, 1);
  for (int i = 0; i < 8; ++i) REQUIRE(schedule.next().has_value());
}

TEST_CASE("what an algorithm does not have is refused") {
  const auto refuse = [](Case c, const char* why) { CHECK_THROWS_WITH(Schedule(experiment_of(c), 0), Contains(why)); };
  refuse({Collective::all_gather, Algorithm::double_binary_tree, 4, 16, true}, "only has all_reduce and broadcast");
  refuse({Collective::all_to_all, Algorithm::direct, 4, 16, true}, "no in-place form");
  refuse({Collective::all_to_all, Algorithm::ring, 4, 3, false}, "takes at least 16 B");
  refuse({Collective::broadcast, Algorithm::ring, 4, 16, true, 4}, "root has to be below the number of ranks, 4");
}
