// An allocator in front of libtorch's for the CPU that says no in time, and says how much was asked for.

#include "Handles.h"

#include <c10/core/Allocator.h>

#include <cstdio>
#include <mutex>

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define BASIN_HAS_MALLINFO2
#endif

namespace {

/// Smaller tensors are not worth reading files for.
constexpr size_t smallestChecked = size_t(32) << 20;

/// What the system can still give, in bytes; the largest number where it does not tell.
size_t available() {
  const int64_t bytes = ct_available_memory("", true);
  return bytes < 0 ? SIZE_MAX : size_t(bytes);
}

/// What has been freed and kept in the process, which serves again.
size_t kept() {
#ifdef BASIN_HAS_MALLINFO2
  return mallinfo2().fordblks;
#else
  return 0;
#endif
}

std::string inGibibytes(size_t bytes) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f GiB", double(bytes) / double(size_t(1) << 30));
  return text;
}

struct GuardedAllocator final : at::Allocator {
  at::Allocator *base = nullptr;

  at::DataPtr allocate(size_t bytes) override {
    if (bytes >= smallestChecked) {
      const size_t room = available();
      if (bytes > room && bytes - room > kept()) refuse(bytes, room);
    }
    try {
      return base->allocate(bytes);
    } catch (const c10::Error &) {
      // All that it throws for; its message has the bytes and an errno.
      refuse(bytes, available());
    }
  }

  at::DeleterFnPtr raw_deleter() const override { return base->raw_deleter(); }

  void copy_data(void *destination, const void *source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

  [[noreturn]] static void refuse(size_t bytes, size_t room) {
    std::string reason = inGibibytes(bytes) + " are needed";
    // With a limit on the process, more may be available than it may have.
    if (room < bytes) reason += ", " + inGibibytes(room) + " are available";
    else reason += ", which the system refuses";
    C10_THROW_ERROR(OutOfMemoryError, reason);
  }
};

}  // namespace

void ct_refuse_beyond_memory(void) {
  static GuardedAllocator guard;
  static std::once_flag once;
  std::call_once(once, [] {
    guard.base = c10::GetAllocator(c10::kCPU);
    c10::SetAllocator(c10::kCPU, &guard, 1);
  });
}
