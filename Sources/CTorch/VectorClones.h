// Marks a function whose float loops are compiled for several vector widths, of which the processor
// at hand chooses when the program starts.

#pragma once

// What chooses runs before ThreadSanitizer does, which would watch it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BASIN_VECTOR_CLONES
#endif
#endif

#ifndef BASIN_VECTOR_CLONES
#if defined(__x86_64__) && defined(__linux__)
#define BASIN_VECTOR_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define BASIN_VECTOR_CLONES
#endif
#endif

// Marks a loop that is to be compiled into each clone of the function that calls it.
#define BASIN_INLINE inline __attribute__((always_inline))
