#include "experiment/record/record_file.hpp"

#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

Json parse_context(const Json& line, const std::string& where) {
  ObjectReader reader(line, where);
  Json context = reader.at("context");
  const Json schema = reader.at("schema");
  if (schema != schema_version)
    throw Error(
        fmt::format("{}: record schema {} found, {} expected; convert the file or use the release that wrote it", where,
                    schema.dump(), schema_version));
  reader.finish();
  if (!context.is_object()) throw Error(fmt::format("{}: 'context' must be an object", where));
  return context;
}

void take_line(std::string_view text, const std::string& where, std::set<std::string>& seen, RecordFile& file) {
  const Json line = parse_json(text, where);
  if (line.is_object() && line.contains("context")) {
    file.contexts.push_back(parse_context(line, where));
    return;
  }
  if (file.contexts.empty())
    throw Error(
        fmt::format("{}: the first line must be a context such as {{\"schema\": {}, \"context\": {{}}}}; "
                    "experiment/record/SCHEMA.md shows one",
                    where, schema_version));
  Record record = parse_record(line, where);
  if (!seen.insert(record_id(record)).second)
    throw Error(fmt::format("{}: the record {} stands twice; remove one", where, record_id(record)));
  file.records.push_back(std::move(record));
}

}  // namespace

RecordFile read_record_file(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  RecordFile file{.name = path.string(), .hash = content_hash(text), .contexts = {}, .records = {}, .warnings = {}};
  std::set<std::string> seen;
  std::size_t begin = 0;
  for (int line = 1; begin < text.size(); ++line) {
    const std::size_t end = text.find('\n', begin);
    const std::string where = fmt::format("{}:{}", path.string(), line);
    if (end == std::string::npos) {
      file.warnings.push_back(where + ": the last line is torn (a run was killed while writing); it is left out");
      break;
    }
    if (end > begin) take_line(std::string_view(text).substr(begin, end - begin), where, seen, file);
    begin = end + 1;
  }
  if (file.contexts.empty())
    throw Error(fmt::format("{}: holds no context line; it is not a file of records", path.string()));
  return file;
}

std::string context_line(Json context) {
  return Json{{"schema", schema_version}, {"context", std::move(context)}}.dump() + "\n";
}

std::string record_line(const Record& record) { return to_json(record).dump() + "\n"; }

std::string record_file_text(const RecordFile& file) {
  std::string text;
  for (const Json& context : file.contexts) text += context_line(context);
  for (const Record& record : file.records) text += record_line(record);
  return text;
}

void RecordWriter::Close::operator()(std::FILE* file) const {
  if (file != nullptr) std::fclose(file);  // every append was flushed and checked
}

RecordWriter::RecordWriter(const std::filesystem::path& path) : name_(path.string()) {
  std::error_code missing;
  if (std::filesystem::file_size(path, missing) > 0 && !missing) {
    const std::string text = read_text_file(path);
    const std::size_t last = text.rfind('\n');
    const std::size_t whole = last == std::string::npos ? 0 : last + 1;
    if (whole < text.size()) std::filesystem::resize_file(path, whole);
  }
  file_.reset(std::fopen(name_.c_str(), "ab"));
  if (!file_)
    throw Error(fmt::format("{}: cannot be opened for writing ({}); check the folder", name_, std::strerror(errno)));
}

void RecordWriter::append(const std::string& line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size();
  if (!written || std::fflush(file_.get()) != 0)
    throw Error(
        fmt::format("{}: cannot be written ({}); free some space and start again with --resume: the rows so far "
                    "are kept",
                    name_, std::strerror(errno)));
}

}  // namespace ringtrue
