#include "sim/timeline/simulate_timeline.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "sim/timeline/phase_table.hpp"
#include "tests/experiment/all_reduce_experiment.hpp"
#include "tests/sim/cluster/emulated.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

Seconds us(double value) { return Seconds{value * 1e-6}; }

/// 1 us on its way, 2 us to take a message in, 4 us to reduce, and 0.5 us of skew.
ClusterScale scale_of(int ranks, const std::string& state) {
  ClusterScale scale;
  scale.ranks = ranks;
  scale.state = state;
  scale.turn = us(1);
  scale.skew = us(0.5);
  scale.same_core = scale.cross_core = CostTable({{1_B, 1_B, us(2)}}, 0_B);
  scale.reduce = CostTable({{1_B, 1_B, us(4)}}, 0_B);
  return scale;
}

PlatformFile platform(int cores, std::vector<ClusterScale> scales) {
  const System system{.testbed = "host", .hosts = 1, .cores = cores, .placement = Placement::block, .transport = "sm"};
  const ClusterPlatform machine{
      .system = system, .eager_limit = 1_MiB, .state_threshold_s = 200e-9, .scales = std::move(scales)};
  return {
      .name = "p.json",
      .hash = "",
      .platforms = {
          {.model = "cluster", .describes = {system_id(system)}, .machine = machine, .sources = {}, .fitted_on = {}}}};
}

Experiment exchange() { return {Exchange{.bytes = 8_B, .stride = 1, .repetitions = 1, .segmentation = {1_MiB, 2}}, 2}; }

constexpr Segmentation segments{1_KiB, 2};

void check_phase(const Phase& phase, PhaseKind kind, double begin_us, double end_us) {
  CHECK(phase.kind == kind);
  CHECK(phase.begin.count() * 1e6 == Approx(begin_us).margin(1e-6));
  CHECK(phase.end.count() * 1e6 == Approx(end_us).margin(1e-6));
}

TEST_CASE("an exchange on a core for each rank: starts are free, the wait is latency and taking in") {
  const std::vector<Timeline> timelines = simulate_timelines(exchange(), platform(2, {scale_of(2, "")}), {});
  REQUIRE(timelines.size() == 1);
  const Timeline& timeline = timelines.front();
  CHECK(timeline.source == "cluster");
  CHECK(timeline.system_id == "host.h1.c2.block.sm");
  CHECK_FALSE(timeline.recording.has_value());
  // Seen after 1 us, taken in for 2 us; then the eager send has long ended. The skew lies in no phase.
  CHECK(timeline.makespan.count() * 1e6 == Approx(3.5));
  REQUIRE(timeline.phases.size() == 8);
  for (const std::size_t first : {0UL, 4UL}) {
    check_phase(timeline.phases[first], PhaseKind::receive, 0, 0);
    check_phase(timeline.phases[first + 1], PhaseKind::send, 0, 0);
    check_phase(timeline.phases[first + 2], PhaseKind::wait_receive, 0, 3);
    check_phase(timeline.phases[first + 3], PhaseKind::wait_send, 3, 3);
  }
}

TEST_CASE("an exchange of two ranks that share a core: each wait lasts a round of turns") {
  // Turns of 1 us go to rank 1, then 0, then 1 again. Rank 1 starts its wait at 1 us and gives the core away; rank 0
  // does so at 2 us. Rank 1 has its next turn from 2 to 3 us, takes in the message until 5 us and is done; rank 0 from
  // 5 to 6 us, done at 8 us.
  const std::vector<Timeline> timelines = simulate_timelines(exchange(), platform(1, {scale_of(2, "")}), {});
  REQUIRE(timelines.size() == 1);
  const std::vector<Phase>& phases = timelines.front().phases;
  REQUIRE(phases.size() == 8);
  check_phase(phases[2], PhaseKind::wait_receive, 2, 8);
  check_phase(phases[6], PhaseKind::wait_receive, 1, 5);
  CHECK(timelines.front().makespan.count() * 1e6 == Approx(8.5));
}

TEST_CASE("phases of a rank follow each other without overlap and lie within the makespan") {
  const int ranks = GENERATE(2, 3, 5, 8), cores = GENERATE(1, 2, 8);
  const Bytes bytes = GENERATE(4_B, 20_KiB);
  const Timeline timeline =
      simulate_timelines(ring(bytes, ranks, segments), platform(cores, {scale_of(ranks, "")}), {}).front();
  std::vector<Seconds> ends(static_cast<std::size_t>(ranks));
  for (const Phase& phase : timeline.phases) {
    Seconds& end = ends[static_cast<std::size_t>(phase.rank)];
    REQUIRE(phase.begin >= end);
    REQUIRE(phase.end >= phase.begin);
    end = phase.end;
  }
  // The last rank to end is the makespan, but for the skew; ranks take part.
  CHECK((*std::ranges::max_element(ends) + us(0.5)).count() == Approx(timeline.makespan.count()));
  CHECK(*std::ranges::min_element(ends) > Seconds{0});
}

// Ranks on emulated hosts replay many iterations, one after the other; the timeline is one of them, from its first
// start.
TEST_CASE("hosts that share cores: the timeline is the iteration whose time is predicted") {
  const int ranks = GENERATE(2, 4, 6);
  const Bytes bytes = GENERATE(64_B, 300_KiB);
  PlatformFile file = platform(2, {scale_of(ranks, "")});
  auto& machine = std::get<ClusterPlatform>(file.platforms.front().machine);
  machine.system = emulated(ranks, 2, {.bits_per_s = 1'000'000'000}).system;
  file.platforms.front().describes = {system_id(machine.system)};
  const Timeline timeline = simulate_timelines(ring(bytes, ranks, segments), file, {}).front();
  std::vector<Seconds> ends(static_cast<std::size_t>(ranks));
  Seconds first_begin = timeline.makespan;
  for (const Phase& phase : timeline.phases) {
    Seconds& end = ends[static_cast<std::size_t>(phase.rank)];
    REQUIRE(phase.begin >= end);
    REQUIRE(phase.end >= phase.begin);
    end = phase.end;
    first_begin = std::min(first_begin, phase.begin);
  }
  CHECK(first_begin == Seconds{0});
  CHECK(std::ranges::max_element(ends)->count() == Approx(timeline.makespan.count()).epsilon(1e-6));
  CHECK(phase_totals(timeline)[static_cast<std::size_t>(PhaseKind::wait_receive)] > Seconds{0});
}

TEST_CASE("the machine's state is the one asked for, or else the one that was measured") {
  const PlatformFile two_states = platform(2, {scale_of(2, "fast"), scale_of(2, "slow")});
  const auto states = [&](const ReplayOn& on) {
    std::string names;
    for (const Timeline& timeline : simulate_timelines(exchange(), two_states, on)) names += timeline.state + " ";
    return names;
  };
  const auto canary = [](double before, double after) {
    return Canary{.before = Seconds{before * 1e-9}, .after = Seconds{after * 1e-9}};
  };
  CHECK(states({}) == "fast slow ");
  CHECK(states({.system_id = "", .state = "slow", .canary = canary(90, 90)}) == "slow ");
  CHECK(states({.system_id = "", .state = "", .canary = canary(90, 90)}) == "fast ");
  CHECK(states({.system_id = "", .state = "", .canary = canary(90, 350)}) == "fast slow ");  // it changed meanwhile
}

TEST_CASE("what a platform cannot replay is refused, naming what it can") {
  const PlatformFile file = platform(2, {scale_of(2, "fast")});
  const auto refused = [&](const Experiment& experiment, const ReplayOn& on, const std::string& message) {
    CHECK_THROWS_WITH(simulate_timelines(experiment, file, on), Contains("p.json") && Contains(message));
  };
  refused(exchange(), {.system_id = "other.h1.c2.block.sm", .state = "", .canary = {}}, "is of host.h1.c2.block.sm");
  refused(ring(64_B, 4, segments), {}, "was fitted at 2 ranks");
  refused(exchange(), {.system_id = "", .state = "slow", .canary = {}}, "no state 'slow' at 2 ranks; known: fast");
  PlatformFile textbook = file;
  textbook.platforms.front().machine = AlphaBetaRing{};
  CHECK_THROWS_WITH(simulate_timelines(exchange(), textbook, {}), Contains("no cluster machine"));
}

TEST_CASE("the table says in which phase the model is off") {
  const std::vector<Timeline> simulated = simulate_timelines(exchange(), platform(2, {scale_of(2, "")}), {});
  Timeline measured = simulated.front();
  measured.source = "ringtrue-bench";
  measured.makespan = us(5);
  measured.recording =
      Recording{.iterations = 15, .clock_read = us(0.05), .plain_median = us(4), .common_clock = true, .canary = {}};
  for (Phase& phase : measured.phases)
    if (phase.kind == PhaseKind::wait_receive) phase.end += us(phase.rank == 0 ? 1 : 2);
  const std::string text = phase_table(measured, simulated);
  CHECK_THAT(text, Contains("exchange.8B.stride1.rep1.seg1048576x2.p2 on host.h1.c2.block.sm"));
  // Waits of 4 and 5 us were measured, 3 us are simulated: 1.5 us too little; 3.5 us instead of 5 and of 4.
  CHECK_THAT(text, Contains("4.50      0.00      0.00      0.50      5.00\n        cluster "));
  CHECK_THAT(text, Contains("cluster: 30.0 % too fast for this iteration, 12.5 % too fast for the median without "
                            "recording; farthest off in wait_receive, by -1.50 us a rank"));
  // 4 phases a rank with 50 ns each.
  CHECK_THAT(text, Contains("the median of 15 iterations; a reading of the clock in each of 4.0 phases a rank takes "
                            "0.20 us in all; the median makespan without recording is 4.00 us"));
  CHECK_THAT(text, Contains("rank 1  measured"));
}

}  // namespace
}  // namespace ringtrue
