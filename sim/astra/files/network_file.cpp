#include "sim/astra/files/network_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::size_t most_network_bytes = 1 << 16;
constexpr std::array<std::string_view, 4> keys{"topology", "npus_count", "bandwidth", "latency"};

/// Comments hold anything; without them the checks below are simple.
std::string without_comments(std::string_view yml) {
  std::string text;
  bool comment = false;
  for (const char c : yml) {
    if (c == '\n') comment = false;
    if (c == '#' && (text.empty() || text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) comment = true;
    if (!comment) text += c;
  }
  return text;
}

/// yaml-cpp parses recursively: what nests deeper, or refers back, is no network file.
void check_nesting(std::string_view yml, const std::string& where) {
  const auto brackets = std::ranges::count_if(yml, [](char c) { return c == '[' || c == '{'; });
  if (brackets > 8 || yml.find_first_of("&*!") != std::string_view::npos || yml.find('\0') != std::string_view::npos)
    throw Error(fmt::format("{}: a network file holds four lists of plain values, no nesting, anchors or tags", where));
  const auto deepest = std::ranges::count_if(yml, [](char c) { return c == '-' || c == '?' || c == ':'; });
  if (deepest > 512) throw Error(fmt::format("{}: {} list or key marks; a network file has few", where, deepest));
}

class IgnoreEvents final : public YAML::EventHandler {
  using Mark = YAML::Mark;
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;
  using Text = std::string;
  void OnDocumentStart(const Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const Mark& /*mark*/, Anchor /*anchor*/) override {}
  void OnAlias(const Mark& /*mark*/, Anchor /*anchor*/) override {}
  void OnScalar(const Mark& /*mark*/, const Text& /*tag*/, Anchor /*anchor*/, const Text& /*value*/) override {}
  void OnSequenceStart(const Mark& /*mark*/, const Text& /*tag*/, Anchor /*anchor*/, Style /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const Mark& /*mark*/, const Text& /*tag*/, Anchor /*anchor*/, Style /*style*/) override {}
  void OnMapEnd() override {}
};

/// What stands behind the first document is silently left alone by YAML::Load; YAML::LoadAll does not end on a comma.
void check_documents(const std::string& yml, const std::string& where) {
  std::istringstream stream(yml);
  YAML::Parser parser(stream);
  IgnoreEvents ignore;
  parser.HandleNextDocument(ignore);
  if (parser)
    throw Error(
        fmt::format("{}: text behind the first yaml document, which ASTRA-sim silently leaves out; remove it", where));
}

class NetworkReader {
 public:
  NetworkReader(const YAML::Node& root, const std::string& where) : root_(root), where_(where) {}

  Network read() {
    if (!root_.IsMap())
      throw Error(
          fmt::format("{}: not a network file: it needs the keys topology, npus_count, bandwidth and latency", where_));
    check_keys();
    const std::vector<std::string> topologies = list("topology"), npus = list("npus_count"),
                                   bandwidths = list("bandwidth"), latencies = list("latency");
    if (npus.size() != topologies.size() || bandwidths.size() != topologies.size() ||
        latencies.size() != topologies.size())
      throw Error(fmt::format(
          "{}: topology has {} entries, npus_count {}, bandwidth {}, latency {}; they have to be equally many", where_,
          topologies.size(), npus.size(), bandwidths.size(), latencies.size()));
    Network network;
    for (std::size_t d = 0; d < topologies.size(); ++d)
      network.dimensions.push_back({.topology = topology(topologies[d]),
                                    .npus = npus_count(npus[d]),
                                    .bandwidth_gib_per_s = number("bandwidth", bandwidths[d], true),
                                    .latency_ns = number("latency", latencies[d], false)});
    check_size(network);
    return network;
  }

 private:
  void check_keys() {
    std::set<std::string> seen;
    for (const auto& entry : root_) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
      if (std::ranges::find(keys, key) == keys.end())
        throw Error(fmt::format("{}: '{}' is not a key of a network file{}; allowed: {}; ASTRA-sim ignores it silently",
                                where_, excerpt(key), did_you_mean(key, keys),
                                "topology, npus_count, bandwidth, latency"));
      if (!seen.insert(key).second) throw Error(fmt::format("{}: '{}' is given twice", where_, key));
    }
  }

  std::vector<std::string> list(const std::string& key) {
    const YAML::Node node = root_[key];
    if (!node) throw Error(fmt::format("{}: '{}' is missing", where_, key));
    if (node.IsScalar())
      throw Error(fmt::format("{}: '{}' is '{}', but it has to be a list: write [ {} ]", where_, key,
                              excerpt(node.Scalar()), excerpt(node.Scalar())));
    if (!node.IsSequence() || node.size() == 0)
      throw Error(fmt::format("{}: '{}' has to be a list with an entry per dimension", where_, key));
    std::vector<std::string> values;
    for (const auto& value : node) {
      if (!value.IsScalar()) throw Error(fmt::format("{}: '{}' has an entry that is not a plain value", where_, key));
      values.push_back(value.Scalar());
    }
    return values;
  }

  Topology topology(const std::string& name) {
    for (const Topology t : {Topology::ring, Topology::fully_connected, Topology::switched})
      if (to_string(t) == name) return t;
    constexpr std::array<std::string_view, 3> known{"Ring", "FullyConnected", "Switch"};
    throw Error(fmt::format("{}: topology '{}'{}; allowed: Ring, FullyConnected, Switch", where_, excerpt(name),
                            did_you_mean(name, known)));
  }

  int npus_count(const std::string& text) {
    int count = 0;
    if (text.starts_with('0') || !decode(text, count) || count < 2 || count > max_ranks)  // 010 is 8 to ASTRA-sim
      throw Error(
          fmt::format("{}: npus_count '{}'; allowed: a whole number from 2 to {}", where_, excerpt(text), max_ranks));
    return count;
  }

  double number(const char* key, const std::string& text, bool positive) {
    double value = 0;
    const double lowest = positive ? 1e-6 : 0;
    if (!decode(text, value) || !std::isfinite(value) || value < lowest || value > 1e12)
      throw Error(fmt::format("{}: {} '{}'; allowed: a number from {} to 1e12 (in {})", where_, key, excerpt(text),
                              lowest, positive ? "GiB/s" : "ns"));
    return value;
  }

  template <class Number>
  static bool decode(const std::string& text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }

  void check_size(const Network& network) {
    std::int64_t product = 1;
    for (const Dimension& dimension : network.dimensions) {
      product *= dimension.npus;
      if (product > max_ranks) throw Error(fmt::format("{}: more than {} NPUs", where_, max_ranks));
    }
  }

  YAML::Node root_;
  const std::string& where_;
};

}  // namespace

Network parse_network(std::string_view yml, const std::string& where) {
  if (yml.size() > most_network_bytes)
    throw Error(fmt::format("{}: {} bytes; a network file has at most {}", where, yml.size(), most_network_bytes));
  const std::string text = without_comments(yml);
  check_nesting(text, where);
  try {
    check_documents(text, where);
    return NetworkReader(YAML::Load(text), where).read();
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("{}: not yaml: {}", where, excerpt(error.what(), 200)));
  }
}

Network read_network_file(const std::filesystem::path& path) {
  return parse_network(read_text_file(path), path.string());
}

}  // namespace ringtrue::astra
