"""netpeer for Conan 2, from the checkout this file lies in:

conan create packaging/conan -o "netpeer/*:with_mbedtls=True"
"""

import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class NetpeerConan(ConanFile):
    name = "netpeer"
    license = "MIT"
    description = "Networking for games: ENet, TCP, UDP, TLS and DTLS with the classes Godot users know"
    topics = ("networking", "enet", "udp", "tls", "godot")
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "fPIC": [True, False],
        "with_zlib": [True, False],
        "with_zstd": [True, False],
        "with_mbedtls": [True, False],
    }
    default_options = {"fPIC": True, "with_zlib": False, "with_zstd": False, "with_mbedtls": False}
    implements = ["auto_shared_fpic"]

    def _repository(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._repository(), "src", "core", "netpeer_version.h"))
        self.version = ".".join(re.findall(r"^#define NETPEER_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", header, re.M))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "src/*"):
            copy(self, pattern, self._repository(), self.export_sources_folder)

    def requirements(self):
        if self.options.with_zlib:
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.with_zstd:
            self.requires("zstd/[>=1.5 <2]")
        if self.options.with_mbedtls:
            self.requires("mbedtls/[>=3.5 <4]")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for switch in ("zlib", "zstd", "mbedtls"):
            wanted = bool(self.options.get_safe("with_" + switch))
            toolchain.cache_variables["NETPEER_WITH_" + switch.upper()] = wanted
        for part in ("TESTS", "TOOLS"):
            toolchain.cache_variables["NETPEER_BUILD_" + part] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "netpeer")
        self.cpp_info.set_property("cmake_target_name", "netpeer::netpeer")
        self.cpp_info.set_property("pkg_config_name", "netpeer")
        self.cpp_info.libs = ["netpeer"]
        for switch in ("zlib", "zstd", "mbedtls"):
            if self.options.get_safe("with_" + switch):
                self.cpp_info.defines.append("NETPEER_WITH_%s=1" % switch.upper())
        if self.settings.os == "Windows":
            self.cpp_info.system_libs = ["ws2_32", "bcrypt", "iphlpapi"]
        elif self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
