"""tools/android-build without an NDK: refuses what is wrong, and builds with a toolchain file in an NDK's place.

The real NDK cannot be installed from a distribution. What stands in for its toolchain file sets Debian's cross compiler
for 64-bit Arm and the macros an NDK compiler defines; what the script does around it is the same.
"""

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
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI ANDROID_PLATFORM)
if(NOT ANDROID_ABI STREQUAL "arm64-v8a" OR NOT ANDROID_PLATFORM STREQUAL "android-21")
    message(FATAL_ERROR "asked for ${ANDROID_ABI} at ${ANDROID_PLATFORM}")
endif()
""" % {"cross": COMPILER}


def android_build(*arguments, **environment):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANDROID_")}
    return subprocess.run([SCRIPT, *arguments], env={**plain, **environment}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)


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


class Build(unittest.TestCase):
    def test_library_and_headers_arrive(self):
        if shutil.which(COMPILER + "-g++") is None:
            if os.environ.get("CI") == "true":
                self.fail("missing in CI: %s-g++" % COMPILER)
            print("SKIPPED: %s-g++" % COMPILER)
            self.skipTest(COMPILER + "-g++")
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "ndk", "build", "cmake"))
            with open(os.path.join(folder, "ndk", "build", "cmake", "android.toolchain.cmake"), "w", encoding="ascii") as file:
                file.write(TOOLCHAIN)
            out = os.path.join(folder, "out")
            done = android_build("--ndk", os.path.join(folder, "ndk"), "--abi", "arm64-v8a", "--out", out)
            self.assertEqual(done.returncode, 0, done.stdout.decode())
            self.assertTrue(os.path.exists(os.path.join(out, "include", "netpeer", "netpeer.h")))
            library = os.path.join(out, "arm64-v8a", "libnetpeer.a")
            with open(library, "rb") as file:
                self.assertEqual(file.read(8), b"!<arch>\n")
            symbols = subprocess.run([COMPILER + "-nm", "-u", library], stdout=subprocess.PIPE, check=True).stdout.decode()
            self.assertIn("arc4random_buf", symbols, "not built as Android")


if __name__ == "__main__":
    sys.exit(unittest.main())
