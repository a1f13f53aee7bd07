#include "sim/astra/files/network_file.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using Catch::StartsWith;

namespace {

/// A good file with one line replaced, or left out if `line` is empty.
std::string with(const std::string& key, const std::string& line) {
  std::string text;
  for (const std::string good :
       {"topology: [ Switch ]", "npus_count: [ 8 ]", "bandwidth: [ 400.0 ]", "latency: [ 936.25 ]"})
    text += (good.starts_with(key) ? line : good) + "\n";
  return text;
}

void refused(const std::string& text, const std::string& why) {
  CAPTURE(text.substr(0, 200));
  CHECK_THROWS_MATCHES(parse_network(text, "net.yml"), ringtrue::Error, Catch::Matchers::Message("net.yml: " + why));
}

void refused_with(const std::string& text, const std::string& part) {
  CAPTURE(text.substr(0, 200));
  CHECK_THROWS_WITH(parse_network(text, "net.yml"), StartsWith("net.yml: ") && Contains(part));
}

}  // namespace

TEST_CASE("one dimension, as ASTRA-sim's examples write it") {
  const Network network = parse_network(
      "# HGX\ntopology: [ Switch ]  # a comment, with ] and & in it\nnpus_count: [ 8 ]\nbandwidth: [ 400.0 ]\n"
      "latency: [ 936.25 ]\n",
      "net.yml");
  REQUIRE(network.dimensions.size() == 1);
  CHECK(network.dimensions[0].topology == Topology::switched);
  CHECK(network.dimensions[0].npus == 8);
  CHECK(network.dimensions[0].bandwidth_gib_per_s == 400);
  CHECK(network.dimensions[0].latency_ns == 936.25);
}

TEST_CASE("three dimensions, lists as blocks, flow or JSON") {
  const std::string_view block =
      "topology:\n  - Ring\n  - FullyConnected\n  - Switch\nnpus_count: [2, 4, 8]\nbandwidth: [100, 50, 2.5e1]\n"
      "latency: [0, 500, 1000]\n";
  const std::string_view json =
      R"({"topology": ["Ring", "FullyConnected", "Switch"], "npus_count": [2, 4, 8], "bandwidth": [100, 50, 25.0],
          "latency": [0, 500, 1000]})";
  for (const std::string_view text : {block, json}) {
    const Network network = parse_network(text, "net.yml");
    REQUIRE(network.dimensions.size() == 3);
    CHECK(network.dimensions[0].topology == Topology::ring);
    CHECK(network.dimensions[1].topology == Topology::fully_connected);
    CHECK(network.dimensions[2].topology == Topology::switched);
    CHECK(network.dimensions[2].bandwidth_gib_per_s == 25);
    CHECK(network.dimensions[0].latency_ns == 0);
    CHECK(npu_count(network) == 64);
  }
}

TEST_CASE("a document may be marked") {
  CHECK(npu_count(parse_network("--- \n" + with("x", ""), "net.yml")) == 8);
  CHECK(npu_count(parse_network(with("x", "") + "...\n", "net.yml")) == 8);
}

TEST_CASE("a scalar where a list belongs") {
  refused(with("npus", "npus_count: 8"), "'npus_count' is '8', but it has to be a list: write [ 8 ]");
  refused(with("topology", "topology: Ring"), "'topology' is 'Ring', but it has to be a list: write [ Ring ]");
  refused(with("latency", "latency: []"), "'latency' has to be a list with an entry per dimension");
  refused(with("latency", "latency:"), "'latency' has to be a list with an entry per dimension");
  refused(with("latency", "latency: {a: 1}"), "'latency' has to be a list with an entry per dimension");
  refused(with("latency", "latency: [[1]]"), "'latency' has an entry that is not a plain value");
  refused(with("latency", "latency: [~]"), "'latency' has an entry that is not a plain value");
}

TEST_CASE("keys: unknown, misspelt, missing, twice") {
  const std::string rest = "; allowed: topology, npus_count, bandwidth, latency; ASTRA-sim ignores it silently";
  refused(with("npus", "npu_count: [ 8 ]"),
          "'npu_count' is not a key of a network file (did you mean 'npus_count'?)" + rest);
  refused(with("x", "") + "colour: [ red ]", "'colour' is not a key of a network file" + rest);
  refused(with("x", "") + "[1]: 2", "'?' is not a key of a network file" + rest);
  refused(with("bandwidth", ""), "'bandwidth' is missing");
  refused(with("x", "") + "latency: [ 1 ]", "'latency' is given twice");
}

TEST_CASE("lists of unequal length name all four lengths") {
  refused(with("npus", "npus_count: [ 8, 2 ]"),
          "topology has 1 entries, npus_count 2, bandwidth 1, latency 1; they have to be equally many");
}

TEST_CASE("values out of range or of another kind") {
  refused(with("topology", "topology: [ Rign ]"),
          "topology 'Rign' (did you mean 'Ring'?); allowed: Ring, FullyConnected, Switch");
  refused(with("topology", "topology: [ Torus3D ]"), "topology 'Torus3D'; allowed: Ring, FullyConnected, Switch");
  // yaml reads 010 as 8 and 0x8 too; 8.0 and 1e1 it does not take for whole numbers.
  for (const std::string count : {"1", "0", "-8", "8.0", "1e1", "010", "0x8", "99999999999999999999", "tbd", "''"})
    refused_with(with("npus", "npus_count: [ " + count + " ]"), "allowed: a whole number from 2 to ");
  for (const std::string value :
       {"0", "-1", ".nan", "nan", ".inf", "inf", "1e400", "1e-400", "1e13", "1e-7", "tbd", "1 2"})
    refused_with(with("bandwidth", "bandwidth: [ " + value + " ]"),
                 "bandwidth '" + value + "'; allowed: a number from 1e-06 to 1e12 (in GiB/s)");
  for (const std::string value : {"-1", "-1e-9", ".nan", ".inf", "1e400", "500ns"})
    refused_with(with("latency", "latency: [ " + value + " ]"),
                 "latency '" + value + "'; allowed: a number from 0 to 1e12 (in ns)");
}

TEST_CASE("more NPUs than are simulated, without overflow") {
  std::string topology = "topology: [ Ring", npus = "npus_count: [ 50000", rest = "[ 1";
  for (int i = 1; i < 40; ++i) {
    topology += ", Ring";
    npus += ", 50000";
    rest += ", 1";
  }
  refused_with(topology + " ]\n" + npus + " ]\nbandwidth: " + rest + " ]\nlatency: " + rest + " ]\n", "NPUs");
}

TEST_CASE("what is no network file at all") {
  const std::string keys = "not a network file: it needs the keys topology, npus_count, bandwidth and latency";
  for (const std::string text : {"", "8", "[ 8 ]", "# only a comment\n", "~"}) refused(text, keys);
  refused_with("topology: [ Ring", "not yaml: ");
  refused_with("topology: [ Ring ]\n]", "not yaml: ");
  refused_with(std::string("\xff\xfe\x00t", 4), "no nesting");
}

TEST_CASE("what stands behind the first document") {
  const std::string text = "text behind the first yaml document, which ASTRA-sim silently leaves out; remove it";
  refused(with("x", "") + "---\nlatency: [ 1 ]\n", text);
  refused("{\"topology\": [\"Ring\"], \"npus_count\": [4], \"bandwidth\": [1], \"latency\": [0]}\n{\"latency\": [1]}",
          text);
}

TEST_CASE("a lone comma, on which yaml-cpp can read documents for ever") {
  refused(",", "text behind the first yaml document, which ASTRA-sim silently leaves out; remove it");
}

TEST_CASE("hostile yaml is refused before it is parsed") {
  const std::string nesting = "a network file holds four lists of plain values, no nesting, anchors or tags";
  refused(std::string(50'000, '['), nesting);
  refused(std::string(50'000, '{'), nesting);
  refused(with("topology", "topology: &a [ Ring ]"), nesting);
  refused(with("topology", "topology: *a"), nesting);
  refused(with("topology", "topology: !!int [ Ring ]"), nesting);
  refused(std::string("topology: [ \0 ]", 15), nesting);
  refused(with("x", "").append(1000, '-'), "1004 list or key marks; a network file has few");
  refused(std::string(1 << 20, ' '), "1048576 bytes; a network file has at most 65536");
}

TEST_CASE("control characters of a network file do not reach the terminal") {
  refused_with(with("topology", "topology: [ \"\\x1b[2J\" ]"), "topology '\\x1b[2J'");
  refused_with(with("npus", "npus_count: \"\\u0000\\n\""), "'npus_count' is '\\x00\\x0a'");
  refused_with(with("npus", "\"\\e]0;\": [ 8 ]"), "'\\x1b]0;' is not a key");
  refused_with(with("topology", "topology: [ " + std::string(5000, 'R') + " ]"), std::string(60, 'R') + "...'");
}

TEST_CASE("a network file is read, and named if it is not there") {
  const testing::Folder scratch("network_file_test");
  CHECK(npu_count(read_network_file(scratch.write("net.yml", with("x", "")))) == 8);
  CHECK_THROWS_WITH(read_network_file(scratch.path("none.yml")), Contains("none.yml") && Contains("cannot be read"));
}
