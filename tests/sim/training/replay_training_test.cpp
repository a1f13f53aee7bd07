#include "sim/training/replay_training.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/training/exchange.hpp"
#include "sim/cluster/polling/polling.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/cluster/emulated.hpp"
#include "tests/sim/training/toy.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

Seconds us(double value) { return Seconds{value * 1e-6}; }
void require_us(Seconds time, double expected) { REQUIRE_THAT(time.count() * 1e6, Catch::WithinAbs(expected, 1e-6)); }

/// Forward 100 us, backward 200: 20 the loss, 60 b, 20 r, 100 a. Update 40.
ComputeProfile toy_profile(int batch = 4) {
  return {.model = "toy",
          .batch = batch,
          .forward = {{"a", us(60)}, {"r", us(10)}, {"b", us(20)}, {"loss", us(10)}},
          .backward = {{"a", us(100)}, {"r", us(20)}, {"b", us(60)}, {"loss", us(20)}},
          .update = us(40)};
}

ClusterPlatform two_cores() {
  return {.system = {.testbed = "test", .hosts = 1, .cores = 2, .placement = Placement::block, .transport = "sm"},
          .eager_limit = 0_B,
          .link = {},
          .state_threshold_s = 0,
          .scales = {}};
}

/// Whatever the size, a message is seen after 1 us and taken in for 2, a piece reduced for 4.
ClusterScale constant_scale(int ranks) {
  ClusterScale scale;
  scale.ranks = ranks;
  scale.turn = us(1);
  scale.same_core = scale.cross_core = CostTable({{1_B, 1_B, us(2)}}, 0_B);
  scale.reduce = CostTable({{1_B, 1_B, us(4)}}, 0_B);
  scale.profiles = {toy_profile()};
  return scale;
}

Prediction replayed(const TrainingStep& step, const ClusterPlatform& platform, const ClusterScale& scale) {
  return replay_training({step, scale.ranks}, toy_model(), platform, scale);
}

// Two ranks, a core each: a ring of 2 steps of 1 + 2 us and one reduction of 4: 10 us a bucket, however large.
TEST_CASE("without overlap a step is forward, backward, two exchanges and the update") {
  const Prediction prediction = replayed(toy_step(), two_cores(), constant_scale(2));
  require_us(prediction.time, 100 + 200 + 2 * 10 + 40);
  require_us(prediction.phases.at("exposed"), 20);
  require_us(prediction.phases.at("communication"), 20);
  require_us(prediction.phases.at("bucket/0/ready"), 100 + 20 + 60);  // b's, behind the loss and b
  require_us(prediction.phases.at("bucket/1/ready"), 300);
  require_us(prediction.phases.at("bucket/1/end"), 320);
  REQUIRE(prediction.extrapolated);  // 520 B in one message, larger than 1 B
}

// Bucket 0 begins at 180 us. It is 168 B, a bucket of 84 B was measured to take thrice as long, one of 336 B 12 times:
// half way in powers of two, 6 times, 60 us. In them 30 of the 120 us left are computed: backward ends at 330 us.
// Bucket 1 follows alone.
TEST_CASE("a thread's exchange is as slow beside computing as measured, and computing beside it") {
  ClusterScale scale = constant_scale(2);
  scale.busy = {{84_B, 3, 0.4}, {336_B, 12, 0.6}};
  const Prediction prediction = replayed(toy_step(Overlap::thread), two_cores(), scale);
  require_us(prediction.phases.at("bucket/0/end"), 240);
  require_us(prediction.phases.at("backward"), 230);
  require_us(prediction.phases.at("exposed"), 10);
  require_us(prediction.time, 100 + 230 + 10 + 40);
}

// Bucket 0 takes 20 us from 180 on, in which 10 of the 120 us left are computed.
TEST_CASE("a thread whose share of the core was not measured takes half of it, extrapolated") {
  ClusterScale scale = constant_scale(2);
  scale.same_core = scale.cross_core = CostTable({{1_KiB, 1_KiB, us(2)}}, 0_B);
  scale.reduce = CostTable({{1_KiB, 1_KiB, us(4)}}, 0_B);
  const Prediction prediction = replayed(toy_step(Overlap::thread), two_cores(), scale);
  require_us(prediction.phases.at("bucket/0/end"), 200);
  require_us(prediction.phases.at("backward"), 210);
  REQUIRE(prediction.extrapolated);
  REQUIRE_FALSE(replayed(toy_step(), two_cores(), scale).extrapolated);
}

// Two advances of 5 us. Bucket 0 begins at 180 us behind b; r ends at 200, the first until 205; a ends at 305, the
// second until 310; bucket 1 until 320.
TEST_CASE("polling advances one step of the ring behind each layer") {
  const Prediction prediction = replayed(toy_step(Overlap::polling), two_cores(), constant_scale(2));
  require_us(prediction.phases.at("bucket/0/end"), 310);
  require_us(prediction.phases.at("bucket/1/start"), 310);
  require_us(prediction.phases.at("backward"), 200);
  require_us(prediction.time, 360);
}

// Two ranks on each core: r and a take a rank 10 and 50 us of its own, too short for a tick. The ring's six steps are
// not over before.
TEST_CASE("ranks that share cores compute one after the other while they poll") {
  require_us(replayed(toy_step(Overlap::polling), two_cores(), constant_scale(4)).phases.at("backward"), 80 + 60);
  require_us(replayed(toy_step(Overlap::none), two_cores(), constant_scale(4)).phases.at("backward"), 200);
}

// A reduce-scatter of one step and one reduction, 7 us; an all-gather of one step, 3 us. Each rank updates its half.
TEST_CASE("sharded, gradients are scattered, a part is updated, parameters are gathered") {
  const Prediction prediction = replayed(toy_step(Overlap::none, true), two_cores(), constant_scale(2));
  require_us(prediction.phases.at("update"), 20);
  require_us(prediction.phases.at("bucket/1/end"), 300 + 2 * 7);
  require_us(prediction.phases.at("communication"), 2 * 7 + 2 * 3);
  require_us(prediction.time, 300 + 14 + 20 + 6);
}

TEST_CASE("one rank computes and exchanges nothing") {
  ClusterScale scale;
  scale.ranks = 1;
  scale.profiles = {toy_profile()};
  const auto overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  const Prediction prediction = replayed(toy_step(overlap), two_cores(), scale);
  require_us(prediction.time, 340);
  REQUIRE_FALSE(prediction.extrapolated);
  REQUIRE(prediction.phases.size() == 3);
}

TEST_CASE("an extrapolated profile makes an extrapolated step") {
  ClusterScale scale;
  scale.ranks = 1;
  scale.profiles = {toy_profile()};
  scale.profiles.front().extrapolated = true;
  REQUIRE(replayed(toy_step(), two_cores(), scale).extrapolated);
}

TEST_CASE("what is not known of computing is to be measured") {
  ClusterScale scale = constant_scale(2);
  scale.profiles = {toy_profile(8)};
  REQUIRE_THROWS_WITH(replayed(toy_step(), two_cores(), scale),
                      Contains("test.h1.c2.block.sm") && Contains("toy with a batch of 4") && Contains("at 2 ranks") &&
                          Contains(R"({"calibration": "layer_profile", "model": "toy", "batch": 4})") &&
                          Contains("calibrate again"));
  scale.profiles = {toy_profile()};
  scale.profiles.front().backward.erase("r");
  REQUIRE_THROWS_WITH(replayed(toy_step(), two_cores(), scale), Contains("layer 'r'") && Contains("'toy'"));
}

/// Hosts that share two cores. A message takes 20 us of CPU and 1 ns a byte, a turn 2 us.
ClusterScale emulated_scale(int ranks) {
  ClusterScale scale = constant_scale(ranks);
  scale.turn = us(2);
  scale.same_core = scale.cross_core = CostTable({{0_B, 0_B, us(20)}, {1_MB, 1_MB, us(1020)}}, 0_B);
  scale.reduce = CostTable({{0_B, 0_B, us(1)}, {1_MB, 1_MB, us(101)}}, 0_B);
  return scale;
}

// 8 kbit/s: 168 B and 880 B take a good part of a second, in which next to no CPU time is spent.
TEST_CASE("where links limit, polling takes little of the core") {
  const ClusterPlatform slow = emulated(2, 2, {.bits_per_s = 8'000, .burst = 0_B}), unlimited = emulated(2, 2);
  ClusterScale scale = emulated_scale(2);
  for (auto& [layer, time] : scale.profiles.front().backward) time *= 1e5;
  const Bucket b = make_buckets(toy_model(), toy_step().buckets).front();
  const Experiment exchange = exchange_of(toy_step(), b, 2).gradients.front();
  REQUIRE(replay_polling(exchange, slow, scale).time > Seconds{0.1});
  const Seconds work = replay_polling(exchange, unlimited, scale).time;
  const Phases phases = replayed(toy_step(Overlap::polling), slow, scale).phases;
  const Seconds computing = phases.at("forward") + phases.at("backward");
  // All of bucket 0 is done behind layers; the last one was polled behind a, when bucket 1 was ready.
  REQUIRE((phases.at("bucket/1/ready") - computing).count() >= 0);
  REQUIRE((phases.at("bucket/1/ready") - computing).count() <= work.count() * (1 + 1e-9));
}

TEST_CASE("nothing is exposed less than nothing, and communication is no less than the longest bucket") {
  const auto overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  const bool sharded = GENERATE(false, true);
  const int ranks = GENERATE(2, 4);
  for (const ClusterPlatform& platform : {two_cores(), emulated(ranks, 2), emulated(ranks, 2, {1'000'000, 1_KiB})}) {
    const Phases phases = replayed(toy_step(overlap, sharded), platform, emulated_scale(ranks)).phases;
    REQUIRE(phases.at("exposed") >= Seconds{0});
    for (const std::string bucket : {"bucket/0/", "bucket/1/"}) {
      REQUIRE(phases.at(bucket + "start") >= phases.at(bucket + "ready"));
      REQUIRE(phases.at("communication") >= phases.at(bucket + "end") - phases.at(bucket + "start"));
    }
    REQUIRE(phases.at("bucket/1/start") >= phases.at("bucket/0/end"));
  }
}

/// Forward 6, backward 12 us: 10 / 12 of it in a, 2 / 12 in b. Update 1 us.
Platform stated(Machine machine) {
  return {.model = "stated",
          .describes = {"here"},
          .machine = std::move(machine),
          .sources = {"test"},
          .fitted_on = {},
          .profiles = {
              {.model = "toy", .batch = 4, .forward = us(6), .backward = us(12), .update = us(1), .source = "so"}}};
}

std::vector<StatePrediction> simulated(const TrainingStep& step, int ranks, const Platform& platform) {
  return simulate({step, ranks}, platform, {{"toy", toy_model()}});
}

// 1 us to begin and 2 (p-1) steps of 0.5 us; bytes cost next to nothing: 2 us a bucket at 2 ranks. b is ready at 8 us
// and hides behind a until 18; a's bucket is exposed.
TEST_CASE("the textbook ring hides buckets behind stated computing") {
  const Platform ring = stated(AlphaBetaRing{.base = us(1), .link = {us(0.5), {1e18}}});
  const Prediction hidden = simulated(toy_step(Overlap::thread), 2, ring).at(0).prediction;
  require_us(hidden.phases.at("bucket/0/ready"), 8);
  require_us(hidden.phases.at("bucket/0/end"), 10);
  require_us(hidden.phases.at("backward"), 12);
  require_us(hidden.phases.at("exposed"), 2);
  require_us(hidden.time, 6 + 12 + 2 + 1);
  REQUIRE(simulated(toy_step(Overlap::polling), 2, ring).at(0).prediction.phases == hidden.phases);
  require_us(simulated(toy_step(), 2, ring).at(0).prediction.time, 6 + 12 + 2 * 2 + 1);
  require_us(simulated(toy_step(), 1, ring).at(0).prediction.time, 19);
  REQUIRE(simulated(toy_step(Overlap::none, true), 2, ring).empty());  // it knows no reduce-scatter
  TrainingStep larger = toy_step();
  larger.batch = 8;
  REQUIRE(simulated(larger, 2, ring).empty());
}

TEST_CASE("ASTRA-sim's view and the bandwidth bound train too where computing is stated") {
  const AstraRing astra{.latency = us(1), .bandwidth = {10e9}, .memory = {4e9}};
  const Seconds exchanged = astra_ring_time(168_B, 2, astra) + astra_ring_time(880_B, 2, astra);
  require_us(simulated(toy_step(), 2, stated(astra)).at(0).prediction.time, 19 + exchanged.count() * 1e6);
  // 2 (p-1) / p of 1,048 B at 1 GB/s: 1.048 us at 2 ranks.
  const BandwidthBound bound{.system = two_cores().system, .bandwidth = 1_GBps};
  require_us(simulated(toy_step(), 2, stated(bound)).at(0).prediction.time, 19 + 1.048);
  Platform silent = stated(bound);
  silent.profiles.clear();
  REQUIRE(simulated(toy_step(), 2, silent).empty());
}

// With one bucket of 1,048 B at 1 GB/s and no latency, communication is 2 (p-1) / p of 1.048 us.
TEST_CASE("with more ranks communication grows toward twice the gradients over the bandwidth") {
  TrainingStep step = toy_step();
  step.buckets = {BucketRule::one, {}, {}};
  const Platform ring = stated(AlphaBetaRing{.base = us(0), .link = {us(0), 1_GBps}});
  double before = 0;
  for (const int ranks : {2, 4, 8, 64, 1024}) {
    const double communication = simulated(step, ranks, ring).at(0).prediction.phases.at("communication").count() * 1e6;
    REQUIRE_THAT(communication, Catch::WithinRel(2.0 * (ranks - 1) / ranks * 1.048, 1e-9));
    REQUIRE(communication > before);
    REQUIRE(communication < 2 * 1.048);
    before = communication;
  }
}

TEST_CASE("a model that nobody describes is an error") {
  REQUIRE_THROWS_WITH(simulate({toy_step(), 2}, stated(AlphaBetaRing{}), {}),
                      Contains("model 'toy'") && Contains("'models'"));
}

}  // namespace
}  // namespace ringtrue
