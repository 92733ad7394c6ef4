/* SPDX-License-Identifier: BSL-1.0 */
#pragma once

extern "C" int membarrier(int cmd, unsigned flags, int cpu_id);
