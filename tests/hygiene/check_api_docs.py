"""Every public symbol is documented: doxygen reads the headers that src/netpeer.h lists and warns of nothing."""

import os

import hygiene_lib as lib

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "make_docs")


def check(root):
    for program in ("doxygen", "bash"):
        if lib.find_program(program) is None:
            raise lib.Skip(program)
    code, output = lib.run(["bash", SCRIPT, "--check", "--root", os.path.abspath(root)])
    problems = [line for line in output.split("\n") if line]
    return problems or ([] if code == 0 else ["tools/make_docs ended with %d" % code])


UMBRELLA = {"src/netpeer.h": '#include "core/a.h"\n', "src/core/b.h": "struct Private { int x; };\n"}


def header(body):
    return {**UMBRELLA, "src/core/a.h": "// A: what it is for.\n// In two lines.\n#pragma once\n\n" + body}


SAMPLES = [
    ("clean", header("/// Adds.\nint add(int a, int b);\n\n/// One.\nstruct One {\n\tint x = 0; // behind it\n};\n"), None),
    ("on two lines", header("/// One.\nstruct One {\n\tint x = 0; // behind it, and\n\t           // below\n};\n"), None),
    ("function", header("int add(int a, int b);\n"), "add(int a, int b)"),
    ("struct", header("struct One {\n\tint x = 0; // behind it\n};\n"), "One"),
    ("member", header("/// One.\nstruct One {\n\tint x = 0;\n};\n"), "Member x"),
    ("method", header("/// One.\nclass One {\npublic:\n\tint get() const;\n\nprivate:\n\tint x;\n};\n"), "get() const"),
    ("macro", header("#define ONE(x) (x)\n"), "ONE"),
    ("comment above it that is no doc", header("// Adds.\nint add(int a, int b);\n"), "add(int a, int b)"),
    ("a group that is not closed", header("/// @{\n/// Adds.\nint add(int a, int b);\n"), "group"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
