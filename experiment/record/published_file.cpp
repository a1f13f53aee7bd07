#include "experiment/record/published_file.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"

namespace ringtrue {
namespace {

const Json& list(ObjectReader& reader, const std::string& key) {
  const Json& json = reader.at(key);
  if (!json.is_array()) reader.refuse(key, "a list");
  return json;
}

std::string said(ObjectReader& reader, const std::string& key) {
  std::string text = reader.text(key);
  if (text.empty()) reader.refuse(key, "words; write 'unknown' if the source does not say");
  return text;
}

/// Keys of its own are allowed: a source may have more to say.
Provenance context_provenance(const Json& json, const std::string& where) {
  if (!json.is_object()) throw Error(fmt::format("{}: is not an object that says where the numbers come from", where));
  ObjectReader reader(json, where);
  return parse_provenance(reader);
}

std::vector<Record> parse_records(ObjectReader& reader) {
  std::vector<Record> records;
  std::set<std::string> seen;
  for (const Json& json : list(reader, "records")) {
    const std::string where = fmt::format("{}/{}", reader.where("records"), records.size());
    records.push_back(parse_record(json, where));
    if (!std::holds_alternative<Publication>(records.back().result))
      throw Error(
          fmt::format("{}: origin is {}, but a published file holds published records only; give the file to {}", where,
                      origin_name(records.back()), "--measured or --simulated"));
    if (records.back().source.empty())
      throw Error(fmt::format("{}: 'source' is empty; a number without source is not taken", where));
    if (!seen.insert(record_id(records.back())).second)
      throw Error(fmt::format("{}: {} stands twice", where, record_id(records.back())));
  }
  return records;
}

PublishedScalar parse_scalar(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  PublishedScalar scalar{.name = reader.text("name"),
                         .ranks = static_cast<int>(reader.integer("ranks", 1, max_ranks)),
                         .value = reader.number("value"),
                         .as_printed = reader.text("as_printed"),
                         .source = reader.text("source")};
  reader.finish();
  return scalar;
}

Json scalar_json(const PublishedScalar& scalar) {
  return {{"name", scalar.name},
          {"ranks", scalar.ranks},
          {"value", scalar.value},
          {"as_printed", scalar.as_printed},
          {"source", scalar.source}};
}

std::vector<PublishedScalar> parse_scalars(ObjectReader& reader) {
  std::vector<PublishedScalar> scalars;
  for (const Json& json : list(reader, "scalars"))
    scalars.push_back(parse_scalar(json, fmt::format("{}/{}", reader.where("scalars"), scalars.size())));
  return scalars;
}

std::string parse_model(ObjectReader& reader) {
  const std::string role = reader.text("role");
  if (role == "prediction") return reader.text("model");
  if (role != "reference") reader.refuse("role", "reference or prediction");
  return "";
}

}  // namespace

Json to_json(const Provenance& p) {
  return {{"source", p.source},
          {"url", p.url},
          {"licence", p.licence},
          {"system", p.system},
          {"nccl_version", p.nccl_version},
          {"launch_mode", p.launch_mode},
          {"how_read", p.how_read},
          {"sigma", p.sigma},
          {"caveats", p.caveats}};
}

Provenance parse_provenance(ObjectReader& reader) {
  return {.source = said(reader, "source"),
          .url = said(reader, "url"),
          .licence = said(reader, "licence"),
          .system = said(reader, "system"),
          .nccl_version = said(reader, "nccl_version"),
          .launch_mode = said(reader, "launch_mode"),
          .how_read = said(reader, "how_read"),
          .sigma = said(reader, "sigma"),
          .caveats = reader.texts("caveats")};
}

PublishedFile parse_published(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  reader.integer("schema", schema_version, schema_version);
  PublishedFile file{.name = where,
                     .hash = content_hash(text),
                     .context = {reader.at("context")},
                     .provenance = context_provenance(reader.at("context"), reader.where("context")),
                     .model = parse_model(reader),
                     .records = parse_records(reader),
                     .scalars = parse_scalars(reader)};
  reader.finish();
  return file;
}

std::string published_text(const PublishedFile& file) {
  const auto lines = [](const auto& values, const auto& json_of) {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back("    " + json_of(value).dump());
    return texts.empty() ? "[]" : fmt::format("[\n{}\n  ]", fmt::join(texts, ",\n"));
  };
  Json head{{"schema", schema_version}, {"context", file.context.front()}};
  head["role"] = file.model.empty() ? "reference" : "prediction";
  if (!file.model.empty()) head["model"] = file.model;
  std::string text = head.dump(2);
  text.resize(text.size() - 2);  // its closing brace
  return fmt::format("{},\n  \"records\": {},\n  \"scalars\": {}\n}}\n", text,
                     lines(file.records, [](const Record& record) { return to_json(record); }),
                     lines(file.scalars, scalar_json));
}

PublishedFile read_published(const std::filesystem::path& path) {
  return parse_published(read_text_file(path), path.string());
}

}  // namespace ringtrue
