// SPDX-License-Identifier: BSL-1.0
//
// Whether a code_space with huge_pages gets them: touches 4 MiB, and asks the kernel for the size of their pages.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

#include <lazyref/code_space.hpp>

#include "child.hpp"
#include "findings.hpp"

namespace doctor {
namespace {

struct large_block : lazyref::code_block<large_block> {};

constexpr std::size_t asked_bytes = std::size_t{4} << 20;

struct found_pages {
  lazyref::sync_result memory;
  bool told = false;
  std::size_t huge_bytes = 0;
};

// Reads the mapping at that address from /proc/self/smaps. The three names are for anonymous, shared and file memory;
// the kind of mapping determines which one is not 0.
[[maybe_unused]] bool read_huge_bytes(std::uintptr_t at, std::size_t& bytes) {
  std::ifstream smaps("/proc/self/smaps");
  bool here = false, told = false;
  for (std::string text; std::getline(smaps, text);) {
    unsigned long long begin = 0, end = 0;
    char dash = 0;
    std::istringstream words(text);
    if (words >> std::hex >> begin >> dash >> end && dash == '-') {
      here = begin <= at && at < end;
      continue;
    }
    std::istringstream again(text);
    std::string name;
    std::size_t kibibytes = 0;
    again >> name >> kibibytes;
    if (!here || (name != "AnonHugePages:" && name != "ShmemPmdMapped:" && name != "FilePmdMapped:")) continue;
    told = true;
    bytes += kibibytes * 1024;
  }
  return told;
}

found_pages look(lazyref::code_mapping mapping) {
  found_pages found;
  lazyref::code_space_limits limits{asked_bytes, 1, 1};
  limits.huge_pages = true;
  lazyref::code_space<large_block> space(limits, mapping, lazyref::code_synchronisation::each_executor);
  auto draft = space.draft(asked_bytes);
  found.memory = draft.status();
  if (!draft) return found;
  std::memset(draft.data(), 0, asked_bytes);
  found.told = read_huge_bytes(reinterpret_cast<std::uintptr_t>(draft.data()), found.huge_bytes);
  return found;
}

// The kernel writes "always [madvise] never", with the current value in brackets.
std::string read_setting(const char* name) {
  const std::string path = std::string("/sys/kernel/mm/transparent_hugepage/") + name;
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text)) return {};
  const auto begin = text.find('['), end = text.find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return path + ": " + text.substr(begin + 1, end - begin - 1);
}

}  // namespace

huge_page_findings examine_huge_pages(lazyref::code_mapping mapping) {
  huge_page_findings huge{};
  huge.bytes = asked_bytes;
  huge.setting = read_setting(mapping == lazyref::code_mapping::dual ? "shmem_enabled" : "enabled");
  const auto looked = in_child([mapping] { return look(mapping); });
  huge.asked = looked.ok && looked.value.memory && looked.value.told;
  huge.huge_bytes = looked.value.huge_bytes;
  if (!looked.ok)
    huge.why_not = looked.failure;
  else if (!looked.value.memory)
    huge.why_not = looked.value.memory.what();
  else if (!looked.value.told)
    huge.why_not = "this system does not report the page size of memory (/proc/self/smaps)";
  return huge;
}

}  // namespace doctor
