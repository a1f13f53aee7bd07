#include "experiment/timeline/timeline.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "tests/experiment/all_reduce_experiment.hpp"

namespace ringtrue {
namespace {

Seconds us(double value) { return Seconds{value * 1e-6}; }

/// Operation i takes i + 1 us; rank r starts r us late.
std::vector<Seconds> growing_times(const Experiment& experiment, int rank) {
  std::vector<Seconds> times{us(rank)};
  Schedule schedule(experiment, rank);
  while (schedule.next()) times.push_back(times.back() + us(static_cast<double>(times.size())));
  return times;
}

std::vector<Phase> growing_phases(const Experiment& experiment, int rank) {
  return phases_of(experiment, rank, growing_times(experiment, rank));
}

TEST_CASE("an exchange of one message: receive, send, wait for each") {
  const Experiment experiment{Exchange{.bytes = 8_B, .stride = 1, .repetitions = 1, .segmentation = {1_MiB, 2}}, 2};
  // Half of the 8 bytes are a chunk. The receive is posted before the send and waited for before it.
  const std::vector<Phase> phases = growing_phases(experiment, 1);
  REQUIRE(phases.size() == 4);
  using enum PhaseKind;
  const std::array kinds{receive, send, wait_receive, wait_send};
  const std::array started{0, 1, 0, 1};
  const std::array begins{1.0, 2.0, 4.0, 7.0};  // 1 us late, then 1, 2 and 3 us
  for (std::size_t i = 0; i < phases.size(); ++i) {
    CHECK(phases[i].kind == kinds[i]);
    CHECK(phases[i].rank == 1);
    CHECK(phases[i].peer == 0);
    CHECK(phases[i].bytes == 4_B);
    CHECK(phases[i].operation == static_cast<int>(i));
    CHECK(phases[i].started == started[i]);
    CHECK(phases[i].begin.count() * 1e6 == Approx(begins[i]));
    CHECK((phases[i].end - phases[i].begin).count() * 1e6 == Approx(static_cast<double>(i) + 1));
  }
}

TEST_CASE("every message that a rank starts is waited for once, with the same peer and bytes") {
  const auto algorithm =
      GENERATE(Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree, Algorithm::direct);
  const int ranks = GENERATE(2, 3, 4, 7);
  // 4 B leave most chunks empty, 1 KiB segments cut the others.
  const Bytes bytes = GENERATE(4_B, 20_KiB);
  const Experiment experiment = all_reduce_by(algorithm, bytes, ranks, {1_KiB, 2});
  for (int rank = 0; rank < ranks; ++rank) {
    const std::vector<Phase> phases = growing_phases(experiment, rank);
    int open = 0;
    for (const Phase& phase : phases) {
      const bool starts = phase.kind == PhaseKind::send || phase.kind == PhaseKind::receive;
      const bool waits = phase.kind == PhaseKind::wait_send || phase.kind == PhaseKind::wait_receive;
      open += starts ? 1 : waits ? -1 : 0;
      if (starts) CHECK(phase.started == phase.operation);
      if (!waits) continue;
      const auto start = std::ranges::find(phases, phase.started, &Phase::operation);
      REQUIRE(start != phases.end());
      CHECK(start->kind == (phase.kind == PhaseKind::wait_send ? PhaseKind::send : PhaseKind::receive));
      CHECK(start->peer == phase.peer);
      CHECK(start->bytes == phase.bytes);
      CHECK(start->end <= phase.begin);
    }
    CHECK(open == 0);
  }
}

TEST_CASE("a rank without a partner has no phase") {
  const Experiment experiment{PingPong{.bytes = 8_B, .stride = 1, .repetitions = 1}, 3};
  REQUIRE(phases_of(experiment, 2, std::vector{us(1)}).empty());
}

TEST_CASE("totals by kind, of one rank and of all") {
  const Phase reduce{.kind = PhaseKind::reduce, .rank = 0, .begin = us(1), .end = us(3)};
  const Phase copy{.kind = PhaseKind::copy, .rank = 1, .begin = us(1), .end = us(5)};
  Phase later = reduce;
  later.rank = 1;
  const Timeline timeline{.experiment = all_reduce_by(Algorithm::ring, 4_B, 2),
                          .system_id = "",
                          .source = "",
                          .state = "",
                          .makespan = us(5),
                          .recording = {},
                          .phases = {reduce, later, copy}};
  const auto index = [](PhaseKind kind) { return static_cast<std::size_t>(kind); };
  CHECK(phase_totals(timeline)[index(PhaseKind::reduce)].count() == Approx(4e-6));
  CHECK(phase_totals(timeline, 1)[index(PhaseKind::reduce)].count() == Approx(2e-6));
  CHECK(phase_totals(timeline, 1)[index(PhaseKind::copy)].count() == Approx(4e-6));
  CHECK(phase_totals(timeline)[index(PhaseKind::send)].count() == 0);
}

TEST_CASE("rows to make timelines of: the one named, or the scored ones of ours") {
  const std::vector<SuiteRow> rows{
      {Purpose::calibrate,
       {ReduceLocal{.bytes = 8_B, .dtype = DataType::float32, .repetitions = 1, .segment = 8_B}, 2},
       {}},
      {Purpose::calibrate, {PingPong{.bytes = 8_B, .stride = 1, .repetitions = 1}, 2}, {}},
      {Purpose::score, all_reduce_by(Algorithm::ring, 16_B, 2), {}},
      {Purpose::score, all_reduce_by(Algorithm::library, 16_B, 2), {}},
      {Purpose::show, all_reduce_by(Algorithm::direct, 16_B, 2), {}}};
  const std::vector<SuiteRow> scored = timeline_rows(rows, "", "here");
  REQUIRE(scored.size() == 1);
  CHECK(scored.front().experiment == rows[2].experiment);
  for (const std::size_t i : {1UL, 4UL}) {
    const std::vector<SuiteRow> named = timeline_rows(rows, experiment_key(rows[i].experiment), "here");
    REQUIRE(named.size() == 1);
    CHECK(named.front().experiment == rows[i].experiment);
  }
  for (const std::size_t i : {0UL, 3UL})
    CHECK_THROWS_WITH(timeline_rows(rows, experiment_key(rows[i].experiment), "here"),
                      Catch::Matchers::Contains("here: ") && Catch::Matchers::Contains("no schedule of ours"));
  CHECK_THROWS_WITH(timeline_rows(rows, "pingpong.8B.stride1.rep1.p2", "here"),
                    Catch::Matchers::Contains("did you mean 'ping_pong.8B.stride1.rep1.p2'?"));
  CHECK_THROWS_AS(timeline_rows(std::span(rows).first(2), "", "here"), Error);
}

}  // namespace
}  // namespace ringtrue
