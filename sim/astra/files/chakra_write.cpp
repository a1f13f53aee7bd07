#include <chakra.pb.h>
#include <map>
#include <string>

#include "sim/astra/files/chakra_file.hpp"
#include "sim/astra/files/chakra_node.hpp"

namespace ringtrue::astra {
namespace {

void set_integer(chakra::Node& node, const char* name, std::uint64_t value) {
  chakra::Attribute& attribute = *node.add_attr();
  attribute.set_name(name);
  attribute.set_uint64_val(value);
}

void write_node(const Node& from, chakra::Node& to) {
  to.set_id(from.id);
  to.set_duration_micros(from.duration / 1000);
  for (const std::uint64_t id : from.dependencies) to.add_data_deps(id);
  chakra::Attribute& cpu = *to.add_attr();
  cpu.set_name("is_cpu_op");
  cpu.set_bool_val(from.cpu);
  if (from.operations) set_integer(to, "num_ops", *from.operations);
  if (from.tensor_bytes != 0) set_integer(to, "tensor_size", from.tensor_bytes);
  if (from.kind != NodeKind::compute) set_integer(to, "comm_size", from.bytes);
}

void write_collective(const Node& from, chakra::Node& to) {
  to.set_type(collective);
  static const std::map<Collective, std::uint64_t> types{{Collective::all_reduce, 0},
                                                         {Collective::all_gather, 2},
                                                         {Collective::broadcast, 5},
                                                         {Collective::all_to_all, 6},
                                                         {Collective::reduce_scatter, 7}};
  set_integer(to, "comm_type", types.at(from.collective));
  chakra::Attribute& group = *to.add_attr();
  group.set_name("pg_name");
  group.set_string_val(std::to_string(from.group));
  if (from.dimensions.empty()) return;
  chakra::Attribute& dimensions = *to.add_attr();
  dimensions.set_name("involved_dim");
  for (const bool involved : from.dimensions) dimensions.mutable_bool_list()->add_values(involved);
}

void append_message(const google::protobuf::MessageLite& message, std::string& bytes) {
  const std::string body = message.SerializeAsString();
  std::size_t length = body.size();
  for (; length >= 0x80; length >>= 7) bytes += static_cast<char>((length & 0x7f) | 0x80);
  bytes += static_cast<char>(length);
  bytes += body;
}

}  // namespace

std::string chakra_bytes(const Graph& graph) {
  std::string bytes;
  chakra::GlobalMetadata head;
  head.set_version("0.0.4");
  append_message(head, bytes);
  for (const Node& from : graph) {
    chakra::Node to;
    write_node(from, to);
    switch (from.kind) {
      case NodeKind::compute: to.set_type(compute); break;
      case NodeKind::collective: write_collective(from, to); break;
      case NodeKind::send:
      case NodeKind::receive:
        to.set_type(from.kind == NodeKind::send ? send : receive);
        set_integer(to, from.kind == NodeKind::send ? "comm_dst" : "comm_src", static_cast<std::uint64_t>(from.peer));
        set_integer(to, "comm_tag", from.tag);
        break;
    }
    append_message(to, bytes);
  }
  return bytes;
}

}  // namespace ringtrue::astra
