/* SPDX-License-Identifier: BSL-1.0 */
#pragma once

#define TARGET_OS_OSX 1
