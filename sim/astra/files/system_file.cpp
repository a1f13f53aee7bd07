#include "sim/astra/files/system_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::astra {
namespace {

constexpr auto known_keys = std::to_array<std::string_view>({"scheduling-policy",
                                                             "endpoint-delay",
                                                             "active-chunks-per-dimension",
                                                             "preferred-dataset-splits",
                                                             "all-reduce-implementation",
                                                             "all-gather-implementation",
                                                             "reduce-scatter-implementation",
                                                             "all-to-all-implementation",
                                                             "all-reduce-implementation-custom",
                                                             "all-gather-implementation-custom",
                                                             "reduce-scatter-implementation-custom",
                                                             "all-to-all-implementation-custom",
                                                             "per-node-custom-implementation",
                                                             "collective-optimization",
                                                             "local-mem-bw",
                                                             "roofline-enabled",
                                                             "peak-perf",
                                                             "replay-only",
                                                             "trace-enabled",
                                                             "track-local-mem",
                                                             "local-mem-trace-filename",
                                                             "local-reduction-delay",
                                                             "model-shared-bus",
                                                             "L",
                                                             "o",
                                                             "g",
                                                             "G",
                                                             "boost-mode",
                                                             "intra-dimension-scheduling",
                                                             "inter-dimension-scheduling"});

constexpr std::size_t most_system_bytes = 1 << 16;

/// What has no effect on a result, and why we say so or not.
enum class Silent : std::uint8_t { warn, fine };
struct IgnoredKey {
  std::string_view key;
  Silent how;
};
constexpr std::array<IgnoredKey, 10> ignored_keys{{{"boost-mode", Silent::fine},
                                                   {"intra-dimension-scheduling", Silent::warn},
                                                   {"inter-dimension-scheduling", Silent::warn},
                                                   {"trace-enabled", Silent::fine},
                                                   {"local-mem-trace-filename", Silent::fine},
                                                   {"local-reduction-delay", Silent::warn},
                                                   {"L", Silent::warn},
                                                   {"o", Silent::warn},
                                                   {"g", Silent::warn},
                                                   {"G", Silent::warn}}};

class SystemReader {
 public:
  SystemReader(const Json& json, const std::string& where) : json_(json), where_(where), reader_(json, where) {}

  SystemFile read() {
    check_keys();
    SystemLayer& system = file_.system;
    if (reader_.has("scheduling-policy")) choice("scheduling-policy", {"LIFO", "FIFO", "EXPLICIT"});
    if (reader_.has("endpoint-delay"))
      system.endpoint_delay = static_cast<Cycles>(reader_.integer("endpoint-delay", 0, 1'000'000'000));
    if (reader_.has("active-chunks-per-dimension"))
      system.active_chunks_per_dimension =
          static_cast<int>(reader_.integer("active-chunks-per-dimension", 1, 1'000'000));
    system.preferred_dataset_splits = reader_.has("preferred-dataset-splits")
                                          ? static_cast<int>(reader_.integer("preferred-dataset-splits", 0, 1'000'000))
                                          : 0;
    if (reader_.has("collective-optimization"))
      system.local_bw_aware = choice("collective-optimization", {"baseline", "localBWAware"}) == "localBWAware";
    if (reader_.has("local-mem-bw"))
      system.local_mem_bw_gb_per_s = reader_.number("local-mem-bw", {.lowest = 0, .highest = 1e9});
    if (reader_.has("peak-perf")) system.peak_perf_tflops = reader_.number("peak-perf", {.lowest = 0, .highest = 1e9});
    system.roofline_enabled = flag("roofline-enabled");
    system.replay_only = flag("replay-only");
    file_.tracks_local_memory = flag("track-local-mem");
    if (flag("model-shared-bus")) refuse_unmodelled("model-shared-bus", "the LogGP shared bus");
    read_implementations();
    return std::move(file_);
  }

 private:
  void check_keys() {
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(known_keys, key) == known_keys.end())
        throw Error(
            fmt::format("{}: '{}' is not a key of ASTRA-sim's system layer{}; ASTRA-sim ignores it silently: remove it",
                        where_, excerpt(key), did_you_mean(key, known_keys)));
      if (value.is_null()) throw Error(fmt::format("{}: '{}' is null; give a value or remove it", where_, key));
      if (key.ends_with("-custom") || key == "per-node-custom-implementation")
        refuse_unmodelled(key, "a custom (MSCCL) collective");
      const auto* ignored = std::ranges::find(ignored_keys, key, &IgnoredKey::key);
      if (ignored != ignored_keys.end() && ignored->how == Silent::warn)
        file_.warnings.push_back(fmt::format("{}: '{}' has no effect in ASTRA-sim's analytical backends", where_, key));
    }
  }

  [[noreturn]] void refuse_unmodelled(std::string_view key, std::string_view what) const {
    throw Error(fmt::format("{}: '{}' asks for {}, which is not modelled here; remove it", where_, key, what));
  }

  std::string choice(const std::string& key, std::initializer_list<std::string_view> allowed) {
    std::string value = reader_.text(key);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      throw Error(fmt::format("{}: {} is '{}'{}; allowed: {}", where_, key, excerpt(value),
                              did_you_mean(value, std::span(allowed.begin(), allowed.size())), join(allowed)));
    return value;
  }

  static std::string join(std::initializer_list<std::string_view> words) {
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
  }

  bool flag(const std::string& key) { return reader_.has(key) && reader_.integer(key, 0, 1) != 0; }

  void read_implementations() {
    for (const Collective collective :
         {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all}) {
      std::string key(to_string(collective));
      std::ranges::replace(key, '_', '-');
      key += "-implementation";
      if (!reader_.has(key)) continue;
      if (reader_.at(key).is_string())
        throw Error(fmt::format("{}: {} is \"{}\", but it has to be a list: write [\"{}\"]", where_, key,
                                excerpt(reader_.at(key).get<std::string>()),
                                excerpt(reader_.at(key).get<std::string>())));
      for (const std::string& name : reader_.texts(key))
        file_.system.implementations[collective].push_back(parse_implementation(excerpt(name), where_ + "/" + key));
    }
  }

  const Json& json_;
  const std::string& where_;
  ObjectReader reader_;
  SystemFile file_;
};

}  // namespace

SystemFile parse_system(std::string_view json, const std::string& where) {
  if (json.size() > most_system_bytes)
    throw Error(fmt::format("{}: {} bytes; a system file has at most {}", where, json.size(), most_system_bytes));
  const Json parsed = parse_json(json, where);
  return SystemReader(parsed, where).read();
}

SystemFile read_system_file(const std::filesystem::path& path) {
  return parse_system(read_text_file(path), path.string());
}

}  // namespace ringtrue::astra
