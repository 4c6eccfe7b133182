// What the C library does with memory that tensors have given back.

#include "CTorch.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ct_keep_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

void ct_release_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
