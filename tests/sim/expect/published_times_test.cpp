#include "sim/expect/published_times.hpp"

#include <catch2/catch.hpp>

#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::WithinRel;
using testing::all_reduce;
using testing::published;
using testing::round_machine;
using testing::round_platform;

/// As `all_reduce`, forced.
nccl::Call ring(Bytes bytes, int gpus = 8) {
  nccl::Call call = all_reduce(bytes, gpus);
  call.algorithm = Algorithm::ring;
  call.protocol = Protocol::simple;
  return call;
}

/// Of round_machine: 10 us + 7/4 of the message at 400 GB/s.
Seconds ring_time(Bytes bytes) { return Seconds{10e-6 + static_cast<double>(bytes.count) * 1.75 / 400e9}; }

Neighbours near(const nccl::Call& call, const std::vector<Reference>& references) {
  const Platform platform = round_platform();
  return neighbours_of(expectation_of(call, platform), published_times(references, platform), round_machine());
}

TEST_CASE("published times of the same question, with their spread") {
  const nccl::Call call = all_reduce(1024_MiB);  // NVLS
  const std::vector<Reference> references{published(call, Seconds{4.0e-3}, "a"), published(call, Seconds{4.2e-3}, "b"),
                                          published(ring(1024_MiB), Seconds{5.0e-3}),
                                          published(all_reduce(512_MiB), Seconds{2e-3}),
                                          published(all_reduce(1024_MiB, 4), Seconds{9e-3})};
  const Neighbours found = near(call, references);
  CHECK(found.same_size);
  REQUIRE(found.rows.size() == 3);
  CHECK(found.rows.front().source == "a");
  CHECK_THAT(found.spread, WithinRel(5.0 / 4.0, 1e-12));
  CHECK(found.alike == 2);  // the ring is another algorithm
  CHECK_THAT(found.alike_spread, WithinRel(1.05, 1e-12));
  CHECK(found.alike_least == Seconds{4.0e-3});
  CHECK(found.alike_most == Seconds{4.2e-3});
}

TEST_CASE("a launch that costs more is not alike; where it costs nothing it is") {
  nccl::Call small = all_reduce(1_KiB), large = all_reduce(1024_MiB);
  small.launch = large.launch = LaunchMode::one_process;
  CHECK(near(all_reduce(1_KiB), {published(small, Seconds{50e-6})}).alike == 0);
  CHECK(near(small, {published(small, Seconds{50e-6})}).alike == 1);
  CHECK(near(all_reduce(1024_MiB), {published(large, Seconds{4e-3})}).alike == 1);
}

TEST_CASE("the algorithm that a source's log shows counts, not the tuner's") {
  Reference reference = published(all_reduce(1024_MiB), Seconds{5e-3});
  std::get<Publication>(reference.record.result).chosen = "ring/simple";
  CHECK(near(all_reduce(1024_MiB), {reference}).alike == 0);
  CHECK(near(ring(1024_MiB), {reference}).alike == 1);
}

TEST_CASE("without the size, the nearest below and above") {
  const Neighbours found =
      near(all_reduce(100_MiB),
           {published(all_reduce(16_MiB), Seconds{1e-4}), published(all_reduce(64_MiB), Seconds{3e-4}),
            published(all_reduce(64_MiB), Seconds{3.3e-4}, "b"), published(all_reduce(128_MiB), Seconds{5e-4}),
            published(all_reduce(256_MiB), Seconds{1e-3})});
  CHECK_FALSE(found.same_size);
  CHECK(found.rows.size() == 3);
  CHECK_THAT(found.spread, WithinRel(1.1, 1e-12));  // of one size: 64 MiB
  CHECK(near(all_reduce(1_MiB), {}).rows.empty());
}

TEST_CASE("held out: only what was not fitted, of the same question but the size in its regime") {
  const Reference fitted = published(ring(256_MiB), Seconds{1});
  const std::vector<Reference> references{
      fitted,
      published(ring(128_MiB), ring_time(128_MiB) / 1.10),       // the model is 10 % slow
      published(ring(512_MiB), ring_time(512_MiB) * 1.10, "b"),  // and as much fast
      published(ring(4_KiB), Seconds{1}),                        // another regime
      published(ring(128_MiB, 4), Seconds{1}),                   // other GPUs
      published(all_reduce(1024_MiB), Seconds{1})};              // another algorithm
  const Platform platform = round_platform({record_id(fitted.record)});
  const std::vector<PublishedTime> rows = published_times(references, platform);
  const HeldOut held = held_out_like(expectation_of(ring(64_MiB), platform), rows, round_machine());
  CHECK(held.rows == 2);
  CHECK_THAT(held.error, WithinRel(0.10, 1e-9));  // exp(mean |ln 1.1|) - 1
  CHECK_FALSE(held.known_sources);                // nothing of "b" was fitted
  CHECK(held_out_in_all(rows).rows == 5);
  CHECK(held_out_like(expectation_of(ring(8_KiB, 2), platform), rows, round_machine()).rows == 0);
}

TEST_CASE("an algorithm that the fit never saw is missed, between nodes too") {
  const Reference fitted = published(ring(256_MiB), Seconds{1});
  const Platform platform = round_platform({record_id(fitted.record)});
  const std::vector<PublishedTime> rows = published_times({fitted}, platform);
  CHECK_FALSE(misses_algorithm(expectation_of(ring(1_MiB), platform), rows, round_machine()));
  CHECK(misses_algorithm(expectation_of(all_reduce(1024_MiB), platform), rows, round_machine()));
  nccl::Call far = all_reduce(1024_MiB, 16, 2);
  far.algorithm = Algorithm::ring;
  CHECK(misses_algorithm(expectation_of(far, platform), rows, round_machine()));
  CHECK_FALSE(misses_algorithm(expectation_of(far, platform), {}, round_machine()));  // no row is here to say so
}

}  // namespace
}  // namespace ringtrue::expect
