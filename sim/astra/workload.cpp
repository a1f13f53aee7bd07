#include "sim/astra/workload.hpp"

#include <algorithm>
#include <map>
#include <set>

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
    for (const Graph& graph : workload_.graphs) {
      check_dependencies(graph);
      check_acyclic(graph);
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

  void check_dependencies(const Graph& graph) {
    std::set<std::uint64_t> ids;
    for (const Node& node : graph) ids.insert(node.id);
    for (const Node& node : graph)
      for (const std::uint64_t id : node.dependencies)
        if (!ids.contains(id)) add("node {} depends on node {}, which does not exist", node.id, id);
  }

  /// Kahn's algorithm; what it cannot order lies on or behind a cycle.
  void check_acyclic(const Graph& graph) {
    std::map<std::uint64_t, std::size_t> blocked;
    std::map<std::uint64_t, std::vector<std::uint64_t>> children;
    std::vector<std::uint64_t> ready;
    for (const Node& node : graph) {
      blocked[node.id] = node.dependencies.size();
      if (node.dependencies.empty()) ready.push_back(node.id);
      for (const std::uint64_t id : node.dependencies) children[id].push_back(node.id);
    }
    std::size_t ordered = 0;
    while (!ready.empty()) {
      const std::uint64_t id = ready.back();
      ready.pop_back();
      ++ordered;
      for (const std::uint64_t child : children[id])
        if (--blocked[child] == 0) ready.push_back(child);
    }
    if (ordered == graph.size() || !faults_.empty()) return;
    const auto stuck = std::ranges::find_if(blocked, [](const auto& entry) { return entry.second > 0; });
    add("{} nodes lie on or behind a cycle of dependencies, the first of them node {}; ASTRA-sim loses them silently",
        graph.size() - ordered, stuck->first);
  }

  void check_rank(int rank) {
    for (const Node& node : workload_.graph(rank)) {
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
    std::map<int, int> first;  // rank whose calls stand for the group
    for (int rank = 0; rank < static_cast<int>(npus_); ++rank) compare_rank(rank, calls, first);
  }

  void compare_rank(int rank, std::vector<std::map<int, Calls>>& calls, std::map<int, int>& first) {
    const auto of = [&](int r) -> std::map<int, Calls>& {
      return calls[static_cast<std::size_t>(workload_.graph_of_rank[static_cast<std::size_t>(r)])];
    };
    std::set<int> mine{0};
    for (const auto& [id, ranks] : groups_)
      if (ranks.contains(rank)) mine.insert(id);
    for (const int group : mine) {
      const int other = first.try_emplace(group, rank).first->second;
      const Calls &a = of(other)[group], &b = of(rank)[group];
      if (a.size() != b.size())
        add("rank {} has {} collectives in group {}, rank {} has {}: a collective waits for all its ranks", rank,
            b.size(), group, other, a.size());
      else if (a != b)
        add("the collectives of ranks {} and {} in group {} differ in kind or comm_size", other, rank, group);
    }
  }

  const Workload& workload_;
  std::int64_t npus_;
  std::map<int, std::set<int>> groups_;
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
