"""Vendoring: a copy of src/ and nothing else builds, every .cpp by itself, with no -I, no exceptions and no RTTI.

Then a small program that includes only the umbrella links against the objects and runs.
"""

import concurrent.futures
import os
import shutil
import tempfile

import hygiene_lib as lib

COMPILERS = {"gcc": ("g++",), "clang": ("clang++",)}
FLAGS = ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra"]

# (source that must exist, statement)
USES = [
    ("core/error_list.cpp", 'if (netpeer::error_name(netpeer::Error::OK)[0] != \'O\') return 1;'),
    ("core/allocator.cpp", "if (netpeer::default_allocator() == nullptr) return 2;"),
    ("socket/ip_address.cpp", 'if (!netpeer::IPAddress("127.0.0.1").is_ipv4()) return 3;'),
    ("core/platform/clock_posix.cpp", "if (netpeer::system_clock().now().is_never()) return 4;"),
    ("socket/net_socket.cpp", "if (netpeer::create_net_socket() == nullptr) return 5;"),
]


def check(root, variant):
    compiler = lib.find_program(*COMPILERS[variant])
    if compiler is None:
        raise lib.Skip(COMPILERS[variant][0])
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        # Not named src: a path that only works from the repository would show.
        vendored = os.path.join(folder, "vendored")
        shutil.copytree(os.path.join(root, "src"), vendored)
        sources = [path[len("vendored/") :] for path in lib.source_files(folder, ("vendored",), (".cpp",))]

        def compile_one(source):
            target = os.path.join(folder, source.replace("/", "_") + ".o")
            code, output = lib.run([compiler, *FLAGS, "-c", "vendored/" + source, "-o", target], cwd=folder)
            return source, target, code, output

        objects = []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for source, target, code, output in pool.map(compile_one, sources):
                objects.append(target)
                if code != 0 or "warning:" in output:
                    problems.append("src/%s does not build alone with %s:\n%s" % (source, compiler, output))
        if problems:
            return problems

        uses = [statement for source, statement in USES if source in sources]
        program = os.path.join(folder, "program.cpp")
        with open(program, "w", encoding="utf-8") as file:
            file.write('#include "vendored/netpeer.h"\nint main() {\n\t' + "\n\t".join(uses) + "\n\treturn 0;\n}\n")
        binary = os.path.join(folder, "program")
        code, output = lib.run([compiler, *FLAGS, program, *objects, "-pthread", "-o", binary], cwd=folder)
        if code != 0:
            return ["a program on the vendored copy does not link with %s:\n%s" % (compiler, output)]
        code, output = lib.run([binary])
        if code != 0:
            return ["the program on the vendored copy ended with %d" % code]
    return []


def samples():
    variant = "gcc" if lib.find_program("g++") else "clang"
    header = {"src/netpeer.h": '#pragma once\n#include "core/a.h"\n', "src/core/a.h": "#pragma once\nint f();\n"}
    return lib.self_test(
        lambda root: check(root, variant),
        [
            ("clean", {**header, "src/core/a.cpp": '#include "a.h"\nint f() { return 0; }\n'}, None),
            ("needs -I", {**header, "src/core/a.cpp": '#include "core/a.h"\n'}, "does not build alone"),
            ("throws", {**header, "src/core/a.cpp": "int f() { throw 1; }\n"}, "does not build alone"),
            ("typeid", {**header, "src/core/a.cpp": "#include <typeinfo>\nauto &t = typeid(int);\n"}, "build alone"),
            ("unresolved", {**header, "src/core/a.cpp": "int g();\nint f() { return g(); }\n"}, "does not link"),
            ("bad umbrella", {**header, "src/netpeer.h": "int f()\n"}, "does not link"),
        ],
    )


if __name__ == "__main__":
    lib.main(check, samples, ["gcc", "clang"])
