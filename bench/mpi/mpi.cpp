#include "bench/mpi/mpi.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue::mpi {
namespace {

constexpr int text_bytes = 256;

}  // namespace

Environment::Environment(int& argc, char**& argv) {
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
}
Environment::~Environment() { MPI_Finalize(); }

bool unwinding() { return std::uncaught_exceptions() > 0; }

void check(int code, std::string_view call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(fmt::format("{} failed: {}", call, std::string_view(text.data(), static_cast<std::size_t>(length))));
}

Communicator::Communicator(MPI_Comm owned) : comm_(owned) {
  check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
}

Communicator Communicator::duplicate(MPI_Comm other) {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(other, &copy), "MPI_Comm_dup");
  return Communicator(copy);
}

Communicator Communicator::same_host() const {
  MPI_Comm host = MPI_COMM_NULL;
  check(MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  return Communicator(host);
}

Communicator::Communicator(Communicator&& other) noexcept
    : comm_(std::exchange(other.comm_, MPI_COMM_NULL)), rank_(other.rank_), size_(other.size_) {}

Communicator::~Communicator() {
  if (comm_ != MPI_COMM_NULL && !unwinding()) MPI_Comm_free(&comm_);
}

bool may_call_from_threads() {
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Query_thread(&provided), "MPI_Query_thread");
  return provided >= MPI_THREAD_SERIALIZED;
}

void barrier(const Communicator& comm) { check(MPI_Barrier(comm.get()), "MPI_Barrier"); }

namespace {
void reduce_all(std::span<double> values, MPI_Op op, const Communicator& comm) {
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE, op, comm.get()),
        "MPI_Allreduce");
}
}  // namespace

void min_over_ranks(std::span<double> values, const Communicator& comm) { reduce_all(values, MPI_MIN, comm); }
void max_over_ranks(std::span<double> values, const Communicator& comm) { reduce_all(values, MPI_MAX, comm); }
void sum_over_ranks(std::span<double> values, const Communicator& comm) { reduce_all(values, MPI_SUM, comm); }

double max_over_ranks(double value, const Communicator& comm) {
  reduce_all({&value, 1}, MPI_MAX, comm);
  return value;
}

std::int64_t sum_over_ranks(std::int64_t value, const Communicator& comm) {
  check(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_SUM, comm.get()), "MPI_Allreduce");
  return value;
}

bool all_equal(std::uint64_t value, const Communicator& comm) {
  std::array<std::uint64_t, 2> extremes{value, ~value};
  check(MPI_Allreduce(MPI_IN_PLACE, extremes.data(), 2, MPI_UINT64_T, MPI_MIN, comm.get()), "MPI_Allreduce");
  return extremes[0] == ~extremes[1];
}

std::vector<std::string> gather_texts(const std::string& text, const Communicator& comm) {
  std::array<char, text_bytes> mine{};
  std::copy_n(text.begin(), std::min<std::size_t>(text.size(), text_bytes - 1), mine.begin());
  std::vector<char> all(static_cast<std::size_t>(comm.size()) * text_bytes);
  check(MPI_Allgather(mine.data(), text_bytes, MPI_CHAR, all.data(), text_bytes, MPI_CHAR, comm.get()),
        "MPI_Allgather");
  std::vector<std::string> texts;
  for (int rank = 0; rank < comm.size(); ++rank)
    texts.emplace_back(all.data() + static_cast<std::size_t>(rank) * text_bytes);
  return texts;
}

std::vector<std::vector<double>> gather_values(std::span<const double> values, const Communicator& comm) {
  const int mine = static_cast<int>(values.size());
  const std::size_t ranks = comm.rank() == 0 ? static_cast<std::size_t>(comm.size()) : 0;
  std::vector<int> counts(ranks), offsets(ranks);
  check(MPI_Gather(&mine, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, comm.get()), "MPI_Gather");
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0);
  std::vector<double> all(ranks == 0 ? 0 : static_cast<std::size_t>(offsets.back() + counts.back()));
  check(MPI_Gatherv(values.data(), mine, MPI_DOUBLE, all.data(), counts.data(), offsets.data(), MPI_DOUBLE, 0,
                    comm.get()),
        "MPI_Gatherv");
  std::vector<std::vector<double>> by_rank;
  for (std::size_t rank = 0; rank < ranks; ++rank)
    by_rank.emplace_back(all.begin() + offsets[rank], all.begin() + offsets[rank] + counts[rank]);
  return by_rank;
}

void broadcast(std::vector<char>& bytes, const Communicator& comm) {
  auto size = static_cast<std::uint64_t>(bytes.size());
  check(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm.get()), "MPI_Bcast");
  bytes.resize(size);
  check(MPI_Bcast(bytes.data(), static_cast<int>(size), MPI_CHAR, 0, comm.get()), "MPI_Bcast");
}

}  // namespace ringtrue::mpi
