#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_xbyak.sh BINARY
. "$(dirname "$0")/with_asmjit.sh"
