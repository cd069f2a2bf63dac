"""tools/android-build without an NDK: refuses what is wrong, and builds with a toolchain file in an NDK's place.

The real NDK cannot be installed from a distribution. What stands in for its toolchain file sets Debian's cross compiler
for 64-bit Arm and the macros an NDK compiler defines; what the script does around it is the same.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCRIPT = os.path.join(ROOT, "tools", "android-build")
COMPILER = "aarch64-linux-gnu"
TOOLCHAIN = """
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER %(cross)s-gcc)
set(CMAKE_CXX_COMPILER %(cross)s-g++)
set(CMAKE_CXX_FLAGS_INIT "-D__ANDROID__=1 -D__ANDROID_API__=21")
set(ANDROID TRUE)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI ANDROID_PLATFORM)
if(NOT ANDROID_ABI STREQUAL "arm64-v8a" OR NOT ANDROID_PLATFORM STREQUAL "android-21")
    message(FATAL_ERROR "asked for ${ANDROID_ABI} at ${ANDROID_PLATFORM}")
endif()
""" % {"cross": COMPILER}


def android_build(*arguments, **environment):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANDROID_")}
    return subprocess.run([SCRIPT, *arguments], env={**plain, **environment}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)


@contextlib.contextmanager
def an_ndk():
    """A folder with ndk/ in it."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "ndk", "build", "cmake"))
        with open(os.path.join(folder, "ndk", "build", "cmake", "android.toolchain.cmake"), "w", encoding="ascii") as file:
            file.write(TOOLCHAIN)
        yield folder


class Arguments(unittest.TestCase):
    def refused(self, reason, *arguments, **environment):
        done = android_build(*arguments, **environment)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(reason, done.stdout.decode())

    def test_without_an_ndk_it_says_how_to_name_one(self):
        self.refused("ANDROID_NDK_HOME")

    def test_folder_that_is_no_ndk_is_refused(self):
        self.refused("is no NDK", "--ndk", ROOT)
        self.refused("is no NDK", ANDROID_NDK_HOME=ROOT)

    def test_levels_below_the_floor_are_refused(self):
        self.refused("floor of 21", "--ndk", ROOT, "--api", "19")
        self.refused("wants a number", "--ndk", ROOT, "--api", "x")

    def test_unknown_abi_and_argument_are_refused(self):
        self.refused("unknown ABI", "--ndk", ROOT, "--abi", "mips")
        self.refused("unknown argument", "--nkd", ROOT)
        self.refused("needs a value", "--ndk")

    def test_ndk_build_makes_no_shared_library(self):
        with an_ndk() as folder:
            self.refused("static library only", "--ndk", folder + "/ndk", "--shared", "--ndk-build")


class Build(unittest.TestCase):
    def setUp(self):
        if shutil.which(COMPILER + "-g++") is None:
            if os.environ.get("CI") == "true":
                self.fail("missing in CI: %s-g++" % COMPILER)
            print("SKIPPED: %s-g++" % COMPILER)
            self.skipTest(COMPILER + "-g++")

    def test_library_and_headers_arrive(self):
        # Shared, because linking shows more: whether symbols are missing, and how it is aligned.
        with an_ndk() as folder:
            out = os.path.join(folder, "out")
            done = android_build("--ndk", folder + "/ndk", "--abi", "arm64-v8a", "--out", out, "--shared",
                                 "--", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_SHARED_LINKER_FLAGS=-Wl,--unresolved-symbols=ignore-all")
            self.assertEqual(done.returncode, 0, done.stdout.decode())
            self.assertTrue(os.path.exists(os.path.join(out, "include", "netpeer", "netpeer.h")))
            library = os.path.join(out, "arm64-v8a", "libnetpeer_c.so")
            symbols = subprocess.run([COMPILER + "-nm", "-D", "-u", library], stdout=subprocess.PIPE, check=True).stdout.decode()
            self.assertIn("arc4random_buf", symbols, "not built as Android")
            headers = subprocess.run([COMPILER + "-readelf", "-lW", library], stdout=subprocess.PIPE, check=True).stdout.decode()
            aligned = {line.split()[-1] for line in headers.splitlines() if line.split()[:1] == ["LOAD"]}
            self.assertEqual(aligned, {"0x4000"}, "not for pages of 16 KiB: " + headers)

    def test_ndk_build_is_given_the_makefile_and_each_abi(self):
        with an_ndk() as folder:
            with open(folder + "/ndk/ndk-build", "w", encoding="ascii") as file:
                # Leaves what it was asked for in place of a library.
                file.write('#!/bin/sh\nfor a in "$@"; do case $a in NDK_OUT=*) o=${a#*=} ;; APP_ABI=*) b=${a#*=} ;; esac; done\n'
                           'mkdir -p "$o/local/$b" && echo "$@" >"$o/local/$b/libnetpeer.a"\n')
            os.chmod(folder + "/ndk/ndk-build", 0o755)
            out = os.path.join(folder, "out")
            done = android_build("--ndk", folder + "/ndk", "--out", out, "--ndk-build", "--", "V=1")
            self.assertEqual(done.returncode, 0, done.stdout.decode())
            for abi in ("arm64-v8a", "armeabi-v7a", "x86_64", "x86"):
                with open(os.path.join(out, abi, "libnetpeer.a"), encoding="utf-8") as file:
                    asked = file.read().split()
                self.assertEqual(asked[-1], "netpeer")
                for word in ("APP_ABI=" + abi, "APP_PLATFORM=android-21", "V=1"):
                    self.assertIn(word, asked)
                script = [word for word in asked if word.startswith("APP_BUILD_SCRIPT=")][0]
                self.assertTrue(os.path.exists(script.split("=", 1)[1]))


if __name__ == "__main__":
    sys.exit(unittest.main())
