"""The single-file form: tools/amalgamate gives the same bytes twice, whole files, and what they say of themselves is so.

Then each compiler that is here looks at it, without optional libraries and with those that are installed, as the
library's own sources are looked at.
"""

import json
import os
import re
import subprocess
import tempfile

import hygiene_lib as lib

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "amalgamate")
NAMES = ["netpeer.cpp", "netpeer.h", "netpeer_c.h"]
STRICT = "-std=c++17 -fno-exceptions -fno-rtti -Wall -Wextra -Wshadow -Wconversion -Werror -fsyntax-only".split()
OPTIONAL = [
    ("NETPEER_WITH_ZLIB", "zlib.h"),
    ("NETPEER_WITH_ZSTD", "zstd.h"),
    ("NETPEER_WITH_MBEDTLS", "mbedtls/ssl.h"),
]


def write_form(root, folder, environment):
    """Runs the tool from that folder; (its files, its complaint)"""
    os.makedirs(folder)
    done = subprocess.run(
        [lib.find_program("python3"), "-B", TOOL, "--root", os.path.abspath(root), "--out", "out"],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    files = {}
    if done.returncode == 0:
        for name in sorted(os.listdir(os.path.join(folder, "out"))):
            with open(os.path.join(folder, "out", name), "rb") as file:
                files[name] = file.read()
    return files, done.stdout.decode("utf-8", "replace")


def version_problems(root):
    """Whoever else has to name the version names the header's."""
    header = lib.read_text(root, "src/core/netpeer_version.h")
    version = ".".join(re.findall(r"^#define NETPEER_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", header, re.M))
    problems = []
    port = "packaging/vcpkg/netpeer/vcpkg.json"
    if os.path.exists(os.path.join(root, port)) and json.loads(lib.read_text(root, port))["version"] != version:
        problems.append("%s: the version is not %s" % (port, version))
    if os.path.exists(os.path.join(root, "CHANGELOG.md")):
        newest = re.search(r"^## (\d+\.\d+\.\d+)", lib.read_text(root, "CHANGELOG.md"), re.M)
        if not newest or newest.group(1) != version:
            problems.append("CHANGELOG.md: the newest entry is not that of version %s" % version)
    return version, problems


def check(root):
    version, problems = version_problems(root)
    with tempfile.TemporaryDirectory() as folder:
        first = os.path.join(folder, "first")
        files, output = write_form(root, first, {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"})
        if not files:
            return problems + ["tools/amalgamate: " + output]
        again, _ = write_form(root, os.path.join(folder, "again"), {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"})
        if files != again:
            problems.append("tools/amalgamate: other bytes the second time")

        has_c = any(path.endswith("/netpeer_c.h") for path in lib.source_files(root, suffixes=(".h",)))
        if sorted(files) != (NAMES if has_c else NAMES[:2]):
            problems.append("tools/amalgamate wrote %s" % ", ".join(sorted(files)))
        for name, data in files.items():
            text = data.decode("utf-8")
            if not text.startswith("// netpeer %s, %s " % (version, name)):
                problems.append("%s: the version is not in its first line" % name)
            for line, spelling, _ in lib.includes_of(text):
                if spelling.startswith('"') and (spelling[1:-1] not in files or spelling[1:-1] == name):
                    problems.append("%s:%d: includes %s" % (name, line, spelling))

        compilers = [path for path in map(lib.find_program, ("g++", "clang++")) if path]
        if not compilers:
            raise lib.Skip("g++")
        for compiler in compilers:
            switches = ["-D%s=1" % switch for switch, header in OPTIONAL if has_header(compiler, header)]
            for options in ([], switches) if switches else ([],):
                code, output = lib.run([compiler, *STRICT, *options, "netpeer.cpp"], cwd=os.path.join(first, "out"))
                if code != 0:
                    problems.append("%s %s: %s" % (os.path.basename(compiler), " ".join(options), output[:8000]))
    return problems


def has_header(compiler, header):
    return lib.run([compiler, "-std=c++17", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull])[0] == 0


def tree(files, version="1.2.3"):
    major, minor, patch = version.split(".")
    numbers = "#pragma once\n#define NETPEER_VERSION_MAJOR %s\n#define NETPEER_VERSION_MINOR %s\n#define NETPEER_VERSION_PATCH %s\n"
    return {
        "LICENSE": "Free\n",
        "CHANGELOG.md": "# Changelog\n\n## 1.2.3, unreleased\n",
        "src/netpeer.h": '#pragma once\n\n// Core\n#include "core/a.h"\n',
        "src/core/a.h": "#pragma once\nstruct A {\n\tint x;\n};\n",
        "src/core/netpeer_version.h": numbers % (major, minor, patch),
        "src/core/netpeer_config.h": "#pragma once\n\n// NETPEER_WITH_ZLIB: zlib\n#ifndef NETPEER_WITH_ZLIB\n#define NETPEER_WITH_ZLIB 0\n#endif\n",
        **files,
    }


SAMPLES = [
    (
        "clean",
        tree(
            {
                "src/core/a.cpp": '#include "a.h"\n\n#include "b.h"\n\nint f(A a, B b) {\n\treturn a.x + b.y;\n}\n',
                "src/core/b.cpp": '#include "b.h"\n\nint g(B b) {\n\treturn b.y;\n}\n',
                "src/core/b.h": '#pragma once\n#include "a.h"\nstruct B {\n\tint y;\n};\n',
            }
        ),
        None,
    ),
    (
        "a header wanted under two conditions, and one that it brings",
        tree(
            {
                "src/core/a.cpp": '#if defined(NEVER)\n#include "b.h"\nint f(B b) {\n\treturn b.y;\n}\n#endif\n',
                "src/core/b.cpp": '#ifndef NEVER\n#include "b.h"\nint g(B b) {\n\treturn b.c.z;\n}\n#endif\n',
                "src/core/c.cpp": '#include "c.h"\nint h(C c) {\n\treturn c.z;\n}\n',
                "src/core/b.h": '#pragma once\n#include "c.h"\nstruct B {\n\tint y;\n\tC c;\n};\n',
                "src/core/c.h": "#pragma once\nstruct C {\n\tint z;\n};\n",
            }
        ),
        None,
    ),
    (
        "sources of an operating system come last, whatever their macros",
        tree(
            {
                "src/core/platform/a_posix.cpp": "#define small char\n",
                "src/socket/b.cpp": "int small();\nint small() {\n\treturn 1;\n}\n",
            }
        ),
        None,
    ),
    (
        "a header in C beside it",
        tree(
            {
                "src/netpeer_c.h": "#ifndef NETPEER_C_H\n#define NETPEER_C_H\nint np(void);\n#endif\n",
                "src/netpeer_c.cpp": '#include "netpeer_c.h"\n\nint np() {\n\treturn 1;\n}\n',
            }
        ),
        None,
    ),
    ("a header in C that is not alone", tree({"src/netpeer_c.h": '#include "core/a.h"\n'}), "must stand alone"),
    ("a header that is not there", tree({"src/core/a.cpp": '#include "b.h"\n'}), "no such header"),
    (
        "a circle",
        tree({"src/core/a.h": '#pragma once\n#include "b.h"\n', "src/core/b.h": '#pragma once\n#include "a.h"\n'}),
        "in a circle",
    ),
    ("no #endif", tree({"src/core/a.cpp": "#if 1\n"}), "without #endif"),
    ("a warning", tree({"src/core/a.cpp": "short f(int x);\nshort f(int x) {\n\treturn x;\n}\n"}), "conversion"),
    ("another version in the changelog", tree({}, version="1.2.4"), "newest entry"),
    (
        "another version in the port",
        tree({"packaging/vcpkg/netpeer/vcpkg.json": '{"name": "netpeer", "version": "1.2.2"}\n'}),
        "the version is not 1.2.3",
    ),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
