#include "bench/training/one_thread.hpp"

extern "C" void omp_set_num_threads(int threads);  // of libgomp; clang comes without omp.h

namespace ringtrue {

void use_one_thread() { omp_set_num_threads(1); }

}  // namespace ringtrue
