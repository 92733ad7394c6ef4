# SPDX-License-Identifier: BSL-1.0
# The tests, the stress and the JIT for other architectures: static programs, run in an emulator. Needs Debian's cross
# compilers and qemu-user; what is missing is a test that is skipped. Target `emulated` builds what has the label arch,
# emulated_more the rest, with the label emulated, which takes too long for each time: the stress, of which qemu-user shows
# little that the host does not, as its memory is as strongly ordered (part of it runs on real kernels, in tests/kernels),
# and the unit tests of four architectures. Faults of one architecture alone are rare, but were found (tests/kernels/README.md).
add_custom_target(emulated)
add_custom_target(emulated_more)
set(telling arm64 s390x)  # the most used one, with restartable sequences; the other order of bytes, lines of 256

file(GLOB unit CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/*.cpp)
file(GLOB stress CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/stress/*.cpp)
# The observers' files and lists are the same everywhere; code_space.cpp is run.
list(FILTER stress EXCLUDE REGEX "/code_observers[.]cpp$")

# Sets `program` to one source that includes all of examples/`program`, which takes half of the time to compile.
function(example_in_one_unit program)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/${program}/*.cpp)
  set(text)
  foreach(source IN LISTS sources)
    string(APPEND text "#include \"${source}\"\n")
  endforeach()
  set(unit)
  if(text)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/in_one_unit/${program}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "${text}")
  endif()
  set(${program} ${unit} PARENT_SCOPE)
endfunction()
example_in_one_unit(jit)

# Not run there: these are the same on every architecture (schedules and machines that are scripted), or need a seccomp
# filter.
leave_out(unit batched_holds candidates code_areas code_chunks code_icache code_memory_calls code_observer_files
          code_observers code_spaces embedded embedded_shared_ptr fence_coalescer fence_seccomp hazard_pointer_conformance
          hazard_pointer_conformance_objects lazy_options no_allocation policy_seam published_steal reclaim_modes reentrancy
          refcounted remote_references run_tree scan_group stats)

# A folder with nothing else in it, since the cross compilers must not look at the host's headers.
get_target_property(catch_folders Catch2::Catch2 INTERFACE_INCLUDE_DIRECTORIES)
find_path(LAZYREF_CATCH_HEADER catch2/catch.hpp PATHS ${catch_folders})
if(LAZYREF_CATCH_HEADER AND Catch2_VERSION VERSION_LESS 3)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/catch)
  file(CREATE_LINK ${LAZYREF_CATCH_HEADER}/catch2 ${CMAKE_CURRENT_BINARY_DIR}/catch/catch2 SYMBOLIC)
endif()

function(emulated_skip name why)
  add_test(NAME ${name} COMMAND sh -c "echo 'SKIPPED: arch: ${name}: ${why}'; exit 77")
  set_tests_properties(${name} PROPERTIES LABELS arch SKIP_RETURN_CODE 77)
endfunction()

# emulated_test(NAME TIMEOUT seconds COMMAND ...)
function(emulated_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "COMMAND")
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

# What nearly all unit tests include is read once, as tests/CMakeLists.txt does for this machine.
set(unit_first)
foreach(header support/catch.hpp array atomic chrono functional memory random string thread vector)
  string(APPEND unit_first "#include <${header}>\n")
endforeach()

# Sets `out` to an object file of `source`, compiled by ${compiler} for ${isa}; tests/kernels links the same ones.
function(emulated_object source out)
  cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE name)
  string(REGEX REPLACE "[/.]" "_" file ${name})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/emulated/${isa}/${file}.o)
  set(${out} ${object} PARENT_SCOPE)
  get_property(known GLOBAL PROPERTY ${object})
  if(known)
    return()
  endif()
  set_property(GLOBAL PROPERTY ${object} ON)
  set(level -O1)
  set(first)
  if(file MATCHES "^tests_unit_")  # a third less to compile
    set(level -Og)
    set(first ${CMAKE_CURRENT_BINARY_DIR}/emulated/${isa}/first.hpp)
  elseif(file STREQUAL tests_support_main_cpp)  # Catch2 itself, whose speed matters little
    set(level -O0)
  endif()
  set(compile ${compiler} -std=c++17 ${level} --param=ggc-min-heapsize=600000 ${model} ${warnings} -Werror -Wno-psabi -pthread
              "-DLAZYREF_EXEC_PROBE=\"/exec_probe\"" -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/arch
              -I${PROJECT_SOURCE_DIR}/tests -I${CMAKE_CURRENT_BINARY_DIR}/catch)
  set(precompiled)
  if(first)
    set(precompiled ${first}.gch)
    get_property(known GLOBAL PROPERTY ${first})
    if(NOT known)
      set_property(GLOBAL PROPERTY ${first} ON)
      file(CONFIGURE OUTPUT ${first} CONTENT "${unit_first}")
      add_custom_command(OUTPUT ${precompiled}
                         COMMAND ${compile} -MD -MF ${first}.d -MT ${precompiled} -x c++-header ${first} -o ${precompiled}
                         DEPFILE ${first}.d COMMENT "${isa}: what unit tests include first" VERBATIM)
    endif()
    list(APPEND compile -include ${first})
  endif()
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${compile} -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    DEPENDS ${source} ${precompiled}
    DEPFILE ${object}.d
    COMMENT "${isa}: ${name}"
    VERBATIM)
endfunction()

# Sets `program` to a program in `folder`, of these sources and objects; static, unless ${shared} is set.
function(emulated_link folder name)
  set(how -static)
  if(shared)
    set(how)
  endif()
  set(objects)
  foreach(source IN LISTS ARGN)
    if(NOT source MATCHES "[.]o$")
      emulated_object(${source} source)
    endif()
    list(APPEND objects ${source})
  endforeach()
  set(binary ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${isa}/${name})
  add_custom_command(OUTPUT ${binary}
                     COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${isa}
                     COMMAND ${compiler} ${how} -pthread ${objects} -o ${binary} DEPENDS ${objects}
                     COMMENT "${isa}: linking ${name}" VERBATIM)
  set(program ${binary} PARENT_SCOPE)
endfunction()

# emulated_program(NAME sources...): sets `program`, which says that it is emulated.
function(emulated_program name)
  emulated_link(emulated ${name} ${announcement} ${ARGN})
  add_custom_target(emulated_${isa}_${name} DEPENDS ${program})
  add_dependencies(${group} emulated_${isa}_${name})
  set(program ${program} PARENT_SCOPE)
endfunction()

# One architecture: its name, that of the emulator, the compiler's prefix, and the processors to run as ("" is the
# emulator's choice). Their data caches have lines of different sizes.
function(emulated_architecture isa qemu triple)
  find_program(LAZYREF_CXX_${isa} NAMES ${triple}-g++)
  find_program(LAZYREF_EMULATOR_${isa} NAMES qemu-${qemu} qemu-${qemu}-static)
  set(compiler ${LAZYREF_CXX_${isa}})
  set(model)
  if(isa STREQUAL "mips64el")  # the unit tests have more symbols than 16 bits can tell apart
    set(model -mxgot)
  endif()
  set(emulator ${LAZYREF_EMULATOR_${isa}})
  if(NOT compiler OR NOT emulator)
    emulated_skip(emulated_${isa} "needs g++-${triple} and qemu-user")
    return()
  endif()

  emulated_object(${CMAKE_CURRENT_SOURCE_DIR}/emulated.cpp announcement)
  set(group emulated)
  set(label arch)

  emulated_program(stale ${CMAKE_CURRENT_SOURCE_DIR}/stale.cpp)
  set(stale ${program})
  set(jit_program)
  if(jit)
    emulated_program(jit ${jit})
    set(jit_program ${program})
    emulated_test(emulated_${isa}_jit_self_test TIMEOUT 120 COMMAND ${emulator} ${jit_program} --flip --self-test 1000)
    emulated_program(patchable_call ${PROJECT_SOURCE_DIR}/examples/patchable_call.cpp)
    emulated_test(emulated_${isa}_patchable_call TIMEOUT 120 COMMAND ${emulator} ${program} --flip)
  endif()
  execute_process(COMMAND ${emulator} -cpu help OUTPUT_VARIABLE processors ERROR_QUIET)
  foreach(processor IN LISTS ARGN ITEMS default)
    set(name emulated_${isa}_${processor})
    set(option -cpu ${processor})
    if(processor STREQUAL "default")
      set(name emulated_${isa})
      set(option)
    elseif(NOT processors MATCHES "[ \n]${processor}[ \n]")
      emulated_skip(${name} "${emulator} does not know this processor")
      continue()
    endif()
    emulated_test(${name}_stale TIMEOUT 120 COMMAND ${emulator} ${option} ${stale})
    if(jit_program)
      # Memory that is mapped twice is stale in an emulator.
      emulated_test(${name}_jit TIMEOUT 120 COMMAND ${emulator} ${option} ${jit_program} --flip --seconds 1)
    endif()
  endforeach()

  set(group emulated_more)
  set(label emulated)
  foreach(source IN LISTS stress)
    cmake_path(GET source STEM stem)
    emulated_program(stress_${stem} ${source})
    emulated_test(emulated_${isa}_stress_${stem} TIMEOUT 300
                  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/emulated.sh stress ${emulator} ${program})
  endforeach()

  if(isa IN_LIST telling)
    set(group emulated)
    set(label arch)
  endif()
  if(Catch2_VERSION VERSION_LESS 3)
    emulated_program(unit ${PROJECT_SOURCE_DIR}/tests/support/main.cpp ${unit})
    emulated_test(emulated_${isa}_unit TIMEOUT 600
                  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/emulated.sh unit ${emulator} ${program})
    set_tests_properties(emulated_${isa}_unit PROPERTIES COST 20)
  else()
    emulated_skip(emulated_${isa}_unit "Catch2 3 is a library of the host; with the header of Catch2 2.13 it is run")
  endif()
endfunction()

emulated_architecture(arm64 aarch64 aarch64-linux-gnu max cortex-a72 neoverse-n1 a64fx)
emulated_architecture(arm arm arm-linux-gnueabihf)
emulated_architecture(powerpc64le ppc64le powerpc64le-linux-gnu)
emulated_architecture(riscv64 riscv64 riscv64-linux-gnu)
emulated_architecture(s390x s390x s390x-linux-gnu)
emulated_architecture(mips64el mips64el mips64el-linux-gnuabi64)

set(label arch)
# The same detector on this machine.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(arch_stale EXCLUDE_FROM_ALL stale.cpp)
  target_compile_options(arch_stale PRIVATE ${warnings})
  target_link_libraries(arch_stale PRIVATE lazyref::lazyref Threads::Threads)
  add_dependencies(emulated arch_stale)
  emulated_test(arch_stale TIMEOUT 120 COMMAND arch_stale)
else()
  emulated_skip(arch_stale "is written for Linux")
endif()
