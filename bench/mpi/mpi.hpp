#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mpi.h>

namespace ringtrue::mpi {

/// MPI_Init to MPI_Finalize; asks for MPI_THREAD_SERIALIZED, which costs Open MPI no lock. Outlives everything that
/// talks to MPI.
class Environment {
 public:
  Environment(int& argc, char**& argv);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

/// True while an exception flies. Freeing MPI objects waits for all ranks; if only this rank threw, the others never
/// come, so destructors leave their objects to MPI_Abort.
bool unwinding();

/// True if one thread after the other may call MPI; the library may have been built without.
bool may_call_from_threads();

/// Throws Error naming the call and MPI's own words. Communicators run with MPI_ERRORS_RETURN.
void check(int code, std::string_view call);

/// Owns a communicator and knows its size and the caller's rank in it.
class Communicator {
 public:
  /// A duplicate, so that our messages never meet the user's.
  static Communicator duplicate(MPI_Comm other);
  /// The ranks that share memory with the caller, in order of rank.
  Communicator same_host() const;

  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&&) = delete;
  ~Communicator();

  int rank() const { return rank_; }
  int size() const { return size_; }
  MPI_Comm get() const { return comm_; }

 private:
  explicit Communicator(MPI_Comm owned);
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
};

void barrier(const Communicator& comm);
/// Element by element over ranks; every rank gets the result.
void min_over_ranks(std::span<double> values, const Communicator& comm);
void max_over_ranks(std::span<double> values, const Communicator& comm);
void sum_over_ranks(std::span<double> values, const Communicator& comm);
double max_over_ranks(double value, const Communicator& comm);
std::int64_t sum_over_ranks(std::int64_t value, const Communicator& comm);
/// True on every rank if all ranks gave the same value.
bool all_equal(std::uint64_t value, const Communicator& comm);
/// One text per rank, on every rank; each is cut at 255 bytes.
std::vector<std::string> gather_texts(const std::string& text, const Communicator& comm);
/// Each rank's values, by rank, on rank 0; nothing on the others. Each rank may have another number of them.
std::vector<std::vector<double>> gather_values(std::span<const double> values, const Communicator& comm);
/// Rank 0's bytes on every rank.
void broadcast(std::vector<char>& bytes, const Communicator& comm);

}  // namespace ringtrue::mpi
