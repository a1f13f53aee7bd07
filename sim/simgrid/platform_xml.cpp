// What SMPI makes of a message of m bytes (SimGrid 3.32, tried out): the sender sleeps ois(m); then the message is on
// its way for lat-factor x latency + (m+16) / (bw-factor x rate), the rate being what the slowest link of the route or
// its share of one gives; a receiver sleeps or(m) more if the message was sent eagerly. Factors count with the 16 bytes
// of envelope, overheads without; both hold above their threshold. Sources: SimGrid manual, "Configuring SimGrid"
// (options smpi/*), "Calibrating the models" and "The SimGrid models" (max-min sharing).
//
// Each way is two links: `memory` or `port`, whose capacity all messages of a host share, and `way`, which each has to
// itself (FATPIPE) and which is as fast as a large message alone. So a message alone is not as fast as all together.
// Factors are relative to `way`; they are one set for the platform, between hosts those of the messages between hosts.
//
// ois and or are what a message costs in an exchange beyond its way: an exchange cannot tell sender from receiver, so
// an eager message's share is halved, and a rendezvous message's is all the sender's, as SMPI charges its receiver
// nothing.

#include "sim/simgrid/platform_xml.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringtrue::simgrid {
namespace {

constexpr std::int64_t envelope_bytes = 16;

/// What a message has to itself.
struct Way {
  double latency_s = 0;
  double rate = 0;
};

/// Factors of one protocol upon the way.
struct Factors {
  double latency = 1;
  double bandwidth = 1;
};

const Path& base_path(const Network& network) { return network.link ? *network.link : *network.memory; }

/// Bytes per second of a message alone; what takes no time per byte is as fast as the capacity.
double rate_alone(const Protocol& protocol, const Path& path) {
  const double capacity = path.capacity.bytes_per_second, per_byte_s = protocol.alone.per_byte_s;
  return per_byte_s * capacity > 1 ? 1 / per_byte_s : capacity;
}

Way base_way(const Path& path) {
  const auto shortest = std::ranges::min_element(path.protocols, {}, [](const Protocol& p) { return p.alone.start_s; });
  return {.latency_s = shortest->alone.start_s, .rate = rate_alone(path.protocols.back(), path)};
}

Factors factors_of(const Protocol& protocol, const Path& path) {
  const Way base = base_way(path);
  return {.latency = protocol.alone.start_s / base.latency_s, .bandwidth = rate_alone(protocol, path) / base.rate};
}

/// Beside a link between hosts, the memory keeps its own rate of large messages and its own start of the smallest.
Way memory_way(const Network& network) {
  const Path& memory = network.memory ? *network.memory : base_path(network);
  if (!network.link) return base_way(memory);
  const Factors first = factors_of(network.link->protocols.front(), *network.link);
  return {.latency_s = memory.protocols.front().alone.start_s / first.latency,
          .rate = rate_alone(memory.protocols.back(), memory)};
}

/// What a message costs in an exchange beyond its way, when all share the capacity.
Line overhead_of(const Protocol& protocol, const Path& path) {
  const double share = path.capacity.bytes_per_second / path.sharing;
  const double rate = factors_of(protocol, path).bandwidth * std::min(base_way(path).rate, share);
  return {.start_s = std::max(0.0, protocol.together.start_s - protocol.alone.start_s),
          .per_byte_s = std::max(0.0, protocol.together.per_byte_s - 1 / rate)};
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
  for (const Protocol& p : path.protocols) {
    const std::int64_t threshold = p.above.count == 0 ? 0 : p.above.count + envelope_bytes;
    sections.push_back(fmt::format("{}:{:.9g}", threshold, factors_of(p, path).*which));
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

std::string link_xml(const std::string& id, double bytes_per_second, double latency_s, std::string_view policy) {
  return fmt::format("    <link id=\"{}\" bandwidth=\"{:.0f}Bps\" latency=\"{:.15f}s\" sharing_policy=\"{}\"/>\n", id,
                     bytes_per_second, latency_s, policy);
}

std::string host_xml(int host, const Network& network) {
  const Path& memory = network.memory ? *network.memory : base_path(network);
  std::string text = fmt::format("    <host id=\"host{}\" speed=\"{}f\" core=\"{}\"/>\n", host, flops_per_second,
                                 network.system.cores);
  text += link_xml(fmt::format("memory{}", host), memory.capacity.bytes_per_second, 0, "SHARED");
  if (network.link)
    text += link_xml(fmt::format("port{}", host), network.link->capacity.bytes_per_second, 0, "SPLITDUPLEX");
  return text;
}

std::string route_xml(int from, int to) {
  const std::string links = from == to ? fmt::format("<link_ctn id=\"way_within\"/><link_ctn id=\"memory{}\"/>", from)
                                       : fmt::format(
                                             "<link_ctn id=\"port{}\" direction=\"UP\"/><link_ctn id=\"way_between\"/>"
                                             "<link_ctn id=\"port{}\" direction=\"DOWN\"/>",
                                             from, to);
  return fmt::format("    <route src=\"host{}\" dst=\"host{}\" symmetrical=\"no\">{}</route>\n", from, to, links);
}

}  // namespace

std::string platform_xml(const Network& network) {
  assert(network.link || network.memory);
  const int hosts = network.system.hosts;
  const Way within = memory_way(network);
  std::string text =
      "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<platform "
      "version=\"4.1\">\n" +
      config(network) + fmt::format("  <zone id=\"{}\" routing=\"Full\">\n", system_id(network.system));
  for (int host = 0; host < hosts; ++host) text += host_xml(host, network);
  text += link_xml("way_within", within.rate, within.latency_s, "FATPIPE");
  if (network.link) {
    const Way between = base_way(*network.link);
    text += link_xml("way_between", between.rate, between.latency_s, "FATPIPE");
  }
  for (int from = 0; from < hosts; ++from)
    for (int to = 0; to < hosts; ++to) text += route_xml(from, to);
  return text + "  </zone>\n</platform>\n";
}

std::string hostfile(const Network& network) {
  std::string text;
  for (int rank = 0; rank < network.ranks; ++rank)
    text += fmt::format("host{}\n", host_of_rank(rank, network.ranks, network.system));
  return text;
}

}  // namespace ringtrue::simgrid
