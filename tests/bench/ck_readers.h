/* SPDX-License-Identifier: BSL-1.0 */
/* Readers with Concurrency Kit's hazard pointers and epochs, whose headers C++ compilers refuse. */
#ifndef LAZYREF_BENCH_CK_READERS_H
#define LAZYREF_BENCH_CK_READERS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ck_hp 0.7.1 frees protected objects where there are more than 512 hazards; each reader has one. */
enum { ck_most_readers = 256 };

/* A reader belongs to the thread that began it. NULL if there are too many. */
struct ck_reader* ck_reader_begin(void);
void ck_reader_end(struct ck_reader* reader);

/* n times: protect what `source` points to, and end the protection. */
void ck_hp_read(struct ck_reader* reader, void* const* source, size_t n);
/* n times: begin a section, look at what `source` points to, and end the section. */
void ck_epoch_read(struct ck_reader* reader, void* const* source, size_t n);

#ifdef __cplusplus
}
#endif

#endif
