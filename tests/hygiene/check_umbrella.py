"""The umbrella after other people's headers: netpeer.h compiles behind <windows.h> and <X11/Xlib.h>.

Compiling is not enough: `#define Status int` can change a meaning and still compile. So every identifier of a public
header that is a macro of those headers has to be one that the umbrella saves and undefines, and each has to be back
afterwards. The standard headers ours include have to come before that, or they would be read without the macros.
Variants: plain (no foreign header), windows, x11.
"""

import os
import posixpath
import re
import tempfile

import hygiene_lib as lib

FOREIGN = {
    "windows": (("x86_64-w64-mingw32-g++-posix", "x86_64-w64-mingw32-g++"), ["winsock2.h", "ws2tcpip.h", "windows.h"]),
    "x11": (("g++", "clang++"), ["X11/Xlib.h", "X11/Xutil.h"]),
    "plain": (("g++", "clang++"), []),
}
UMBRELLA = "src/netpeer.h"


def public_headers(root):
    """The umbrella and all it reaches."""
    found, left = [], [UMBRELLA]
    while left:
        path = left.pop()
        if path in found or not os.path.exists(os.path.join(root, path)):
            continue
        found.append(path)
        for _, spelling, _ in lib.includes_of(lib.read_text(root, path)):
            if spelling.startswith('"'):
                left.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), spelling[1:-1])))
    return sorted(found)


def check(root, variant):
    compilers, headers = FOREIGN[variant]
    compiler = lib.find_program(*compilers)
    if compiler is None:
        raise lib.Skip(compilers[-1])
    if headers:
        includes = [word for header in headers for word in ("-include", header)]
        code, output = lib.run([compiler, "-std=c++17", "-dM", "-E", "-x", "c++", *includes, os.devnull])
        if code != 0:
            raise lib.Skip("<%s>" % headers[-1])
        # Empty and compiler-made names aside: those are the same in every file.
        macros = set(re.findall(r"^#define (\w+)", output, re.M))
        code, output = lib.run([compiler, "-std=c++17", "-dM", "-E", "-x", "c++", os.devnull])
        macros -= set(re.findall(r"^#define (\w+)", output, re.M))
    else:
        macros = set()

    umbrella = lib.read_text(root, UMBRELLA)
    pushed = re.findall(r'^#pragma push_macro\("(\w+)"\)', umbrella, re.M)
    popped = re.findall(r'^#pragma pop_macro\("(\w+)"\)', umbrella, re.M)
    undefined = re.findall(r"^#undef (\w+)", umbrella, re.M)
    problems = []
    if sorted(pushed) != sorted(undefined) or sorted(pushed) != sorted(popped):
        odd = set(pushed) ^ set(undefined) | set(pushed) ^ set(popped)
        problems.append("%s: not pushed, undefined and popped once each: %s" % (UMBRELLA, ", ".join(sorted(odd))))
    before = umbrella.split("#pragma push_macro", 1)[0]

    for path in public_headers(root):
        text = lib.read_text(root, path)
        for line, spelling, _ in lib.includes_of(text):
            if spelling.startswith("<") and "#include " + spelling not in before:
                problems.append("%s:%d: %s is not among the first includes of %s" % (path, line, spelling, UMBRELLA))
        code = re.sub(r"^\s*#\s*(include|pragma|undef|if|ifdef|ifndef|elif).*$", "", lib.strip_comments(text), flags=re.M)
        # Names the C++ standard library owns as macros are meant.
        meant = {"NULL", "assert", "errno", "offsetof"} | set(re.findall(r"\bU?INT\d+_(?:MAX|MIN|C)\b|\bSIZE_MAX\b", code))
        for name in sorted((set(re.findall(r"\b[A-Za-z_]\w*\b", code)) & macros) - set(pushed) - meant):
            if not name.startswith("__"):
                problems.append("%s: %s is a macro of %s: rename it or save it in the umbrella" % (path, name, headers[-1]))

    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program.cpp")
        kept = sorted(set(pushed) & macros)
        with open(program, "w", encoding="utf-8") as file:
            for header in headers:
                file.write("#include <%s>\n" % header)
            file.write('#include "%s"\n' % os.path.abspath(os.path.join(root, UMBRELLA)))
            for name in kept:
                file.write("#ifndef %s\n#error %s is gone after the umbrella\n#endif\n" % (name, name))
            for name in sorted(set(pushed) - macros):
                file.write("#ifdef %s\n#error %s came out of the umbrella\n#endif\n" % (name, name))
            file.write("int main() {}\n")
        flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti", "-fsyntax-only"]
        code, output = lib.run([compiler, *flags, program])
        if code != 0:
            problems.append("the umbrella does not compile after %s:\n%s" % (headers or "nothing", output))
    return problems


def samples():
    variant = next((v for v in ("x11", "windows") if available(v)), None)
    if variant is None:
        raise lib.Skip("neither <X11/Xlib.h> nor <windows.h>")
    # One macro of each kind of header.
    name = {"x11": "Status", "windows": "interface"}[variant]
    saved = '#pragma push_macro("%s")\n#undef %s\n%%s#pragma pop_macro("%s")\n' % (name, name, name)
    uses = {"src/core/a.h": "#pragma once\nstruct %s { int x; };\n" % name}
    return lib.self_test(
        lambda root: check(root, variant),
        [
            ("clean", {**uses, "src/netpeer.h": "#pragma once\n" + saved % '#include "core/a.h"\n'}, None),
            ("not saved", {**uses, "src/netpeer.h": '#pragma once\n#include "core/a.h"\n'}, "is a macro of"),
            (
                "not restored",
                {**uses, "src/netpeer.h": "#pragma once\n#undef %s\n#include \"core/a.h\"\n" % name},
                "not pushed, undefined and popped",
            ),
            (
                "late standard header",
                {"src/netpeer.h": "#pragma once\n" + saved % '#include "core/a.h"\n', "src/core/a.h": "#include <map>\n"},
                "not among the first includes",
            ),
            ("does not compile", {"src/netpeer.h": "#pragma once\nstruct A {\n"}, "does not compile"),
        ],
    )


def available(variant):
    compilers, headers = FOREIGN[variant]
    compiler = lib.find_program(*compilers)
    return compiler and lib.run([compiler, "-E", "-x", "c++", "-include", headers[-1], os.devnull])[0] == 0


if __name__ == "__main__":
    lib.main(check, samples, ["plain", "windows", "x11"])
