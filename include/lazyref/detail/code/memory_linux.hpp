// SPDX-License-Identifier: BSL-1.0
//
// Memory for code on Linux. The executable view, and data beside it, lies in one address reservation; the writable view
// (code_mapping::dual) in another, at a random address (code/placement.hpp). Pages without rights are before, between
// and after them, so that an overrun of one does not reach the others.
//
// dual: shared anonymous memory, mapped a second time by mremap with an old size of 0. Profilers treat it as anonymous
// memory and read /tmp/perf-PID.map (for a memory file they look for the file); no descriptor and no file size limit is
// involved. The executable view is mapped first and the writable one duplicated from it, not the reverse: so no execute
// right is added to existing memory, which PR_SET_MDWE and filters on mprotect refuse. Where mremap cannot do that
// (qemu-user, gVisor), or a policy distinguishes the two (SELinux), it uses a memory file, mapped twice.
//
// flip: private anonymous memory whose rights change.
//
// huge_pages: addresses and size are multiples of 2 MiB, and MADV_HUGEPAGE requests huge pages. In
// sys/kernel/mm/transparent_hugepage, shmem_enabled decides for dual (advise or always; the default of most kernels is
// never), and `enabled` for flip (madvise or always), where switching a part of a huge page splits it. examples/doctor
// reports the result. A refusal is not an error.
//
// Growth: dual maps the whole space without rights; pages are allocated when touched. Under strict overcommit
// accounting (vm.overcommit_memory 2) dual is charged in full from the start; flip by chunks, permanently.
//
// Sources: mmap(2), mremap(2), madvise(2), PR_SET_MDWE(2const); Documentation/admin-guide/mm/transhuge.rst.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_LINUX_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_LINUX_HPP

#include "../base/no_cancellation.hpp"
#include "memory.hpp"
#include "memory_file.hpp"
#include "placement.hpp"

#if defined(__linux__)

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct os_code_memory {
  static std::size_t page() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

  static sync_result map(const code_place& place, code_views& views) noexcept {
    const no_cancellation scope;  // It reads and closes files.
    const int saved = errno;
    const sync_result result = is_all_executable()
                                   ? detail::explain_code_memory(code_memory_step::implied_execute, EPERM)
                                   : map_all(place, views);
    if (!result) release(place, views);
    errno = saved;
    return result;
  }

  static void release(const code_place& place, code_views& views) noexcept {
    const int saved = errno;
    for (const area& a : {area_to_write(place, views), area_to_execute(place, views)}) {
      if (a.begin != nullptr) ::munmap(a.begin, a.size);
    }
    if (views.mark != nullptr) ::munmap(views.mark, page());
    views = {};
    errno = saved;
  }

  static sync_result commit(const code_place& place, const code_views& views, std::size_t offset,
                            std::size_t size) noexcept {
    const int saved = errno;
    sync_result result = set_rights(views.write + offset, size, read_write, code_memory_step::commit);
    if (result) {
      result = set_rights(views.execute + offset, size, read_execute(place), code_memory_step::commit);
      if (!result) ::mprotect(views.write + offset, size, PROT_NONE);
    }
    errno = saved;
    return result;
  }

  // What matters is that the memory is freed. Rights that the system does not remove apply to no memory.
  static sync_result decommit(const code_place& place, const code_views& views, std::size_t offset,
                              std::size_t size) noexcept {
    const int saved = errno;
    const bool dual = place.mapping == code_mapping::dual;
    const bool gone = ::madvise(views.write + offset, size, dual ? MADV_REMOVE : MADV_DONTNEED) == 0;
    const sync_result result = gone ? sync_result{} : failed(code_memory_step::decommit);
    if (gone) {
      ::mprotect(views.execute + offset, size, PROT_NONE);
      if (dual) ::mprotect(views.write + offset, size, PROT_NONE);
    }
    errno = saved;
    return result;
  }

  // In a child of fork that has not inherited the memory, where something else may be at these addresses.
  static bool is_lost(const code_views& views) noexcept {
    return views.mark != nullptr && *static_cast<const volatile unsigned char*>(views.mark) == 0;
  }

  // In that child: reserves these addresses, unless something is there already, so that calls into the code fail.
  static void keep_free(const code_place& place, const code_views& views) noexcept {
    const int saved = errno;
    for (const area& a : {area_to_write(place, views), area_to_execute(place, views)}) {
      constexpr int fixed_but_not_over_others = 0x100000;  // MAP_FIXED_NOREPLACE; before Linux 4.17: only a hint
      void* const result = ::mmap(a.begin, a.size, PROT_NONE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed_but_not_over_others, -1, 0);
      if (result != MAP_FAILED && result != a.begin) ::munmap(result, a.size);
    }
    errno = saved;
  }

  // code_mapping::flip. `at`, `size`: multiples of the page size.
  static sync_result begin_to_write(void* at, std::size_t size) noexcept {
    return protect(at, size, read_write, code_memory_step::write_again);
  }
  static sync_result end_writing(void* at, std::size_t size) noexcept {
    return protect(at, size, PROT_READ | PROT_EXEC, code_memory_step::execute_again);
  }
  static sync_result end_writing_with_landing_pads(void* at, std::size_t size) noexcept {
    return protect(at, size, with_landing_pads(PROT_READ | PROT_EXEC), code_memory_step::execute_again);
  }

 private:
  struct area {
    unsigned char* begin = nullptr;
    std::size_t size = 0;
  };

  static constexpr int read_write = PROT_READ | PROT_WRITE;
  static sync_result failed(code_memory_step step) noexcept { return detail::explain_code_memory(step, errno); }

  // For processors that check landing pads.
  static int with_landing_pads(int rights) noexcept {
#if defined(__aarch64__)
    constexpr unsigned long at_hwcap2 = 26, has_bti = 1UL << 17;
    constexpr int prot_bti = 0x10;
    if ((::getauxval(at_hwcap2) & has_bti) != 0) return rights | prot_bti;
#endif
    return rights;
  }
  static int read_execute(const code_place& place) noexcept {
    return place.landing_pads ? with_landing_pads(PROT_READ | PROT_EXEC) : PROT_READ | PROT_EXEC;
  }

  // --- the layout: a page without rights before and after each part

  static std::size_t span(const code_place& place) noexcept {
    return place.bytes + (place.data != 0 ? page() + place.data : 0);
  }
  static code_reservation reservation_of(const code_place& place, std::size_t used) noexcept {
    return {used + 2 * page(), page(), place.huge_pages ? huge_page : page()};
  }
  static area area_to_execute(const code_place& place, const code_views& views) noexcept {
    if (views.execute == nullptr) return {};
    return {views.execute - page(), span(place) + 2 * page()};
  }
  // Null for flip.
  static area area_to_write(const code_place& place, const code_views& views) noexcept {
    if (views.write == nullptr || views.write == views.execute) return {};
    return {views.write - page(), place.bytes + 2 * page()};
  }

  // --- the steps

  static bool is_all_executable() noexcept {
    constexpr unsigned long ask = 0xffffffff, read_implies_exec = 0x0400000;
    const int now = ::personality(ask);
    return now != -1 && (static_cast<unsigned long>(now) & read_implies_exec) != 0;
  }

  static sync_result map_all(const code_place& place, code_views& views) noexcept {
    // So no sum of sizes overflows.
    if (place.bytes > PTRDIFF_MAX / 2 || place.data > PTRDIFF_MAX / 2)
      return detail::explain_code_memory(code_memory_step::map, ENOMEM);
    const code_reservation r = reservation_of(place, span(place));
    unsigned char* const at = place.near_to == nullptr
                                  ? code_placement::anywhere(r)
                                  : code_placement::close_to(r, span(place), place.near_to, place.distance);
    if (at == nullptr)
      return errno == 0 ? detail::explain_code_memory(code_memory_step::no_room, ENOMEM)
                        : failed(code_memory_step::map);
    views.execute = at + page();
    sync_result result = place.mapping == code_mapping::dual ? map_twice(place, views) : map_once(place, views);
    if (result && place.data != 0) {
      views.data = views.execute + place.bytes + page();
      result = set_rights(views.data, place.data, read_write, code_memory_step::map);
    }
    if (result && place.mapping == code_mapping::dual) result = keep_from_fork(place, views);
    if (result && place.huge_pages) {
      ::madvise(views.write, place.bytes, MADV_HUGEPAGE);
      ::madvise(views.execute, place.bytes, MADV_HUGEPAGE);
    }
    return result;
  }

  static sync_result map_once(const code_place& place, code_views& views) noexcept {
    views.write = views.execute;
    const std::size_t size = place.grows ? page() : place.bytes;
    sync_result result = set_rights(views.write, size, read_write, code_memory_step::map);
    // A system that refuses this must do so now, not when there is code.
    if (result) result = set_rights(views.execute, size, read_execute(place), code_memory_step::execute);
    if (result && place.grows) result = set_rights(views.execute, size, PROT_NONE, code_memory_step::map);
    return result;
  }

  static sync_result map_twice(const code_place& place, code_views& views) noexcept {
    unsigned char* const at = code_placement::at_random(reservation_of(place, place.bytes));
    if (at == nullptr) return failed(code_memory_step::map);
    views.write = at + page();
    code_memory_step step = code_memory_step::file;
    const sync_result anonymous = show_again(place, views, step);
    if (anonymous) return anonymous;
    code_memory_step other = code_memory_step::file;
    const sync_result of_a_file = map_memory_file(place, views, other);
    // Without a memory file, report the earlier failure, unless that was the duplication by mremap.
    return !of_a_file && other == code_memory_step::file && step != code_memory_step::file ? anonymous : of_a_file;
  }

  static sync_result show_again(const code_place& place, code_views& views, code_memory_step& step) noexcept {
    step = code_memory_step::execute;
    const std::size_t size = place.bytes;
    const int what = MAP_SHARED | MAP_ANONYMOUS | (place.grows ? MAP_NORESERVE : 0);
    if (!map_over(views.execute, size, read_execute(place), what, -1)) return failed(step);
    // Try it first on one page, anywhere: on a system that cannot do it, the reservation must not get a hole.
    step = code_memory_step::file;
    void* const trial = ::mremap(views.execute, 0, page(), MREMAP_MAYMOVE);
    if (trial == MAP_FAILED) return failed(step);
    ::munmap(trial, page());
    if (::mremap(views.execute, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, views.write) == MAP_FAILED) return failed(step);
    step = code_memory_step::map;
    const sync_result result = set_rights(views.write, size, read_write, step);
    return result && place.grows ? take_rights(size, views) : result;
  }

  static sync_result map_memory_file(const code_place& place, code_views& views, code_memory_step& step) noexcept {
    const std::size_t size = place.bytes;
    const int file = code_memory_file::make(size, step);
    if (file < 0) return failed(step);
    sync_result result;
    step = code_memory_step::map;
    if (!map_over(views.write, size, read_write, MAP_SHARED, file)) result = failed(step);
    if (result) {
      step = code_memory_step::execute;
      if (!map_over(views.execute, size, read_execute(place), MAP_SHARED, file)) result = failed(step);
    }
    ::close(file);
    return result && place.grows ? take_rights(size, views) : result;
  }

  // Before the first commit. Tries that commit, so that a system that refuses it does so now.
  static sync_result take_rights(std::size_t size, const code_views& views) noexcept {
    for (unsigned char* const at : {views.write, views.execute}) {
      if (const sync_result r = set_rights(at, size, PROT_NONE, code_memory_step::map); !r) return r;
    }
    const sync_result again = set_rights(views.execute, page(), PROT_READ | PROT_EXEC, code_memory_step::execute);
    return again ? set_rights(views.execute, page(), PROT_NONE, code_memory_step::map) : again;
  }

  // Shared memory stays shared after fork: each process would write into the other's code.
  static sync_result keep_from_fork(const code_place& place, code_views& views) noexcept {
    constexpr int wipe_on_fork = 18;  // MADV_WIPEONFORK
    void* const mark = ::mmap(nullptr, page(), read_write, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mark == MAP_FAILED) return failed(code_memory_step::map);
    views.mark = static_cast<unsigned char*>(mark);
    *views.mark = 1;
    if (::madvise(views.mark, page(), wipe_on_fork) != 0) return failed(code_memory_step::keep_from_fork);
    for (const area& a : {area_to_write(place, views), area_to_execute(place, views)}) {
      if (::madvise(a.begin, a.size, MADV_DONTFORK) != 0) return failed(code_memory_step::keep_from_fork);
    }
    return {};
  }

  // Maps over a part of the reservation.
  static bool map_over(unsigned char* at, std::size_t size, int protection, int flags, int file) noexcept {
    return ::mmap(at, size, protection, flags | MAP_FIXED, file, 0) != MAP_FAILED;
  }
  static sync_result set_rights(void* at, std::size_t size, int protection, code_memory_step step) noexcept {
    return ::mprotect(at, size, protection) == 0 ? sync_result{} : failed(step);
  }
  static sync_result protect(void* at, std::size_t size, int protection, code_memory_step step) noexcept {
    const int saved = errno;
    const sync_result result = set_rights(at, size, protection, step);
    errno = saved;
    return result;
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_LINUX_HPP
