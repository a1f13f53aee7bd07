#include "reports/csv.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {

TEST_CASE("only cells that need quotes get them, and quotes inside are doubled") {
  const Table table{{{"a"}, {"b, c"}}, {{"plain", "say \"no\""}, {"", "two\nlines"}}};
  CHECK(to_csv(table) ==
        "a,\"b, c\"\n"
        "plain,\"say \"\"no\"\"\"\n"
        ",\"two\nlines\"\n");
}

TEST_CASE("a table without rows is its header") { CHECK(to_csv({{{"a"}, {"b"}}, {}}) == "a,b\n"); }

}  // namespace ringtrue
