// SPDX-License-Identifier: BSL-1.0
//
// The smallest ELF file that tells GDB which functions a block contains, and how to unwind their frames. GDB reads it
// from memory. It contains no code: the code stays where it is.
//
// Source: System V ABI, "Object Files".
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_ELF_HPP
#define LAZYREF_DETAIL_CODE_ELF_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "frames.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The fields have the same order in 32-bit and 64-bit files, except those of a symbol.
struct elf_head {
  unsigned char identity[16];
  std::uint16_t type, machine;
  std::uint32_t version;
  std::uintptr_t entry, segments, sections;
  std::uint32_t flags;
  std::uint16_t size, segment_size, segment_count, section_size, section_count, names;
};
struct elf_section {
  std::uint32_t name, type;
  std::uintptr_t flags, address, offset, size;
  std::uint32_t link, info;
  std::uintptr_t alignment, entry_size;
};
struct elf_symbol_64 {
  std::uint32_t name;
  unsigned char info, other;
  std::uint16_t section;
  std::uintptr_t value, size;
};
struct elf_symbol_32 {
  std::uint32_t name;
  std::uintptr_t value, size;
  unsigned char info, other;
  std::uint16_t section;
};
using elf_symbol = std::conditional_t<sizeof(void*) == 8, elf_symbol_64, elf_symbol_32>;

#if defined(__x86_64__)
inline constexpr std::uint16_t elf_machine = 62;
#elif defined(__i386__)
inline constexpr std::uint16_t elf_machine = 3;
#elif defined(__aarch64__)
inline constexpr std::uint16_t elf_machine = 183;
#elif defined(__arm__)
inline constexpr std::uint16_t elf_machine = 40;
#elif defined(__riscv)
inline constexpr std::uint16_t elf_machine = 243;
#elif defined(__powerpc64__)
inline constexpr std::uint16_t elf_machine = 21;
#elif defined(__powerpc__)
inline constexpr std::uint16_t elf_machine = 20;
#elif defined(__s390__)
inline constexpr std::uint16_t elf_machine = 22;
#elif defined(__loongarch__)
inline constexpr std::uint16_t elf_machine = 258;
#elif defined(__mips__)
inline constexpr std::uint16_t elf_machine = 8;
#else
inline constexpr std::uint16_t elf_machine = 0;
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
inline constexpr unsigned char elf_byte_order = 2;
#else
inline constexpr unsigned char elf_byte_order = 1;
#endif

// The header flags that state the calling convention (RISC-V's float registers, PowerPC's ABI).
#if defined(__riscv_float_abi_double)
inline constexpr std::uint32_t elf_flags = 4;
#elif defined(__powerpc64__) && defined(_CALL_ELF)
inline constexpr std::uint32_t elf_flags = _CALL_ELF;
#elif defined(__arm__)
inline constexpr std::uint32_t elf_flags = 0x05000000;
#else
inline constexpr std::uint32_t elf_flags = 0;
#endif

// Writes the file for a published block.
inline void write_elf(byte_writer& w, const code_event& event) noexcept {
  enum : std::uint16_t { no_section, text, frames, symbols, strings, section_names, section_count };
  static constexpr char names[] = "\0.text\0.eh_frame\0.symtab\0.strtab\0.shstrtab";
  enum : std::uint32_t { at_text = 1, at_frames = 7, at_symbols = 17, at_strings = 25, at_names = 33 };
  enum : std::uint32_t { in_file = 1, symbol_table = 2, string_table = 3, not_in_file = 8 };
  enum : std::uintptr_t { allocated = 2, executable = 4 };
  const code_description& d = *event.description;
  const auto address = reinterpret_cast<std::uintptr_t>(event.entry);

  // First the sizes.
  std::size_t symbol_count = 1, string_size = 1;
  detail::for_each_function(event, [&](const code_symbol& one) {
    ++symbol_count;
    string_size += one.name.size() + 1;
  });
  const bool supplied = d.eh_frame != nullptr && d.eh_frame_size != 0;
  byte_writer frames_made;
  if (!supplied && d.frame_pointer && native_frames::known) detail::write_frames(frames_made, event);
  const std::size_t frames_size = supplied ? d.eh_frame_size : frames_made.size();

  elf_section sections[section_count] = {};
  std::size_t end = sizeof(elf_head) + sizeof sections;
  const auto add = [&](std::uint16_t which, std::uint32_t name, std::uint32_t type, std::size_t size,
                       std::size_t alignment) -> elf_section& {
    elf_section& s = sections[which];
    end = (end + alignment - 1) / alignment * alignment;
    s.name = name;
    s.type = type;
    s.offset = end;
    s.size = size;
    s.alignment = alignment;
    if (type != not_in_file) end += size;
    return s;
  };
  elf_section& code = add(text, at_text, not_in_file, event.size, 1);
  code.flags = allocated | executable;
  code.address = address;
  elf_section& unwind = add(frames, at_frames, in_file, frames_size, sizeof(void*));
  // Addresses in it may be relative to its own address.
  unwind.flags = allocated;
  unwind.address = supplied ? reinterpret_cast<std::uintptr_t>(d.eh_frame) : address;
  elf_section& table = add(symbols, at_symbols, symbol_table, symbol_count * sizeof(elf_symbol), sizeof(void*));
  table.link = strings;
  table.info = 1;
  table.entry_size = sizeof(elf_symbol);
  add(strings, at_strings, string_table, string_size, 1);
  add(section_names, at_names, string_table, sizeof names, 1);

  elf_head head{{0x7f, 'E', 'L', 'F', sizeof(void*) == 8 ? 2 : 1, elf_byte_order, 1},
                2,
                elf_machine,
                1,
                0,
                0,
                sizeof(elf_head),
                elf_flags,
                sizeof(elf_head),
                0,
                0,
                sizeof(elf_section),
                section_count,
                section_names};
  w.value(head);
  w.bytes(sections, sizeof sections);
  w.align(sizeof(void*));
  if (supplied) {
    w.bytes(d.eh_frame, d.eh_frame_size);
  } else if (frames_size != 0) {
    detail::write_frames(w, event);
  }
  w.align(sizeof(void*));
  w.value(elf_symbol{});
  std::uint32_t name = 1;
  detail::for_each_function(event, [&](const code_symbol& one) {
    elf_symbol symbol{};
    symbol.name = name;
    symbol.info = 0x12;  // a global function
    symbol.section = text;
    symbol.value = address + one.offset;
    symbol.size = one.size;
    w.value(symbol);
    name += static_cast<std::uint32_t>(one.name.size()) + 1;
  });
  w.put(0);
  detail::for_each_function(event, [&](const code_symbol& one) {
    w.bytes(one.name.data(), one.name.size());
    w.put(0);
  });
  w.bytes(names, sizeof names);
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_ELF_HPP
