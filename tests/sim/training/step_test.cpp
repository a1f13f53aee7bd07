#include "sim/training/step.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

Seconds ms(double value) { return Seconds{value * 1e-3}; }
void require_ms(Seconds time, double expected) { REQUIRE_THAT(time.count() * 1e3, Catch::WithinAbs(expected, 1e-9)); }

StepTimeline mean_of(const StepCosts& costs, Overlap overlap) { return replay_step(costs, overlap).mean; }

/// Beside computing each runs at half its speed.
StepCosts two_halves(StepCosts costs) {
  for (BucketCost& bucket : costs.buckets) {
    bucket.slowdown = 2;
    bucket.computing_rate = 0.5;
  }
  return costs;
}

/// Forward 10 ms; backward: loss 1, layers 2, 1, 0 4, 2 and 8 ms, 15 ms in all; update 3 ms. Bucket 0 (6 ms) is
/// complete with layer 2, bucket 1 (4 ms) with layer 0.
StepCosts two_buckets() {
  return {.forward = ms(10),
          .loss_backward = ms(1),
          .backward = {ms(8), ms(2), ms(4)},
          .update = ms(3),
          .buckets = {{.last_layer = 2, .gradients = ms(6), .parameters = {}, .advances = 6},
                      {.last_layer = 0, .gradients = ms(4), .parameters = {}, .advances = 4}}};
}

TEST_CASE("without overlap a step is the sum of its parts") {
  const StepTimeline t = mean_of(two_buckets(), Overlap::none);
  require_ms(t.step, 10 + 15 + 6 + 4 + 3);
  require_ms(t.backward, 15);
  require_ms(t.buckets[0].ready, 10 + 1 + 4);  // long before it starts, behind backward
  require_ms(t.buckets[0].start, 25);
  require_ms(t.buckets[0].end, 31);
  require_ms(t.buckets[1].ready, 25);
  require_ms(t.buckets[1].start, 31);
  require_ms(t.buckets[1].end, 35);
  const Phases phases = phases_of(t);
  require_ms(phases.at("communication"), 10);
  require_ms(phases.at("exposed"), 10);
  require_ms(phases.at("bucket/1/end"), 35);
  require_ms(phases.at("forward"), 10);
  require_ms(phases.at("update"), 3);
}

// Bucket 0 begins at 15 ms, while 10 ms of computing are left. Both run at half speed: 6 ms of exchange end at 27 ms,
// by when 6 of the 10 ms are computed. The other 4 ms end at 31 ms, and bucket 1 runs alone until 35 ms.
TEST_CASE("a thread's exchange and computing slow each other down") {
  const StepTimeline t = mean_of(two_halves(two_buckets()), Overlap::thread);
  require_ms(t.buckets[0].start, 15);
  require_ms(t.buckets[0].end, 27);
  require_ms(t.buckets[1].start, 31);
  require_ms(t.buckets[1].end, 35);
  require_ms(t.backward, 31 - 10);  // stretched by 6 ms
  require_ms(t.step, 38);           // what it takes without overlap, as all of it is work of one core
  require_ms(phases_of(t).at("exposed"), 38 - 10 - 21 - 3);
  require_ms(phases_of(t).at("communication"), 12 + 4);
}

// At 15 ms bucket 0 goes on at an eighth of its speed, computing at a quarter: the 10 ms left end at 55 ms, when 5 of
// the 6 ms are exchanged. The last goes on alone, as does bucket 1.
TEST_CASE("what is left of an exchange after backward runs at full speed") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) {
    bucket.slowdown = 8;
    bucket.computing_rate = 0.25;
  }
  const StepReplay replayed = replay_step(costs, Overlap::thread);
  require_ms(replayed.mean.backward, 55 - 10);
  require_ms(replayed.mean.buckets[0].end, 56);
  require_ms(replayed.time, 56 + 4 + 3);
}

// The mean rank computes 28 ms, the slowest 30.8, each part a tenth longer: its backward ends at 27.5 ms, its update
// takes 3.3.
TEST_CASE("exchanges end when they do on the slowest rank") {
  StepCosts costs = two_buckets();
  costs.spread = ms(2.8);
  const StepReplay replayed = replay_step(costs, Overlap::none);
  require_ms(replayed.time, 38 + 2.8);
  require_ms(replayed.mean.buckets[0].start, 25);
  require_ms(replayed.mean.buckets[0].end, 27.5 + 6);
  require_ms(replayed.mean.buckets[1].end, 27.5 + 6 + 4);
  require_ms(phases_of(replayed.mean).at("exposed"), 10);
  require_ms(phases_of(replayed.mean).at("waiting"), 2.5);
  require_ms(phases_of(replayed.mean).at("communication"), 10);
  costs.buckets.clear();
  require_ms(replay_step(costs, Overlap::none).time, 25 + 3);  // one rank waits for nobody
}

// The slowest rank has bucket 0 at 16.5 ms, when 11 are left; exchanging 6 takes 12, in which 6 are computed: it ends
// at 28.5, backward at 33.5 and bucket 1 at 37.5. The mean rank has it at 15 ms, 10 before its end, and computes alone
// until 16.5, at half speed until 28.5: 1.5 and 6. The other 2.5 end at 31, when it begins to wait.
TEST_CASE("a thread that waits for the slowest rank to begin naps") {
  StepCosts costs = two_halves(two_buckets());
  costs.spread = ms(2.8);
  const StepReplay replayed = replay_step(costs, Overlap::thread);
  require_ms(replayed.time, 37.5 + 3.3);
  require_ms(replayed.mean.buckets[0].start, 15);
  require_ms(replayed.mean.buckets[0].end, 28.5);
  require_ms(replayed.mean.backward, 31 - 10);
  require_ms(replayed.mean.buckets[1].start, 31);
  require_ms(replayed.mean.buckets[1].end, 37.5);
  const Phases phases = phases_of(replayed.mean);
  require_ms(phases.at("communication"), 12 + 4);
  require_ms(phases.at("waiting"), 2.5);  // for bucket 1; for bucket 0 it computes meanwhile
  require_ms(phases.at("exposed"), 4);
}

// Bucket 0 begins on the mean rank at 15 ms; its first advance behind layer 1, at 17 ms, finds what the slowest began
// at 16.5. Layer 0 follows from 18 to 26; its second until 27. On the slowest: 16.5, layer 1 until 18.7, one until
// 19.7, layer 0 until 28.5, one until 29.5, the other four until 33.5.
TEST_CASE("polling ends with the slowest rank as well") {
  StepCosts costs = two_buckets();
  costs.spread = ms(2.8);
  const StepReplay replayed = replay_step(costs, Overlap::polling);
  require_ms(replayed.mean.buckets[1].ready, 26);
  require_ms(replayed.mean.buckets[0].end, 33.5);
  require_ms(replayed.time, 33.5 + 4 + 3.3);
  // In one advance, begun at 16.5, done from 18.7 to 24.7: the mean rank's is, from 17 to 23, and waits no more behind
  // layer 0, from 23 to 31 ms.
  costs.buckets[0].advances = 1;
  require_ms(replay_step(costs, Overlap::polling).mean.buckets[0].end, 31);
}

// Bucket 0 runs from 15 to 21 ms beside computing, which ends at 25 ms as if nothing were exchanged.
TEST_CASE("an exchange without a part of the core hides behind computing") {
  const StepTimeline t = mean_of(two_buckets(), Overlap::thread);
  require_ms(t.buckets[0].end, 21);
  require_ms(t.backward, 15);
  require_ms(t.step, 25 + 4 + 3);
  require_ms(phases_of(t).at("exposed"), 4);
}

// Bucket 0 begins at 15 ms, behind layer 2. Layer 1 ends at 17: one of its six milliseconds, until 18. Layer 0 ends at
// 26: another, until 27. Four are left, until 31; then bucket 1 until 35.
TEST_CASE("polling does one advance behind each layer") {
  const StepTimeline t = mean_of(two_buckets(), Overlap::polling);
  require_ms(t.buckets[0].start, 15);
  require_ms(t.buckets[1].ready, 26);
  require_ms(t.buckets[0].end, 31);
  require_ms(t.buckets[1].start, 31);
  require_ms(t.buckets[1].end, 35);
  require_ms(t.backward, 15);  // its layers only
  require_ms(t.step, 38);
  require_ms(phases_of(t).at("exposed"), 10);
  require_ms(phases_of(t).at("communication"), 16 + 4);
}

// Of two ranks on a core each computes layers 1 and 0 in 1 and 4 ms of its own. Layer 1 is over before a tick may take
// the core, which the other gets for 1 ms behind it; of layer 0 it has made up 1.755 ms before (kernel_scheduler_test).
TEST_CASE("polling gives the core to ranks that share it") {
  StepCosts costs = two_buckets();
  costs.sharing = 2;
  costs.slice = ms(1.4);
  const StepTimeline t = mean_of(costs, Overlap::polling);
  require_ms(t.buckets[0].start, 15);
  require_ms(t.buckets[1].ready, 15 + 1 + 1 + 1 + 5.755);  // layer 1, the other's 1 ms, an advance, layer 0
  require_ms(t.backward, 1 + 4 + 1 + (4 + 1.755));
  require_ms(t.step, 38);  // as long as with the layers stretched
  require_ms(phases_of(t).at("exposed"), 38 - 10 - 3 - 11.755);
  require_ms(mean_of(costs, Overlap::none).backward, 15);
}

// Bucket 0 in one advance: done behind layer 1, from 17 to 23 ms. Layer 0 ends at 31, bucket 1 follows until 35.
TEST_CASE("a bucket that polling completes makes room for the next") {
  StepCosts costs = two_buckets();
  costs.buckets[0].advances = 1;
  costs.buckets.insert(costs.buckets.begin() + 1,
                       BucketCost{.last_layer = 1, .gradients = ms(2), .parameters = {}, .advances = 2});
  const StepTimeline t = mean_of(costs, Overlap::polling);
  require_ms(t.buckets[0].end, 23);
  require_ms(t.buckets[1].ready, 17);
  require_ms(t.buckets[1].start, 23);
  // Layer 0 ends at 31; one advance of 1 ms, the other behind backward.
  require_ms(t.buckets[1].end, 33);
  require_ms(t.buckets[2].end, 37);
}

// A quarter of an advance of 1 ms needs the core, the rest waits for the link, meanwhile layer 1's 2 ms are computed:
// it costs 0.25 ms, from 17 to 17.25. Layer 0 ends at 25.25: another, until 25.5, and 4 ms are left.
TEST_CASE("polling hides what waits for links") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.core_share = 0.25;
  const StepTimeline t = mean_of(costs, Overlap::polling);
  require_ms(t.buckets[0].end, 29.5);
  require_ms(t.step, 29.5 + 4 + 3);
  // In two advances of 3 ms, 2.25 ms of waiting have not passed behind layer 1; behind layer 0 they have.
  costs.buckets[0].advances = 2;
  require_ms(mean_of(costs, Overlap::polling).buckets[0].end, 25 + 0.75 + 3);
}

TEST_CASE("sharded, parameters are gathered behind the update") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.parameters = ms(2.5);
  for (const Overlap overlap : {Overlap::none, Overlap::thread, Overlap::polling}) {
    const StepTimeline t = mean_of(two_halves(costs), overlap);
    require_ms(t.buckets[1].end, 35);
    require_ms(t.step, 35 + 3 + 5);
  }
  require_ms(phases_of(mean_of(costs, Overlap::none)).at("communication"), 10 + 5);
  require_ms(phases_of(mean_of(costs, Overlap::none)).at("exposed"), 10 + 5);
  costs.spread = ms(2.8);  // the slowest rank's backward ends 2.5 ms later, its update 0.3
  const Phases phases = phases_of(mean_of(costs, Overlap::none));
  require_ms(phases.at("waiting"), 2.5 + 0.3);
  require_ms(phases.at("exposed"), 10 + 5);
}

TEST_CASE("one rank only computes") {
  StepCosts costs = two_buckets();
  costs.buckets.clear();
  for (const Overlap overlap : {Overlap::none, Overlap::thread, Overlap::polling}) {
    const Phases phases = phases_of(mean_of(costs, overlap));
    require_ms(replay_step(costs, overlap).time, 28);
    REQUIRE(phases.size() == 3);  // forward, backward, update
  }
}

TEST_CASE("whatever the costs, buckets keep their order and nothing is exposed less than nothing") {
  const auto overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  const double share = GENERATE(0.0, 0.1, 0.5, 0.7, 1.0);
  const double exchange = GENERATE(0.0, 1e-3, 0.7, 3.0, 100.0);
  const double spread = GENERATE(0.0, 0.2, 50.0);
  StepCosts costs{.forward = ms(1), .loss_backward = ms(0), .backward = {}, .update = ms(0.1), .spread = ms(spread)};
  for (int layer = 0; layer < 12; ++layer) {
    costs.backward.push_back(ms(layer % 3));
    costs.buckets.insert(costs.buckets.begin(), BucketCost{.last_layer = layer,
                                                           .gradients = ms(exchange * (1 + layer % 2)),
                                                           .parameters = {},
                                                           .slowdown = 1 + 3 * share,
                                                           .computing_rate = 1 - share / 2,
                                                           .core_share = share,
                                                           .advances = 1 + layer % 4});
  }
  const StepReplay replayed = replay_step(costs, overlap);
  const StepTimeline& t = replayed.mean;
  REQUIRE(replayed.time.count() >= t.step.count() * (1 - 1e-9));
  Seconds before{};
  for (const BucketTimes& bucket : t.buckets) {
    REQUIRE(bucket.start >= std::max(before, bucket.ready));
    REQUIRE(bucket.end >= bucket.start);
    before = bucket.end;
  }
  const Phases phases = phases_of(t);
  REQUIRE(phases.at("exposed") >= Seconds{0});
  REQUIRE(phases.at("communication").count() >= ms(2 * exchange).count() * (1 - 1e-9));
  REQUIRE(t.step.count() >= (t.forward + t.backward + t.update).count() * (1 - 1e-9));
}

}  // namespace
}  // namespace ringtrue
