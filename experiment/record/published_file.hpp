#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/json.hpp"
#include "experiment/record/record.hpp"

namespace ringtrue {

/// Where the numbers of a file come from and what one has to know to use them. In words; the loader refuses a file that
/// leaves one out, and `unknown` is a word.
struct Provenance {
  std::string source, url, licence, system;
  std::string nccl_version, launch_mode;
  std::string how_read;  ///< From a table of text, off a plot, ...
  std::string sigma;     ///< What each row's sigma is, and what it leaves out.
  std::vector<std::string> caveats;
};

/// A number a paper printed without its rows, e.g. a geomean error per scale.
struct PublishedScalar {
  std::string name;  ///< astra_sim_geomean_error
  int ranks = 0;
  double value = 0;  ///< 0.2063 for 20.63 %
  std::string as_printed;
  std::string source;
};

/// Numbers somebody else printed: references to be judged against, or another simulator's predictions.
struct PublishedFile {
  std::string name;
  std::string hash;
  std::vector<Json> context;  ///< One: the provenance as it was written, with keys of its own besides.
  Provenance provenance;
  std::string model;  ///< Who predicted; empty for references.
  std::vector<Record> records;
  std::vector<PublishedScalar> scalars;
};

Json to_json(const Provenance& provenance);
/// Refuses what is missing or empty; leaves it to the caller what else stands there. Throws Error.
Provenance parse_provenance(ObjectReader& reader);

/// Reads JSON such as validate/published/astra_hgx_h100/hardware.json. Strict: refuses a file without its provenance, a
/// record without source, or two of one id. Throws Error.
PublishedFile parse_published(const std::string& text, const std::string& where);
PublishedFile read_published(const std::filesystem::path& path);

/// The file as JSON, one record a line, for people to read.
std::string published_text(const PublishedFile& file);

}  // namespace ringtrue
