// What memory the system can still give the process, as Linux tells it.

#include "CTorch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

namespace {

/// The first number in a file, or behind a name at the beginning of a line; none for a word such as `max`.
std::optional<int64_t> number(const std::string &path, const char *name = "") {
  std::FILE *file = std::fopen(path.c_str(), "re");
  if (!file) return std::nullopt;
  std::optional<int64_t> found;
  const size_t length = std::strlen(name);
  char line[256];
  while (!found && std::fgets(line, sizeof line, file)) {
    long long value = 0;
    if (std::strncmp(line, name, length) == 0 && std::sscanf(line + length, " %lld", &value) == 1)
      found = value;
    if (!length) break;
  }
  std::fclose(file);
  return found;
}

/// What a version of control groups calls its files and the lines of `memory.stat`.
struct Version {
  const char *mount;
  const char *limit, *usage;
  /// Of memory and swap together, or of swap alone.
  const char *swapLimit, *swapUsage;
  bool isTogether;
  /// Pages of files, which make room when it is needed.
  const char *files[2];
};

constexpr Version second = {
    "/sys/fs/cgroup", "memory.max", "memory.current", "memory.swap.max", "memory.swap.current",
    false, {"inactive_file ", "active_file "}};
constexpr Version first = {
    "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
    "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", true,
    {"total_inactive_file ", "total_active_file "}};

/// What the limits of a group leave, swap as far as there is some; the largest number without limits.
int64_t room(const std::string &group, const Version &version, int64_t swap) {
  auto left = [&](const char *limit, const char *usage) -> std::optional<int64_t> {
    const auto most = number(group + limit), used = number(group + usage);
    if (!most || !used) return std::nullopt;
    return *most - *used;
  };
  const auto memory = left(version.limit, version.usage);
  if (!memory) return INT64_MAX;
  int64_t files = 0;
  for (const char *name : version.files) files += number(group + "memory.stat", name).value_or(0);
  const auto more = left(version.swapLimit, version.swapUsage);
  // A limit that means none is near the largest number.
  auto plus = [](int64_t a, int64_t b) { return a > INT64_MAX - b ? INT64_MAX : a + b; };
  int64_t free = plus(std::max<int64_t>(*memory, 0), files);
  if (version.isTogether) {
    free = plus(free, swap);
    if (swap && more) free = std::min(free, plus(std::max<int64_t>(*more, 0), files));
    return free;
  }
  return plus(free, more ? std::clamp<int64_t>(*more, 0, swap) : swap);
}

/// The least room of the groups that the process is in, one inside the other. Where a container shows only
/// its own part of them, their names lead nowhere and the part's root has the limit.
int64_t roomOfGroups(const std::string &root, int64_t swap) {
  std::FILE *file = std::fopen((root + "/proc/self/cgroup").c_str(), "re");
  if (!file) return INT64_MAX;
  int64_t least = INT64_MAX;
  char line[4352];
  while (std::fgets(line, sizeof line, file)) {
    // number:controllers:/path
    char *controllers = std::strchr(line, ':');
    char *path = controllers ? std::strchr(controllers + 1, ':') : nullptr;
    if (!path) continue;
    const std::string names = "," + std::string(controllers + 1, path) + ",";
    const bool isFirst = names.find(",memory,") != std::string::npos;
    if (!isFirst && names != ",,") continue;
    const Version &version = isFirst ? first : second;
    std::string group(path + 1, std::strcspn(path + 1, "\n"));
    while (true) {
      while (!group.empty() && group.back() == '/') group.pop_back();
      least = std::min(least, room(root + version.mount + group + "/", version, swap));
      if (group.empty()) break;
      group.erase(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
    }
  }
  std::fclose(file);
  return least;
}

}  // namespace

int64_t ct_available_memory(const char *root, bool counts_swap) {
  const std::string place = root;
  const std::string system = place + "/proc/meminfo";
  const auto kilobytes = number(system, "MemAvailable:");
  if (!kilobytes) return -1;
  const int64_t swap = counts_swap ? number(system, "SwapFree:").value_or(0) << 10 : 0;
  return std::min((*kilobytes << 10) + swap, roomOfGroups(place, swap));
}
