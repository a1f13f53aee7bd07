#include "sim/astra/files/group_file.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using Catch::StartsWith;

namespace {

void refused(const std::string& text, const std::string& why) {
  CHECK_THROWS_MATCHES(parse_groups(text, "groups.json", 8), ringtrue::Error,
                       Catch::Matchers::Message("groups.json: " + why));
}

}  // namespace

TEST_CASE("groups keep the order of their ranks, which is that of the ring") {
  const std::vector<Group> groups = parse_groups(R"({"2": [3, 1, 2], "1": [7]})", "groups.json", 8);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].id == 2);
  CHECK(groups[0].ranks == std::vector<int>{3, 1, 2});
  CHECK(groups[1].id == 1);
  CHECK(groups[1].ranks == std::vector<int>{7});
  CHECK(parse_groups("{}", "groups.json", 8).empty());
}

TEST_CASE("names of groups in a group file") {
  for (const std::string key : {"0", "-1", "2001", "1.0", "x", "", "1 ", "99999999999999999999"})
    refused("{\"" + key + "\": [0]}", "group '" + key + "'; allowed: whole numbers from 1 to 2000 (0 is all ranks)");
  refused(R"({"\u001b[2J\u0000": [0]})",
          "group '\\x1b[2J\\x00'; allowed: whole numbers from 1 to 2000 (0 is all ranks)");
  refused(R"({"1": [0], "01": [1]})", "group 1 is given twice");
  refused(R"({"1": [0], "1": [1]})", "the key \"1\" stands twice in one object; keep one");
}

TEST_CASE("ranks of groups") {
  for (const std::string list : {"[]", "3", "\"all\"", "null", "{}"})
    refused("{\"1\": " + list + "}", "group 1 needs a list of ranks");
  for (const std::string rank : {"8", "-1", "0.5", "1.0", "null", "true", "\"1\"", "[1]", "4294967296",
                                 "18446744073709551615", "-9223372036854775808"})
    CHECK_THROWS_WITH(parse_groups("{\"5\": [0, " + rank + "]}", "groups.json", 8),
                      StartsWith("groups.json: group 5 has rank " + rank) && Contains("; allowed: 0 to 7"));
  refused(R"({"1": [3, 2, 3]})", "group 1 has rank 3 twice");
}

TEST_CASE("what is no object") {
  for (const std::string text : {"[0, 1]", "1", "null"}) refused(text, "not an object such as {\"1\": [0, 1]}");
  CHECK_THROWS_WITH(parse_groups("{\"1\": [1e400]}", "groups.json", 8), Contains("not valid JSON"));
  CHECK_THROWS_WITH(parse_groups("{\"1\": [0]", "groups.json", 8), Contains("not valid JSON"));
  CHECK_THROWS_WITH(parse_groups(std::string(100'000, '['), "groups.json", 8), Contains("nested deeper"));
}

TEST_CASE("hostile sizes are refused before they are parsed") {
  std::string many = "{";
  for (int id = 1; id <= 200'000; ++id) many += (id > 1 ? ",\"" : "\"") + std::to_string(id) + "\":[0]";
  refused(many + "}", "more than 2000 groups");
  refused(std::string((16 << 20) + 1, ' '), "16777217 bytes; a group file has at most 16777216");
  const std::string text = R"({"1": [")" + std::string(100'000, 'x') + "\"]}";
  CHECK_THROWS_WITH(parse_groups(text, "groups.json", 8), Contains("xxx...; allowed: 0 to 7"));
}

TEST_CASE("a group file is read, and named if it is not there") {
  const testing::Folder folder("group_file_test");
  CHECK(read_group_file(folder.write("groups.json", R"({"1": [0, 1]})"), 2).size() == 1);
  CHECK_THROWS_WITH(read_group_file(folder.path("none.json"), 2), Contains("none.json") && Contains("cannot be read"));
}
