#include "experiment/spelling.hpp"

#include <array>

#include <catch2/catch.hpp>

using namespace ringtrue;

TEST_CASE("the nearest word is proposed, and none that is far") {
  constexpr std::array<std::string_view, 3> known{"topology", "latency", "latencies"};
  CHECK(did_you_mean("latencys", known) == " (did you mean 'latency'?)");
  CHECK(did_you_mean("topolgy", known) == " (did you mean 'topology'?)");
  CHECK(did_you_mean("bandwidth", known).empty());
  CHECK(did_you_mean("", known).empty());
  CHECK(did_you_mean(std::string(1000, 'l'), known).empty());
}

TEST_CASE("an excerpt is printable and short") {
  CHECK(excerpt("plain text") == "plain text");
  CHECK(excerpt("a\x1b[31m\xc3\xa9\n") == "a\\x1b[31m\\xc3\\xa9\\x0a");
  CHECK(excerpt(std::string(61, 'x')) == std::string(60, 'x') + "...");
  CHECK(excerpt("abc", 2) == "ab...");
}
