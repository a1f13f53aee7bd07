#include "sim/expect/spelled.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

TEST_CASE("a time is a number and its unit") {
  CHECK_THAT(parse_time("4.6ms", "t").count(), WithinRel(4.6e-3, 1e-12));
  CHECK_THAT(parse_time("812 us", "t").count(), WithinRel(812e-6, 1e-12));
  CHECK_THAT(parse_time("950ns", "t").count(), WithinRel(950e-9, 1e-12));
  CHECK_THAT(parse_time("1e-2 s", "t").count(), WithinRel(0.01, 1e-12));
}

TEST_CASE("what is no time is refused, with what would be one") {
  CHECK_THROWS_WITH(parse_time("4.6", "--measured"),
                    Contains("--measured") && Contains("no unit") && Contains("4.6ms"));
  CHECK_THROWS_WITH(parse_time("4.6 minutes", "t"), Contains("'minutes' is not a unit"));
  for (const char* text : {"", "ms", "0ms", "-1ms", "nan ms", "inf s", "1e300 s", "1e999 s", "4,6ms", "4.6  ms"})
    CHECK_THROWS_AS(parse_time(text, "t"), Error);
}

TEST_CASE("launch modes by name") {
  CHECK(parse_launch_mode("cuda_graph", "l") == LaunchMode::cuda_graph);
  CHECK_THROWS_WITH(parse_launch_mode("graph", "--launch-mode"), Contains("--launch-mode") && Contains("one_process"));
}

TEST_CASE("times, rates and sizes to read") {
  CHECK(time_text(Seconds{4.6e-3}) == "4.600 ms");
  CHECK(time_text(Seconds{12.345e-6}) == "12.35 us");
  CHECK(time_text(Seconds{123.45e-3}) == "123.5 ms");
  CHECK(time_text(Seconds{2.0}) == "2.000 s");
  CHECK(rate_text({465.25e9}) == "465.2 GB/s");
  CHECK(size_text(64_MiB) == "64 MiB");
  CHECK(size_text(1000_B) == "1000 B");
  CHECK(size_text({1'478'492}) == "1.41 MiB");  // 1478492 / 1048576 = 1.41
  CHECK(size_text({1'610'612'737}) == "1.50 GiB");
  CHECK(choice_text({Algorithm::ring, Protocol::ll128}) == "ring/ll128");
  CHECK(choice_text({Algorithm::direct, Protocol::simple}) == "direct");
}

}  // namespace
}  // namespace ringtrue::expect
