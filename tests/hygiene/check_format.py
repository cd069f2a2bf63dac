"""Format: every C++ file is as .clang-format says (`make format` makes it so).

Versions of clang-format disagree in details, so 14 decides; another version may pass a file but not refuse one.
"""

import os
import re
import shutil
import tempfile

import hygiene_lib as lib

FOLDERS = ("src", "tests", "fuzz", "bench", "tools", "examples")


def check(root):
    program = lib.find_program("clang-format-14", "clang-format")
    if program is None:
        raise lib.Skip("clang-format")
    files = lib.source_files(root, FOLDERS)
    if not files:
        return []
    code, output = lib.run([program, "--dry-run", "-Werror", *files], cwd=root)
    if code == 0:
        return []
    version = lib.run([program, "--version"])[1]
    if re.search(r"version 14\.", version) is None:
        print("SKIPPED: format is judged by clang-format 14; %s disagrees with it" % version.strip())
        raise SystemExit(lib.SKIP)
    return sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", output, re.M))) or [output]


def samples():
    style = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".clang-format")

    def styled(root):
        shutil.copy(style, os.path.join(root, ".clang-format"))
        return check(root)

    return lib.self_test(
        styled,
        [
            ("clean", {"src/a.cpp": "void f() {\n\tg();\n\th();\n}\n"}, None),
            ("spaces", {"src/a.cpp": "void f() {\n  g();\n  h();\n}\n"}, "src/a.cpp"),
            ("tests too", {"tests/core/b.cpp": "void   f();\n"}, "tests/core/b.cpp"),
        ],
    )


if __name__ == "__main__":
    lib.main(check, samples)
