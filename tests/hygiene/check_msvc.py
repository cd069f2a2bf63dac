"""What Microsoft's compiler refuses, as far as it can be seen without it.

Two looks. A scan, over everything that is built for Windows: names that only POSIX or GNU compilers have stand inside of a
guard that says so, windows.h comes without its macros min and max, and no operator is spelled as a word. And clang's view
of src/ as one unit, as for Microsoft's compiler: its own target (64-bit pointers, 32-bit long, max_align_t of 8 bytes,
_MSC_VER, no __GNUC__) with the headers of MinGW-w64, which need a little help for that (PRELUDE), pedantic, so that GNU
extensions are errors; the sources that ask for _MSC_VER once more as if clang did not say its name.
"""

import os
import re
import tempfile

import hygiene_lib as lib

NOT_WINDOWS = re.compile(
    r"NETPEER_OS_(?:POSIX|LINUX|ANDROID|APPLE|BSD)\b|!\s*NETPEER_OS_WINDOWS|!\s*defined\s*\(?\s*_WIN32|"
    r"defined\s*\(?\s*__(?:linux__|APPLE__|ANDROID__|wasi__|unix__)|ifndef _WIN32|ifdef __linux__|__has_include|"
    # Switches that are on with glibc only (tests/hooks/outside_watch.h), and on Linux only (CMakeLists.txt).
    r"(?<!!)(?<!! )\bNETPEER_(?:TEST_SEES_OUTSIDE|FUZZ_REMEMBERS_PRODUCTS)\b"
)
WINDOWS = re.compile(r"(?<!!)(?<!! )\b(?:NETPEER_OS_WINDOWS|_WIN32)\b")
GNU = re.compile(r"__GNUC__|__clang__|__GLIBC__|__SANITIZE|__has_feature|__has_attribute|__has_builtin|__SIZEOF_INT128__")
MSVC = re.compile(r"(?<!!)(?<!! )defined\s*\(?\s*_MSC_VER|ifdef _MSC_VER")
POSIX_NAME = re.compile(
    r"#\s*include\s*<(?:unistd|poll|pthread|dlfcn|dirent|strings|ifaddrs|netdb|sys/(?!types|stat|timeb)\w+|netinet/\w+|arpa/\w+"
    r"|linux/\w+)\.h>|\bssize_t\b|(?<![\w.>:])(?:strcasecmp|strncasecmp|usleep|setenv|unsetenv|getpid|fork|mkdtemp|mkstemp)\s*\("
)
GNU_NAME = re.compile(r"__attribute__|__builtin_\w+|\b__int128\b|__typeof__|\btypeof\s*\(|__extension__|\[\[gnu::|__restrict__")
WORDS = re.compile(r"(?<![\w#])(?:and|or|not|xor|bitand|bitor|compl|and_eq|or_eq|xor_eq|not_eq)(?!\w)")
FOLDERS = ("src", "tests", "fuzz", "tools", "examples")
# Built elsewhere only (CMakeLists.txt).
ELSEWHERE = re.compile(r"^tests/(?:interop|differential|netns|failing_memory|platforms)/")

CLANG = "clang++"
MINGW = "x86_64-w64-mingw32-g++"
PRELUDE = """
#include <_mingw.h>
// They take attributes away from a compiler that is not GNU's, and put its own where it does not want them.
#undef __attribute__
#undef __restrict__
#define __restrict__ __restrict
""" + "".join(
    "#undef %s\n#define %s\n" % (name, name)
    for name in ("__MINGW_ATTRIB_DEPRECATED", "__MINGW_ATTRIB_NORETURN", "__MINGW_ATTRIB_PURE", "__MINGW_ATTRIB_CONST",
                 "__MINGW_NOTHROW", "__MINGW_ATTRIB_DEPRECATED_MSVC2005", "__MINGW_ATTRIB_DEPRECATED_SEC_WARN")
) + "#define __GCC_ATOMIC_TEST_AND_SET_TRUEVAL 1\n" + "".join(
    "#define __GCC_ATOMIC_%s_LOCK_FREE 2\n" % name
    for name in "BOOL CHAR CHAR16_T CHAR32_T WCHAR_T SHORT INT LONG LLONG POINTER".split()
) + """
// Before windows.h, which has macros for words such as __out.
#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
"""
# Clang's and MinGW's own do not go together. What netpeer uses of it:
INTRIN = """extern "C" unsigned char _BitScanForward(unsigned long *, unsigned long);
extern "C" unsigned char _BitScanReverse(unsigned long *, unsigned long);
"""
FLAGS = ["--target=x86_64-pc-windows-msvc", "-fms-compatibility-version=19.30", "-std=c++17", "-fno-exceptions", "-fno-rtti",
         "-fsyntax-only", "-nostdinc++", "-Wpedantic", "-Wno-#warnings", "-Werror"]


def scan(path, text):
    problems = []
    code = lib.strip_comments(text).split("\n")
    guards = []  # (is not Windows, is GNU) of each #if around
    macros = set()
    for number, line in enumerate(code, 1):
        directive = re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif|define)\b(.*)", line)
        kind, rest = (directive.group(1), directive.group(2)) if directive else ("", "")
        whole = kind + rest
        if kind in ("if", "ifdef", "ifndef"):
            guards.append([bool(NOT_WINDOWS.search(whole)), bool(GNU.search(whole)), bool(WINDOWS.search(whole)),
                           bool(MSVC.search(whole))])
        elif kind in ("elif", "else") and guards:
            was = guards[-1]
            guards[-1] = [bool(NOT_WINDOWS.search(whole)) or was[2], bool(GNU.search(whole)) or was[3], was[2], was[3]]
        elif kind == "endif" and guards:
            guards.pop()
        elif kind == "define":
            macros.add(rest.split()[0] if rest.split() else "")
        if kind in ("if", "ifdef", "ifndef", "elif"):
            continue
        where = "%s:%d" % (path, number)
        for match in POSIX_NAME.finditer(line):
            if not any(guard[0] for guard in guards):
                problems.append("%s: only POSIX has this: %s" % (where, match.group(0).strip()))
        for match in GNU_NAME.finditer(line):
            if not any(guard[0] or guard[1] for guard in guards):
                problems.append("%s: only GNU compilers have this: %s" % (where, match.group(0)))
        for match in WORDS.finditer(line):
            if kind != "define" or directive is None:
                problems.append("%s: an operator as a word: %s" % (where, match.group(0)))
        if re.search(r"#\s*include\s*<(?:windows|winsock2)\.h>", line) and not {"NOMINMAX", "WIN32_LEAN_AND_MEAN"} <= macros:
            problems.append("%s: windows.h without NOMINMAX and WIN32_LEAN_AND_MEAN" % where)
    return problems


def compile_as_msvc(root):
    if lib.find_program(CLANG) is None:
        raise lib.Skip(CLANG)
    mingw = lib.find_program(MINGW + "-posix", MINGW)
    if mingw is None:
        raise lib.Skip(MINGW)
    _, listing = lib.run([mingw, "-E", "-v", "-x", "c++", os.devnull])
    # Its own headers of vector instructions are of the other compiler.
    include = [os.path.normpath(line.strip()) for line in listing.splitlines()
               if line.startswith(" /") and not re.search(r"/lib/gcc/[^ ]*/include(?:-fixed)?$", os.path.normpath(line.strip()))]
    sources = lib.source_files(root, suffixes=(".cpp",))
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        lib.write_tree(folder, {
            "prelude.h": PRELUDE,
            "own/intrin.h": INTRIN,
            "unit.cpp": "".join('#include "%s"\n' % os.path.abspath(os.path.join(root, path)) for path in sources),
        })
        command = [CLANG, *FLAGS, "-include", os.path.join(folder, "prelude.h")]
        for path in include:
            command += ["-isystem", path]
        code, output = lib.run(command + [os.path.join(folder, "unit.cpp")])
        if code != 0:
            problems.append("as for Microsoft's compiler:\n" + output[:6000])
        asking = [path for path in lib.source_files(root) if "_MSC_VER" in lib.read_text(root, path)]
        for path in sources:
            included = [os.path.basename(spelling.strip('<>"')) for _, spelling, _ in lib.includes_of(lib.read_text(root, path))]
            if any(path == other or os.path.basename(other) in included for other in asking):
                code, output = lib.run(command + ["-U__clang__", "-I", os.path.join(folder, "own"), os.path.join(root, path)])
                if code != 0:
                    problems.append("as for Microsoft's compiler, and not clang:\n" + output[:3000])
    return problems


def check(root):
    problems = []
    for path in lib.source_files(root, FOLDERS):
        if not ELSEWHERE.match(path):
            problems += scan(path, lib.read_text(root, path))
    return problems + compile_as_msvc(root)


def source(text):
    return {"src/a.cpp": text}


SAMPLES = [
    ("clean", source("#include <cstddef>\n#if defined(__GNUC__)\n__attribute__((noinline))\n#endif\n"
                     "int f(int a) { return a ? 1 : 2; } // and or not\n"
                     "#if !defined(_WIN32)\n#include <unistd.h>\nssize_t g() { return read(0, 0, 0); }\n#endif\n"), None),
    ("other branch", source("#if defined(_WIN32)\nint f();\n#else\n#include <unistd.h>\n#endif\n"
                            "#if defined(_MSC_VER)\n#else\nint g(int a) { return __builtin_clz(1u) + a; }\n#endif\n"), None),
    ("switch of Linux", source("#if NETPEER_TEST_SEES_OUTSIDE\n#include <unistd.h>\n#endif\n"), None),
    ("switch of Linux, off", source("#if !NETPEER_TEST_SEES_OUTSIDE\n#include <unistd.h>\n#endif\n"), "only POSIX"),
    ("POSIX header", source("#include <unistd.h>\n"), "only POSIX"),
    ("POSIX on Windows", source("#if defined(_WIN32)\n#include <poll.h>\n#endif\n"), "only POSIX"),
    ("POSIX type", source("#include <sys/types.h>\nssize_t f();\n"), "only POSIX"),
    ("attribute", source("__attribute__((noinline)) int f() { return 1; }\n"), "only GNU"),
    ("128 bits", source("__int128 f();\n"), "only GNU"),
    ("word", source("bool f(bool a, bool b) { return a and not b; }\n"), "as a word: and"),
    ("macros of windows.h", source("#if defined(_WIN32)\n#define WIN32_LEAN_AND_MEAN\n#include <windows.h>\n#endif\n"), "NOMINMAX"),
    ("designators", source("struct A { int x; };\nA a = {.x = 1};\n"), "for Microsoft"),
    ("empty array", source("int a[0];\n"), "for Microsoft"),
    ("statement in an expression", source("int f() { return ({ 1; }); }\n"), "for Microsoft"),
    ("size of long", source("static_assert(sizeof(long) == 8, \"\");\n"), "for Microsoft"),
    ("alignment", source("#include <cstddef>\nstatic_assert(alignof(std::max_align_t) >= 16, \"\");\n"), "for Microsoft"),
    ("not clang", source("#if defined(_MSC_VER) && !defined(__clang__)\nint f() { return no_such(); }\n#endif\n"), "not clang"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
