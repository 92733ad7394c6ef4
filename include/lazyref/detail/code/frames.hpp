// SPDX-License-Identifier: BSL-1.0
//
// Unwind tables: generates those of functions that keep a frame pointer, in the format of a section .eh_frame; and
// iterates over such a section.
//
// The generated tables contain absolute addresses, so they may be stored anywhere. They are exact in a function's prologue,
// if that is the usual one, and after it; not in the last two instructions, where only a debugger or a profiler stops.
//
// Sources: DWARF 5, section 6.4; Linux Standard Base, "Exception Frames"; the psABI of each architecture for its
// register numbers.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_FRAMES_HPP
#define LAZYREF_DETAIL_CODE_FRAMES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "functions.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Writes bytes in sequence; without memory it only counts them.
class byte_writer {
 public:
  explicit byte_writer(unsigned char* to = nullptr) noexcept : to_(to) {}

  std::size_t size() const noexcept { return size_; }
  void bytes(const void* from, std::size_t n) noexcept {
    if (to_ != nullptr && n != 0) std::memcpy(to_ + size_, from, n);
    size_ += n;
  }
  template <class U>
  void value(U v) noexcept {
    bytes(&v, sizeof v);
  }
  template <class... Byte>
  void put(Byte... one) noexcept {
    (value(static_cast<unsigned char>(one)), ...);
  }
  void uleb(std::size_t v) noexcept {
    for (; v >= 0x80; v >>= 7) put(0x80 | (v & 0x7f));
    put(v);
  }
  void align(std::size_t to) noexcept {
    while (size_ % to != 0) put(0);
  }
  // Overwrites a value at an earlier position.
  void set(std::size_t at, std::uint32_t v) noexcept {
    if (to_ != nullptr) std::memcpy(to_ + at, &v, sizeof v);
  }

 private:
  unsigned char* const to_;
  std::size_t size_ = 0;
};

enum frame_instruction : unsigned char {
  frame_advance = 0x40,  // + units
  frame_saved = 0x80,    // + register, units
  frame_cfa = 0x0c,      // register, offset
  frame_cfa_register = 0x0d,
  frame_cfa_offset = 0x0e
};

struct no_frames {
  static constexpr bool known = false;
  static constexpr unsigned return_address = 0, unit = 1;
  static void at_entry(byte_writer&) noexcept {}
  static void in_function(byte_writer&, const unsigned char*, std::size_t) noexcept {}
};

#if defined(__x86_64__) || defined(__i386__)
struct native_frames {
  static constexpr bool known = true;
  static constexpr unsigned word = sizeof(void*);
  static constexpr unsigned stack = word == 8 ? 7 : 4, frame = word == 8 ? 6 : 5;
  static constexpr unsigned return_address = word == 8 ? 16 : 8, unit = word;

  static void at_entry(byte_writer& w) noexcept { w.put(frame_cfa, stack, word, frame_saved + return_address, 1); }
  static void in_function(byte_writer& w, const unsigned char* code, std::size_t size) noexcept {
    std::size_t at = 0;
    if (size >= 4 && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && (code[3] | 1) == 0xfb) at = 4;  // endbr
    if (size > at && code[at] == 0x55) w.put(frame_advance + at + 1);
    w.put(frame_cfa_offset, 2 * word, frame_saved + frame, 2);
    if (size > at && code[at] == 0x55) w.put(frame_advance + (word == 8 ? 3 : 2));
    w.put(frame_cfa_register, frame);
  }
};
#elif defined(__aarch64__)
struct native_frames {
  static constexpr bool known = true;
  static constexpr unsigned stack = 31, frame = 29, return_address = 30, unit = 8;

  static void at_entry(byte_writer& w) noexcept { w.put(frame_cfa, stack, 0); }
  static void in_function(byte_writer& w, const unsigned char* code, std::size_t size) noexcept {
    std::size_t at = 0;
    if (word_at(code, at, size) == 0xd503245f) at = 4;  // bti c
    const std::uint32_t first = word_at(code, at, size);
    const bool usual = (first & 0xffe07fff) == 0xa9a07bfd;  // stp x29, x30, [sp, #-N]!
    const std::size_t n = usual ? (0x80 - (first >> 15 & 0x7f)) : 2;
    if (usual) w.put(frame_advance + at + 4);
    w.put(frame_cfa_offset);
    w.uleb(8 * n);
    w.put(frame_saved + frame, n, frame_saved + return_address, n - 1);
    if (usual) w.put(frame_advance + 4);
    w.put(frame_cfa_register, frame);
  }

 private:
  static std::uint32_t word_at(const unsigned char* code, std::size_t at, std::size_t size) noexcept {
    std::uint32_t result = 0;
    if (size >= at + sizeof result) std::memcpy(&result, code + at, sizeof result);
    return result;
  }
};
#elif defined(__riscv)
struct native_frames {
  static constexpr bool known = true;
  static constexpr unsigned stack = 2, frame = 8, return_address = 1, unit = sizeof(void*);

  static void at_entry(byte_writer& w) noexcept { w.put(frame_cfa, stack, 0); }
  static void in_function(byte_writer& w, const unsigned char*, std::size_t) noexcept {
    w.put(frame_saved + return_address, 1, frame_saved + frame, 2, frame_cfa, frame, 0);
  }
};
#else
using native_frames = no_frames;
#endif

// Writes the tables of all functions of a published block, and the terminating zero length. They begin at the position
// of `w`, a multiple of a word.
inline void write_frames(byte_writer& w, const code_event& event) noexcept {
  using frames = native_frames;
  const std::size_t common = w.size();
  const auto entry_of = [&w](auto&& contents) {
    const std::size_t start = w.size();
    w.value(std::uint32_t{0});
    contents();
    w.align(sizeof(void*));
    w.set(start, static_cast<std::uint32_t>(w.size() - start - 4));
  };
  entry_of([&] {
    w.value(std::uint32_t{0});
    // Version 1, with an address encoding: absolute. Code in units of 1 byte, stack in units of -unit bytes (as SLEB).
    w.put(1, 'z', 'R', 0, 1, 0x80 - frames::unit, frames::return_address, 1, 0);
    frames::at_entry(w);
  });
  detail::for_each_function(event, [&](const code_symbol& one) {
    if (one.size == 0) return;
    entry_of([&] {
      w.value(static_cast<std::uint32_t>(w.size() - common));
      w.value(reinterpret_cast<std::uintptr_t>(event.entry) + one.offset);
      w.value(static_cast<std::uintptr_t>(one.size));
      w.put(0);
      frames::in_function(w, static_cast<const unsigned char*>(event.bytes) + one.offset, one.size);
    });
  });
  w.value(std::uint32_t{0});
}

// Calls visit(at) for each function's entry in a section .eh_frame. Returns whether the section ends with a length of
// zero, as it must.
template <class Visit>
bool for_each_frame(const unsigned char* at, std::size_t size, Visit&& visit) noexcept {
  while (size >= 4) {
    std::uint32_t extent = 0, about = 0;
    std::memcpy(&extent, at, 4);
    if (extent == 0) return true;
    // 64-bit lengths do not occur for code that fits a code_space.
    if (extent == 0xffffffff || extent < 4 || extent > size - 4) return false;
    std::memcpy(&about, at + 4, 4);
    if (about != 0) visit(at);
    at += extent + 4;
    size -= extent + 4;
  }
  return false;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_FRAMES_HPP
