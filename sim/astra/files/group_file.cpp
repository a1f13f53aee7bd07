#include "sim/astra/files/group_file.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::size_t most_group_bytes = 16 << 20;
constexpr int most_groups = 2000;

int parse_id(const std::string& key, const std::string& where) {
  int id = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
  if (error != std::errc() || end != key.data() + key.size() || id < 1 || id > most_groups)
    throw Error(fmt::format("{}: group '{}'; allowed: whole numbers from 1 to {} (0 is all ranks)", where, excerpt(key),
                            most_groups));
  return id;
}

std::vector<int> parse_ranks(const Json& list, int group, const std::string& where, std::int64_t npus) {
  if (!list.is_array() || list.empty()) throw Error(fmt::format("{}: group {} needs a list of ranks", where, group));
  std::vector<int> ranks;
  std::set<int> seen;
  for (const Json& rank : list) {
    const bool whole =
        rank.is_number_integer() && rank.get<double>() >= 0 && rank.get<double>() < static_cast<double>(npus);
    if (!whole)
      throw Error(
          fmt::format("{}: group {} has rank {}; allowed: 0 to {}", where, group, excerpt(rank.dump()), npus - 1));
    ranks.push_back(rank.get<int>());
    if (!seen.insert(ranks.back()).second)
      throw Error(fmt::format("{}: group {} has rank {} twice", where, group, ranks.back()));
  }
  return ranks;
}

}  // namespace

std::vector<Group> parse_groups(std::string_view json, const std::string& where, std::int64_t npus) {
  // Before it becomes objects of 16 bytes a number, and of a linear search a key.
  if (json.size() > most_group_bytes)
    throw Error(fmt::format("{}: {} bytes; a group file has at most {}", where, json.size(), most_group_bytes));
  if (std::ranges::count(json, ':') > most_groups)
    throw Error(fmt::format("{}: more than {} groups", where, most_groups));
  const Json parsed = parse_json(json, where);
  if (!parsed.is_object()) throw Error(fmt::format("{}: not an object such as {{\"1\": [0, 1]}}", where));
  std::vector<Group> groups;
  std::set<int> ids;
  for (const auto& [key, value] : parsed.items()) {
    const int id = parse_id(key, where);
    if (!ids.insert(id).second) throw Error(fmt::format("{}: group {} is given twice", where, id));
    groups.push_back({.id = id, .ranks = parse_ranks(value, id, where, npus)});
  }
  return groups;
}

std::vector<Group> read_group_file(const std::filesystem::path& path, std::int64_t npus) {
  return parse_groups(read_text_file(path), path.string(), npus);
}

}  // namespace ringtrue::astra
