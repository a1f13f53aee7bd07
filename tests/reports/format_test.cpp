#include "reports/format.hpp"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

namespace ringtrue {

TEST_CASE("a time has four significant digits in the unit that suits it") {
  CHECK(format_time(Seconds{16.6e-3}) == "16.60 ms");
  CHECK(format_time(Seconds{1.308e-3}) == "1.308 ms");
  CHECK(format_time(Seconds{87.654321e-6}) == "87.65 us");
  CHECK(format_time(Seconds{0.5e-6}) == "0.500 us");  // never more than three decimals
  CHECK(format_time(Seconds{12.3456}) == "12.35 s");
  CHECK(format_time(Seconds{0}) == "0.000 us");
}

TEST_CASE("a time that rounds up to the next unit is written in it") {
  CHECK(format_time(Seconds{999.96e-6}) == "1.000 ms");  // 999.96 us has the four digits 1000
  CHECK(format_time(Seconds{999.94e-6}) == "999.9 us");
  CHECK(format_time(Seconds{0.99996}) == "1.000 s");
}

TEST_CASE("the bounds of an interval stand in the unit of the time") {
  CHECK(format_time_interval(Seconds{16.6e-3}, {0.0162, 0.0170}) == "16.60 ms [16.20, 17.00]");
  CHECK(format_time_interval(Seconds{900e-6}, {800e-6, 1.1e-3}) == "900.0 us [800.0, 1100.0]");
}

TEST_CASE("a percentage has three significant digits and at most two decimals") {
  CHECK(format_percent(0.1234) == "12.3 %");
  CHECK(format_percent(0.0969) == "9.69 %");
  CHECK(format_percent(1.2345) == "123 %");
  CHECK(format_percent(0.00004) == "0.00 %");
  CHECK(format_percent(0.09996) == "10.0 %");  // 9.996 rounds to 10.0
}

TEST_CASE("a signed percentage says which way, zero does not") {
  CHECK(format_signed_percent(0.03) == "+3.00 %");
  CHECK(format_signed_percent(-0.0687) == "-6.87 %");
  CHECK(format_signed_percent(0) == "0.00 %");
  CHECK(format_signed_percent(-0.000001) == "0.00 %");
  CHECK(format_signed_percent(0.000001) == "0.00 %");
}

TEST_CASE("an interval without width is no interval") {
  CHECK(format_percent_interval(0.15, {0.12, 0.18}) == "15.0 % [12.0, 18.0]");
  CHECK(format_percent_interval(0.15, {0.15, 0.15}) == "15.0 %");
}

TEST_CASE("bandwidths are decimal gigabytes per second") {
  CHECK(format_gigabytes_per_second(Bandwidth{12.345e9}) == "12.3");
  CHECK(format_gigabytes_per_second(Bandwidth{0.4e6}) == "0.000400");
  CHECK(format_gigabytes_per_second(Bandwidth{480e9}) == "480");
}

TEST_CASE("ratios, scales and counts") {
  CHECK(format_ratio(0.7154) == "0.715");
  CHECK(format_ratio(2.5) == "2.50");
  CHECK(format_scale(8) == "p8");
  CHECK(count_of(1, "row") == "1 row");
  CHECK(count_of(0, "row") == "0 rows");
  CHECK(enumerate({}).empty());
  CHECK(enumerate({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("an exact number reads back as itself") {
  const double value = GENERATE(0.1, 1.0 / 3, 2e-5, 123456789.0, 5e-324);
  CHECK(std::stod(format_exact(1.0 / 3)) == 1.0 / 3);
  CHECK(std::strtod(format_exact(value).c_str(), nullptr) == value);
}

TEST_CASE("what is not finite reads as a dash and leaves data cells empty") {
  const double value = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  CHECK(format_time(Seconds{value}) == "-");
  CHECK(format_percent(value) == "-");
  CHECK(format_signed_percent(value) == "-");
  CHECK(format_ratio(value) == "-");
  CHECK(format_gigabytes_per_second(Bandwidth{value}) == "-");
  CHECK(format_exact(value).empty());
}

TEST_CASE("control characters become visible and lines become one") {
  CHECK(printable("a\nb\tc") == "a b c");
  CHECK(printable("\x1b[31m") == "\\x1B[31m");
  CHECK(printable("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("shortening never cuts a character in half") {
  CHECK(shorten("abcdef", 6) == "abcdef");
  CHECK(shorten("abcdefg", 6) == "abc...");
  CHECK(shorten("ab\xc3\xa9"
                "defg",
                6) == "ab...");  // the third byte would be half of e acute
}

}  // namespace ringtrue
