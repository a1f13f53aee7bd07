// One table, two places for a value: a column, or a header line that stands for all rows. A cell that is there wins; an
// empty one takes the header's value; without either, a value that a record can do without is unknown.
#include "validate/import/published_csv.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "experiment/system.hpp"
#include "validate/import/nccl_tests_run.hpp"
#include "validate/import/nccl_tests_words.hpp"
#include "validate/import/text_lines.hpp"

namespace ringtrue {
namespace {

constexpr std::array<std::string_view, 8> provenance_keys{"source",       "url",         "licence",  "system",
                                                          "nccl_version", "launch_mode", "how_read", "sigma"};
constexpr std::array<std::string_view, 4> more_provenance_keys{"commit", "files", "author", "date"};
constexpr std::array<std::string_view, 4> place_keys{"testbed", "fabric", "record_source", "reading"};
constexpr std::array<std::string_view, 13> column_names{"size",       "type",     "redop",   "root",  "algorithm",
                                                        "protocol",   "chosen",   "gpus",    "nodes", "launch",
                                                        "collective", "sigma_us", "in_place"};
constexpr std::array all_readings{HowRead::tabulated, HowRead::digitised, HowRead::scalar_only,
                                  HowRead::not_reproducible};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<std::string_view> csv_cells(std::string_view line, const std::string& where) {
  if (line.find('"') != std::string_view::npos)
    throw Error(fmt::format("{}: a quote; quoted cells are not read: write cells without quotes and commas", where));
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    cells.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  return cells;
}

/// A row by the names of its columns, with the header's values where it is silent.
class CsvRow {
 public:
  CsvRow(std::map<std::string, std::string> values, std::string where)
      : values_(std::move(values)), where_(std::move(where)) {}

  const std::string& where() const { return where_; }
  std::string text_or(const std::string& key, const std::string& otherwise) const {
    const auto found = values_.find(key);
    return found == values_.end() || found->second.empty() ? otherwise : found->second;
  }
  std::string text(const std::string& key) const {
    std::string value = text_or(key, "");
    if (value.empty())
      throw Error(
          fmt::format("{}: '{}' is missing; add a column of it, or a line '# {}: ...' for all rows", where_, key, key));
    return value;
  }
  std::int64_t integer(const std::string& key, std::int64_t highest) const {
    const std::string value = text(key);
    const std::optional<std::int64_t> number = whole_number(value);
    if (!number || *number < 1 || *number > highest) refuse(key, fmt::format("a whole number from 1 to {}", highest));
    return *number;
  }
  [[noreturn]] void refuse(const std::string& key, std::string_view allowed) const {
    throw Error(fmt::format("{}: '{}' is '{}', but it takes {}", where_, key, excerpt(text_or(key, "")), allowed));
  }

 private:
  std::map<std::string, std::string> values_;
  std::string where_;
};

std::optional<bool> in_place_of(const CsvRow& row) {
  const std::string value = row.text_or("in_place", "");
  if (value.empty()) return std::nullopt;
  if (value != "0" && value != "1") row.refuse("in_place", "0, 1, or nothing if it is unknown");
  return value == "1";
}

CollectiveRun asked_of_row(const CsvRow& row, int ranks) {
  CollectiveRun asked;
  const std::string collective = row.text("collective");
  const std::optional<Collective> named = collective_named(collective);
  asked.collective = named ? *named : parse_collective(collective, row.where());
  asked.algorithm = parse_algorithm(row.text("algorithm"), row.where());
  asked.bytes = {row.integer("size", max_bytes.count)};
  const std::string type = row.text_or("type", "");
  asked.dtype = data_type_named(type);
  if (!type.empty() && !asked.dtype) row.refuse("type", "float, double, or nothing if it is unknown");
  const std::string redop = row.text_or("redop", "");
  if (reduces_values(asked.collective) && !redop.empty()) {
    if (redop != "sum") row.refuse("redop", "sum, or nothing if it is unknown");
    asked.op = ReduceOp::sum;
  }
  asked.in_place = in_place_of(row);
  const std::string protocol = row.text_or("protocol", "");
  if (!protocol.empty()) asked.protocol = parse_protocol(protocol, row.where());
  const std::string root = row.text_or("root", "");
  if (asked.collective == Collective::broadcast && !root.empty()) {
    const std::optional<std::int64_t> rank = whole_number(root);
    if (!rank || *rank < 0 || *rank >= ranks) row.refuse("root", "a rank from 0 on, below gpus");
    asked.root = static_cast<int>(*rank);
  }
  return asked;
}

std::string place_of_row(const CsvRow& row) {
  GpuSystem system{.testbed = system_word(row.text("testbed"), row.where()),
                   .nodes = static_cast<int>(row.integer("nodes", max_ranks)),
                   .fabric = system_word(row.text("fabric"), row.where()),
                   .launch = {}};
  const std::string launch = row.text_or("launch", "");
  if (!launch.empty()) system.launch = parse_launch_mode(launch, row.where());
  return system_id(system);
}

HowRead reading_of(const CsvRow& row) {
  const std::string reading = row.text_or("reading", "tabulated");
  const auto* found = std::ranges::find_if(all_readings, [&](HowRead how) { return to_string(how) == reading; });
  if (found == all_readings.end()) row.refuse("reading", "tabulated, digitised, scalar_only or not_reproducible");
  return *found;
}

/// As the decimal digits say it: 91.10 us is 9.11e-05 s, which 91.10 / 1e6 is not to the last bit.
Seconds seconds_of_us(const std::string& as_printed, double microseconds) {
  return Seconds{finite_number(as_printed + "e-6").value_or(microseconds / 1e6)};
}

Publication publication_of(const CsvRow& row) {
  const std::string time = row.text("time");
  const std::string sigma = row.text_or("sigma_us", "0");
  const std::optional<double> sigma_us = finite_number(sigma);
  if (!sigma_us || *sigma_us < 0 || *sigma_us > 3.2e15) row.refuse("sigma_us", "microseconds, 0 or more");
  const Seconds checked = printed_time(finite_number(time), time, row.where());
  return {.time = seconds_of_us(time, checked.count() * 1e6),
          .sigma = seconds_of_us(sigma, *sigma_us),
          .how_read = reading_of(row),
          .as_printed = time + " us",
          .chosen = row.text_or("chosen", "")};
}

Record record_of_row(const CsvRow& row) {
  const auto ranks = static_cast<int>(row.integer("gpus", max_ranks));
  return {.experiment = {.workload = asked_of_row(row, ranks), .ranks = ranks},
          .system_id = place_of_row(row),
          .source = row.text_or("record_source", row.text("source")),
          .campaign = "",
          .launch = 0,
          .result = publication_of(row)};
}

class PublishedCsvReader {
 public:
  explicit PublishedCsvReader(const std::string& name) : name_(name) {}

  void take(const TextLine& line) {
    where_ = fmt::format("{}:{}", name_, line.number);
    const std::string_view text = trimmed(line.text);
    if (text.empty()) return;
    if (!is_utf8(text)) throw Error(fmt::format("{}: not UTF-8: '{}'; convert the file", where_, excerpt(text)));
    if (text.starts_with('#')) {
      take_header(text.substr(1));
    } else if (columns_.empty()) {
      take_columns(csv_cells(text, where_));
    } else {
      take_row(csv_cells(text, where_));
    }
  }

  PublishedFile finish() {
    if (records_.empty())
      throw Error(fmt::format(
          "{}: no row; a line of column names (size,time,...) and then a row for each time are expected", name_));
    Json context = Json::object();
    for (const std::string_view key : provenance_keys) context[std::string(key)] = headers_[std::string(key)];
    for (const std::string_view key : more_provenance_keys)
      if (headers_.contains(std::string(key))) context[std::string(key)] = headers_[std::string(key)];
    context["imported_from"] = excerpt(name_, 1000);
    context["caveats"] = caveats_;
    return {.name = name_,
            .hash = "",
            .context = {std::move(context)},
            .provenance = {},
            .model = "",
            .records = std::move(records_),
            .scalars = {}};
  }

 private:
  void take_header(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string key(trimmed(text.substr(0, colon)));
    const std::string value(trimmed(text.substr(std::min(colon + 1, text.size()))));
    if (!columns_.empty())
      throw Error(fmt::format("{}: a header line behind the line of column names; move it to the top", where_));
    if (colon == text.size() || value.empty())
      throw Error(
          fmt::format("{}: '{}' is no line '# key: value' with a value; write 'unknown' if the source does not "
                      "say",
                      where_, excerpt(text)));
    if (key == "caveat") {
      caveats_.push_back(value);
      return;
    }
    if (!holds(provenance_keys, key) && !holds(more_provenance_keys, key) && !holds(place_keys, key) &&
        !holds(column_names, key))
      throw Error(fmt::format("{}: unknown header '{}'{}; known are {}, caveat, {}, {} and {}", where_, excerpt(key),
                              did_you_mean(key, provenance_keys), fmt::join(provenance_keys, ", "),
                              fmt::join(more_provenance_keys, ", "), fmt::join(place_keys, ", "),
                              fmt::join(column_names, ", ")));
    if (!headers_.emplace(key, value).second)
      throw Error(fmt::format("{}: the header '{}' stands twice; keep one", where_, excerpt(key)));
  }

  void take_columns(const std::vector<std::string_view>& names) {
    for (const std::string_view key : provenance_keys)
      if (!headers_.contains(std::string(key)))
        throw Error(
            fmt::format("{}: no line '# {}: ...' above the column names; numbers are not taken without saying "
                        "where they come from ({}); 'unknown' is a word",
                        where_, key, fmt::join(provenance_keys, ", ")));
    std::set<std::string_view> seen;
    for (const std::string_view name : names) {
      if (name != "time" && !holds(column_names, name))
        throw Error(fmt::format("{}: unknown column '{}'{}; known are time and {}", where_, excerpt(name),
                                did_you_mean(name, column_names), fmt::join(column_names, ", ")));
      if (!seen.insert(name).second) throw Error(fmt::format("{}: the column '{}' stands twice", where_, name));
      columns_.emplace_back(name);
    }
  }

  void take_row(const std::vector<std::string_view>& cells) {
    if (cells.size() != columns_.size())
      throw Error(fmt::format("{}: {} cells, but {} columns; give a cell for each, empty if it is unknown", where_,
                              cells.size(), columns_.size()));
    if (records_.size() == most_printed_rows)
      throw Error(fmt::format("{}: more than {} rows; split the file", where_, most_printed_rows));
    std::map<std::string, std::string> values = headers_;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!cells[i].empty()) values[columns_[i]] = cells[i];
    Record record = record_of_row(CsvRow(std::move(values), where_));
    const auto [found, added] = places_.try_emplace(record_id(record), where_);
    if (!added)
      throw Error(fmt::format("{}: {} stands already at {}; keep one, or tell them apart by record_source", where_,
                              experiment_key(record.experiment), found->second));
    records_.push_back(std::move(record));
  }

  std::string name_, where_;
  std::map<std::string, std::string> headers_;
  std::vector<std::string> caveats_, columns_;
  std::map<std::string, std::string> places_;  ///< Of each record_id.
  std::vector<Record> records_;
};

}  // namespace

PublishedFile import_published_csv(std::string_view text, const std::string& name) {
  PublishedCsvReader reader(name);
  for (const TextLine& line : text_lines(text, name)) reader.take(line);
  return parse_published(published_text(reader.finish()), name);  // as strictly as it will be read
}

}  // namespace ringtrue
