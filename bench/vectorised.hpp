#pragma once

/// Before a function of one simple loop, and before that loop.
// One clone per instruction set, chosen when the program starts: a build runs on every x86-64 and uses what it finds.
// clang 14 knows no clones of C++ functions, and sanitizers run before the choice is made and crash on it.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define RINGTRUE_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#define RINGTRUE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RINGTRUE_VECTORISED
#define RINGTRUE_INDEPENDENT
#endif
