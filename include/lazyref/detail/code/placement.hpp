// SPDX-License-Identifier: BSL-1.0
//
// Addresses for code on Linux: reserved where the system chooses, at random, or close to a given address. No existing
// mapping is ever replaced: an address is only a hint, and a mapping that ends up elsewhere is unmapped. (That works on
// every kernel; MAP_FIXED_NOREPLACE would work too, but it ignores the stack's guard gap, and ThreadSanitizer.)
//
// A reservation has no rights and no memory. Its used part begins `lead` bytes after its start, at a multiple of
// `alignment`; the parts before and after it stay without rights.
//
// The system chooses the address where a random one is unavailable: in a 32-bit process, whose few addresses would be
// fragmented; without random numbers; under an emulator that ignores the hint. Then one view's address allows to guess
// the other's. The pages without rights stay.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_PLACEMENT_HPP
#define LAZYREF_DETAIL_CODE_PLACEMENT_HPP

#include "mapped_ranges.hpp"

#if defined(__linux__)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct code_reservation {
  std::size_t size = 0;  // of the whole reservation
  std::size_t lead = 0;
  std::size_t alignment = 1;  // of the used part: a power of two, at least a page
};

class code_placement {
 public:
  // At an address that the system chooses. Null: errno says why.
  static unsigned char* anywhere(const code_reservation& r) noexcept {
    const std::size_t more = r.alignment - page();
    if (r.size + more < r.size) {
      errno = ENOMEM;
      return nullptr;
    }
    unsigned char* const all = map(0, r.size + more);
    if (all == nullptr || more == 0) return all;
    const std::uint64_t begin = address_of(all);
    const std::size_t before = (rounded_up(begin + r.lead, r.alignment) - r.lead - begin) & SIZE_MAX;
    if (before != 0) ::munmap(all, before);
    if (before != more) ::munmap(all + before + r.size, more - before);
    return all + before;
  }

  // At an address that reveals no other address. Null: errno says why.
  static unsigned char* at_random(const code_reservation& r) noexcept {
    unsigned char* const fallback = anywhere(r);
    if (fallback == nullptr || sizeof(void*) < 8) return fallback;
    // Not both mapped at once: the first may be all that a limit allows.
    const std::uint64_t systems = address_of(fallback);
    ::munmap(fallback, r.size);
    // Not below 4 GiB: those addresses are for programs that are not position-independent, and for MAP_32BIT. The last
    // tries are for environments that allow only some addresses (ThreadSanitizer): 1 TiB below the system's own choice.
    constexpr std::uint64_t low = std::uint64_t{1} << 32, part = std::uint64_t{1} << 40;
    for (int i = 0; i < 16; ++i) {
      const bool everywhere = i < 8;
      const std::uint64_t begin = everywhere || systems < low + part ? low : systems - part;
      const std::uint64_t end = everywhere ? end_of_user_space(systems) : systems;
      std::uint64_t number = 0;
      if (end < begin || end - begin < 2 * r.alignment + r.size || !random(number)) continue;
      const std::uint64_t places = (end - begin - r.size) / r.alignment;
      const std::uint64_t used = rounded_up(begin + r.lead, r.alignment) + number % places * r.alignment;
      if (unsigned char* const at = exactly(used - r.lead, r.size)) return at;
    }
    return anywhere(r);
  }

  // So that `span` bytes of the used part lie within `distance` bytes of `to`. Null: errno is 0 if there is no room.
  static unsigned char* close_to(const code_reservation& r, std::size_t span, const void* to,
                                 std::size_t distance) noexcept {
    // Tests whether this many addresses can be reserved at all, and up to where addresses go.
    unsigned char* const trial = anywhere(r);
    if (trial == nullptr) return nullptr;
    const std::uint64_t user_space = end_of_user_space(address_of(trial));
    ::munmap(trial, r.size);
    const std::uint64_t middle = address_of(to);
    window w;
    w.begin = middle > distance ? middle - distance : 0;
    w.end = middle <= user_space && distance < user_space - middle ? middle + distance : user_space;
    w.user_space = user_space;
    w.span = span;
    errno = 0;
    if (w.begin >= w.end) return nullptr;
    // The heap (brk) and the stack grow: keep out of the stack's way, and of the heap's unless there is no other room.
    // (malloc then uses other memory.)
    // Other threads' concurrent mappings can hide a gap: so do not give up after one pass.
    for (int looks = 0; looks < 3; ++looks) {
      for (const bool heap_grows : {true, false}) {
        for (int i = 0; i < 32; ++i) {
          std::uint64_t number = 0;
          random(number);  // Without random numbers: the first place.
          std::uint64_t used = 0;
          const search found = find(r, w, heap_grows, number, used);
          if (found == search::none) break;
          if (found == search::cannot_tell) return guess(r, w);
          if (unsigned char* const at = exactly(used - r.lead, r.size)) return at;
        }
      }
    }
    errno = 0;
    return nullptr;
  }

 private:
  enum class search : unsigned char { found, none, cannot_tell };

  struct window {
    std::uint64_t begin = 0;  // the used part must lie in [begin, end)
    std::uint64_t end = 0;
    std::uint64_t user_space = 0;
    std::uint64_t span = 0;
  };

  struct places {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };

  static constexpr std::uint64_t lowest = 65536;                     // vm.mmap_min_addr of most systems
  static constexpr std::uint64_t growth = std::uint64_t{128} << 20;  // as much as Linux itself leaves below the stack

  static std::size_t page() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  static std::uint64_t address_of(const void* at) noexcept { return reinterpret_cast<std::uintptr_t>(at); }
  static constexpr std::uint64_t rounded_up(std::uint64_t n, std::uint64_t to) noexcept {
    return (n + (to - 1)) / to * to;
  }

  // The power of two above all known mappings. It may be too large: nothing is mapped there then.
  static std::uint64_t end_of_user_space(std::uint64_t known) noexcept {
    if (sizeof(void*) < 8) return (std::uint64_t{1} << 32) - page();
    const std::uint64_t here = address_of(&known);
    const std::uint64_t most = here > known ? here : known;
    std::uint64_t end = 1;
    while (end != 0 && end <= most) end *= 2;
    return end - page();
  }

  static bool random(std::uint64_t& number) noexcept {
#if defined(SYS_getrandom)
    constexpr unsigned not_blocking = 1;
    if (::syscall(SYS_getrandom, &number, sizeof number, not_blocking) == sizeof number) return true;
#endif
    const int file = (::open)("/dev/urandom", O_RDONLY | O_CLOEXEC);
    const bool read = file >= 0 && ::read(file, &number, sizeof number) == sizeof number;
    if (file >= 0) ::close(file);
    return read;
  }

  static unsigned char* map(std::uint64_t wish, std::size_t size) noexcept {
    const std::uintptr_t at = wish & UINTPTR_MAX;
    void* const result = ::mmap(reinterpret_cast<void*>(at), size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return result == MAP_FAILED ? nullptr : static_cast<unsigned char*>(result);
  }

  static unsigned char* exactly(std::uint64_t at, std::size_t size) noexcept {
    unsigned char* const result = map(at, size);
    if (result == nullptr || address_of(result) == at) return result;
    ::munmap(result, size);
    return nullptr;
  }

  // The possible starts of the used part, if [begin, end) is free.
  static places places_in(const code_reservation& r, const window& w, std::uint64_t begin, std::uint64_t end) noexcept {
    if (begin < lowest) begin = lowest;
    if (end > w.user_space) end = w.user_space;
    if (begin >= end || end - begin < r.size || w.end < w.span) return {};
    std::uint64_t first = begin + r.lead;
    if (first < w.begin) first = w.begin;
    first = rounded_up(first, r.alignment);
    std::uint64_t last = end - (r.size - r.lead);
    if (last > w.end - w.span) last = w.end - w.span;
    return first > last ? places{} : places{first, (last - first) / r.alignment + 1};
  }

  // Calls `visit` with the places in each gap.
  template <class Visit>
  static bool each_gap(const code_reservation& r, const window& w, bool heap_grows, Visit&& visit) noexcept {
    mapped_ranges ranges;
    if (!ranges.is_open()) return false;
    std::uint64_t begin = 0;
    bool any = false;
    for (bool after_heap = false; ranges.next(); any = true) {
      std::uint64_t end = ranges.begin;
      if (begin < end) {
        const std::uint64_t half = (end - begin) / 2;
        const std::uint64_t room = half < growth ? half : growth;
        visit(places_in(r, w, after_heap && heap_grows ? begin + room : begin,
                        ranges.what == mapped_ranges::kind::stack ? end - room : end));
      }
      if (ranges.end > begin) begin = ranges.end;
      after_heap = ranges.what == mapped_ranges::kind::heap;
    }
    if (any) visit(places_in(r, w, begin, w.user_space));
    return any;
  }

  // Chooses one of all places uniformly. Makes two passes; a concurrent change shows when the address is mapped.
  static search find(const code_reservation& r, const window& w, bool heap_grows, std::uint64_t number,
                     std::uint64_t& used) noexcept {
    std::uint64_t all = 0;
    if (!each_gap(r, w, heap_grows, [&all](const places& p) { all += p.count; })) return search::cannot_tell;
    if (all == 0) return search::none;
    std::uint64_t left = number % all;
    used = 0;
    each_gap(r, w, heap_grows, [&](const places& p) {
      if (used == 0 && left < p.count) used = p.first + left * r.alignment;
      if (used == 0) left -= p.count;
    });
    return used != 0 ? search::found : search::none;
  }

  // For systems that do not report mappings: a try in each of many equal parts; in the part's first place without random
  // numbers. So any gap of two parts is found.
  static unsigned char* guess(const code_reservation& r, const window& w) noexcept {
    constexpr std::uint64_t parts = 512;
    const places all = places_in(r, w, 0, w.user_space);
    std::uint64_t start = 0;
    random(start);
    for (std::uint64_t i = 0; i < parts && all.count != 0; ++i) {
      const std::uint64_t part = (start % parts + i) % parts;
      const std::uint64_t first = part * all.count / parts;
      const std::uint64_t width = (part + 1) * all.count / parts - first;
      std::uint64_t number = 0;
      if (width > 1 && random(number)) {
        number %= width;
      } else {
        number = 0;  // what `random` may have left
      }
      if (unsigned char* const at = exactly(all.first + (first + number) * r.alignment - r.lead, r.size)) return at;
    }
    errno = 0;
    return nullptr;
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_CODE_PLACEMENT_HPP
