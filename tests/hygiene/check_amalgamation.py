"""Amalgamation: all of src/ compiles as one unit, so no file-local name may be used by two files.

Two looks: the compiler's, at one unit that includes every .cpp (what this platform leaves of them), without optional
libraries and with those that are installed; and a simple scan of anonymous namespaces, static functions and left-over
macros, which also sees the platforms that are not compiled here.
"""

import os
import re
import tempfile

import hygiene_lib as lib

# Files that never meet: two that name different ones of these.
PLATFORM = re.compile(r"_(windows|winsock|posix|bsd|linux|apple|netlink|generic|getaddrinfo|fallback)\.cpp$")
OPTIONAL = [
    ("NETPEER_WITH_ZLIB", "zlib.h"),
    ("NETPEER_WITH_ZSTD", "zstd.h"),
    ("NETPEER_WITH_MBEDTLS", "mbedtls/ssl.h"),
]
KEYWORDS = set(
    """if for while switch return sizeof catch do else new delete case default static_assert operator alignas decltype
    noexcept const constexpr inline static void int unsigned""".split()
)


def blocks(code):
    """Yields (text of a statement at namespace level, True when file-local), and skips what is inside of others.

    Namespaces are entered, other braces are cut out, so a statement is `int f() {}` or `constexpr int kX = {};`.
    """
    stack = []  # True for an anonymous namespace
    statement, i = "", 0
    while i < len(code):
        c = code[i]
        if c == "{":
            head = re.search(r"\bnamespace(\s+[\w:]+)?\s*$", statement)
            if head:
                stack.append(head.group(1) is None)
                statement = ""
            else:
                depth = 1
                i += 1
                while i < len(code) and depth:
                    depth += {"{": 1, "}": -1}.get(code[i], 0)
                    i += 1
                i -= 1
                statement += "{}"
                # A function body ends its statement; a type or an initialiser goes on to its semicolon.
                if re.search(r"\)[\w\s:&<>,]*\{\}$|\)\s*:[^;]*\{\}$", statement) and "=" not in statement.split("(")[0]:
                    yield statement, any(stack)
                    statement = ""
        elif c == "}":
            if stack:
                stack.pop()
            statement = ""
        elif c == ";":
            yield statement, any(stack)
            statement = ""
        else:
            statement += c
        i += 1


def name_of(statement):
    """The name a namespace-level statement introduces, or None."""
    text = " ".join(re.sub(r"\[\[.*?\]\]|\balignas\s*\([^)]*\)", " ", statement).split())
    text = re.sub(r"^template\s*<[^{}]*?>\s*(?=\w)", "", text)
    match = re.match(r"(?:struct|class|union|enum(?: class| struct)?)\s+(\w+)", text)
    if match:
        # `struct A;` only announces, `struct A x;` is rare enough
        return match.group(1) if "{" in text else None
    match = re.match(r"using (\w+) =", text)
    if match:
        return match.group(1)
    if text.startswith(("using ", "typedef ", "static_assert", "extern ", "friend ")) or not text:
        return None
    before = re.split(r"[=({\[]", text, maxsplit=1)[0].strip()
    match = re.search(r"(?<![:\w])(\w+)$", before)
    if not match or match.group(1) in KEYWORDS or before == match.group(1):
        return None
    return match.group(1)


def local_names(text):
    code = lib.strip_comments(text)
    macros = set(re.findall(r"^\s*#\s*define\s+(\w+)", code, re.M)) - set(re.findall(r"^\s*#\s*undef\s+(\w+)", code, re.M))
    # The guard idiom (#ifndef X / #define X) may be met twice.
    macros -= set(re.findall(r"^\s*#\s*ifndef\s+(\w+)\s*\n\s*#\s*define", code, re.M))
    code = re.sub(r"^[ \t]*#.*$", "", code, flags=re.M)
    names = {}
    for statement, local in blocks(code):
        if local or re.match(r"\s*static\b", statement):
            name = name_of(statement)
            if name is None:
                continue
            # Functions may be overloaded: their parameters belong to the name.
            signature = re.search(re.escape(name) + r"\s*\(([^)]*)\)", statement)
            names[name] = " ".join(signature.group(1).split()) if signature else ""
    return names, macros


def never_meet(a, b):
    first, second = PLATFORM.search(a), PLATFORM.search(b)
    windows = ("windows", "winsock")
    if not first and not second:
        return False
    is_windows = [bool(m) and m.group(1) in windows for m in (first, second)]
    return is_windows[0] != is_windows[1]


def check(root):
    problems = []
    sources = lib.source_files(root, suffixes=(".cpp",))
    seen = {}
    for path in sources:
        names, macros = local_names(lib.read_text(root, path))
        for name in sorted(set(names) | macros):
            for other in seen.get(name, []):
                if not never_meet(path, other):
                    problems.append("%s: file-local name %s is also in %s" % (path, name, other))
            seen.setdefault(name, []).append(path)

    compiler = lib.find_program("g++", "clang++")
    if compiler is None:
        raise lib.Skip("g++")
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, "unit.cpp")
        with open(unit, "w", encoding="utf-8") as file:
            for path in sources:
                file.write('#include "%s"\n' % os.path.abspath(os.path.join(root, path)))
        command = [compiler, "-std=c++17", "-fno-exceptions", "-fno-rtti", "-fsyntax-only", unit]
        switches = []
        for switch, header in OPTIONAL:
            probe = [compiler, "-std=c++17", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull]
            if lib.run(probe)[0] == 0:
                switches.append("-D%s=1" % switch)
        for options in ([], switches) if switches else ([],):
            code, output = lib.run(command + options)
            if code != 0:
                problems.append("src/ does not compile as one unit %s:\n%s" % (" ".join(options), output[:8000]))
    return problems


def pair(a, b):
    return {"src/core/a.cpp": a, "src/core/b.cpp": b}


SAMPLES = [
    (
        "clean",
        pair(
            "namespace netpeer {\nnamespace {\nstruct Left { int x; };\nint help_left(int a) { return a; }\n"
            "constexpr int kLeft[] = {1, 2};\n}\nint a() { Left l{1}; int same = l.x; return help_left(same) + kLeft[0]; }\n}\n",
            "namespace netpeer {\nnamespace {\nstruct Right { int x; };\nint help_right(int a) { return a; }\n}\n"
            "int b() { Right r{2}; int same = r.x; return help_right(same); }\n}\n",
        ),
        None,
    ),
    ("function", pair("namespace { int help() { return 1; } }\n", "namespace { int help() { return 2; } }\n"), "name help"),
    ("static", pair("static int help() { return 1; }\n", "static int help() { return 2; }\n"), "name help"),
    ("constant", pair("namespace { constexpr int kA = 1; }\n", "namespace { constexpr int kA = 2; }\n"), "name kA"),
    ("array", pair("namespace { const int kA[] = {1}; }\n", "namespace { const int kA[] = {2}; }\n"), "name kA"),
    ("type", pair("namespace { struct T { int a; }; }\n", "namespace { class T { int b; }; }\n"), "name T"),
    ("alias", pair("namespace { using N = int; }\n", "namespace { using N = long; }\n"), "name N"),
    ("macro", pair("#define LOCAL 1\n", "#define LOCAL 2\n"), "name LOCAL"),
    ("compiler", pair("namespace n { int twice() { return 1; } }\n", "namespace n { int twice() { return 2; } }\n"), "one unit"),
    (
        "with an optional library",
        {"src/tls/a.cpp": "#if defined(NETPEER_WITH_ZLIB) || defined(NETPEER_WITH_MBEDTLS)\nint f() { return g(); }\n#endif\n"},
        "one unit -D",
    ),
    (
        "other platform",
        {
            "src/core/platform/a_windows.cpp": "#if defined(_WIN32)\nnamespace { int help() { return 1; } }\n#endif\n",
            "src/core/platform/b_windows.cpp": "#if defined(_WIN32)\nnamespace { int help() { return 2; } }\n#endif\n",
        },
        "name help",
    ),
    (
        "platforms that never meet",
        {
            "src/core/platform/a_windows.cpp": "#if defined(_WIN32)\nnamespace { int help() { return 1; } }\n#endif\n",
            "src/core/platform/a_posix.cpp": "#if !defined(_WIN32)\nnamespace { int help() { return 2; } }\n#endif\n",
        },
        None,
    ),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
