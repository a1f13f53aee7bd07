// Broken traces are written by the few lines of protobuf below, so that they may be broken in any way.
#include "sim/astra/files/chakra_file.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using Catch::StartsWith;
using ringtrue::Collective;
using ringtrue::astra::testing::Folder;

namespace {

// Wire types of protobuf.
enum Wire : std::uint64_t { varint_wire = 0, wire_64 = 1, length_wire = 2, wire_32 = 5 };

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}
std::string number(std::uint64_t field, std::uint64_t value) {
  return varint(field << 3 | varint_wire) + varint(value);
}
std::string delimited(std::uint64_t field, const std::string& bytes) {
  return varint(field << 3 | length_wire) + varint(bytes.size()) + bytes;
}
std::string attribute(const std::string& name, const std::string& value) {
  return delimited(10, delimited(1, name) + value);
}
std::string unsigned_64(const std::string& name, std::uint64_t value) { return attribute(name, number(13, value)); }
std::string text(const std::string& name, const std::string& value) { return attribute(name, delimited(29, value)); }

const std::string metadata = delimited(1, "0.0.4");
std::string node(std::uint64_t id, std::uint64_t type, const std::string& more = "") {
  return number(1, id) + delimited(2, "a name") + number(3, type) + more;
}
std::string collective(std::uint64_t type, std::uint64_t bytes, const std::string& more = "") {
  return node(0, 7, unsigned_64("comm_type", type) + unsigned_64("comm_size", bytes) + more);
}
std::string file(const std::vector<std::string>& nodes) {
  std::string bytes = varint(metadata.size()) + metadata;
  for (const std::string& one : nodes) bytes += varint(one.size()) + one;
  return bytes;
}

Graph parse(const std::string& bytes) { return parse_chakra(bytes, 0, "x.0.et").graph; }

void refused(const std::string& bytes, const std::string& why) {
  CHECK_THROWS_MATCHES(parse(bytes), ringtrue::Error, Catch::Matchers::Message("x.0.et" + why));
}

/// A node 0 of type `type` with these attributes is refused.
void node_refused(std::uint64_t type, const std::string& attributes, const std::string& why) {
  refused(file({node(0, type, attributes)}), ", node 0: " + why);
}

/// One node of every kind, with everything that is kept.
Graph everything() {
  return {{.id = 3, .duration = 7'000, .operations = 5, .tensor_bytes = 6},
          {.id = 4, .dependencies = {3}, .duration = 1'000, .cpu = true},
          {.id = 300,
           .kind = NodeKind::collective,
           .dependencies = {3, 4},
           .collective = Collective::all_gather,
           .bytes = 1 << 20,
           .group = 12,
           .dimensions = {true, false, true}},
          {.id = 301, .kind = NodeKind::collective, .duration = 9'000, .collective = Collective::broadcast},
          {.id = 302, .kind = NodeKind::send, .bytes = 64, .peer = 1, .tag = 4'294'967'295},
          {.id = std::uint64_t{1} << 63, .kind = NodeKind::receive, .dependencies = {302}, .bytes = 64, .peer = 2}};
}

}  // namespace

TEST_CASE("what is written is read back, node by node") {
  const Graph graph = everything();
  CHECK(parse(chakra_bytes(graph)) == graph);
  for (const Collective kind : {Collective::all_reduce, Collective::all_gather, Collective::broadcast,
                                Collective::all_to_all, Collective::reduce_scatter}) {
    const Graph one{{.kind = NodeKind::collective, .collective = kind, .bytes = 8}};
    CHECK(parse(chakra_bytes(one)) == one);
  }
  CHECK(parse(chakra_bytes({})).empty());
}

TEST_CASE("nodes are sorted by id, dependencies of both kinds merged") {
  const std::string packed = delimited(5, varint(7) + varint(5) + varint(7)), unpacked = number(4, 5) + number(4, 6);
  const Graph graph = parse(file({node(9, 4, packed + unpacked), node(5, 4), node(7, 4), node(6, 4)}));
  REQUIRE(graph.size() == 4);
  CHECK(graph[0].id == 5);
  CHECK(graph[3].id == 9);
  CHECK(graph[3].dependencies == std::vector<std::uint64_t>{5, 6, 7});
}

TEST_CASE("any integer representation of an attribute will do") {
  const std::string four("\x08\0\0\0", 4), eight("\x08\0\0\0\0\0\0\0", 8);
  for (const std::string& value :
       {number(7, 8), number(9, 8), number(11, 8), number(13, 8), number(15, 16), number(17, 16),  // zigzag: 16 is 8
        varint(19 << 3 | wire_32) + four, varint(21 << 3 | wire_64) + eight, varint(23 << 3 | wire_32) + four,
        varint(25 << 3 | wire_64) + eight})
    CHECK(parse(file({node(0, 7, unsigned_64("comm_type", 0) + attribute("comm_size", value))}))[0].bytes == 8);
  for (const std::string& value : {number(9, ~std::uint64_t{0}), number(17, 1), varint(3 << 3 | wire_64) + eight,
                                   varint(5 << 3 | wire_32) + four, number(27, 1), delimited(29, "8"), std::string()})
    node_refused(7, unsigned_64("comm_type", 0) + attribute("comm_size", value),
                 "comm_size has to be a whole number from 0 to 1125899906842624");
}

TEST_CASE("durations are the field's microseconds") {
  CHECK(parse(file({node(0, 4, number(7, 12))}))[0].duration == 12'000);
  CHECK(parse(file({node(0, 4)}))[0].duration == 0);
  CHECK(parse(file({node(0, 4, number(7, 12) + unsigned_64("runtime", 5))}))[0].duration == 12'000);
  for (const std::string name : {"duration_micros", "runtime"})
    node_refused(4, unsigned_64(name, 5),
                 "the duration is given as attribute '" + name +
                     "' instead of the field duration_micros; ASTRA-sim silently takes 1 ns");
  // 2^50 ns are 1,125,899,906,842 us.
  node_refused(4, number(7, 1'125'899'906'843), "duration_micros is 1125899906843; allowed: up to 1125899906842");
  node_refused(4, number(7, ~std::uint64_t{0}),
               "duration_micros is 18446744073709551615; allowed: up to 1125899906842");
}

TEST_CASE("a field of another type is not read as 0") {
  const std::string eight("\0\0\0\0\0\0\x28\x40", 8);  // 12 as double
  node_refused(4, varint(7 << 3 | wire_64) + eight,
               "field 7 (duration_micros) is not of the type that Chakra's schema 0.0.4 gives it");
  refused(file({delimited(1, "0") + number(3, 4)}),
          ", node 0: field 1 (id) is not of the type that Chakra's schema 0.0.4 gives it");
  // Fields that ASTRA-sim does not use: start_time_micros, inputs, outputs.
  CHECK(parse(file({node(0, 4, number(6, 1) + delimited(8, "") + delimited(9, "") + number(99, 1))})).size() == 1);
}

TEST_CASE("kinds of nodes that cannot be run") {
  node_refused(1, "",
               "a metadata node, on which ASTRA-sim aborts; remove it and give process groups with --comm-group");
  node_refused(2, "", "a node of remote memory, which is not modelled here");
  node_refused(3, "", "a node of remote memory, which is not modelled here");
  for (const std::uint64_t type : {0U, 8U, 4'294'967'295U})
    node_refused(type, "", "type " + std::to_string(type) + "; allowed: 4 compute, 5 send, 6 receive, 7 collective");
}

TEST_CASE("collectives that cannot be run") {
  for (const std::uint64_t type : {1U, 3U, 4U, 8U, 9U, 100U})
    refused(file({collective(type, 8)}),
            ", node 0: comm_type " + std::to_string(type) +
                "; allowed: 0 all-reduce, 2 all-gather, 5 broadcast, 6 all-to-all, 7 reduce-scatter");
  refused(file({collective(101, 8)}), ", node 0: comm_type has to be a whole number from 0 to 100");
  node_refused(7, unsigned_64("comm_size", 8), "the attribute 'comm_type' is missing");
  node_refused(7, unsigned_64("comm_type", 0), "the attribute 'comm_size' is missing");
  refused(file({collective(0, 0)}), ", node 0: comm_size is 0; a collective moves at least 1 byte");
  CHECK(parse(file({collective(5, 0)}))[0].collective == Collective::broadcast);
  refused(file({collective(0, (std::uint64_t{1} << 50) + 1)}),
          ", node 0: comm_size has to be a whole number from 0 to 1125899906842624");
  refused(file({collective(0, 8, attribute("is_cpu_op", number(27, 1)))}),
          ", node 0: a collective on the CPU (is_cpu_op), on which ASTRA-sim aborts; set is_cpu_op to false");
  refused(file({collective(0, 8, unsigned_64("is_cpu_op", 0))}), ", node 0: is_cpu_op has to be a bool");
  refused(file({collective(0, 8, unsigned_64("involved_dim", 1))}), ", node 0: involved_dim has to be a bool_list");
  refused(file({collective(0, 8, text("comm_priority", "high"))}),
          ", node 0: comm_priority has to be a whole number from 0 to 4294967295");
  refused(file({collective(0, 8, unsigned_64("comm_size", 8))}), ", node 0: the attribute 'comm_size' is given twice");
}

TEST_CASE("names of groups in a chakra file") {
  CHECK(parse(file({collective(0, 8)}))[0].group == 0);
  for (const std::string name : {"", "0"}) CHECK(parse(file({collective(0, 8, text("pg_name", name))}))[0].group == 0);
  CHECK(parse(file({collective(0, 8, text("pg_name", "999999"))}))[0].group == 999'999);
  for (const std::string name : {"1000000", "-1", "tp", " 1", "1.0"})
    refused(file({collective(0, 8, text("pg_name", name))}),
            ", node 0: pg_name '" + name + "'; allowed: the number of a communicator group");
  refused(file({collective(0, 8, unsigned_64("pg_name", 1))}), ", node 0: pg_name has to be a string");
}

TEST_CASE("messages between two ranks") {
  const std::string to_1 = unsigned_64("comm_dst", 1), size = unsigned_64("comm_size", 8);
  const Node sent = parse(file({node(0, 5, to_1 + size + unsigned_64("comm_src", 0) + unsigned_64("comm_tag", 4))}))[0];
  CHECK(sent.kind == NodeKind::send);
  CHECK(sent.peer == 1);
  CHECK(sent.bytes == 8);
  CHECK(sent.tag == 4);
  CHECK(parse(file({node(0, 6, size + unsigned_64("comm_src", 3))}))[0].peer == 3);
  node_refused(5, to_1 + size + unsigned_64("comm_src", 2), "comm_src is 2, but this is the trace of rank 0");
  node_refused(5, size, "the attribute 'comm_dst' is missing");
  node_refused(6, size, "the attribute 'comm_src' is missing");
  node_refused(5, to_1, "the attribute 'comm_size' is missing");
  node_refused(5, to_1 + size + attribute("is_cpu_op", number(27, 1)),
               "a message on the CPU (is_cpu_op), on which ASTRA-sim aborts; set is_cpu_op to false");
  CHECK_THROWS_WITH(parse(file({node(0, 5, size + unsigned_64("comm_dst", ~std::uint64_t{0}))})),
                    Contains("comm_dst has to be a whole number from 0 to "));
  CHECK_THROWS_WITH(parse(file({node(0, 5, to_1 + size + unsigned_64("comm_tag", std::uint64_t{1} << 32))})),
                    Contains("comm_tag has to be a whole number from 0 to 4294967295"));
}

TEST_CASE("whether every node lists its tensors") {
  const std::string listed = text("inputs", "[]") + text("outputs", "[]");
  CHECK(parse_chakra(file({node(0, 4, listed)}), 0, "x").lists_tensors);
  CHECK_FALSE(parse_chakra(file({node(0, 4, listed), node(1, 4)}), 0, "x").lists_tensors);
}

TEST_CASE("a node given twice") { refused(file({node(5, 4), node(5, 4)}), ": node 5 is given twice"); }

TEST_CASE("a trace without its first message loses no node silently") {
  const std::string first = node(0, 4), second = node(1, 4);
  refused(varint(first.size()) + first + varint(second.size()) + second,
          ", byte 0: the first message is no GlobalMetadata, perhaps a node, which ASTRA-sim would silently lose");
  // Also the attributes that Chakra's schema allows there.
  const std::string head = metadata + delimited(2, delimited(1, "pid"));
  CHECK(parse(varint(head.size()) + head + varint(first.size()) + first).size() == 1);
}

TEST_CASE("files that end early or are no traces") {
  refused("", ": the file is empty");
  const std::string whole = file({node(0, 4, number(7, 3))});
  // Metadata takes 1 + 7 bytes, the node follows.
  for (std::size_t bytes = 9; bytes < whole.size(); ++bytes)
    refused(whole.substr(0, bytes), ", byte 8: a message of 14 bytes is announced, " + std::to_string(bytes - 9) +
                                        " are left: the file is truncated or no trace");
  refused("\x80", ", byte 0: the file ends within the length of a message");
  refused(std::string(12, '\x80'), ", byte 0: the length of a message has more than 10 bytes: this is no trace");
  refused(
      varint(~std::uint64_t{0}) + "x",
      ", byte 0: a message of 18446744073709551615 bytes is announced, 1 are left: the file is truncated or no trace");
  refused(varint(2) + "\x0a\x7f", ", byte 0: the first message is no GlobalMetadata: this is no trace");
  refused(file({std::string("\x0a\x7f")}), ", byte 8: the message is no node: the file is damaged");
  refused("DATA\n1\n", ", byte 0: a message of 68 bytes is announced, 6 are left: the file is truncated or no trace");
}

TEST_CASE("hostile sizes") {
  const std::string big(std::size_t{4} << 20, 'x');
  CHECK_THROWS_WITH(parse(file({node(0, 4, delimited(99, big))})), Contains("at most 4194304 are read"));
  std::string empty_attributes;
  for (int i = 0; i < 50'000; ++i) empty_attributes += delimited(10, "");
  refused(file({node(0, 4, empty_attributes)}), ", node 0: the attribute '' is given twice");
  refused(file({node(0, 4, std::string(100'000, '\x5b'))}), ", byte 8: the message is no node: the file is damaged");
  std::string dependencies;
  for (int i = 0; i < 100'000; ++i) dependencies += '\x01';
  CHECK(parse(file({node(0, 4, delimited(5, dependencies))}))[0].dependencies == std::vector<std::uint64_t>{1});
}

TEST_CASE("control characters of a chakra file do not reach the terminal") {
  const std::string evil("\x1b[2J\0\n", 6), shown = "\\x1b[2J\\x00\\x0a";
  node_refused(4, text(evil, "") + text(evil, ""), "the attribute '" + shown + "' is given twice");
  refused(file({collective(0, 8, text("pg_name", evil))}),
          ", node 0: pg_name '" + shown + "'; allowed: the number of a communicator group");
  refused(file({collective(0, 8, text("pg_name", std::string(5000, 'x')))}),
          ", node 0: pg_name '" + std::string(60, 'x') + "...'; allowed: the number of a communicator group");
}

TEST_CASE("a file is the trace of the rank in its name") {
  const Folder folder("chakra_file_test");
  const std::string sends =
      node(0, 5, unsigned_64("comm_src", 1) + unsigned_64("comm_dst", 0) + unsigned_64("comm_size", 8));
  folder.write("t.0.et", file({node(0, 4)}));
  folder.write("t.1.et", file({sends}));
  CHECK(read_chakra(folder.path("t"), 2, false).workload.graph(1)[0].peer == 0);
  folder.write("t.0.et", file({sends}));
  CHECK_THROWS_WITH(read_chakra(folder.path("t"), 2, false),
                    Contains("comm_src is 1, but this is the trace of rank 0"));
}
