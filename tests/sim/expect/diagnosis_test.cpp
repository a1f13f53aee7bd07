#include "sim/expect/diagnosis.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using testing::all_reduce;
using testing::round_machine;
using testing::round_platform;

bool names(const std::vector<Cause>& causes, const std::string& id) {
  return std::ranges::any_of(causes, [&](const Cause& cause) { return cause.id == id; });
}

Diagnosis of(const nccl::Call& call, Seconds measured) {
  const Expectation expected = expectation_of(call, round_platform());
  return diagnose(measured, measured > expected.time ? Verdict::slower : Verdict::faster, expected, round_machine());
}

TEST_CASE("each cause is recognised, first of all, from a time that it made") {
  nccl::Call gather = all_reduce(64_MiB, 4);
  gather.collective = Collective::all_gather;
  const nccl::Call call =
      GENERATE_COPY(all_reduce({1'000'000'000}), all_reduce(2_KiB), gather, all_reduce(1024_MiB, 16, 2));
  const std::vector<Cause> causes = known_causes(expectation_of(call, round_platform()), round_machine());
  REQUIRE(causes.size() > 5);
  for (const Cause& cause : causes) {
    CAPTURE(cause.id);
    if (cause.computed()) {
      const Diagnosis d = of(call, cause.least);
      CHECK(names(d.fits, cause.id));
      CHECK(d.fits.front().least == cause.least);
      CHECK(d.nearest.empty());
    } else {
      CHECK(names(of(call, (cause.least + cause.most) / 2).possible, cause.id));
    }
  }
}

TEST_CASE("a time a few percent beside a cause still fits, the closer of two first") {
  const nccl::Call call = all_reduce({1'000'000'000});
  // Ring instead of NVLS takes 4385 us; the next other cause, 9 of 10 links, 3926 us.
  const Diagnosis d = of(call, Seconds{4385e-6 * 1.02});
  REQUIRE(d.fits.size() == 1);
  CHECK(d.fits.front().id == "nvls_off");
  CHECK_FALSE(d.beats_bound);
  // Half of the links takes 7051.25 us, and so do twice the bytes: both are named.
  const std::vector<Cause> fits = of(call, Seconds{7051.25e-6 * 1.01}).fits;
  CHECK(names(fits, "links_5"));
  CHECK(names(fits, "elements_of_2_bytes"));
}

TEST_CASE("nothing is recognised where nothing fits; the two nearest are shown as such") {
  const Diagnosis d = of(all_reduce({1'000'000'000}), Seconds{9500e-6});  // between 7051 and 12431 us (LL)
  CHECK(d.fits.empty());
  CHECK(d.possible.empty());
  CHECK(d.nearest.size() == 2);
}

TEST_CASE("a normal time has no causes, one that beats every bound says so") {
  const nccl::Call call = all_reduce({1'000'000'000});
  const Expectation expected = expectation_of(call, round_platform());
  const Diagnosis normal = diagnose(expected.time, Verdict::normal, expected, round_machine());
  CHECK(normal.fits.empty());
  CHECK(normal.possible.empty());
  CHECK(normal.nearest.empty());
  CHECK_FALSE(of(call, Seconds{2813e-6}).beats_bound);  // NVLS at full rate: 2812.5 us
  CHECK(of(call, Seconds{2812e-6}).beats_bound);
}

LogRow row(const nccl::Call& call, Seconds measured) {
  LogRow r{.expected = expectation_of(call, round_platform()), .uncertainty = {}, .measured = measured};
  r.uncertainty = uncertainty_of(r.expected, {}, {}, round_machine());
  r.uncertainty.width = 0.05;
  r.uncertainty.least = r.expected.time * 0.95;
  r.uncertainty.most = r.expected.time * 1.05;
  r.verdict = verdict_of(measured, r.uncertainty);
  return r;
}

/// The log of somebody for whom `id` is so, at each size where it is known.
std::vector<LogRow> log_of(const std::string& id, const std::vector<Bytes>& sizes) {
  std::vector<LogRow> rows;
  for (const Bytes size : sizes) {
    LogRow r = row(all_reduce(size), Seconds{1});
    Seconds measured = r.expected.time;
    for (const Cause& cause : known_causes(r.expected, round_machine()))
      if (cause.id == id) measured = cause.least;
    rows.push_back(row(all_reduce(size), measured));
  }
  return rows;
}

TEST_CASE("a log is explained by what fits all of it: launches at small messages, NVLS at large ones") {
  const std::vector<Bytes> sizes{1_KiB, 8_KiB, 64_KiB, 64_MiB, 256_MiB, 1024_MiB};
  for (const std::string id : {"one_process", "nvls_off", "links_9", "links_6"}) {
    CAPTURE(id);
    const std::vector<LogRow> rows = log_of(id, sizes);
    const std::vector<LogCause> causes = diagnose(rows, round_machine());
    REQUIRE_FALSE(causes.empty());
    CHECK(causes.front().cause.id == id);
    CHECK(causes.front().contradicted == 0);
    CHECK(causes.front().explained ==
          std::ranges::count_if(rows, [](const LogRow& r) { return r.verdict != Verdict::normal; }));
  }
  const LogCause launches = diagnose(log_of("one_process", sizes), round_machine()).front();
  CHECK(launches.least == 1_KiB);
  CHECK(launches.most == 64_KiB);
}

TEST_CASE("a log whose first rows alone are slow was not warmed up, as a rule of thumb") {
  std::vector<LogRow> rows = log_of("", {4_KiB, 8_KiB, 16_KiB, 64_MiB});
  for (const Bytes size : {1_KiB, 2_KiB}) rows.push_back(row(all_reduce(size), Seconds{90e-6}));  // of 21 us
  const std::vector<LogCause> causes = diagnose(rows, round_machine());
  REQUIRE(causes.size() == 1);
  CHECK(causes.front().cause.id == "cold");
  CHECK(causes.front().explained == 2);
}

TEST_CASE("what normal rows contradict is not blamed") {
  // One row slow by the factor of half precision, all others normal.
  std::vector<LogRow> rows = log_of("", {64_MiB, 128_MiB, 256_MiB, 512_MiB, 1024_MiB});
  CHECK(diagnose(rows, round_machine()).empty());
  rows.push_back(row(all_reduce({1'000'000'000}), Seconds{7051.25e-6}));
  REQUIRE(rows.back().verdict == Verdict::slower);
  for (const LogCause& cause : diagnose(rows, round_machine())) CHECK(cause.cause.id != "elements_of_2_bytes");
}

}  // namespace
}  // namespace ringtrue::expect
