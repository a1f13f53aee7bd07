#include "experiment/json.hpp"

#include <unistd.h>

#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;

namespace {

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') + std::string(static_cast<std::size_t>(levels), ']');
}

/// Reads the key `x` of {"x": VALUE}.
template <class Get>
auto read_x(const std::string& value, Get get) {
  const Json json = parse_json("{\"x\": " + value + "}", "file.json");
  ObjectReader reader(json, "file.json");
  return get(reader);
}

}  // namespace

TEST_CASE("output keeps the order of its keys and reads back the same") {
  const std::string text = R"({"zeta":1,"alpha":[1.5,"two",null,true],"m":{"b":0.1,"a":-3}})";
  REQUIRE(parse_json(text, "x").dump() == text);
}

TEST_CASE("what is not strict JSON is refused with its place") {
  const auto refused = [](const std::string& text, const std::string& why) {
    REQUIRE_THROWS_WITH(parse_json(text, "a.json"), Catch::StartsWith("a.json: ") && Contains(why));
  };
  refused(R"({"n": 1, "n": 2})", "the key \"n\" stands twice in one object; keep one");
  refused(R"({"o": {"n": 1}, "p": {"n": 1, "n": 2}})", "stands twice");
  refused(R"({"n": NaN})", "not valid JSON");
  refused(R"({"n": 1e999})", "not valid JSON");
  refused(R"({"n": 1} {"n": 2})", "not valid JSON");
  refused(R"({"n": 1)", "not valid JSON");
  refused("", "not valid JSON");
  refused("\"\xff\"", "not valid JSON");
  refused(nested(34), "nested deeper than 32 levels");
  refused(nested(100'000), "nested deeper than 32 levels");
  REQUIRE(parse_json(nested(32), "x").is_array());
  REQUIRE(parse_json(R"({"o": {"n": 1}, "p": {"n": 2}})", "x").size() ==
          2);  // equal keys of different objects are fine
}

TEST_CASE("an unknown key is refused, with a guess when one is near") {
  const Json json = parse_json(R"({"alpha_s": 1, "bandwith": 2})", "p.json");
  ObjectReader reader(json, "p.json");
  reader.number("alpha_s");
  reader.has("bandwidth");
  REQUIRE_THROWS_WITH(reader.finish(), Contains("p.json: unknown key 'bandwith' (did you mean 'bandwidth'?)") &&
                                           Contains("known here: alpha_s, bandwidth"));
  const Json strange = parse_json(R"({"colour": 1})", "p.json");
  ObjectReader other(strange, "p.json");
  other.has("ranks");
  REQUIRE_THROWS_WITH(other.finish(), Contains("unknown key 'colour'; known here: ranks"));
}

TEST_CASE("each getter names the place, the key, what was found and what it takes") {
  const auto integer = [](ObjectReader& r) { return r.integer("x", 1, 100); };
  const auto number = [](ObjectReader& r) { return r.number("x", {0, 10}); };
  const auto numbers = [](ObjectReader& r) { return r.numbers("x", {0, 10}); };
  const auto text = [](ObjectReader& r) { return r.text("x"); };
  const auto texts = [](ObjectReader& r) { return r.texts("x"); };
  const auto boolean = [](ObjectReader& r) { return r.boolean("x"); };

  REQUIRE_THROWS_WITH(read_x("3.7", integer),
                      Contains("file.json: 'x' is 3.7, but it takes a whole number from 1 to 100"));
  REQUIRE_THROWS_WITH(read_x("-3", integer), Contains("-3"));
  REQUIRE_THROWS_WITH(read_x("101", integer), Contains("101"));
  REQUIRE_THROWS_WITH(read_x("18446744073709551615", integer), Contains("18446744073709551615"));
  REQUIRE_THROWS_WITH(read_x("\"5\"", integer), Contains("\"5\""));
  REQUIRE_THROWS_WITH(read_x("true", number), Contains("a finite number from 0 to 10"));
  REQUIRE_THROWS_WITH(read_x("10.5", number), Contains("'x' is 10.5"));
  REQUIRE_THROWS_WITH(read_x("[1, \"2\"]", numbers), Contains("a list of finite numbers from 0 to 10"));
  REQUIRE_THROWS_WITH(read_x("7", text), Contains("it takes a text"));
  REQUIRE_THROWS_WITH(read_x("[7]", texts), Contains("a list of texts"));
  REQUIRE_THROWS_WITH(read_x("1", boolean), Contains("true or false"));
  REQUIRE_THROWS_WITH(read_x("null", text), Contains("'x' is null"));
  REQUIRE_THROWS_WITH(read_x("1", [](ObjectReader& r) { return r.text("y"); }),
                      Contains("the key 'y' is missing; it takes a text"));
  REQUIRE_THROWS_WITH(ObjectReader(Json::array(), "here"), Contains("here: expected an object {...}, found []"));
}

TEST_CASE("each getter returns what stands there") {
  REQUIRE(read_x("100", [](ObjectReader& r) { return r.integer("x", 1, 100); }) == 100);
  REQUIRE(read_x("10", [](ObjectReader& r) { return r.number("x", {0, 10}); }) == 10.0);
  REQUIRE(read_x("[0, 2.5]", [](ObjectReader& r) { return r.numbers("x"); }) == std::vector<double>{0, 2.5});
  REQUIRE(read_x("[\"a\", \"b\"]", [](ObjectReader& r) { return r.texts("x"); }) == std::vector<std::string>{"a", "b"});
  REQUIRE(read_x("\"a\"", [](ObjectReader& r) { return r.text_or("x", "b"); }) == "a");
  REQUIRE(read_x("null", [](ObjectReader& r) { return r.text_or("x", "b"); }) == "b");
  REQUIRE(read_x("false", [](ObjectReader& r) { return r.boolean("x"); }) == false);
}

TEST_CASE("files are written whole or not at all, and missing ones are named") {
  const auto folder = std::filesystem::temp_directory_path() / ("ringtrue_json_test." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto path = folder / "a.json";
  write_text_file(path, "{\"n\": 1}\n");
  write_text_file(path, "{\"n\": 2}\n");
  REQUIRE(read_json_file(path).at("n") == 2);
  REQUIRE(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);  // no temporary left
  REQUIRE_THROWS_WITH(read_text_file(folder / "none.json"), Contains("none.json: cannot be read (No such file"));
  REQUIRE_THROWS_WITH(read_text_file(folder), Contains("is a directory, not a file"));
  REQUIRE_THROWS_WITH(write_text_file(folder / "none" / "a.json", "x"), Contains("cannot be written"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a file of lines is read line by line, empty ones skipped, and a bad one is named") {
  const auto path = std::filesystem::temp_directory_path() / ("ringtrue_json_lines." + std::to_string(getpid()));
  write_text_file(path, "1\n\n2\n");
  std::vector<std::string> seen;
  for_each_line(path, [&](const Json& json, const std::string& where) { seen.push_back(where + json.dump()); });
  REQUIRE(seen == std::vector<std::string>{path.string() + ":11", path.string() + ":32"});
  write_text_file(path, "1\n{\n");
  REQUIRE_THROWS_WITH(for_each_line(path, [](const Json&, const std::string&) {}), Contains(path.string() + ":2"));
  std::filesystem::remove(path);
}

TEST_CASE("the content hash is FNV-1a, 64 bit") {
  // The published test vectors of FNV-1a: http://www.isthe.com/chongo/src/fnv/test_fnv.c
  REQUIRE(content_hash("") == "cbf29ce484222325");
  REQUIRE(content_hash("a") == "af63dc4c8601ec8c");
  REQUIRE(content_hash("foobar") == "85944171f73967e8");
}
