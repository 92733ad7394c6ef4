# SPDX-License-Identifier: BSL-1.0
# Test programs on real kernels, in emulated machines. Included by tests/arch, whose objects these programs are made of;
# target `kernels_MACHINE` builds them. Kernels are fetched when a test runs, into build/kernels.

# The unit tests of what an emulator of programs does not have: seccomp, exec, limits, rseq, and forks that inherit less.
set(kernel_unit)
foreach(name fence_process fence_seccomp rseq rseq_area rseq_growth rseq_kernel per_cpu instruction_sync block_at
        code_spaces code_space_process code_space_found code_placement code_observer_frames hazard_pointer_memory)
  list(APPEND kernel_unit ${PROJECT_SOURCE_DIR}/tests/unit/${name}.cpp)
endforeach()

example_in_one_unit(doctor)

# The name of the machine for run.sh, of the architecture for tests/arch, and the compiler's prefix.
function(kernel_machine machine isa triple)
  find_program(LAZYREF_CXX_${isa} NAMES ${triple}-g++)
  set(compiler ${LAZYREF_CXX_${isa}})
  if(NOT compiler)
    add_custom_target(kernels_${machine})
    add_test(NAME kernels_${machine}
             COMMAND sh -c "echo 'SKIPPED: kernels: ${machine}: needs g++-${triple}'; exit 77")
  else()
    set(model)
    if(isa STREQUAL "mips64el")
      set(model -mxgot)
    endif()
    set(all)
    set(shared OFF)
    set(folder kernels)
    if(machine MATCHES "-sid$")
      set(shared ON)
      set(folder kernels_shared)
    endif()
    macro(kernel_program name)
      emulated_link(${folder} ${name} ${ARGN})
      list(APPEND all ${program})
    endmacro()
    get_property(known GLOBAL PROPERTY ${folder}_${isa})
    if(NOT known)
      kernel_program(init ${PROJECT_SOURCE_DIR}/tests/kernels/init.cpp)
      kernel_program(exec_probe ${PROJECT_SOURCE_DIR}/tests/support/exec_probe.cpp)
      kernel_program(doctor ${doctor})
      kernel_program(jit ${jit})
      kernel_program(stale ${PROJECT_SOURCE_DIR}/tests/arch/stale.cpp)
      foreach(name fence per_cpu code_space hazard_pointer planted_bug)
        kernel_program(stress_${name} ${PROJECT_SOURCE_DIR}/tests/stress/${name}.cpp)
      endforeach()
      if(Catch2_VERSION VERSION_LESS 3)
        kernel_program(unit ${PROJECT_SOURCE_DIR}/tests/support/main.cpp ${kernel_unit})
      endif()
      kernel_program(rseq_step ${PROJECT_SOURCE_DIR}/tests/kernels/rseq_step.cpp)
      set_property(GLOBAL PROPERTY ${folder}_${isa} ${all})
    endif()
    get_property(all GLOBAL PROPERTY ${folder}_${isa})
    add_custom_target(kernels_${machine} DEPENDS ${all})
    add_test(NAME kernels_${machine}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/kernels/run.sh ${machine} ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${isa}
                     ${PROJECT_SOURCE_DIR}/tests/kernels/tests.txt ${PROJECT_SOURCE_DIR}/build/kernels)
  endif()
  # A machine is patient for 1400 s (run.sh); two at a time would take each other's processors.
  set_tests_properties(kernels_${machine} PROPERTIES LABELS kernels TIMEOUT 1500 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
endfunction()

kernel_machine(arm64 arm64 aarch64-linux-gnu)
kernel_machine(riscv64 riscv64 riscv64-linux-gnu)
kernel_machine(ppc64el powerpc64le powerpc64le-linux-gnu)
kernel_machine(s390x s390x s390x-linux-gnu)
kernel_machine(armhf arm arm-linux-gnueabihf)
kernel_machine(mips64el mips64el mips64el-linux-gnuabi64)
kernel_machine(amd64 amd64 x86_64-linux-gnu)
kernel_machine(amd64-64 amd64 x86_64-linux-gnu)
kernel_machine(amd64-sid amd64 x86_64-linux-gnu)
kernel_machine(arm64-sid arm64 aarch64-linux-gnu)
