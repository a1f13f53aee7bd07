// ASTRA-sim's own cycle counts, exactly: every algorithm, topology and backend, odd sizes, remainders, dimensions,
// queues.
#include <catch2/catch.hpp>

#include "tests/sim/astra/cases.hpp"

using namespace ringtrue::astra;
using ringtrue::Collective;
using ringtrue::parse_collective;

namespace {

Cycles first_of(const Prediction& prediction) { return prediction.cycles_min; }

Node parse_node(const nlohmann::json& json, bool second_half) {
  Node node{.id = json["id"], .dependencies = json["after"].get<std::vector<std::uint64_t>>()};
  node.duration = json.value("us", Cycles{0}) * 1000;
  if (json.contains("collective")) {
    node.kind = NodeKind::collective;
    node.collective = parse_collective(json["collective"], "case");
    node.bytes = json["bytes"];
    if (json.value("halves", false)) node.group = second_half ? 2 : 1;
    return node;
  }
  node.cpu = json.value("cpu", false);
  if (json.contains("operations")) {
    node.operations = json["operations"].get<std::uint64_t>();
    node.tensor_bytes = json["tensor_bytes"];
  }
  return node;
}

/// Groups 1 and 2 are the lower and the upper half of the ranks.
Workload parse_graphs(const nlohmann::json& json) {
  Workload workload;
  const int npus = json["npus"][0];
  for (const bool second_half : {false, true}) {
    Graph graph;
    for (const nlohmann::json& node : json["nodes"]) graph.push_back(parse_node(node, second_half));
    workload.graphs.push_back(std::move(graph));
    workload.groups.push_back({.id = second_half ? 2 : 1});
  }
  for (int rank = 0; rank < npus; ++rank) {
    const int half = rank < npus / 2 ? 0 : 1;
    workload.graph_of_rank.push_back(half);
    workload.groups[static_cast<std::size_t>(half)].ranks.push_back(rank);
  }
  return workload;
}

}  // namespace

TEST_CASE("single collectives end when ASTRA-sim says, on both paths") {
  const std::vector<nlohmann::json> cases = ringtrue::astra::testing::read_cases("golden_collectives.jsonl");
  REQUIRE(cases.size() >= 200);
  std::size_t symmetric = 0;
  for (const nlohmann::json& json : cases) {
    CAPTURE(json.dump());
    const Configuration configuration = ringtrue::astra::testing::parse_configuration(json);
    const Workload workload = single_collective(parse_collective(json["collective"], "case"), json["bytes"]);
    const Prediction event = simulate(configuration, workload, Path::event);
    const Prediction automatic = simulate(configuration, workload);
    CHECK(event.cycles_max == json["last"].get<Cycles>());
    CHECK(first_of(event) == json["first"].get<Cycles>());
    CHECK(automatic.cycles_max == json["last"].get<Cycles>());
    CHECK(automatic.communication == event.communication);
    symmetric += automatic.path == Path::symmetric ? 1 : 0;
  }
  CHECK(symmetric > cases.size() / 2);
}

TEST_CASE("graphs of compute, CPU, roofline, collectives and groups end when ASTRA-sim says") {
  const std::vector<nlohmann::json> cases = ringtrue::astra::testing::read_cases("golden_graphs.jsonl");
  REQUIRE(cases.size() >= 40);
  for (const nlohmann::json& json : cases) {
    CAPTURE(json.dump());
    const Prediction prediction = simulate(ringtrue::astra::testing::parse_configuration(json), parse_graphs(json));
    CHECK(prediction.cycles_max == json["last"].get<Cycles>());
    CHECK(prediction.cycles_min == json["first"].get<Cycles>());
  }
}
