#pragma once

#include <string>

namespace ringtrue::mpi {

/// The value of an Open MPI parameter, empty if the library does not know it. Source: MPI 3.1 section 14.3 (MPI_T).
std::string tool_variable(const std::string& name);
/// Sets an integer parameter; false if the library refuses or does not know it.
bool set_tool_variable(const std::string& name, int value);

}  // namespace ringtrue::mpi
