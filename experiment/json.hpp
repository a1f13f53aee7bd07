#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ringtrue {

/// Keys keep the order in which they were written, so that output is stable and reads as intended.
using Json = nlohmann::ordered_json;

/// Parses one JSON text. Refuses duplicate keys, nesting deeper than 32, numbers beyond double and anything after the
/// value. `where` (a file, a file and line) opens every message. Throws Error.
Json parse_json(std::string_view text, std::string_view where);

/// Reads and parses a whole file of at most 256 MiB. Throws Error.
Json read_json_file(const std::filesystem::path& path);
std::string read_text_file(const std::filesystem::path& path);
/// Reads a file of one JSON text a line; empty lines are skipped. Calls `take` with each and its place, FILE:LINE.
void for_each_line(const std::filesystem::path& path,
                   const std::function<void(const Json& json, const std::string& where)>& take);

/// Writes to a temporary neighbour and renames it, so that no reader ever takes half a file for a whole one. Throws
/// Error.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// 64-bit FNV-1a as 16 hex digits: names the content of an input in reports. Not cryptographic.
std::string content_hash(std::string_view text);

/// The line or file where a value stands; opens error messages.
struct NumberRange {
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
};

/// Takes an object apart key by key and refuses, in `finish`, every key nobody asked for. Each getter throws Error on a
/// missing key, another type, or a value out of range; it names place, key, what was found and what is allowed.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string where);

  bool has(const std::string& key);  ///< Present and not null; counts as asked for.
  const Json& at(const std::string& key);
  std::string text(const std::string& key);
  std::string text_or(const std::string& key, std::string otherwise);
  bool boolean(const std::string& key);
  std::int64_t integer(const std::string& key, std::int64_t lowest, std::int64_t highest);
  double number(const std::string& key, NumberRange range = {});
  std::vector<double> numbers(const std::string& key, NumberRange range = {});
  std::vector<std::string> texts(const std::string& key);

  void finish() const;
  const std::string& where() const { return where_; }
  std::string where(const std::string& key) const { return where_ + "/" + key; }
  [[noreturn]] void refuse(const std::string& key, std::string_view allowed) const;

 private:
  const Json& object_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace ringtrue
