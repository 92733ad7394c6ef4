# SPDX-License-Identifier: BSL-1.0
"""For Conan 2: conan create .packaging/conan"""
import os
import re

from conan import ConanFile
from conan.tools.files import copy, load


class Lazyref(ConanFile):
    name = "lazyref"
    license = "BSL-1.0"
    description = "Memory reclamation, asymmetric fences and code memory for C++17 and C"
    package_type = "header-library"
    no_copy_source = True

    def _repository(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        config = load(self, os.path.join(self._repository(), "include", "lazyref", "config.hpp"))
        self.version = ".".join(re.findall(r"^#define LAZYREF_VERSION_\w+ (\d+)$", config, re.M))

    def export_sources(self):
        for pattern in ("include/*.hpp", "include/*.h", "arch/*.hpp", "LICENSE"):
            copy(self, pattern, self._repository(), self.export_sources_folder)

    def package(self):
        include = os.path.join(self.package_folder, "include")
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), include)
        copy(self, "*.h", os.path.join(self.source_folder, "include"), include)
        copy(self, "*.hpp", os.path.join(self.source_folder, "arch"), include)
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "lazyref")
        self.cpp_info.set_property("cmake_target_name", "lazyref::lazyref")
        self.cpp_info.set_property("pkg_config_name", "lazyref")
