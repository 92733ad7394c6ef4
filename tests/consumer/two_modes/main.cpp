// SPDX-License-Identifier: BSL-1.0
#include <cstdio>

extern "C" int first();
extern "C" int second();

int main() {
  const int a = first(), b = second();
  std::printf("first: %d, second: %d\n", a, b);
  return a != 0 || b != 0 ? 1 : 0;
}
