// SPDX-License-Identifier: BSL-1.0
//
// The machine, the system, and the rseq area. Reports "unknown" where it does not know; never registers rseq.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include <lazyref/per_cpu.hpp>
#include <lazyref/rseq_test.hpp>

#include "child.hpp"
#include "findings.hpp"

#if defined(DOCTOR_FORKS)
#include <sys/utsname.h>
#endif
#if defined(__linux__)
#include <sched.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#if defined(__linux__)
// glibc 2.35 and later, whose <sys/rseq.h> declares them like this; weak, so that they are null elsewhere.
extern const std::ptrdiff_t __rseq_offset __attribute__((__weak__));
extern const unsigned __rseq_size __attribute__((__weak__));
extern const unsigned __rseq_flags __attribute__((__weak__));
#endif

namespace doctor {
namespace {

std::string libc_name() {
#if defined(__GLIBC__)
  return std::string("glibc ") + ::gnu_get_libc_version();
#elif defined(__linux__)
  return "not glibc";
#else
  return {};
#endif
}

std::string compiler_name() {
#if defined(__clang__)
  return std::string("clang++ ") + __clang_version__;
#elif defined(__GNUC__)
  return std::string("g++ ") + __VERSION__;
#else
  return {};
#endif
}

void examine_system(host_findings& host) {
#if defined(DOCTOR_FORKS)
  struct utsname name;
  if (::uname(&name) != 0) return;
  host.system = name.sysname;
  host.release = name.release;
  host.machine = name.machine;
#elif defined(_WIN32)
  host.system = "Windows";
#endif
}

unsigned count_allowed_cpus() {
#if defined(__linux__)
  for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(most));
    if (set == nullptr) return 0;
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const bool fits = ::sched_getaffinity(0, size, set) == 0;
    const int count = fits ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (fits) return static_cast<unsigned>(count);
  }
#endif
  return 0;
}

unsigned count_online_cpus() {
#if defined(DOCTOR_FORKS)
  const long count = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (count > 0) return static_cast<unsigned>(count);
#endif
  return std::thread::hardware_concurrency();
}

hint find_hypervisor() {
#if defined(__x86_64__) || defined(__i386__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return {"unknown", "no CPUID"};
  if ((c >> 31 & 1) == 0) return {"unknown", "CPUID reports no hypervisor, but one may be hidden"};
  __cpuid(0x40000000, a, b, c, d);
  char name[13] = {};
  std::memcpy(name, &b, 4);
  std::memcpy(name + 4, &c, 4);
  std::memcpy(name + 8, &d, 4);
  return {"yes", std::string("CPUID says ") + name};
#elif defined(__linux__)
  std::string name;
  if (std::getline(std::ifstream("/proc/device-tree/hypervisor/compatible"), name, '\0'))
    return {"yes", "the device tree says " + name};
  if (std::getline(std::ifstream("/sys/hypervisor/type"), name)) return {"yes", "/sys/hypervisor says " + name};
#endif
  return {"unknown", "this system does not report it"};
}

#if defined(__linux__)
struct path {
  char text[512];
};

path executable_of(const std::string& process) {
  path name{};
  if (::readlink(("/proc/" + process + "/exe").c_str(), name.text, sizeof name.text - 1) < 0) name.text[0] = '\0';
  return name;
}
#endif

// A user-mode emulator fakes /proc/self/exe for the process itself, but not for its child, which reads the kernel's value.
hint find_emulator() {
#if defined(__linux__)
  const std::string own = executable_of("self").text;
  const std::string parent = std::to_string(::getpid());
  const auto seen = in_child([&] { return executable_of(parent); });
  const std::string real = seen.value.text;
  if (own.empty() || !seen.ok || real.empty()) return {"unknown", "/proc does not report it"};
  if (own != real) return {"yes", "the kernel reports that this process runs " + real};
  return {"no", "the kernel reports that this process runs this program"};
#else
  return {"unknown", "this system does not report it"};
#endif
}

hint find_container() {
#if defined(__linux__)
  if (::access("/.dockerenv", F_OK) == 0) return {"yes", "/.dockerenv"};
  if (::access("/run/.containerenv", F_OK) == 0) return {"yes", "/run/.containerenv"};
  std::string name;
  if (std::getline(std::ifstream("/run/systemd/container"), name))
    return {"yes", "/run/systemd/container says " + name};
#endif
  return {"unknown", "this system does not report it"};
}

std::string find_seccomp() {
#if defined(__linux__)
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Seccomp:", 0) != 0) continue;
    return line.back() == '0' ? "none" : line.back() == '1' ? "strict" : "filter";
  }
#endif
  return "unknown";
}

#if defined(__linux__)

// struct rseq is kernel ABI: cpu_id_start at 0, cpu_id at 4, node_id at 20, mm_cid at 24, four bytes each.
constexpr unsigned node_id_end = 24, mm_cid_end = 28;

// Returns the area's address, or null on architectures whose thread pointer this program cannot read.
const volatile unsigned* rseq_area() {
  char* thread = nullptr;
#if defined(__x86_64__) && !defined(__ILP32__)
  __asm__("mov %%fs:0, %0" : "=r"(thread));
#elif defined(__i386__)
  __asm__("mov %%gs:0, %0" : "=r"(thread));
#elif defined(__aarch64__) || defined(__arm__) || defined(__riscv) || defined(__s390x__)
  thread = static_cast<char*>(__builtin_thread_pointer());
#endif
  return thread == nullptr ? nullptr : reinterpret_cast<const volatile unsigned*>(thread + __rseq_offset);
}

void read_cpu(rseq_findings& rseq) {
  const volatile unsigned* area = rseq_area();
  if (area == nullptr) return;
  // Repeats if the thread migrated between the two reads. Not sched_getcpu: glibc reads the same word there.
  for (int i = 0; i < 1000 && (!rseq.cpu_read || rseq.cpu_by_rseq != rseq.cpu_by_call); ++i) {
    unsigned cpu = 0;
    if (::syscall(SYS_getcpu, &cpu, nullptr, nullptr) != 0) return;
    rseq.cpu_by_call = static_cast<int>(cpu);
    rseq.cpu_by_rseq = static_cast<int>(area[1]);
    rseq.cpu_read = true;
  }
}

#endif

}  // namespace

host_findings examine_host() {
  host_findings host{};
  examine_system(host);
  host.libc = libc_name();
  host.compiler = compiler_name();
#if defined(__OPTIMIZE__)
  host.optimised = true;
#endif
  host.cpus_online = count_online_cpus();
  host.cpus_allowed = count_allowed_cpus();
  host.virtual_machine = find_hypervisor();
  host.emulated = find_emulator();
  host.container = find_container();
  host.seccomp = find_seccomp();
  return host;
}

// To find out how lazyref claims per-CPU slots.
struct claimed : lazyref::owner<claimed> {};

rseq_findings examine_rseq() {
  rseq_findings rseq{};
  const lazyref::per_cpu_info claims = lazyref::per_cpu_domain<claimed>().how();
  rseq.claims = claims.method == lazyref::claim_method::restartable_sequence;
  rseq.claims_why = claims.reason;
  const auto tested = in_child([] { return lazyref::test_rseq(); });
  rseq.restarts = tested.value;
  rseq.untested = tested.ok ? "" : tested.failure;
#if defined(__linux__)
  constexpr unsigned long at_rseq_feature_size = 27, at_rseq_align = 28;
  rseq.feature_size = static_cast<unsigned>(::getauxval(at_rseq_feature_size));
  rseq.alignment = static_cast<unsigned>(::getauxval(at_rseq_align));
  rseq.kernel_node_id = rseq.feature_size >= node_id_end;
  rseq.kernel_mm_cid = rseq.feature_size >= mm_cid_end;
  if (&__rseq_offset == nullptr || &__rseq_size == nullptr || &__rseq_flags == nullptr) {
    rseq.why_not = "the C library does not export __rseq_offset (glibc does from 2.35 on)";
    return rseq;
  }
  rseq.size = __rseq_size;
  rseq.flags = __rseq_flags;
  rseq.registered = rseq.size != 0;
  if (!rseq.registered) {
    rseq.why_not =
        "the C library supports rseq but has not registered it: no kernel support (before Linux 4.18), a filter, or a "
        "tunable";
    return rseq;
  }
  rseq.mode = rseq.size > 32 ? "V2" : "legacy";
  rseq.node_id = rseq.kernel_node_id && rseq.size >= node_id_end;
  rseq.mm_cid = rseq.kernel_mm_cid && rseq.size >= mm_cid_end;
  read_cpu(rseq);
#else
  rseq.why_not = "rseq exists on Linux only";
#endif
  return rseq;
}

}  // namespace doctor
