#include "sim/astra/files/text_workload.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::array<std::string_view, 6> communications{"NONE",          "ALLREDUCE", "ALLGATHER",
                                                         "REDUCESCATTER", "ALLTOALL",  "ALLREDUCEALLTOALL"};
constexpr std::array<std::string_view, 11> parallelisms{"DATA",
                                                        "MODEL",
                                                        "HYBRID_DATA_MODEL",
                                                        "HYBRID_MODEL_DATA",
                                                        "HYBRID_DLRM",
                                                        "HYBRID_DLRM_ENHANCED",
                                                        "HYBRID_TRANSFORMER",
                                                        "HYBRID_TRANSFORMER_FWD_IN_BCKWD",
                                                        "HYBRID_CUSTOMIZED",
                                                        "MICRO",
                                                        "DISTRIBUTED_INFERENCE"};
constexpr std::size_t most_columns = 64, most_layers = 100'000, most_trace_nodes = 4'000'000;
constexpr std::uint64_t most_cycles = std::uint64_t{1} << 50, most_bytes = std::uint64_t{1} << 50;

/// Of a longer line only the first: no line has that many.
std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  constexpr std::string_view space = " \t\r";
  for (std::size_t begin = line.find_first_not_of(space);
       begin != std::string_view::npos && found.size() < most_columns;) {
    const std::size_t end = std::min(line.find_first_of(space, begin), line.size());
    found.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(space, end);
  }
  return found;
}

class LineReader {
 public:
  LineReader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  /// The words of the next line that has any; none at the end.
  std::vector<std::string_view> next() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (std::vector<std::string_view> found = words(line); !found.empty()) return found;
    }
    return {};
  }

  template <class... Arguments>
  [[noreturn]] void refuse(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    throw Error(
        fmt::format("{}, line {}: {}", where_, number_, fmt::format(format, std::forward<Arguments>(arguments)...)));
  }

  std::uint64_t number(std::string_view word, std::string_view what, std::uint64_t most) const {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value > most)
      refuse("{} is '{}'; allowed: a whole number from 0 to {}", what, excerpt(word), most);
    return value;
  }

 private:
  std::string_view rest_;
  const std::string& where_;
  int number_ = 0;
};

TextPass read_pass(const LineReader& lines, const std::vector<std::string_view>& columns, std::size_t first) {
  TextPass pass{.compute = lines.number(columns[first], fmt::format("column {} (compute)", first + 1), most_cycles),
                .communication = std::string(columns[first + 1])};
  if (std::ranges::find(communications, pass.communication) == communications.end())
    lines.refuse("column {} is '{}'{}; allowed: {}", first + 2, excerpt(pass.communication),
                 did_you_mean(pass.communication, communications), fmt::join(communications, ", "));
  pass.bytes = lines.number(columns[first + 2], fmt::format("column {} (bytes)", first + 3), most_bytes);
  return pass;
}

TextLayer read_layer(const LineReader& lines, const std::vector<std::string_view>& columns, bool customized) {
  const std::size_t expected = customized ? 13 : 12;
  if (columns.size() != expected) lines.refuse("{} columns; a layer has {}", columns.size(), expected);
  return {.name = std::string(columns[0]),
          .forward = read_pass(lines, columns, 2),
          .input_gradient = read_pass(lines, columns, 5),
          .weight_gradient = read_pass(lines, columns, 8),
          .update = lines.number(columns[11], "column 12 (update delay)", most_cycles)};
}

/// Builds a graph node by node; ids count up.
class GraphBuilder {
 public:
  explicit GraphBuilder(const TextConversion& conversion) : unit_(conversion.cycles_as_microseconds ? 1000 : 1) {}

  using Dependencies = std::vector<std::uint64_t>;

  std::uint64_t compute(Cycles cycles, Dependencies after) {
    Node node{.kind = NodeKind::compute, .duration = cycles * unit_};
    return add(std::move(node), std::move(after));
  }
  std::uint64_t all_reduce(std::uint64_t bytes, Dependencies after) {
    Node node{.kind = NodeKind::collective, .collective = Collective::all_reduce, .bytes = bytes};
    return add(std::move(node), std::move(after));
  }
  Graph take() { return std::move(graph_); }

 private:
  std::uint64_t add(Node node, Dependencies after) {
    std::ranges::sort(after);
    node.id = graph_.size();
    node.dependencies = std::move(after);
    graph_.push_back(std::move(node));
    return graph_.back().id;
  }
  Graph graph_;
  Cycles unit_;
};

GraphBuilder::Dependencies after(std::initializer_list<std::optional<std::uint64_t>> nodes) {
  GraphBuilder::Dependencies ids;
  for (const auto& node : nodes)
    if (node) ids.push_back(*node);
  return ids;
}

Graph serial_chain(const TextWorkload& workload, const TextConversion& conversion) {
  GraphBuilder builder(conversion);
  std::optional<std::uint64_t> last;
  for (int pass = 0; pass < conversion.passes; ++pass) {
    for (const TextLayer& layer : workload.layers) {
      for (const TextPass* part : {&layer.forward, &layer.input_gradient, &layer.weight_gradient})
        last = builder.compute(part->compute, after({last}));
      if (layer.weight_gradient.bytes > 0) last = builder.all_reduce(layer.weight_gradient.bytes, after({last}));
    }
  }
  return builder.take();
}

Graph data_parallel(const TextWorkload& workload, const TextConversion& conversion) {
  GraphBuilder builder(conversion);
  std::optional<std::uint64_t> last;
  std::vector<std::optional<std::uint64_t>> gradients(workload.layers.size());
  for (int pass = 0; pass < conversion.passes; ++pass) {
    for (std::size_t i = 0; i < workload.layers.size(); ++i)
      last = builder.compute(workload.layers[i].forward.compute, after({last, gradients[i]}));
    for (std::size_t i = workload.layers.size(); i-- > 0;) {
      const TextLayer& layer = workload.layers[i];
      last = builder.compute(layer.weight_gradient.compute, after({last}));
      if (layer.weight_gradient.bytes > 0)
        gradients[i] = builder.all_reduce(layer.weight_gradient.bytes, after({last}));
      if (i > 0) last = builder.compute(layer.input_gradient.compute, after({last}));
    }
  }
  return builder.take();
}

}  // namespace

TextWorkload parse_text_workload(std::string_view text, const std::string& where) {
  LineReader lines(text, where);
  TextWorkload workload;
  const std::vector<std::string_view> head = lines.next();
  if (head.empty() || std::ranges::find(parallelisms, head[0]) == parallelisms.end())
    lines.refuse("'{}' is not a parallelism of ASTRA-sim 1.0{}; allowed: {}", head.empty() ? "" : excerpt(head[0]),
                 head.empty() ? "" : did_you_mean(head[0], parallelisms), fmt::join(parallelisms, ", "));
  workload.parallelism = head[0];
  if (workload.parallelism == "DATA" && head.size() > 1)
    lines.refuse("'{}' after DATA, which takes no more words", excerpt(head[1]));
  const std::vector<std::string_view> count = lines.next();
  if (count.size() != 1) lines.refuse("the number of layers has to stand alone on the second line");
  const std::uint64_t layers = lines.number(count[0], "the number of layers", most_layers);
  for (std::vector<std::string_view> columns = lines.next(); !columns.empty(); columns = lines.next()) {
    if (workload.layers.size() == layers) lines.refuse("more than the {} layers announced", layers);
    workload.layers.push_back(read_layer(lines, columns, workload.parallelism == "HYBRID_CUSTOMIZED"));
  }
  if (workload.layers.size() != layers)
    throw Error(fmt::format("{}: {} layers announced, {} found; ASTRA-sim's converter does not check", where, layers,
                            workload.layers.size()));
  return workload;
}

TextWorkload read_text_workload(const std::filesystem::path& path) {
  return parse_text_workload(read_text_file(path), path.string());
}

Graph text_graph(const TextWorkload& workload, const TextConversion& conversion, const std::string& where) {
  if (workload.parallelism != "DATA")
    throw Error(fmt::format("{}: {} parallelism; only DATA can be turned into a graph", where, workload.parallelism));
  if (workload.layers.empty()) throw Error(fmt::format("{}: no layers", where));
  if (conversion.passes < 1 ||
      workload.layers.size() * 4 * static_cast<std::size_t>(conversion.passes) > most_trace_nodes)
    throw Error(fmt::format("{}: {} passes over {} layers; allowed: at least 1 pass, at most {} nodes", where,
                            conversion.passes, workload.layers.size(), most_trace_nodes));
  for (const TextLayer& layer : workload.layers) {
    const TextPass& gradient = layer.weight_gradient;
    if (layer.forward.bytes > 0 || layer.input_gradient.bytes > 0)
      throw Error(
          fmt::format("{}: layer {}: communication after the forward pass or the input gradient, which ASTRA-sim "
                      "silently leaves out of DATA parallelism; set both to NONE of 0 bytes",
                      where, excerpt(layer.name)));
    if ((gradient.communication == "ALLREDUCE") != (gradient.bytes > 0))
      throw Error(
          fmt::format("{}: layer {}: {} of {} bytes for the weight gradient; DATA parallelism has ALLREDUCE of more "
                      "than 0 bytes, or NONE of 0",
                      where, excerpt(layer.name), gradient.communication, gradient.bytes));
  }
  return conversion.order == TextOrder::serial_chain ? serial_chain(workload, conversion)
                                                     : data_parallel(workload, conversion);
}

}  // namespace ringtrue::astra
