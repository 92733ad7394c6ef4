// SPDX-License-Identifier: BSL-1.0
//
// The first process of a machine that exists to run tests. It reads /tests, one test on each line:
//
//   SECONDS HOW PROGRAM ARGUMENTS...
//
//   plain      runs it
//   fails      runs it; it has to fail, in its time. Such lines show that this program would see it
//   hangs      runs it; it has to take longer than its seconds
//   hotplug    meanwhile, CPUs go away and come back, all but the first
//   affinity   meanwhile, the CPUs that each of its threads may run on change
//
// Exit status 0 is a pass, 77 a skip. A test that takes longer than its seconds has failed, and so has the run in which
// nothing passed. The last line of output is the verdict, which run.sh reads; then the machine goes off.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

const std::string cpu_folder = "/sys/devices/system/cpu/";
std::minstd_rand dice(20261130);

unsigned below(unsigned n) { return static_cast<unsigned>(dice() / 8) % n; }
double since(steady::time_point then) { return std::chrono::duration<double>(steady::now() - then).count(); }

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line.empty() ? "(none)" : line;
}

bool set(const std::string& path, const char* value) {
  std::ofstream file(path);
  file << value << std::flush;
  return file.good();
}

void nap(unsigned microseconds) { ::usleep(microseconds); }

class disturbance {
 public:
  virtual ~disturbance() = default;
  virtual void disturb(pid_t) { nap(5000); }
  virtual std::string report() const { return ""; }
  virtual bool happened() const { return true; }
};

class hotplug : public disturbance {
 public:
  explicit hotplug(unsigned cpus) : on_(cpus, true) {}
  ~hotplug() override {
    for (unsigned cpu = 1; cpu < on_.size(); ++cpu) set(file(cpu), "1");
  }
  void disturb(pid_t) override {
    if (on_.size() > 1) {
      const unsigned cpu = 1 + below(static_cast<unsigned>(on_.size()) - 1);
      const bool done = set(file(cpu), on_[cpu] ? "0" : "1");
      if (done) on_[cpu] = !on_[cpu];
      ++(done ? done_ : refused_);
    }
    nap(below(20000));
  }
  std::string report() const override {
    return ", CPUs went or came " + std::to_string(done_) + " times (refused: " + std::to_string(refused_) + ")";
  }
  bool happened() const override { return done_ != 0; }

 private:
  static std::string file(unsigned cpu) { return cpu_folder + "cpu" + std::to_string(cpu) + "/online"; }
  std::vector<bool> on_;
  unsigned done_ = 0;
  unsigned refused_ = 0;
};

class affinity : public disturbance {
 public:
  explicit affinity(unsigned cpus) : cpus_(cpus) {}
  void disturb(pid_t process) override {
    const std::string folder = "/proc/" + std::to_string(process) + "/task";
    if (DIR* const threads = ::opendir(folder.c_str())) {
      while (const dirent* const entry = ::readdir(threads)) {
        if (entry->d_name[0] != '.') move(std::atoi(entry->d_name));
      }
      ::closedir(threads);
    }
    nap(1000 + below(8000));
  }
  std::string report() const override { return ", threads were moved " + std::to_string(moved_) + " times"; }
  bool happened() const override { return moved_ != 0; }

 private:
  void move(pid_t thread) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    CPU_SET(below(cpus_), &allowed);
    if (below(2) == 0) CPU_SET(below(cpus_), &allowed);
    if (::sched_setaffinity(thread, sizeof allowed, &allowed) == 0) ++moved_;
  }
  unsigned cpus_;
  unsigned moved_ = 0;
};

struct test {
  double seconds = 0;
  std::string how;
  std::vector<std::string> command;

  bool read(const std::string& line) {
    std::istringstream words(line);
    if (!(words >> seconds >> how)) return false;
    for (std::string word; words >> word;) command.push_back(word);
    return !command.empty() &&
           (how == "plain" || how == "fails" || how == "hangs" || how == "hotplug" || how == "affinity");
  }
  std::string name() const {
    std::string result = command[0];
    for (std::size_t i = 1; i < command.size(); ++i) result += " " + command[i];
    return how == "plain" ? result : result + " (" + how + ")";
  }
};

[[noreturn]] void become(const test& t) {
  ::setpgid(0, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::vector<std::string> words = t.command;
  words[0] = "/" + words[0];
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(&word[0]);
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  std::perror(pointers[0]);
  ::_exit(127);
}

class machine {
 public:
  explicit machine(unsigned cpus) : cpus_(cpus) {}

  void run(const test& t) {
    std::printf("--- %s\n", t.name().c_str());
    disturbance quiet;
    hotplug plug(t.how == "hotplug" ? cpus_ : 0);
    affinity moves(std::max(cpus_, 1U));
    disturbance& other = t.how == "hotplug" ? static_cast<disturbance&>(plug) : t.how == "affinity" ? moves : quiet;

    const steady::time_point began = steady::now();
    const pid_t child = ::fork();
    if (child == 0) become(t);
    int status = 0;
    bool ended = false;
    while (child > 0 && !(ended = ::waitpid(child, &status, WNOHANG) == child) && since(began) < t.seconds)
      other.disturb(child);
    if (!ended && child > 0) {
      ::kill(-child, SIGKILL);
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {  // orphans come to the first process
    }

    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::string result = !ended ? "took too long" : code == 0 ? "passed" : code == 77 ? "skipped" : "failed";
    if (t.how == "fails" || t.how == "hangs") {
      // 127: it was not executed at all.
      const bool as_it_must = t.how == "hangs" ? !ended : ended && code != 0 && code != 77 && code != 127;
      result = as_it_must ? "control: it failed, as it must" : "failed: it must have failed, and in another way";
    } else if (result == "passed" && !other.happened()) {
      result = "failed: nothing has disturbed it";
    }
    ++(result == "passed" ? passed : result == "skipped" ? skipped : result[0] == 'c' ? controls : failed);
    std::printf("=== %s: %s, status %d, %.1f s%s\n", t.name().c_str(), result.c_str(), code, since(began),
                other.report().c_str());
  }

  unsigned passed = 0, failed = 0, skipped = 0, controls = 0;

 private:
  unsigned cpus_;
};

void mount_all() {
  for (const char* const folder : {"/proc", "/sys", "/dev", "/tmp"}) ::mkdir(folder, 0755);
  ::mount("proc", "/proc", "proc", 0, "");
  ::mount("sysfs", "/sys", "sysfs", 0, "");
  ::mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  ::mount("tmpfs", "/tmp", "tmpfs", 0, "");
  ::mkdir("/dev/shm", 0777);
  ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "");
  const int console = ::open("/dev/console", O_RDWR);
  for (int standard = 0; console >= 0 && standard < 3; ++standard) ::dup2(console, standard);
  if (console > 2) ::close(console);
  ::setenv("PATH", "/", 1);
  ::setenv("TMPDIR", "/tmp", 1);
  set("/proc/sys/kernel/printk", "1");
}

// As a test of this program: it fails in the way that its argument says.
int fail(const std::string& how) {
  if (how == "crash") std::abort();
  if (how == "hang") ::pause();
  return how == "pass" ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (::getpid() != 1) return fail(argc > 1 ? argv[1] : "");
  const steady::time_point began = steady::now();
  mount_all();
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  utsname kernel{};
  ::uname(&kernel);
  std::printf("\nKERNEL: Linux %s %s, %ld CPUs (nohz_full: %s), up after %s s: %s\n", kernel.release, kernel.machine,
              ::sysconf(_SC_NPROCESSORS_ONLN), first_line(cpu_folder + "nohz_full").c_str(),
              first_line("/proc/uptime").substr(0, 5).c_str(), kernel.version);

  machine here(static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_CONF)));
  std::ifstream tests("/tests");
  for (std::string line; std::getline(tests, line);) {
    test t;
    if (t.read(line)) {
      here.run(t);
    } else {
      std::printf("=== %s: failed: this is not a test\n", line.c_str());
      ++here.failed;
    }
  }
  std::printf("VERDICT: %s: Linux %s %s: %u passed, %u failed, %u skipped, %u controls, in %.0f s\n",
              here.failed != 0 || here.passed == 0 ? "failed" : "passed", kernel.release, kernel.machine, here.passed,
              here.failed, here.skipped, here.controls, since(began));
  ::tcdrain(STDOUT_FILENO);
  nap(200000);  // until the console has it
  ::reboot(RB_POWER_OFF);
  ::reboot(RB_AUTOBOOT);
  for (;;) ::pause();
}
