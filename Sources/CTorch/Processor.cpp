// What the processor has, beyond what libtorch tells.

#include "CTorch.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

int ct_bfloat16_units(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("amx-bf16")) return CT_BFLOAT16_MATRICES;
  if (__builtin_cpu_supports("avx512bf16")) return CT_BFLOAT16_VECTORS;
#elif defined(__aarch64__) && defined(__linux__)
  if (getauxval(AT_HWCAP2) & (1UL << 14)) return CT_BFLOAT16_VECTORS;  // HWCAP2_BF16
#elif defined(__aarch64__) && defined(__APPLE__)
  int value = 0;
  size_t size = sizeof value;
  if (sysctlbyname("hw.optional.arm.FEAT_BF16", &value, &size, nullptr, 0) == 0 && value)
    return CT_BFLOAT16_VECTORS;
#endif
  return CT_BFLOAT16_NONE;
}
