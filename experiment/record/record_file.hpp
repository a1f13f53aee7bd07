#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiment/record/record.hpp"

namespace ringtrue {

/// Version of the record schema (experiment/record/SCHEMA.md); a file of another version is refused.
inline constexpr int schema_version = 1;

/// A file of records (.jsonl): context lines and records. The first line is a context; each launch appends one more.
struct RecordFile {
  std::string name;            ///< The path as given.
  std::string hash;            ///< content_hash of the whole file.
  std::vector<Json> contexts;  ///< The `context` objects in order; their keys are the writer's own.
  std::vector<Record> records;
  std::vector<std::string> warnings;  ///< A torn last line that was left out.
};

/// Strict. A last line without newline is what a killed run leaves behind: it is left out with a warning. Two records
/// with one id are refused. Throws Error with file and line.
RecordFile read_record_file(const std::filesystem::path& path);

std::string context_line(Json context);  ///< Adds the schema version; ends with a newline.
std::string record_line(const Record& record);
/// The contexts, then the records.
std::string record_file_text(const RecordFile& file);

/// Appends whole lines to a file and flushes each one to the operating system, so that a killed job loses at most the
/// row in flight. Cuts off a torn last line first. Throws Error, also when the disk is full.
class RecordWriter {
 public:
  explicit RecordWriter(const std::filesystem::path& path);
  void append(const std::string& line);

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace ringtrue
