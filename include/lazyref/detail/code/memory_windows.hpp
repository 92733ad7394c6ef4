// SPDX-License-Identifier: BSL-1.0
//
// Memory for code on Windows. Mapped twice: a section backed by the paging file, with one writable and one executable
// view, never a view with both. Switched: pages that VirtualProtect makes writable or executable.
//
// All of it is charged to the commit limit from the start, except with growth, where each chunk is charged while it is
// committed. Growth and data are available for code_mapping::flip only: a section keeps what it has committed until its
// end, and its views leave no room for data. near_to is ENOTSUP; huge_pages and landing_pads have no effect. After an
// error GetLastError() still returns the system's own code, which is more precise than the errno value; otherwise it is
// preserved.
//
// Under the policy ProhibitDynamicCode (arbitrary code guard) no memory of the process can become executable: an error
// at the start. Under Control Flow Guard every address in memory made executable this way is a valid call target. Not
// for app containers, which have functions of their own for this. There is no fork.
//
// Sources: CreateFileMappingW, MapViewOfFile, UnmapViewOfFile, VirtualAlloc, VirtualProtect, VirtualFree,
// GetSystemInfo; "Memory Protection Constants"; PROCESS_MITIGATION_DYNAMIC_CODE_POLICY; "System Error Codes"
// (learn.microsoft.com, each under its name).
//
// Tested with Wine only, never on Windows.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_WINDOWS_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_WINDOWS_HPP

#include <cstdint>

#include "memory.hpp"
#include "windows_errors.hpp"

#if defined(_WIN32)
LAZYREF_BEGIN_NAMESPACE
namespace detail {
#if defined(_WIN64)
using windows_size = unsigned long long;
#else
using windows_size = unsigned long;
#endif
}  // namespace detail
LAZYREF_END_NAMESPACE

// As <windows.h> declares them; see membarrier.hpp.
struct _SECURITY_ATTRIBUTES;
struct _SYSTEM_INFO;
extern "C" {
__declspec(dllimport) void* __stdcall CreateFileMappingW(void*, _SECURITY_ATTRIBUTES*, unsigned long, unsigned long,
                                                         unsigned long, const wchar_t*);
__declspec(dllimport) int __stdcall CloseHandle(void*);
__declspec(dllimport) void* __stdcall MapViewOfFile(void*, unsigned long, unsigned long, unsigned long,
                                                    lazyref::detail::windows_size);
__declspec(dllimport) int __stdcall UnmapViewOfFile(const void*);
__declspec(dllimport) void* __stdcall VirtualAlloc(void*, lazyref::detail::windows_size, unsigned long, unsigned long);
__declspec(dllimport) int __stdcall VirtualProtect(void*, lazyref::detail::windows_size, unsigned long, unsigned long*);
__declspec(dllimport) int __stdcall VirtualFree(void*, lazyref::detail::windows_size, unsigned long);
__declspec(dllimport) void __stdcall GetSystemInfo(_SYSTEM_INFO*);
__declspec(dllimport) unsigned long __stdcall GetLastError(void);
__declspec(dllimport) void __stdcall SetLastError(unsigned long);
}
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `Calls`: the system calls; tests substitute others.
template <class Calls>
struct windows_code_memory {
  static std::size_t page() noexcept { return Calls::page(); }
  static bool is_lost(const code_views&) noexcept { return false; }  // no fork
  static void keep_free(const code_place&, const code_views&) noexcept {}

  static sync_result map(const code_place& place, code_views& views) noexcept {
    const std::size_t size = place.bytes;
    if (place.near_to != nullptr)
      return {ENOTSUP, "code_space: near_to is not supported on Windows (ENOTSUP): leave it null"};
    if (place.mapping == code_mapping::dual && (place.grows || place.data != 0))
      return {ENOTSUP,
              "code_space: on Windows, growth and data are not supported with code_mapping::dual (ENOTSUP): choose "
              "code_mapping::flip"};
    const unsigned long before = Calls::last_error();
    const sync_result result = place.mapping == code_mapping::dual ? map_twice(size, views) : map_once(place, views);
    if (!result) {
      release(place, views);
    } else {
      Calls::set_last_error(before);  // CreateFileMappingW sets it also on success.
    }
    return result;
  }

  static void release(const code_place&, code_views& views) noexcept {
    const same_error kept;
    if (views.write != views.execute) {
      if (views.write != nullptr) Calls::unmap_view(views.write);
      if (views.execute != nullptr) Calls::unmap_view(views.execute);
    } else if (views.write != nullptr) {
      Calls::release_pages(views.write);
    }
    views = {};
  }

  // The system makes this atomic: all or nothing. New memory is zero.
  static sync_result commit(const code_place&, const code_views& views, std::size_t offset, std::size_t size) noexcept {
    unsigned char* const at = views.write + offset;
    if (!Calls::commit(at, size, page_readwrite)) return failed(code_memory_step::commit);
    const sync_result result = protect(at, size, page_execute_read, code_memory_step::execute);
    const same_error kept;
    if (!result) Calls::decommit(at, size);
    return result;
  }
  static sync_result decommit(const code_place&, const code_views& views, std::size_t offset,
                              std::size_t size) noexcept {
    return Calls::decommit(views.write + offset, size) ? sync_result{} : failed(code_memory_step::decommit);
  }

  // code_mapping::flip. `at`, `size`: multiples of the page size.
  static sync_result begin_to_write(void* at, std::size_t size) noexcept {
    return protect(at, size, page_readwrite, code_memory_step::write_again);
  }
  static sync_result end_writing(void* at, std::size_t size) noexcept {
    return protect(at, size, page_execute_read, code_memory_step::execute_again);
  }
  static sync_result end_writing_with_landing_pads(void* at, std::size_t size) noexcept {
    return end_writing(at, size);
  }

 private:
  static constexpr unsigned long page_readwrite = 0x04, page_execute_read = 0x20, page_execute_readwrite = 0x40;
  static constexpr unsigned long file_map_write = 2, file_map_read = 4, file_map_execute = 32;

  // Preserves GetLastError().
  struct same_error {
    const unsigned long error = Calls::last_error();
    same_error() noexcept = default;
    same_error(const same_error&) = delete;
    same_error& operator=(const same_error&) = delete;
    ~same_error() { Calls::set_last_error(error); }
  };

  static sync_result failed(code_memory_step step) noexcept {
    return detail::explain_windows_code_memory(step, Calls::last_error());
  }

  static sync_result map_twice(std::size_t size, code_views& views) noexcept {
    // The maximum rights of its views; no view requests them all. Unnamed and not inherited: nobody else can open it.
    void* const section = Calls::create_section(size, page_execute_readwrite);
    if (section == nullptr) return failed(code_memory_step::file);
    const sync_result result = map_section(section, size, views);
    const same_error kept;
    Calls::close_handle(section);  // The views keep the section.
    return result;
  }

  static sync_result map_section(void* section, std::size_t size, code_views& views) noexcept {
    views.write = static_cast<unsigned char*>(Calls::map_view(section, file_map_write, size));
    if (views.write == nullptr) return failed(code_memory_step::map);
    views.execute = static_cast<unsigned char*>(Calls::map_view(section, file_map_read | file_map_execute, size));
    return views.execute != nullptr ? sync_result{} : failed(code_memory_step::execute);
  }

  static sync_result map_once(const code_place& place, code_views& views) noexcept {
    const bool in_parts = place.grows || place.data != 0;
    const std::size_t all = place.bytes + (place.data != 0 ? page() + place.data : 0);
    views.write = static_cast<unsigned char*>(in_parts ? all < place.bytes ? nullptr : Calls::reserve(all)
                                                       : Calls::allocate(place.bytes, page_readwrite));
    if (views.write == nullptr) return failed(code_memory_step::map);
    views.execute = views.write;
    if (place.data != 0) {  // after a page that stays without memory
      views.data = views.write + place.bytes + page();
      if (!Calls::commit(views.data, place.data, page_readwrite)) return failed(code_memory_step::map);
    }
    // A system that refuses this must do so now, not when there is code.
    if (!in_parts) return protect(views.execute, place.bytes, page_execute_read, code_memory_step::execute);
    const sync_result result = commit(place, views, 0, place.grows ? page() : place.bytes);
    return result && place.grows ? decommit(place, views, 0, page()) : result;
  }

  static sync_result protect(void* at, std::size_t size, unsigned long protection, code_memory_step step) noexcept {
    return Calls::protect(at, size, protection) ? sync_result{} : failed(step);
  }
};

#if defined(_WIN32)

struct windows_calls {
  static std::size_t page() noexcept {
    struct {  // _SYSTEM_INFO
      unsigned short architecture, reserved;
      unsigned long page_size;
      void* lowest;
      void* highest;
      std::size_t processors;
      unsigned long number_of_processors, type, granularity;
      unsigned short level, revision;
    } info = {};
    ::GetSystemInfo(reinterpret_cast<_SYSTEM_INFO*>(&info));
    return info.page_size;
  }

  static unsigned long last_error() noexcept { return ::GetLastError(); }
  static void set_last_error(unsigned long error) noexcept { ::SetLastError(error); }

  static void* create_section(std::size_t size, unsigned long protection) noexcept {
    const unsigned long long bytes = size;
    void* const paging_file = reinterpret_cast<void*>(~std::uintptr_t{0});  // INVALID_HANDLE_VALUE
    return ::CreateFileMappingW(paging_file, nullptr, protection, static_cast<unsigned long>(bytes >> 32),
                                static_cast<unsigned long>(bytes & 0xffffffff), nullptr);
  }
  static void close_handle(void* handle) noexcept { ::CloseHandle(handle); }
  static void* map_view(void* section, unsigned long access, std::size_t size) noexcept {
    return ::MapViewOfFile(section, access, 0, 0, size);
  }
  static void unmap_view(void* view) noexcept { ::UnmapViewOfFile(view); }

  static void* allocate(std::size_t size, unsigned long protection) noexcept {
    constexpr unsigned long commit = 0x1000, reserve = 0x2000;
    return ::VirtualAlloc(nullptr, size, commit | reserve, protection);
  }
  static void* reserve(std::size_t size) noexcept {
    constexpr unsigned long reserve = 0x2000, no_access = 0x01;
    return ::VirtualAlloc(nullptr, size, reserve, no_access);
  }
  static bool commit(void* at, std::size_t size, unsigned long protection) noexcept {
    constexpr unsigned long commit = 0x1000;
    return ::VirtualAlloc(at, size, commit, protection) != nullptr;
  }
  static bool decommit(void* at, std::size_t size) noexcept {
    constexpr unsigned long decommit = 0x4000;
    return ::VirtualFree(at, size, decommit) != 0;
  }
  static void release_pages(void* at) noexcept {
    constexpr unsigned long release = 0x8000;
    ::VirtualFree(at, 0, release);
  }
  static bool protect(void* at, std::size_t size, unsigned long protection) noexcept {
    unsigned long before = 0;
    return ::VirtualProtect(at, size, protection, &before) != 0;
  }
};

using os_code_memory = windows_code_memory<windows_calls>;

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_MEMORY_WINDOWS_HPP
