#include "validate/join/published.hpp"

#include <fmt/format.h>
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

std::vector<Record> parse_records(ObjectReader& reader) {
  std::vector<Record> records;
  for (const Json& json : list(reader, "records")) {
    const std::string where = fmt::format("{}/{}", reader.where("records"), records.size());
    records.push_back(parse_record(json, where));
    if (!std::holds_alternative<Publication>(records.back().result))
      throw Error(
          fmt::format("{}: origin is {}, but a published file holds published records only; give the file to {}", where,
                      origin_name(records.back()), "--measured or --simulated"));
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

PublishedFile parse_published(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  reader.integer("schema", schema_version, schema_version);
  PublishedFile file{.name = where,
                     .hash = content_hash(text),
                     .context = {reader.at("context")},
                     .model = parse_model(reader),
                     .records = parse_records(reader),
                     .scalars = parse_scalars(reader)};
  if (!file.context.front().is_object()) reader.refuse("context", "an object that says where the numbers come from");
  reader.finish();
  return file;
}

PublishedFile read_published(const std::filesystem::path& path) {
  return parse_published(read_text_file(path), path.string());
}

}  // namespace ringtrue
