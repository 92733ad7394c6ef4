// SPDX-License-Identifier: BSL-1.0
//
// The blocks of a code_space without their lifetimes, which a domain manages: memory for their code, cells for their
// objects, the table that finds them by address, and the observers.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_STORE_HPP
#define LAZYREF_DETAIL_CODE_STORE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <utility>

#include "../../code_block.hpp"
#include "../../code_limits.hpp"
#include "audience.hpp"
#include "pool.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T, class Sync, class System>
class code_store {
  using pool_type = code_pool<Sync, System>;

 public:
  code_store(const code_space_limits& limits, std::initializer_list<code_observer*> observers,
             code_mapping mapping) noexcept
      : pool_(limits, mapping),
        cells_(pool_.status() && limits.blocks <= PTRDIFF_MAX / sizeof(cell) ? new (std::nothrow) cell[limits.blocks]
                                                                             : nullptr),
        audience_(observers, pool_.status() ? limits.blocks : 0, pool_) {}

  sync_result status() const noexcept {
    const sync_result result = pool_.status();
    return !result || (cells_ != nullptr && audience_) ? result : pool_.no_memory();
  }
  bool is_lost() const noexcept { return pool_.is_lost(); }

  // Takes room for a block, which is then writable. First notifies observers of blocks that have ended, which returns room.
  sync_result take(const code_request& asked, code_room& room) noexcept {
    if (detail::is_rare(audience_.may_wait())) audience_.tell();
    sync_result result = pool_.take(asked, room);
    if (!result) return result;
    result = pool_.begin_to_write(room.place, room.size);
    if (!result) pool_.give_back(room);
    return result;
  }

  // Whether blocks that are returned may help.
  bool is_full(sync_result result) const noexcept {
    return result.error() == ENOSPC || (result.error() == ENOMEM && pool_.grows());
  }
  // The same, after reclaiming what the domain has not disposed of yet.
  template <class Domain>
  LAZYREF_DETAIL_COLD sync_result take_at_last(Domain& domain, const code_request& asked, code_room& room) noexcept {
    for (int i = 1;; ++i) {
      std::size_t waiting = domain.flush() + domain.collect();
      audience_.tell();
      if (audience_.is_telling()) ++waiting;  // Another call holds room that it will return.
      const sync_result result = take(asked, room);
      if (!is_full(result) || waiting == 0 || i == tries) return result;
      Sync::give_way();
    }
  }

  // Before the store ends, in a domain that lives on: waits until no block is left in the domain, and no call of
  // another thread is processing one. `alone`: threads that processed some may be gone.
  template <class Domain>
  void leave(Domain& domain, bool alone) noexcept {
    for (const std::uintptr_t began = Sync::now();; Sync::give_way()) {
      domain.flush();
      domain.collect();
      audience_.tell();
      if (pool_.all_ended() || alone) return;
      if (detail::is_rare(Sync::now() - began > patience))
        detail::call_fatal_hook(
            "code_space: destroyed while a draft exists, or a block has a user or is used by a slot; publish or "
            "destroy every code_draft, and drop every block, first");
    }
  }

  std::size_t tell() noexcept { return audience_.tell(); }

  // Constructs a block in the room that was taken.
  template <class... Args>
  T* begin(const code_room& room, code_home<T>* home, Args&&... args) noexcept {
    T* const object = ::new (static_cast<void*>(cells_[room.number].bytes)) T(std::forward<Args>(args)...);
    detail::code_access::begin<T>(object, home, room.place, room.size, pool_.begin_data(room), room.data_size);
    return object;
  }

  void shrink(T* object, std::size_t size) noexcept {
    pool_.shrink(detail::code_access::place(object), detail::code_access::size(object), size);
    detail::code_access::shrink(object, size);
  }

  sync_result end_writing(T* object) noexcept {
    return pool_.end_writing(detail::code_access::place(object), detail::code_access::size(object));
  }

  // Before any thread knows of the block: notifies the observers; and then: sets its entry, and makes its address known.
  void tell_published(T* object) noexcept {
    if (audience_.is_empty()) return;
    const code_room room = room_of(object);
    audience_.published(room.number, executed_at(object), written_at(object), room.size,
                        detail::describe_code_of<T>(*object));
  }
  void publish(T* object) noexcept {
    pool_.enter(room_of(object));
    detail::code_access::publish<T>(object, executed_at(object));
  }

  // Precondition: the block has no users any more. The last access to this store, unless observers must be notified.
  void reclaim(T* object) noexcept {
    const code_room room = room_of(object);
    if (detail::code_access::is_published(object)) pool_.forget(room);
    object->~T();
    if (!audience_.keep(room)) pool_.give_back(room);
  }

  // Returns the published block at that address, or null. Any thread, signal handlers too; wait-free.
  T* block_at(const void* address) const noexcept {
    const std::size_t number = pool_.number_at(address);
    return number != pool_.none ? std::launder(reinterpret_cast<T*>(cells_[number].bytes)) : nullptr;
  }

  unsigned char* written_at(T* object) const noexcept { return pool_.written_at(detail::code_access::place(object)); }
  unsigned char* executed_at(T* object) const noexcept { return pool_.executed_at(detail::code_access::place(object)); }

  std::size_t bytes() const noexcept { return pool_.bytes(); }
  std::size_t bytes_committed() const noexcept { return pool_.bytes_committed(); }
  std::size_t bytes_in_use() const noexcept { return pool_.bytes_in_use(); }
  std::size_t blocks_in_use() const noexcept { return pool_.blocks_in_use(); }
  std::size_t taken_by(std::size_t size) const noexcept { return pool_.taken_by(size); }
  std::size_t trim() noexcept {
    audience_.tell();
    return pool_.trim(0);
  }

  void after_fork_in_child() noexcept {
    pool_.after_fork_in_child();
    audience_.after_fork_in_child(!pool_.is_lost());
  }

 private:
  // How often a draft retries while blocks are being returned; and how long the destructor waits, in nanoseconds.
  static constexpr int tries = 64;
  static constexpr std::uintptr_t patience = 3000000000U;

  // The counts of two blocks do not share a cache line.
  static constexpr std::size_t cell_alignment = alignof(T) > cache_line ? alignof(T) : cache_line;
  struct alignas(cell_alignment) cell {
    unsigned char bytes[sizeof(T)];
  };

  code_room room_of(T* object) const noexcept {
    code_room room;
    room.place = detail::code_access::place(object);
    room.size = detail::code_access::size(object);
    room.number = static_cast<std::size_t>(static_cast<cell*>(static_cast<void*>(object)) - cells_.get());
    room.data_size = detail::code_access::data_size(object);
    room.data = pool_.data_place(detail::code_access::data(object));
    return room;
  }

  pool_type pool_;
  const std::unique_ptr<cell[]> cells_;
  code_audience<Sync, pool_type> audience_;  // its destructor notifies of the blocks that are left
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_STORE_HPP
