#include "sim/training/step.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

Seconds ms(double value) { return Seconds{value * 1e-3}; }
void require_ms(Seconds time, double expected) { REQUIRE_THAT(time.count() * 1e3, Catch::WithinAbs(expected, 1e-9)); }

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
  const StepTimeline t = replay_step(two_buckets(), Overlap::none);
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
TEST_CASE("a thread's exchange and computing share the core") {
  const StepTimeline t = replay_step(two_buckets(), Overlap::thread);
  require_ms(t.buckets[0].start, 15);
  require_ms(t.buckets[0].end, 27);
  require_ms(t.buckets[1].start, 31);
  require_ms(t.buckets[1].end, 35);
  require_ms(t.backward, 31 - 10);  // stretched by 6 ms
  require_ms(t.step, 38);           // what it takes without overlap, as all of it is work of one core
  require_ms(phases_of(t).at("exposed"), 38 - 10 - 21 - 3);
  require_ms(phases_of(t).at("communication"), 12 + 4);
}

// As above, but at 15 ms bucket 0 needs the core for half of its 6 ms, so that it takes them in spite of the other
// thread: until 21 ms, when 3 of the 10 ms are computed. The other 7 ms end at 28 ms.
TEST_CASE("an exchange that waits for links half of the time is not slowed by computing") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.core_share = 0.5;
  const StepTimeline t = replay_step(costs, Overlap::thread);
  require_ms(t.buckets[0].end, 21);
  require_ms(t.backward, 28 - 10);
  require_ms(t.step, 28 + 4 + 3);
  // Three quarters: at 0.5 / 0.75 of its speed, 6 ms take 9, in which 4.5 are computed; 5.5 ms are left at 24 ms.
  for (BucketCost& bucket : costs.buckets) bucket.core_share = 0.75;
  require_ms(replay_step(costs, Overlap::thread).buckets[0].end, 24);
  require_ms(replay_step(costs, Overlap::thread).backward, 24 + 5.5 - 10);
}

// At 15 ms bucket 0 needs both ends: at a quarter of its speed its 6 ms end only after backward. Until then computing
// has half: the 10 ms left end at 35 ms, when 5 ms are exchanged; 1 and 4 ms follow alone.
TEST_CASE("an exchange that needs both ends at once goes on a quarter of the time") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.both_ends = true;
  const StepTimeline t = replay_step(costs, Overlap::thread);
  require_ms(t.backward, 35 - 10);
  require_ms(t.buckets[0].end, 36);
  require_ms(t.step, 36 + 4 + 3);
  // If waiting gives the core away, computing keeps three quarters: 10 ms take 13.33, in which 3.33 are exchanged.
  for (BucketCost& bucket : costs.buckets) bucket.yields = true;
  const StepTimeline yielding = replay_step(costs, Overlap::thread);
  require_ms(yielding.backward, 15 + 10 / 0.75 - 10);
  require_ms(yielding.step, 15 + 10 / 0.75 + (6 - 10 / 0.75 / 4) + 4 + 3);  // 38: nothing is lost
}

TEST_CASE("the first exchange behind backward waits for the slowest rank") {
  StepCosts costs = two_buckets();
  const StepTimeline equal = replay_step(costs, Overlap::none);
  costs.spread = ms(2);
  const StepTimeline t = replay_step(costs, Overlap::none);
  require_ms(t.step - equal.step, 2);
  require_ms(t.buckets[0].end - t.buckets[0].start, 6 + 2);
  require_ms(t.buckets[1].end - t.buckets[1].start, 4);
  require_ms(replay_step(costs, Overlap::thread).step, 38 + 2);
  costs.buckets.clear();
  require_ms(replay_step(costs, Overlap::none).step, 25 + 3);  // one rank waits for nobody
}

// Bucket 0 runs from 15 to 21 ms beside computing, which ends at 25 ms as if nothing were exchanged.
TEST_CASE("an exchange without a part of the core hides behind computing") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.core_share = 0;
  const StepTimeline t = replay_step(costs, Overlap::thread);
  require_ms(t.buckets[0].end, 21);
  require_ms(t.backward, 15);
  require_ms(t.step, 25 + 4 + 3);
  require_ms(phases_of(t).at("exposed"), 4);
}

// Bucket 0 begins at 15 ms, behind layer 2. Layer 1 ends at 17: one of its six milliseconds, until 18. Layer 0 ends at
// 26: another, until 27. Four are left, until 31; then bucket 1 until 35.
TEST_CASE("polling does one advance behind each layer") {
  const StepTimeline t = replay_step(two_buckets(), Overlap::polling);
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

// Bucket 0 in one advance: done behind layer 1, from 17 to 23 ms. Layer 0 ends at 31, bucket 1 follows until 35.
TEST_CASE("a bucket that polling completes makes room for the next") {
  StepCosts costs = two_buckets();
  costs.buckets[0].advances = 1;
  costs.buckets.insert(costs.buckets.begin() + 1,
                       BucketCost{.last_layer = 1, .gradients = ms(2), .parameters = {}, .advances = 2});
  const StepTimeline t = replay_step(costs, Overlap::polling);
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
  const StepTimeline t = replay_step(costs, Overlap::polling);
  require_ms(t.buckets[0].end, 29.5);
  require_ms(t.step, 29.5 + 4 + 3);
  // In two advances of 3 ms, 2.25 ms of waiting have not passed behind layer 1; behind layer 0 they have.
  costs.buckets[0].advances = 2;
  require_ms(replay_step(costs, Overlap::polling).buckets[0].end, 25 + 0.75 + 3);
}

TEST_CASE("sharded, parameters are gathered behind the update") {
  StepCosts costs = two_buckets();
  for (BucketCost& bucket : costs.buckets) bucket.parameters = ms(2.5);
  for (const Overlap overlap : {Overlap::none, Overlap::thread, Overlap::polling}) {
    const StepTimeline t = replay_step(costs, overlap);
    require_ms(t.buckets[1].end, 35);
    require_ms(t.step, 35 + 3 + 5);
  }
  require_ms(phases_of(replay_step(costs, Overlap::none)).at("communication"), 10 + 5);
  require_ms(phases_of(replay_step(costs, Overlap::none)).at("exposed"), 10 + 5);
}

TEST_CASE("one rank only computes") {
  StepCosts costs = two_buckets();
  costs.buckets.clear();
  for (const Overlap overlap : {Overlap::none, Overlap::thread, Overlap::polling}) {
    const Phases phases = phases_of(replay_step(costs, overlap));
    require_ms(replay_step(costs, overlap).step, 28);
    REQUIRE(phases.size() == 3);  // forward, backward, update
  }
}

TEST_CASE("whatever the costs, buckets keep their order and nothing is exposed less than nothing") {
  const auto overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  const double share = GENERATE(0.0, 0.1, 0.5, 0.7, 1.0);
  const double exchange = GENERATE(0.0, 1e-3, 0.7, 3.0, 100.0);
  StepCosts costs{.forward = ms(1), .loss_backward = ms(0), .backward = {}, .update = ms(0.1)};
  for (int layer = 0; layer < 12; ++layer) {
    costs.backward.push_back(ms(layer % 3));
    costs.buckets.insert(costs.buckets.begin(), BucketCost{.last_layer = layer,
                                                           .gradients = ms(exchange * (1 + layer % 2)),
                                                           .parameters = {},
                                                           .core_share = share,
                                                           .advances = 1 + layer % 4});
  }
  const StepTimeline t = replay_step(costs, overlap);
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
