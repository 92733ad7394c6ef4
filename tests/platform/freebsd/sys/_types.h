/* SPDX-License-Identifier: BSL-1.0 */
/* GCC's <stddef.h> includes this one when it is told that the system is FreeBSD. */
