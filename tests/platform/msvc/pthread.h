// SPDX-License-Identifier: BSL-1.0
//
// For MinGW's library only; Microsoft has no such header.
#if defined(__GNUC__)
#include_next <pthread.h>
#else
#error "<pthread.h> not found"
#endif
