#include "validate/import/nccl_tests_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {
namespace {

/// Without `_` and `-`, in lower case.
constexpr std::array<std::pair<std::string_view, Collective>, 6> spoken_collectives{
    {{"allreduce", Collective::all_reduce},
     {"reducescatter", Collective::reduce_scatter},
     {"allgather", Collective::all_gather},
     {"alltoall", Collective::all_to_all},
     {"broadcast", Collective::broadcast},
     {"sendrecv", Collective::send_recv}}};

std::string spoken(std::string_view text) {
  std::string letters;
  for (const char c : text)
    if (c != '_' && c != '-') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

bool is_one_of(Collective collective, std::initializer_list<Collective> all) {
  return std::ranges::find(all, collective) != all.end();
}

}  // namespace

std::optional<Collective> collective_named(std::string_view text) {
  const std::string letters = spoken(text);
  if (letters.find("alltoallv") != std::string::npos) return std::nullopt;  // every pair has a size of its own
  std::optional<Collective> named;
  for (const auto& [name, collective] : spoken_collectives) {
    if (letters.find(name) == std::string::npos) continue;
    if (named) return std::nullopt;
    named = collective;
  }
  return named;
}

std::optional<DataType> data_type_named(std::string_view type) {
  if (type == "float") return DataType::float32;
  if (type == "double") return DataType::float64;
  return std::nullopt;
}

std::optional<Algorithm> algorithm_forced(std::string_view value, Collective collective) {
  if (is_one_of(collective, {Collective::all_to_all, Collective::send_recv})) return Algorithm::library;
  const std::string name = spoken(value);
  const bool reduces_or_gathers = reduces_values(collective) || collective == Collective::all_gather;
  if (name == "ring") return Algorithm::ring;
  if (name == "tree" && collective == Collective::all_reduce) return Algorithm::double_binary_tree;
  if (name == "nvls" && reduces_or_gathers) return Algorithm::nvls;
  return std::nullopt;
}

std::optional<Protocol> protocol_forced(std::string_view value) {
  const std::string name = spoken(value);
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple})
    if (name == to_string(protocol)) return protocol;
  return std::nullopt;
}

std::string system_word(const std::string& word, const std::string& where) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; };
  if (word.empty() || word.size() > 64 || !std::ranges::all_of(word, fits))
    throw Error(
        fmt::format("{}: '{}' is no part of a system_id; it takes letters, digits, - and _, such as hgx-h100 or "
                    "nvswitch",
                    where, excerpt(word)));
  return word;
}

}  // namespace ringtrue
