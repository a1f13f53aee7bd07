#include "bench/mpi/tool.hpp"

#include <algorithm>
#include <optional>

#include <mpi.h>

namespace ringtrue::mpi {
namespace {

/// MPI's tool interface is initialised apart from MPI itself.
class ToolSession {
 public:
  ToolSession() {
    int provided = 0;
    // In Open MPI 4.1 this also sets what MPI_Query_thread answers.
    open_ = MPI_T_init_thread(MPI_THREAD_SERIALIZED, &provided) == MPI_SUCCESS;
  }
  ~ToolSession() {
    if (open_) MPI_T_finalize();
  }
  ToolSession(const ToolSession&) = delete;
  ToolSession& operator=(const ToolSession&) = delete;
  bool open() const { return open_; }

 private:
  bool open_ = false;
};

struct Variable {
  MPI_T_cvar_handle handle = MPI_T_CVAR_HANDLE_NULL;
  MPI_Datatype type = MPI_DATATYPE_NULL;
  int count = 0;
};

std::optional<Variable> find_variable(const std::string& name) {
  int index = 0;
  if (MPI_T_cvar_get_index(name.c_str(), &index) != MPI_SUCCESS) return std::nullopt;
  Variable variable;
  int verbosity = 0, binding = 0, scope = 0;
  MPI_T_enum names = MPI_T_ENUM_NULL;
  const int known = MPI_T_cvar_get_info(index, nullptr, nullptr, &verbosity, &variable.type, &names, nullptr, nullptr,
                                        &binding, &scope);
  if (known != MPI_SUCCESS || binding != MPI_T_BIND_NO_OBJECT) return std::nullopt;
  if (MPI_T_cvar_handle_alloc(index, nullptr, &variable.handle, &variable.count) != MPI_SUCCESS) return std::nullopt;
  return variable;
}

template <class T>
std::string read_number(MPI_T_cvar_handle handle) {
  T value{};
  return MPI_T_cvar_read(handle, &value) == MPI_SUCCESS ? std::to_string(value) : "";
}

std::string read_value(const Variable& variable) {
  if (variable.type == MPI_CHAR) {
    std::string text(static_cast<std::size_t>(std::max(variable.count, 1)), '\0');
    if (MPI_T_cvar_read(variable.handle, text.data()) != MPI_SUCCESS) return "";
    return text.c_str();
  }
  if (variable.count != 1) return "";
  if (variable.type == MPI_INT) return read_number<int>(variable.handle);
  if (variable.type == MPI_C_BOOL) return read_number<bool>(variable.handle);
  if (variable.type == MPI_UNSIGNED) return read_number<unsigned>(variable.handle);
  if (variable.type == MPI_UNSIGNED_LONG) return read_number<unsigned long>(variable.handle);
  if (variable.type == MPI_UNSIGNED_LONG_LONG) return read_number<unsigned long long>(variable.handle);
  return "";
}

}  // namespace

std::string tool_variable(const std::string& name) {
  const ToolSession session;
  std::optional<Variable> variable = session.open() ? find_variable(name) : std::nullopt;
  if (!variable) return "";
  std::string value = read_value(*variable);
  MPI_T_cvar_handle_free(&variable->handle);
  return value;
}

bool set_tool_variable(const std::string& name, int value) {
  const ToolSession session;
  std::optional<Variable> variable = session.open() ? find_variable(name) : std::nullopt;
  if (!variable) return false;
  const bool set = variable->type == MPI_INT && MPI_T_cvar_write(variable->handle, &value) == MPI_SUCCESS;
  MPI_T_cvar_handle_free(&variable->handle);
  return set;
}

}  // namespace ringtrue::mpi
