// SPDX-License-Identifier: BSL-1.0
#include "input.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>

#include "errors.hpp"
#include "system.hpp"

namespace tenants {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = std::size_t{256} << 20;

std::string read_stream(std::istream& from, const std::string& name) {
  std::string text;
  char block[1 << 16];
  while (from.read(block, sizeof block), from.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(from.gcount()));
    if (text.size() > most_bytes) throw input_error(name + ": more than 256 MiB; the input is kept in memory");
  }
  if (from.bad()) throw input_error(name + ": cannot be read");
  return text;
}

std::string read_file(const fs::path& file) {
  if (fs::is_directory(file)) throw input_error(file.string() + ": is a folder");
  std::ifstream from(file, std::ios::binary);
  if (!from) throw input_error(file.string() + ": cannot be opened");
  return read_stream(from, file.string());
}

// FNV-1a: the same text goes to the same tenant on every machine.
std::size_t hash(std::string_view text) {
  std::uint64_t state = 14695981039346656037u;
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<std::size_t>(state >> 32);
}

std::string names(const std::vector<tenant>& tenants) {
  std::string result;
  for (const tenant& one : tenants) result += (result.empty() ? "" : ", ") + one.name;
  return result;
}

// Splits a text into lines, and finds the tenant of each.
class line_reader {
 public:
  line_reader(const std::vector<tenant>& tenants, bool plain, bool skip_unknown, input& into)
      : tenants_(tenants), plain_(plain), skip_unknown_(skip_unknown), into_(into) {}

  void read(std::string_view text, const std::string& file) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      std::string_view one = text.substr(0, text.find('\n'));
      text.remove_prefix(one.size() == text.size() ? one.size() : one.size() + 1);
      if (!one.empty() && one.back() == '\r') one.remove_suffix(1);
      if (one.find_first_not_of(" \t") == one.npos) continue;
      if (plain_) {
        into_.lines.push_back({one, hash(one) % tenants_.size()});
      } else {
        read_named(one, file + ':' + std::to_string(number));
      }
    }
  }

 private:
  // "shop: GET /cart"
  void read_named(std::string_view one, const std::string& place) {
    const std::size_t colon = one.find(':');
    if (colon == one.npos) throw input_error(place + ": no tenant; expected \"TENANT: text\" (or --plain)");
    const std::string_view name = one.substr(0, colon);
    const auto found = std::find_if(tenants_.begin(), tenants_.end(), [&](const tenant& t) { return t.name == name; });
    if (found == tenants_.end()) {
      if (!skip_unknown_) {
        throw input_error(place + ": unknown tenant \"" + std::string(name) + "\" (known: " + names(tenants_) + ')');
      }
      ++into_.skipped;
      return;
    }
    one.remove_prefix(std::min(one.find_first_not_of(" \t", colon + 1), one.size()));
    into_.lines.push_back({one, static_cast<std::size_t>(found - tenants_.begin())});
  }

  const std::vector<tenant>& tenants_;
  const bool plain_;
  const bool skip_unknown_;
  input& into_;
};

// Sources, headers and documents of the repository; not build outputs.
std::vector<fs::path> repository_files(const fs::path& root) {
  std::vector<fs::path> files;
  for (const char* name : {"README.md", "LICENSE"}) {
    if (fs::is_regular_file(root / name)) files.push_back(root / name);
  }
  for (const char* folder : {"include", "arch", "examples", "tests"}) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (entry.is_regular_file() &&
          (extension == ".hpp" || extension == ".cpp" || extension == ".md" || extension == ".sh")) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw input_error(root.string() + ": no text of lazyref's own is here; pass a file, -, or --source DIR");
  }
  return files;
}

}  // namespace

std::vector<tenant> read_tenants(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw input_error(folder.string() + ": no such folder of rules");
  std::vector<tenant> result;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".rules") continue;
    result.push_back({path.stem().string(), path.string(), read_file(path)});
    (void)rules::parse(result.back().text, result.back().file);
  }
  if (result.empty()) throw input_error(folder.string() + ": no tenants; expected NAME.rules");
  std::sort(result.begin(), result.end(), [](const tenant& a, const tenant& b) { return a.name < b.name; });
  return result;
}

input read_input(const input_choice& choice, const std::vector<tenant>& tenants) {
  input result;
  const bool from_stdin = choice.file == "-" || (choice.file.empty() && stdin_has_input());
  const bool from_repository = choice.file.empty() && !from_stdin;
  std::vector<std::string> files;
  if (from_repository) {
    for (const fs::path& file : repository_files(choice.repository)) {
      files.push_back(file.string());
      result.texts.push_back(read_file(file));
    }
    result.source = "lazyref's own text, " + std::to_string(files.size()) + " files";
  } else {
    files.push_back(from_stdin ? "standard input" : choice.file);
    result.texts.push_back(from_stdin ? read_stream(std::cin, files[0]) : read_file(choice.file));
    result.source = files[0];
  }
  // Only after all texts are stored, since lines point into them.
  line_reader reader(tenants, from_repository || choice.plain, choice.skip_unknown, result);
  for (std::size_t i = 0; i < files.size(); ++i) reader.read(result.texts[i], files[i]);
  if (result.lines.empty()) throw input_error(result.source + ": no lines");
  return result;
}

std::vector<tally> judge_all(const input& all, const std::vector<tenant>& tenants) {
  std::vector<rules> parsed;
  parsed.reserve(tenants.size());
  for (const tenant& one : tenants) parsed.push_back(rules::parse(one.text, one.file));
  std::vector<tally> result(tenants.size());
  for (const line& one : all.lines) result[one.tenant].add(parsed[one.tenant].judge(one.text));
  return result;
}

}  // namespace tenants
