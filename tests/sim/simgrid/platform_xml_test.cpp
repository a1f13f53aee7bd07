#include "sim/simgrid/platform_xml.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "tests/sim/simgrid/records.hpp"

namespace ringtrue::simgrid {
namespace {

using Catch::Matchers::Contains;

/// The value of an option in the file.
std::string option(const std::string& xml, const std::string& name) {
  const std::string before = "<prop id=\"" + name + "\" value=\"";
  const std::size_t at = xml.find(before);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + before.size();
  return xml.substr(begin, xml.find('"', begin) - begin);
}

/// The numbers of a text such as 0:1;4048:3, one after the other.
std::vector<double> numbers(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == ':' || c == ';'; }, ' ');
  std::istringstream stream(text);
  std::vector<double> values;
  for (double value = 0; stream >> value;) values.push_back(value);
  return values;
}

void require_numbers(const std::string& xml, const std::string& name, const std::vector<double>& expected) {
  CAPTURE(name);
  const std::vector<double> found = numbers(option(xml, name));
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(found[i] == Approx(expected[i]).margin(1e-15));
}

TEST_CASE("the platform of two ranks on one host") {
  const Network network = fit_network(calibration_of(two_ranks()), one_host, 2, "");
  const std::string xml = platform_xml(network);
  REQUIRE_THAT(xml, Contains("<host id=\"host0\" speed=\"1000000000f\" core=\"2\"/>"));
  // Together 5 GB/s: two messages at once in 0.4 ns/B. Alone a large message gets 4 GB/s; the shortest start is 1 us.
  REQUIRE_THAT(xml, Contains("<link id=\"memory0\" bandwidth=\"5000000000Bps\" latency=\"0.000000000000000s\" "
                             "sharing_policy=\"SHARED\"/>"));
  REQUIRE_THAT(xml, Contains("<link id=\"way_within\" bandwidth=\"4000000000Bps\" latency=\"0.000001000000000s\" "
                             "sharing_policy=\"FATPIPE\"/>"));
  REQUIRE_THAT(xml, Contains("<route src=\"host0\" dst=\"host0\" symmetrical=\"no\"><link_ctn id=\"way_within\"/>"
                             "<link_ctn id=\"memory0\"/></route>"));
  // Alone 2 of 4 GB/s; starts of 1 and 3 us over 1 us. The border is 4,032 B and 16 of SMPI's envelope.
  require_numbers(xml, "smpi/bw-factor", {0, 0.5, 4048, 1});
  require_numbers(xml, "smpi/lat-factor", {0, 1, 4048, 3});
  // Eager, together less alone: 0.5 us; and 0.8 ns/B is what half of 5 GB/s with the factor 0.5 gives. A half for each
  // side. Rendezvous: 2 us, and nothing per byte, since 0.4 ns/B is what half of 5 GB/s gives.
  require_numbers(xml, "smpi/ois", {0, 0.25e-6, 0, 4032, 2e-6, 0});
  require_numbers(xml, "smpi/os", {0, 0.25e-6, 0, 4032, 2e-6, 0});
  require_numbers(xml, "smpi/or", {0, 0.25e-6, 0, 4032, 0, 0});
  REQUIRE(option(xml, "smpi/send-is-detached-thresh") == "4033");  // what is smaller is sent at once
  REQUIRE(option(xml, "smpi/async-small-thresh") == "4033");
  REQUIRE(option(xml, "smpi/simulate-computation") == "no");
  REQUIRE(hostfile(network) == "host0\nhost0\n");
}

/// Four ranks on two hosts; one protocol, as no eager limit is known.
Network two_hosts() {
  return {.system = {.testbed = "cluster", .hosts = 2, .cores = 2, .placement = Placement::block, .transport = "tcp"},
          .ranks = 4,
          .largest_eager = {0},
          .memory = Path{.protocols = {{.above = {0}, .alone = {1e-6, 0.25e-9}, .together = {1e-6, 0.25e-9}}},
                         .sharing = 2,
                         .capacity = {8e9}},
          .link = Path{.protocols = {{.above = {0}, .alone = {20e-6, 10e-9}, .together = {30e-6, 16e-9}}},
                       .sharing = 2,
                       .capacity = {125e6}}};
}

TEST_CASE("the platform of two hosts: a port each way for each host, and routes through both") {
  const std::string xml = platform_xml(two_hosts());
  REQUIRE_THAT(xml, Contains("<link id=\"port1\" bandwidth=\"125000000Bps\" latency=\"0.000000000000000s\" "
                             "sharing_policy=\"SPLITDUPLEX\"/>"));
  // Alone 100 MB/s and 20 us; within a host 4 GB/s and 1 us.
  REQUIRE_THAT(xml, Contains("<link id=\"way_between\" bandwidth=\"100000000Bps\" latency=\"0.000020000000000s\""));
  REQUIRE_THAT(xml, Contains("<link id=\"way_within\" bandwidth=\"4000000000Bps\" latency=\"0.000001000000000s\""));
  REQUIRE_THAT(xml, Contains("<link id=\"memory1\" bandwidth=\"8000000000Bps\""));
  REQUIRE_THAT(xml, Contains("<route src=\"host1\" dst=\"host0\" symmetrical=\"no\"><link_ctn id=\"port1\" "
                             "direction=\"UP\"/><link_ctn id=\"way_between\"/><link_ctn id=\"port0\" "
                             "direction=\"DOWN\"/></route>"));
  require_numbers(xml, "smpi/bw-factor", {0, 1});
  require_numbers(xml, "smpi/lat-factor", {0, 1});
  // Half of 125 MB/s is 16 ns/B: the link explains it, and only 10 us are left.
  require_numbers(xml, "smpi/ois", {0, 10e-6, 0});
  REQUIRE(option(xml, "smpi/send-is-detached-thresh") == "0");
  REQUIRE(hostfile(two_hosts()) == "host0\nhost0\nhost1\nhost1\n");
}

}  // namespace
}  // namespace ringtrue::simgrid
