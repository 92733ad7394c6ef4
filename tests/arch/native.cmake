# SPDX-License-Identifier: BSL-1.0
# What only the real machine tells.
foreach(name native trace)
  add_executable(arch_${name} EXCLUDE_FROM_ALL ${name}.cpp)
  target_compile_options(arch_${name} PRIVATE ${warnings} -O2)
  target_link_libraries(arch_${name} PRIVATE lazyref::lazyref Threads::Threads)
  add_dependencies(emulated arch_${name})  # the target that the group builds
endforeach()

add_test(NAME arch_native_hand_over COMMAND arch_native hand-over)
add_test(NAME arch_native_interrupts COMMAND arch_native interrupts)
add_test(NAME arch_trace COMMAND arch_trace)
set_tests_properties(arch_native_hand_over arch_native_interrupts arch_trace
                     PROPERTIES LABELS arch TIMEOUT 120 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
