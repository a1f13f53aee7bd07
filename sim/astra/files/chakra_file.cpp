#include "sim/astra/files/chakra_file.hpp"

#include <algorithm>
#include <chakra.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "sim/astra/files/chakra_node.hpp"

namespace ringtrue::astra {
namespace {

// A hostile message becomes some thirty times its size in attributes, a hostile file of empty nodes too.
constexpr std::uint64_t most_message_bytes = 4ULL << 20;
constexpr std::size_t most_nodes = std::size_t{1} << 22;

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
    trace.graph.push_back(read_node(node, rank, where));
    trace.lists_tensors = trace.lists_tensors && lists_tensors(node);
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
