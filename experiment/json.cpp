#include "experiment/json.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {
namespace {

constexpr int max_depth = 32;
constexpr std::size_t most_shown = 80;
constexpr std::uintmax_t max_file_bytes = std::uintmax_t{256} << 20;

/// Text that is safe to show: Json::dump with everything but printable ASCII escaped.
std::string show(const Json& value) {
  return excerpt(value.dump(-1, ' ', true, Json::error_handler_t::replace), most_shown);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > max_depth) throw Error(fmt::format("{}: nested deeper than {} levels", where, max_depth));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      throw Error(fmt::format("{}: the key {} stands twice in one object; keep one", where, show(value)));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: not valid JSON: {}", where, excerpt(error.what(), most_shown)));
  }
}

std::string read_text_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw Error(fmt::format("{}: is a directory, not a file", path.string()));
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > max_file_bytes)
    throw Error(fmt::format("{}: {} bytes; at most {} are read", path.string(), size, max_file_bytes));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be read ({}); check the path", path.string(), std::strerror(errno)));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

Json read_json_file(const std::filesystem::path& path) { return parse_json(read_text_file(path), path.string()); }

void for_each_line(const std::filesystem::path& path,
                   const std::function<void(const Json& json, const std::string& where)>& take) {
  std::istringstream text(read_text_file(path));
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const std::string where = fmt::format("{}:{}", path.string(), number);
    if (!line.empty()) take(parse_json(line, where), where);
  }
}

void write_text_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path temporary = path.string() + fmt::format(".{}.tmp", getpid());
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (!file || error) {
    const std::string reason = error ? error.message() : std::strerror(errno);
    std::filesystem::remove(temporary, error);
    throw Error(fmt::format("{}: cannot be written ({}); check the folder, its permissions and free space",
                            path.string(), reason));
  }
}

std::string content_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return fmt::format("{:016x}", hash);
}

ObjectReader::ObjectReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) throw Error(fmt::format("{}: expected an object {{...}}, found {}", where_, show(object_)));
}

void ObjectReader::refuse(const std::string& key, std::string_view allowed) const {
  const auto found = object_.find(key);
  if (found == object_.end())
    throw Error(fmt::format("{}: the key '{}' is missing; it takes {}", where_, key, allowed));
  throw Error(fmt::format("{}: '{}' is {}, but it takes {}", where_, key, show(*found), allowed));
}

bool ObjectReader::has(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

const Json& ObjectReader::at(const std::string& key) {
  if (!has(key)) refuse(key, "a value");
  return *object_.find(key);
}

std::string ObjectReader::text(const std::string& key) {
  if (!has(key) || !at(key).is_string()) refuse(key, "a text");
  return at(key).get<std::string>();
}

std::string ObjectReader::text_or(const std::string& key, std::string otherwise) {
  return has(key) ? text(key) : std::move(otherwise);
}

bool ObjectReader::boolean(const std::string& key) {
  if (!has(key) || !at(key).is_boolean()) refuse(key, "true or false");
  return at(key).get<bool>();
}

std::int64_t ObjectReader::integer(const std::string& key, std::int64_t lowest, std::int64_t highest) {
  const std::string allowed = fmt::format("a whole number from {} to {}", lowest, highest);
  if (!has(key) || !at(key).is_number_integer()) refuse(key, allowed);
  const Json& value = at(key);
  const bool beyond = value.is_number_unsigned() &&
                      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (beyond || value.get<std::int64_t>() < lowest || value.get<std::int64_t>() > highest) refuse(key, allowed);
  return value.get<std::int64_t>();
}

double ObjectReader::number(const std::string& key, NumberRange range) {
  const std::string allowed = fmt::format("a finite number from {} to {}", range.lowest, range.highest);
  if (!has(key) || !at(key).is_number()) refuse(key, allowed);
  const double value = at(key).get<double>();
  if (!std::isfinite(value) || value < range.lowest || value > range.highest) refuse(key, allowed);
  return value;
}

std::vector<double> ObjectReader::numbers(const std::string& key, NumberRange range) {
  const std::string allowed = fmt::format("a list of finite numbers from {} to {}", range.lowest, range.highest);
  if (!has(key) || !at(key).is_array()) refuse(key, allowed);
  std::vector<double> values;
  for (const Json& element : at(key)) {
    const double value = element.is_number() ? element.get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!std::isfinite(value) || value < range.lowest || value > range.highest) refuse(key, allowed);
    values.push_back(value);
  }
  return values;
}

std::vector<std::string> ObjectReader::texts(const std::string& key) {
  if (!has(key) || !at(key).is_array()) refuse(key, "a list of texts");
  std::vector<std::string> values;
  for (const Json& element : at(key)) {
    if (!element.is_string()) refuse(key, "a list of texts");
    values.push_back(element.get<std::string>());
  }
  return values;
}

void ObjectReader::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (known_.contains(key)) continue;
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    throw Error(fmt::format("{}: unknown key '{}'{}; known here: {}", where_, excerpt(key, most_shown),
                            did_you_mean(key, known), fmt::join(known, ", ")));
  }
}

}  // namespace ringtrue
