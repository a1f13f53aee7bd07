#pragma once

#include <string>
#include <vector>

#include "sim/expect/files.hpp"

namespace ringtrue::expect {

/// The command line of ringtrue-sim expect; empty strings and 0 are options that were not given.
struct Request {
  std::string platform;  ///< See find_platform.
  std::string collective, bytes, launch_mode, algorithm, protocol;
  int gpus = 0, nodes = 0;
  std::vector<std::string> references;  ///< Files; empty: those of published_files.
  std::string measured;                 ///< A time: "4.6ms".
  std::string log;                      ///< Instead of all but platform and references: measured records.
  bool json = false;
};

/// The options of the command that take a text: name, where it goes, help.
struct TextOption {
  const char* name;
  std::string Request::*value;
  const char* help;
};
std::vector<TextOption> text_options();
extern const char* const footer;

/// What to print. Throws Error.
std::string run(const Request& request, const Roots& roots);

}  // namespace ringtrue::expect
