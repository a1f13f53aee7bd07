#include "sim/astra/files/text_workload.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using Catch::StartsWith;

namespace {

/// Layer i of `count`: forward 10 i + 1, input gradient 10 i + 2, weight gradient 10 i + 3, then an all-reduce of 100 i
/// bytes.
std::string data_parallel_text(int count) {
  std::string text = "DATA\n" + std::to_string(count) + "\n";
  for (int i = 1; i <= count; ++i) {
    const std::string tens = std::to_string(i);
    text += "layer" + tens + "\t-1\t" + tens + "1\tNONE\t0\t" + tens + "2\tNONE\t0\t" + tens + "3\tALLREDUCE\t" + tens +
            "00\t9\r\n";
  }
  return text;
}

TextWorkload parse(const std::string& text) { return parse_text_workload(text, "w.txt"); }

void refused(const std::string& text, const std::string& why) {
  CAPTURE(text.substr(0, 200));
  CHECK_THROWS_MATCHES(parse(text), ringtrue::Error, Catch::Matchers::Message("w.txt" + why));
}

void graph_refused(const std::string& text, const std::string& why) {
  CHECK_THROWS_WITH(text_graph(parse(text), {}, "w.txt"), StartsWith("w.txt: ") && Contains(why));
}

std::string layer(const std::string& columns) { return "DATA\n1\n" + columns + "\n"; }

/// "duration" of a compute node, "bytes B" of a collective, then its dependencies.
std::vector<std::string> shown(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Node& node : graph) {
    std::string line =
        node.kind == NodeKind::compute ? std::to_string(node.duration) : std::to_string(node.bytes) + " B";
    for (const std::uint64_t id : node.dependencies) line += " <" + std::to_string(id);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("the columns of a layer") {
  const TextWorkload workload = parse("MODEL\n\n1\n  mlp0 -1 5 ALLGATHER 64 6 REDUCESCATTER 65 7 ALLTOALL 66 8");
  CHECK(workload.parallelism == "MODEL");
  REQUIRE(workload.layers.size() == 1);
  const TextLayer& only = workload.layers[0];
  CHECK(only.name == "mlp0");
  CHECK(only.forward.compute == 5);
  CHECK(only.forward.communication == "ALLGATHER");
  CHECK(only.forward.bytes == 64);
  CHECK(only.input_gradient.compute == 6);
  CHECK(only.input_gradient.communication == "REDUCESCATTER");
  CHECK(only.input_gradient.bytes == 65);
  CHECK(only.weight_gradient.compute == 7);
  CHECK(only.weight_gradient.communication == "ALLTOALL");
  CHECK(only.weight_gradient.bytes == 66);
  CHECK(only.update == 8);
}

TEST_CASE("each parallelism of ASTRA-sim 1.0 is read, with the words behind it; DATA has none") {
  CHECK(parse("HYBRID_DLRM 4\n0\n").parallelism == "HYBRID_DLRM");
  CHECK(parse("HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 4 checkpoints: 1 2\n0\n").layers.empty());
  CHECK(parse("HYBRID_CUSTOMIZED\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1 DATA\n").layers.size() == 1);
  refused("HYBRID_CUSTOMIZED\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n", ", line 3: 12 columns; a layer has 13");
  refused("DATA 4\n0\n", ", line 1: '4' after DATA, which takes no more words");
}

TEST_CASE("data parallel: gradients are exchanged behind the backward pass, and awaited by the next forward pass") {
  const Graph graph = text_graph(parse(data_parallel_text(2)), {.passes = 2}, "w.txt");
  CHECK(shown(graph) == std::vector<std::string>{"11", "21 <0",                 // forward
                                                 "23 <1", "200 B <2", "22 <2",  // back through layer 2 ...
                                                 "13 <4", "100 B <5",           // ... and 1, without an input gradient
                                                 "11 <5 <6", "21 <3 <7",        // each waits for its layer's gradient
                                                 "23 <8", "200 B <9", "22 <9", "13 <11", "100 B <12"});
  for (std::size_t i = 0; i < graph.size(); ++i) CHECK(graph[i].id == i);
}

TEST_CASE("serial chain: one after the other") {
  const Graph graph = text_graph(parse(data_parallel_text(2)), {.order = TextOrder::serial_chain}, "w.txt");
  CHECK(shown(graph) ==
        std::vector<std::string>{"11", "12 <0", "13 <1", "100 B <2", "21 <3", "22 <4", "23 <5", "200 B <6"});
}

TEST_CASE("cycles taken for microseconds are a thousand times longer") {
  const Graph graph = text_graph(parse(data_parallel_text(1)), {.cycles_as_microseconds = true}, "w.txt");
  CHECK(shown(graph) == std::vector<std::string>{"11000", "13000 <0", "100 B <1"});
}

TEST_CASE("a layer without a collective") {
  const std::string text = layer("a -1 1 NONE 0 2 NONE 0 3 NONE 0 1");
  CHECK(shown(text_graph(parse(text), {}, "w.txt")) == std::vector<std::string>{"1", "3 <0"});
  CHECK(shown(text_graph(parse(text), {.order = TextOrder::serial_chain}, "w.txt")) ==
        std::vector<std::string>{"1", "2 <0", "3 <1"});
}

TEST_CASE("heads that are none") {
  const std::string allowed =
      "; allowed: DATA, MODEL, HYBRID_DATA_MODEL, HYBRID_MODEL_DATA, HYBRID_DLRM, HYBRID_DLRM_ENHANCED, "
      "HYBRID_TRANSFORMER, HYBRID_TRANSFORMER_FWD_IN_BCKWD, HYBRID_CUSTOMIZED, MICRO, DISTRIBUTED_INFERENCE";
  refused("", ", line 0: '' is not a parallelism of ASTRA-sim 1.0" + allowed);
  refused("DATTA\n1\n", ", line 1: 'DATTA' is not a parallelism of ASTRA-sim 1.0 (did you mean 'DATA'?)" + allowed);
  refused(std::string("\x1b[2J\0\xff", 6),
          ", line 1: '\\x1b[2J\\x00\\xff' is not a parallelism of ASTRA-sim 1.0" + allowed);
  refused("DATA\n", ", line 1: the number of layers has to stand alone on the second line");
  refused("DATA\n1 2\n", ", line 2: the number of layers has to stand alone on the second line");
  for (const std::string count : {"-1", "1.5", "x", "100001", "99999999999999999999", "0x1"})
    refused("DATA\n" + count + "\n",
            ", line 2: the number of layers is '" + count + "'; allowed: a whole number from 0 to 100000");
}

TEST_CASE("fewer or more layers than announced") {
  refused("DATA\n2\n" + layer("a -1 1 NONE 0 1 NONE 0 1 NONE 0 1").substr(7),
          ": 2 layers announced, 1 found; ASTRA-sim's converter does not check");
  refused("DATA\n0\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n", ", line 3: more than the 0 layers announced");
}

TEST_CASE("columns that are wrong") {
  refused(layer("a -1 1 NONE 0 1 NONE 0 1 NONE 0"), ", line 3: 11 columns; a layer has 12");
  refused(layer("a -1 1 NONE 0 1 NONE 0 1 ALREDUCE 8 1"),
          ", line 3: column 10 is 'ALREDUCE' (did you mean 'ALLREDUCE'?); allowed: NONE, ALLREDUCE, ALLGATHER, "
          "REDUCESCATTER, "
          "ALLTOALL, ALLREDUCEALLTOALL");
  for (const std::string value :
       {"-1", "1.5", "1e3", "nan", "0x1", "1125899906842625", "99999999999999999999", "\x1b"}) {
    const std::string shown_value = value == "\x1b" ? "\\x1b" : value;
    refused(
        layer("a -1 " + value + " NONE 0 1 NONE 0 1 NONE 0 1"),
        ", line 3: column 3 (compute) is '" + shown_value + "'; allowed: a whole number from 0 to 1125899906842624");
    refused(layer("a -1 1 NONE 0 1 NONE " + value + " 1 NONE 0 1"),
            ", line 3: column 8 (bytes) is '" + shown_value + "'; allowed: a whole number from 0 to 1125899906842624");
    refused(layer("a -1 1 NONE 0 1 NONE 0 1 NONE 0 " + value),
            ", line 3: column 12 (update delay) is '" + shown_value +
                "'; allowed: a whole number from 0 to 1125899906842624");
  }
}

TEST_CASE("a line of a million words is not kept") {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "a ";
  refused(layer(text), ", line 3: 64 columns; a layer has 12");
}

TEST_CASE("what has no graph") {
  graph_refused("MICRO\n1\na -1 1 NONE 0 1 NONE 0 1 ALLREDUCE 8 1\n",
                "MICRO parallelism; only DATA can be turned into a graph");
  graph_refused("DATA\n0\n", "no layers");
  graph_refused(layer("a\x1b -1 1 NONE 0 1 NONE 0 1 NONE 8 1"),
                "layer a\\x1b: NONE of 8 bytes for the weight gradient");
  graph_refused(layer("a -1 1 NONE 0 1 NONE 0 1 ALLREDUCE 0 1"),
                "layer a: ALLREDUCE of 0 bytes for the weight gradient");
  graph_refused(layer("a -1 1 NONE 0 1 NONE 0 1 ALLGATHER 8 1"),
                "layer a: ALLGATHER of 8 bytes for the weight gradient");
  graph_refused(layer("a -1 1 ALLGATHER 8 1 NONE 0 1 NONE 0 1"), "layer a: communication after the forward pass");
  graph_refused(layer("a -1 1 NONE 0 1 ALLREDUCE 8 1 NONE 0 1"), "layer a: communication after the forward pass");
}

TEST_CASE("passes are bounded by the nodes they make") {
  const TextWorkload workload = parse(data_parallel_text(1000));
  CHECK_THROWS_WITH(text_graph(workload, {.passes = 0}, "w.txt"), Contains("at least 1 pass"));
  CHECK_THROWS_WITH(text_graph(workload, {.passes = 10'000}, "w.txt"),
                    "w.txt: 10000 passes over 1000 layers; allowed: at least 1 pass, at most 4000000 nodes");
  CHECK(text_graph(workload, {.passes = 2}, "w.txt").size() == 2 * (4 * 1000 - 1));
}

TEST_CASE("a text workload file is read, and named if it is not there") {
  const testing::Folder folder("text_workload_test");
  CHECK(read_text_workload(folder.write("w.txt", data_parallel_text(3))).layers.size() == 3);
  CHECK_THROWS_WITH(read_text_workload(folder.path("none.txt")), Contains("none.txt") && Contains("cannot be read"));
}
