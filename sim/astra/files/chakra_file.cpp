#include "sim/astra/files/chakra_file.hpp"

#include <algorithm>
#include <chakra.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "sim/astra/files/chakra_types.hpp"
#include "sim/astra/files/spelling.hpp"

namespace ringtrue::astra {
namespace {

// A hostile message becomes some thirty times its size in attributes, a hostile file of empty nodes too.
constexpr std::uint64_t most_message_bytes = 4ULL << 20;
constexpr std::size_t most_nodes = std::size_t{1} << 22;
constexpr std::uint64_t most_duration = std::uint64_t{1} << 50;  // in ns, a fortnight

/// Varint-length-delimited messages.
class MessageReader {
 public:
  MessageReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  bool done() const { return at_ == bytes_.size(); }

  std::string_view next() {
    begin_ = at_;
    const std::uint64_t length = varint();
    if (length > bytes_.size() - at_)
      refuse(fmt::format("a message of {} bytes is announced, {} are left: the file is truncated or no trace", length,
                         bytes_.size() - at_));
    if (length > most_message_bytes)
      refuse(fmt::format("a message of {} bytes; at most {} are read", length, most_message_bytes));
    const std::string_view message = bytes_.substr(at_, length);
    at_ += length;
    return message;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(fmt::format("{}, byte {}: {}", where_, begin_, what));
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (done()) refuse("the file ends within the length of a message");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    refuse("the length of a message has more than 10 bytes: this is no trace");
  }

  std::string_view bytes_;
  const std::string& where_;
  std::size_t at_ = 0, begin_ = 0;
};

/// Takes one node's attributes apart.
class NodeReader {
 public:
  NodeReader(const chakra::Node& node, int rank, const std::string& where) : node_(node), rank_(rank), where_(where) {
    for (const chakra::Attribute& attribute : node.attr()) {
      if (attributes_.emplace(attribute.name(), &attribute).second) continue;
      refuse(fmt::format("the attribute '{}' is given twice", printable(attribute.name())));
    }
    check_schema();
  }

  Node read() const {
    Node node{.id = node_.id(), .cpu = boolean("is_cpu_op")};
    node.dependencies.assign(node_.data_deps().begin(), node_.data_deps().end());
    node.dependencies.insert(node.dependencies.end(), node_.ctrl_deps().begin(), node_.ctrl_deps().end());
    std::ranges::sort(node.dependencies);
    node.dependencies.erase(std::unique(node.dependencies.begin(), node.dependencies.end()), node.dependencies.end());
    node.duration = duration();
    switch (node_.type()) {
      case compute: read_compute(node); break;
      case collective: read_collective(node); break;
      case send: read_message(node, NodeKind::send, "comm_src", "comm_dst"); break;
      case receive: read_message(node, NodeKind::receive, "comm_dst", "comm_src"); break;
      default: refuse_type();
    }
    return node;
  }

  bool lists_tensors() const { return attributes_.contains("inputs") && attributes_.contains("outputs"); }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(fmt::format("{}, node {}: {}", where_, node_.id(), what));
  }

  /// Protobuf takes a field of the wrong type for an unknown one and leaves it at 0.
  void check_schema() const {
    const google::protobuf::UnknownFieldSet& unknown = node_.GetReflection()->GetUnknownFields(node_);
    for (int i = 0; i < unknown.field_count(); ++i) {
      const int number = unknown.field(i).number();
      if (chakra::Node::descriptor()->FindFieldByNumber(number) != nullptr)
        refuse(fmt::format("field {} ({}) is not of the type that Chakra's schema 0.0.4 gives it", number,
                           chakra::Node::descriptor()->FindFieldByNumber(number)->name()));
    }
  }

  [[noreturn]] void refuse_type() const {
    switch (node_.type()) {
      case metadata:
        refuse("a metadata node, on which ASTRA-sim aborts; remove it and give process groups with --comm-group");
      case memory_load:
      case memory_store: refuse("a node of remote memory, which is not modelled here");
      default: refuse(fmt::format("type {}; allowed: 4 compute, 5 send, 6 receive, 7 collective", node_.type()));
    }
  }

  Cycles duration() const {
    if (node_.duration_micros() > most_duration / 1000)
      refuse(fmt::format("duration_micros is {}; allowed: up to {}", node_.duration_micros(), most_duration / 1000));
    for (const char* name : {"duration_micros", "runtime"})
      if (node_.duration_micros() == 0 && attributes_.contains(name))
        refuse(
            fmt::format("the duration is given as attribute '{}' instead of the field duration_micros; ASTRA-sim "
                        "silently takes 1 ns",
                        name));
    return node_.duration_micros() * 1000;
  }

  void read_compute(Node& node) const {
    node.kind = NodeKind::compute;
    node.operations = integer("num_ops", ~std::uint64_t{0});
    node.tensor_bytes = integer("tensor_size", ~std::uint64_t{0}).value_or(0);
  }

  void read_collective(Node& node) const {
    node.kind = NodeKind::collective;
    if (node.cpu) refuse("a collective on the CPU (is_cpu_op), on which ASTRA-sim aborts; set is_cpu_op to false");
    switch (const std::uint64_t type = needed("comm_type", 100)) {
      case 0: node.collective = Collective::all_reduce; break;
      case 2: node.collective = Collective::all_gather; break;
      case 5: node.collective = Collective::broadcast; break;
      case 6: node.collective = Collective::all_to_all; break;
      case 7: node.collective = Collective::reduce_scatter; break;
      default:
        refuse(fmt::format(
            "comm_type {}; allowed: 0 all-reduce, 2 all-gather, 5 broadcast, 6 all-to-all, 7 reduce-scatter", type));
    }
    node.bytes = needed("comm_size", std::uint64_t{1} << 50);
    if (node.bytes == 0 && node.collective != Collective::broadcast)
      refuse("comm_size is 0; a collective moves at least 1 byte");
    node.group = group();
    if (const auto found = attributes_.find("involved_dim"); found != attributes_.end()) {
      if (found->second->value_case() != chakra::Attribute::kBoolList) refuse("involved_dim has to be a bool_list");
      node.dimensions.assign(found->second->bool_list().values().begin(), found->second->bool_list().values().end());
    }
    integer("comm_priority", ~std::uint32_t{0});
  }

  int group() const {
    const auto found = attributes_.find("pg_name");
    if (found == attributes_.end()) return 0;
    if (found->second->value_case() != chakra::Attribute::kStringVal) refuse("pg_name has to be a string");
    const std::string& name = found->second->string_val();
    if (name.empty() || name == "0") return 0;
    if (name.size() > 6 || !std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }))
      refuse(fmt::format("pg_name '{}'; allowed: the number of a communicator group", printable(name)));
    return std::stoi(name);
  }

  void read_message(Node& node, NodeKind kind, const char* own, const char* other) const {
    node.kind = kind;
    if (node.cpu) refuse("a message on the CPU (is_cpu_op), on which ASTRA-sim aborts; set is_cpu_op to false");
    const std::uint64_t self = integer(own, max_ranks).value_or(static_cast<std::uint64_t>(rank_));
    if (self != static_cast<std::uint64_t>(rank_))
      refuse(fmt::format("{} is {}, but this is the trace of rank {}", own, self, rank_));
    node.peer = static_cast<int>(needed(other, max_ranks));
    node.bytes = needed("comm_size", std::uint64_t{1} << 50);
    node.tag = static_cast<std::uint32_t>(integer("comm_tag", ~std::uint32_t{0}).value_or(0));
  }

  bool boolean(const char* name) const {
    const auto found = attributes_.find(name);
    if (found == attributes_.end()) return false;
    if (found->second->value_case() != chakra::Attribute::kBoolVal) refuse(fmt::format("{} has to be a bool", name));
    return found->second->bool_val();
  }

  std::uint64_t needed(const char* name, std::uint64_t most) const {
    const std::optional<std::uint64_t> value = integer(name, most);
    if (!value) refuse(fmt::format("the attribute '{}' is missing", name));
    return *value;
  }

  /// Any of the integer representations.
  std::optional<std::uint64_t> integer(const char* name, std::uint64_t most) const {
    const auto found = attributes_.find(name);
    if (found == attributes_.end()) return std::nullopt;
    const std::optional<std::uint64_t> value = whole(*found->second);
    if (!value || *value > most) refuse(fmt::format("{} has to be a whole number from 0 to {}", name, most));
    return value;
  }

  static std::optional<std::uint64_t> non_negative(std::int64_t value) {
    if (value < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value);
  }

  static std::optional<std::uint64_t> whole(const chakra::Attribute& attribute) {
    switch (attribute.value_case()) {
      case chakra::Attribute::kInt32Val: return non_negative(attribute.int32_val());
      case chakra::Attribute::kInt64Val: return non_negative(attribute.int64_val());
      case chakra::Attribute::kUint32Val: return attribute.uint32_val();
      case chakra::Attribute::kUint64Val: return attribute.uint64_val();
      case chakra::Attribute::kSint32Val: return non_negative(attribute.sint32_val());
      case chakra::Attribute::kSint64Val: return non_negative(attribute.sint64_val());
      case chakra::Attribute::kFixed32Val: return attribute.fixed32_val();
      case chakra::Attribute::kFixed64Val: return attribute.fixed64_val();
      case chakra::Attribute::kSfixed32Val: return non_negative(attribute.sfixed32_val());
      case chakra::Attribute::kSfixed64Val: return non_negative(attribute.sfixed64_val());
      case chakra::Attribute::kDoubleVal:
      case chakra::Attribute::kFloatVal:
      case chakra::Attribute::kBoolVal:
      case chakra::Attribute::kBoolList:
      case chakra::Attribute::kStringVal:
      case chakra::Attribute::VALUE_NOT_SET: return std::nullopt;
    }
    return std::nullopt;
  }

  const chakra::Node& node_;
  int rank_;
  const std::string& where_;
  std::map<std::string, const chakra::Attribute*> attributes_;
};

/// The graph with its ids replaced by positions: ids only order nodes, and converters count on from rank to rank. As it
/// is if a dependency does not exist: refused later, by name.
Graph renumbered(const Graph& original) {
  Graph graph = original;
  std::map<std::uint64_t, std::uint64_t> position;
  for (const Node& node : graph) position.emplace(node.id, position.size());
  for (Node& node : graph) {
    node.id = position.at(node.id);
    for (std::uint64_t& id : node.dependencies) {
      const auto found = position.find(id);
      if (found == position.end()) return original;
      id = found->second;
    }
  }
  return graph;
}

std::filesystem::path trace_path(const std::filesystem::path& prefix, std::int64_t rank) {
  return fmt::format("{}.{}.et", prefix.string(), rank);
}

[[noreturn]] void refuse_missing(const std::filesystem::path& prefix, std::int64_t rank, std::int64_t npus) {
  if (rank == 0)
    throw Error(fmt::format("workload file {} does not exist, nor is {} a text workload; give the prefix of the traces",
                            trace_path(prefix, 0).string(), prefix.string()));
  throw Error(
      fmt::format("workload file {} does not exist: the network has {} NPUs, traces exist for {}; use a network of {} "
                  "NPUs or more traces",
                  trace_path(prefix, rank).string(), npus, rank, rank));
}

void check_extra(const std::filesystem::path& prefix, std::int64_t npus, bool ignore,
                 std::vector<std::string>& warnings) {
  std::int64_t traces = npus;
  while (traces < max_ranks && std::filesystem::exists(trace_path(prefix, traces))) ++traces;
  if (traces == npus) return;
  const std::string what = fmt::format("{} traces for {} NPUs: ASTRA-sim silently ignores {} and those after it",
                                       traces, npus, trace_path(prefix, npus).string());
  if (!ignore)
    throw Error(fmt::format("{}, and gives the answer for {} NPUs; use a network of {} NPUs, or --ignore-extra-traces",
                            what, npus, traces));
  warnings.push_back(what + "; so does this run");
}

/// Without it ASTRA-sim takes the first node for the metadata and silently loses it: also then it parses.
void read_head(MessageReader& messages) {
  const std::string_view message = messages.next();
  chakra::GlobalMetadata head;
  if (!head.ParseFromArray(message.data(), static_cast<int>(message.size())))
    messages.refuse("the first message is no GlobalMetadata: this is no trace");
  constexpr int attr = 2;
  const google::protobuf::UnknownFieldSet& unknown = head.GetReflection()->GetUnknownFields(head);
  for (int i = 0; i < unknown.field_count(); ++i)
    if (unknown.field(i).number() != attr)
      messages.refuse("the first message is no GlobalMetadata, perhaps a node, which ASTRA-sim would silently lose");
}

}  // namespace

Trace parse_chakra(std::string_view bytes, int rank, const std::string& where) {
  MessageReader messages(bytes, where);
  if (messages.done()) throw Error(fmt::format("{}: the file is empty", where));
  read_head(messages);
  Trace trace{.lists_tensors = true};
  std::set<std::uint64_t> ids;
  while (!messages.done()) {
    chakra::Node node;
    if (const std::string_view message = messages.next();
        !node.ParseFromArray(message.data(), static_cast<int>(message.size())))
      messages.refuse("the message is no node: the file is damaged");
    if (trace.graph.size() == most_nodes) throw Error(fmt::format("{}: more than {} nodes", where, most_nodes));
    if (!ids.insert(node.id()).second) throw Error(fmt::format("{}: node {} is given twice", where, node.id()));
    const NodeReader reader(node, rank, where);
    trace.graph.push_back(reader.read());
    trace.lists_tensors = trace.lists_tensors && reader.lists_tensors();
  }
  std::ranges::sort(trace.graph, {}, &Node::id);
  return trace;
}

Traces read_chakra(const std::filesystem::path& prefix, std::int64_t npus, bool ignore_extra) {
  Traces traces;
  check_extra(prefix, npus, ignore_extra, traces.warnings);
  for (std::int64_t rank = 0; rank < npus; ++rank)
    if (!std::filesystem::exists(trace_path(prefix, rank))) refuse_missing(prefix, rank, npus);
  Workload& workload = traces.workload;
  std::map<std::string, int> shapes;
  for (std::int64_t rank = 0; rank < npus; ++rank) {
    const std::filesystem::path path = trace_path(prefix, rank);
    Trace trace = parse_chakra(read_text_file(path), static_cast<int>(rank), path.string());
    traces.list_tensors = traces.list_tensors && trace.lists_tensors;
    const auto [shape, is_new] =
        shapes.try_emplace(chakra_bytes(renumbered(trace.graph)), static_cast<int>(shapes.size()));
    workload.graph_of_rank.push_back(shape->second);
    if (is_new) workload.graphs.push_back(std::move(trace.graph));
  }
  return traces;
}

}  // namespace ringtrue::astra
