#pragma once

namespace ringtrue {

/// From here on the calling thread shares its oneDNN work with no other. (oneDNN runs on GNU's OpenMP, which reads its
/// environment before main, and whose setting is each thread's own.)
void use_one_thread();

}  // namespace ringtrue
