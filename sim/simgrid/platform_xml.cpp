// What SMPI makes of a message of m bytes (SimGrid 3.32, tried out): the sender sleeps ois(m); then the message is on
// its way for lat-factor x latency + (m+16) / min(bw-factor x bandwidth, its share of the links); a receiver sleeps
// or(m) more if the message was sent eagerly. Factors count with the 16 bytes of envelope, overheads without; both hold
// above their threshold. Sources: SimGrid manual, "Configuring SimGrid" (options smpi/*) and "Calibrating the models".
//
// A host's memory is a link that all its messages share. ois and or are what a message costs in an exchange beyond the
// network: an exchange cannot tell sender from receiver, so an eager message's share is halved, and a rendezvous
// message's is all the sender's, as SMPI charges its receiver nothing.
//
// bw-factor and lat-factor are one set for the whole platform. Between hosts they are the link's; the memory's
// bandwidth and latency are then such that the factors give its own for the largest messages, and its own start for the
// smallest.

#include "sim/simgrid/platform_xml.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringtrue::simgrid {
namespace {

constexpr std::int64_t envelope_bytes = 16;

/// A link of the platform file.
struct LinkShape {
  double latency_s = 0;
  double bandwidth = 0;
};

/// Factors of one protocol upon the base link.
struct Factors {
  double latency = 1;
  double bandwidth = 1;
};

const Path& base_path(const Network& network) { return network.link ? *network.link : *network.memory; }

double rate_of(const Line& line, double at_most) {
  return line.per_byte_s * at_most > 1 ? 1 / line.per_byte_s : at_most;
}

LinkShape base_link(const Path& path) {
  const auto shortest = std::ranges::min_element(path.protocols, {}, [](const Protocol& p) { return p.alone.start_s; });
  return {.latency_s = shortest->alone.start_s, .bandwidth = path.capacity.bytes_per_second};
}

std::vector<Factors> factors_of(const Path& path) {
  const LinkShape base = base_link(path);
  std::vector<Factors> factors;
  for (const Protocol& p : path.protocols)
    factors.push_back(
        {.latency = p.alone.start_s / base.latency_s, .bandwidth = rate_of(p.alone, base.bandwidth) / base.bandwidth});
  return factors;
}

LinkShape memory_link(const Network& network) {
  const Path& memory = network.memory ? *network.memory : base_path(network);
  if (!network.link) return base_link(memory);
  const std::vector<Factors> factors = factors_of(*network.link);
  return {
      .latency_s = memory.protocols.front().alone.start_s / factors.front().latency,
      .bandwidth = rate_of(memory.protocols.back().alone, memory.capacity.bytes_per_second) / factors.back().bandwidth};
}

/// What a message costs in an exchange beyond the time on its way, when all share the capacity.
Line overhead_of(const Protocol& protocol, const Path& path) {
  const double share = path.capacity.bytes_per_second / path.sharing;
  const double on_its_way = 1 / rate_of(protocol.alone, share);
  return {.start_s = std::max(0.0, protocol.together.start_s - protocol.alone.start_s),
          .per_byte_s = std::max(0.0, protocol.together.per_byte_s - on_its_way)};
}

/// `smpi/os` and its kin: threshold:start:per byte, joined by semicolons.
std::string overheads(const Network& network, double share_of_eager, double share_of_rendezvous) {
  std::vector<std::string> sections;
  const Path& path = base_path(network);
  for (const Protocol& p : path.protocols) {
    const bool eager = p.above < network.largest_eager;
    const double share = eager ? share_of_eager : share_of_rendezvous;
    const Line line = overhead_of(p, path);
    sections.push_back(fmt::format("{}:{:.9g}:{:.9g}", p.above.count, share * line.start_s, share * line.per_byte_s));
  }
  return fmt::format("{}", fmt::join(sections, ";"));
}

std::string factor_text(const Network& network, double Factors::*which) {
  std::vector<std::string> sections;
  const Path& path = base_path(network);
  const std::vector<Factors> factors = factors_of(path);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::int64_t above = path.protocols[i].above.count;
    sections.push_back(fmt::format("{}:{:.9g}", above == 0 ? 0 : above + envelope_bytes, factors[i].*which));
  }
  return fmt::format("{}", fmt::join(sections, ";"));
}

std::string config(const Network& network) {
  const std::int64_t first_rendezvous = network.largest_eager.count + (network.largest_eager.count > 0 ? 1 : 0);
  const std::vector<std::pair<std::string, std::string>> options{
      {"smpi/bw-factor", factor_text(network, &Factors::bandwidth)},
      {"smpi/lat-factor", factor_text(network, &Factors::latency)},
      {"smpi/os", overheads(network, 0.5, 1)},
      {"smpi/ois", overheads(network, 0.5, 1)},
      {"smpi/or", overheads(network, 0.5, 0)},
      {"smpi/async-small-thresh", fmt::format("{}", first_rendezvous)},
      {"smpi/send-is-detached-thresh", fmt::format("{}", first_rendezvous)},
      {"smpi/coll-selector", "ompi"},
      {"smpi/simulate-computation", "no"},
      {"smpi/wtime", "0"},
      // The capacities come from exchanges, in which acknowledgements were on their way already.
      {"network/crosstraffic", "no"}};
  std::string text = "  <config>\n";
  for (const auto& [name, value] : options) text += fmt::format("    <prop id=\"{}\" value=\"{}\"/>\n", name, value);
  return text + "  </config>\n";
}

std::string link_xml(const std::string& id, const LinkShape& link, std::string_view policy) {
  return fmt::format("    <link id=\"{}\" bandwidth=\"{:.0f}Bps\" latency=\"{:.15f}s\" sharing_policy=\"{}\"/>\n", id,
                     link.bandwidth, link.latency_s, policy);
}

std::string routes_between(int hosts) {
  std::string text;
  for (int from = 0; from < hosts; ++from)
    for (int to = 0; to < hosts; ++to)
      if (from != to)
        text += fmt::format(
            "    <route src=\"host{0}\" dst=\"host{1}\" symmetrical=\"no\"><link_ctn id=\"port{0}\" direction=\"UP\"/>"
            "<link_ctn id=\"port{1}\" direction=\"DOWN\"/></route>\n",
            from, to);
  return text;
}

}  // namespace

std::string platform_xml(const Network& network) {
  assert(network.link || network.memory);
  std::string text =
      "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<platform "
      "version=\"4.1\">\n" +
      config(network) + fmt::format("  <zone id=\"{}\" routing=\"Full\">\n", system_id(network.system));
  const int hosts = network.system.hosts;
  for (int host = 0; host < hosts; ++host) {
    text += fmt::format("    <host id=\"host{}\" speed=\"{}f\" core=\"{}\"/>\n", host, flops_per_second,
                        network.system.cores);
    text += link_xml(fmt::format("memory{}", host), memory_link(network), "SHARED");
    if (!network.link) continue;
    LinkShape port = base_link(*network.link);
    port.latency_s /= 2;  // a message passes two
    text += link_xml(fmt::format("port{}", host), port, "SPLITDUPLEX");
  }
  for (int host = 0; host < hosts; ++host)
    text += fmt::format(
        "    <route src=\"host{0}\" dst=\"host{0}\" symmetrical=\"no\"><link_ctn id=\"memory{0}\"/></route>\n", host);
  if (network.link) text += routes_between(hosts);
  return text + "  </zone>\n</platform>\n";
}

std::string hostfile(const Network& network) {
  std::string text;
  for (int rank = 0; rank < network.ranks; ++rank)
    text += fmt::format("host{}\n", core_of_rank(rank, network.ranks, network.system) / network.system.cores);
  return text;
}

}  // namespace ringtrue::simgrid
