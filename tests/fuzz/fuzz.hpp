#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "experiment/error.hpp"

namespace ringtrue::fuzz {

[[noreturn]] inline void fail(std::string_view what) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// Gives the bytes to a reader, which may only refuse them with an Error that is fit for a terminal.
template <class Read>
int feed(const std::uint8_t* data, std::size_t size, Read read) {
  try {
    read(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const Error& error) {
    const std::string_view message = error.what();
    if (message.size() > 2000) fail("a message of more than 2,000 characters");
    for (const char c : message)
      if (static_cast<unsigned char>(c) < ' ' && c != '\n') fail("a control character in a message");
  }
  return 0;
}

}  // namespace ringtrue::fuzz
