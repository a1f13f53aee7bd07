#include "sim/astra/files/chakra_node.hpp"

#include <algorithm>
#include <chakra.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::uint64_t most_duration = std::uint64_t{1} << 50;  // in ns, a fortnight

/// Takes one node's attributes apart.
class NodeReader {
 public:
  NodeReader(const chakra::Node& node, int rank, const std::string& where) : node_(node), rank_(rank), where_(where) {
    for (const chakra::Attribute& attribute : node.attr()) {
      if (attributes_.emplace(attribute.name(), &attribute).second) continue;
      refuse(fmt::format("the attribute '{}' is given twice", excerpt(attribute.name())));
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
      refuse(fmt::format("pg_name '{}'; allowed: the number of a communicator group", excerpt(name)));
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

}  // namespace

Node read_node(const chakra::Node& node, int rank, const std::string& where) {
  return NodeReader(node, rank, where).read();
}

bool lists_tensors(const chakra::Node& node) {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(node.attr(),
                               [&](const chakra::Attribute& attribute) { return attribute.name() == name; });
  };
  return has("inputs") && has("outputs");
}

}  // namespace ringtrue::astra
