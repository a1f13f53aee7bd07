#include "sim/astra/workload.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ringtrue::astra {
namespace {

constexpr std::size_t most_faults = 10;

class Checker {
 public:
  Checker(const Workload& workload, std::int64_t npus) : workload_(workload), npus_(npus) {
    for (const Group& group : workload.groups) groups_[group.id] = {group.ranks.begin(), group.ranks.end()};
  }

  std::vector<std::string> check() {
    if (workload_.graphs.empty()) return {"the workload has no graph"};
    if (!workload_.graph_of_rank.empty() && static_cast<std::int64_t>(workload_.graph_of_rank.size()) != npus_)
      return {count_fault()};
    if (!check_groups()) return std::move(faults_);
    for (const Graph& graph : workload_.graphs) {
      check_dependencies(graph);
      check_acyclic(graph);
      check_durations(graph);
      find_dependent_on_rank(graph);
    }
    for (std::int64_t rank = 0; rank < npus_ && faults_.size() < most_faults; ++rank) {
      if (workload_.graph_of_rank.empty() && groups_.empty() && rank > 0) break;
      check_rank(static_cast<int>(rank));
    }
    if (faults_.empty()) compare_collectives();
    return std::move(faults_);
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (faults_.size() < most_faults) faults_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  std::string count_fault() const {
    const auto traces = static_cast<std::int64_t>(workload_.graph_of_rank.size());
    std::string text = fmt::format("traces of {} ranks for a network of {} NPUs", traces, npus_);
    if (traces < npus_) text += fmt::format(": the trace of rank {} is missing", traces);
    return text;
  }

  bool check_groups() {
    for (const auto& [id, ranks] : groups_)
      if (ranks.empty() || *ranks.begin() < 0 || *ranks.rbegin() >= npus_)
        add("communicator group {} needs ranks from 0 to {}", id, npus_ - 1);
    return faults_.empty();
  }

  /// Times are sums of 64 bits.
  void check_durations(const Graph& graph) {
    constexpr Cycles most = Cycles{1} << 60;
    Cycles sum = 0;
    for (const Node& node : graph) {
      sum += std::min(node.duration, most);
      if (sum < most) continue;
      add("the durations up to node {} add up to more than 2^60 ns, 36 years", node.id);
      return;
    }
  }

  /// Only nodes that name ranks or groups can be right for one rank and wrong for another.
  void find_dependent_on_rank(const Graph& graph) {
    std::vector<const Node*>& found = dependent_on_rank_.emplace_back();
    for (const Node& node : graph)
      if (node.kind == NodeKind::send || node.kind == NodeKind::receive ||
          (node.kind == NodeKind::collective && node.group != 0))
        found.push_back(&node);
  }

  std::size_t graph_index(int rank) const {
    if (workload_.graph_of_rank.empty()) return 0;
    return static_cast<std::size_t>(workload_.graph_of_rank[static_cast<std::size_t>(rank)]);
  }

  /// Of a node in its graph, which is in ascending id; the graph's size if there is none.
  static std::size_t position(const Graph& graph, std::uint64_t id) {
    const std::uint64_t guess = graph.empty() ? 0 : id - graph.front().id;  // ids mostly count on
    if (guess < graph.size() && graph[guess].id == id) return guess;
    const auto found = std::ranges::lower_bound(graph, id, {}, &Node::id);
    if (found == graph.end() || found->id != id) return graph.size();
    return static_cast<std::size_t>(found - graph.begin());
  }

  void check_dependencies(const Graph& graph) {
    for (const Node& node : graph)
      for (const std::uint64_t id : node.dependencies)
        if (position(graph, id) == graph.size()) add("node {} depends on node {}, which does not exist", node.id, id);
  }

  /// Kahn's algorithm; what it cannot order lies on or behind a cycle.
  void check_acyclic(const Graph& graph) {
    if (!faults_.empty()) return;
    std::vector<std::size_t> blocked(graph.size()), ready;
    std::vector<std::vector<std::size_t>> children(graph.size());
    for (std::size_t i = 0; i < graph.size(); ++i) {
      blocked[i] = graph[i].dependencies.size();
      if (blocked[i] == 0) ready.push_back(i);
      for (const std::uint64_t id : graph[i].dependencies) children[position(graph, id)].push_back(i);
    }
    std::size_t ordered = 0;
    while (!ready.empty()) {
      const std::size_t node = ready.back();
      ready.pop_back();
      ++ordered;
      for (const std::size_t child : children[node])
        if (--blocked[child] == 0) ready.push_back(child);
    }
    if (ordered == graph.size()) return;
    const auto stuck = std::ranges::find_if(blocked, [](std::size_t count) { return count > 0; });
    add("{} nodes lie on or behind a cycle of dependencies, the first of them node {}; ASTRA-sim loses them silently",
        graph.size() - ordered, graph[static_cast<std::size_t>(stuck - blocked.begin())].id);
  }

  void check_rank(int rank) {
    for (const Node* found : dependent_on_rank_[graph_index(rank)]) {
      const Node& node = *found;
      const bool message = node.kind == NodeKind::send || node.kind == NodeKind::receive;
      if (message && (node.peer < 0 || node.peer >= npus_ || node.peer == rank))
        add("rank {}, node {}: a message with rank {}; allowed: 0 to {}, not itself", rank, node.id, node.peer,
            npus_ - 1);
      if (message && node.bytes == 0) add("rank {}, node {}: a message of 0 bytes", rank, node.id);
      if (node.kind != NodeKind::collective || node.group == 0) continue;
      const auto group = groups_.find(node.group);
      if (group == groups_.end())
        add("rank {}, node {}: communicator group {} is not defined; give --comm-group", rank, node.id, node.group);
      else if (!group->second.contains(rank))
        add("rank {}, node {}: the rank is not in its communicator group {}", rank, node.id, node.group);
    }
  }

  using Calls = std::vector<std::pair<Collective, std::uint64_t>>;

  static std::map<int, Calls> collectives(const Graph& graph) {
    std::map<int, Calls> calls;
    for (const Node& node : graph)
      if (node.kind == NodeKind::collective && node.collective != Collective::broadcast)
        calls[node.group].emplace_back(node.collective, node.bytes);
    for (auto& [group, list] : calls) std::ranges::sort(list);
    return calls;
  }

  /// All ranks of a group must run the same collectives; the order is seen only when they run.
  void compare_collectives() {
    if (workload_.graph_of_rank.empty()) return;
    std::vector<std::map<int, Calls>> calls;
    calls.reserve(workload_.graphs.size());
    for (const Graph& graph : workload_.graphs) calls.push_back(collectives(graph));
    for (int rank = 1; rank < static_cast<int>(npus_); ++rank) compare_ranks(0, 0, rank, calls);
    for (const auto& [group, ranks] : groups_)
      for (const int rank : ranks) compare_ranks(group, *ranks.begin(), rank, calls);
  }

  void compare_ranks(int group, int other, int rank, std::vector<std::map<int, Calls>>& calls) {
    if (graph_index(other) == graph_index(rank)) return;
    const Calls &a = calls[graph_index(other)][group], &b = calls[graph_index(rank)][group];
    if (a.size() != b.size())
      add("rank {} has {} collectives in group {}, rank {} has {}: a collective waits for all its ranks", rank,
          b.size(), group, other, a.size());
    else if (a != b)
      add("the collectives of ranks {} and {} in group {} differ in kind or comm_size", other, rank, group);
  }

  const Workload& workload_;
  std::int64_t npus_;
  std::map<int, std::set<int>> groups_;
  std::vector<std::vector<const Node*>> dependent_on_rank_;  ///< Per graph.
  std::vector<std::string> faults_;
};

}  // namespace

Workload single_collective(Collective collective, std::uint64_t bytes) {
  Workload workload;
  workload.graphs.push_back({Node{.kind = NodeKind::collective, .collective = collective, .bytes = bytes}});
  return workload;
}

std::vector<std::string> faults(const Workload& workload, std::int64_t npus) { return Checker(workload, npus).check(); }

}  // namespace ringtrue::astra
