// SPDX-License-Identifier: BSL-1.0
//
// For MinGW's library only; Microsoft has no such header.
#if defined(__GNUC__)
#include_next <unistd.h>
#else
#error "<unistd.h> not found"
#endif
