"""README.md: its first C++ block is examples/readme_echo.cpp, byte for byte, so that what a reader copies is what the
tests build. The first C block of docs/c-abi.md is examples/c_echo.c likewise. C++ in docs/tutorial.md is a piece of the example that
a comment before it names, which the tests build and run; elsewhere in docs/ it is where there is such a comment. Also: every path
of this repository that the README and docs/ link to exists."""

import os
import re

import hygiene_lib as lib

README = "README.md"
EXAMPLE = "examples/readme_echo.cpp"
C_PAGE = "docs/c-abi.md"
C_EXAMPLE = "examples/c_echo.c"
BLOCK = re.compile(rb"^```(cpp|c)\n(.*?)^```$", re.S | re.M)
TUTORIAL = "docs/tutorial.md"
PIECE = re.compile(r"^(?:<!-- (\S+) -->\n)?```cpp\n(.*?)^```$", re.S | re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read_bytes(root, path):
    full = os.path.join(root, path)
    if not os.path.exists(full):
        return None
    with open(full, "rb") as file:
        return file.read()


def check_block(root, page, kind, program):
    text, example = read_bytes(root, page), read_bytes(root, program)
    problems = ["%s is missing" % path for path, data in ((page, text), (program, example)) if data is None]
    if problems:
        return problems
    block = next((match for match in BLOCK.finditer(text) if match.group(1).decode() == kind), None)
    if block is None:
        return ["%s: no ```%s block" % (page, kind)]
    if block.group(2) == example:
        return []
    ours, theirs = block.group(2).split(b"\n"), example.split(b"\n")
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    line = text.count(b"\n", 0, block.start(2)) + 1 + at
    return ["%s:%d: differs from %s, line %d" % (page, line, program, at + 1)]


def check(root):
    problems = check_block(root, README, "cpp", EXAMPLE)
    if problems:
        return problems
    if os.path.exists(os.path.join(root, C_PAGE)) or os.path.exists(os.path.join(root, C_EXAMPLE)):
        problems += check_block(root, C_PAGE, "c", C_EXAMPLE)
    for path in lib.source_files(root, ("docs",), (".md",)):
        text = lib.read_text(root, path)
        for match in PIECE.finditer(text):
            where = "%s:%d" % (path, lib.line_of(text, match.start(2)))
            example = match.group(1)
            if example is None and path != TUTORIAL:
                continue
            if example is None or not re.match(r"examples/[\w/]+\.cpp$", example):
                problems.append("%s: no comment before it names the example it is from" % where)
            elif not os.path.exists(os.path.join(root, example)):
                problems.append("%s: no such file: %s" % (where, example))
            elif match.group(2) not in lib.read_text(root, example):
                problems.append("%s: not a piece of %s" % (where, example))
    for path in [README] + lib.source_files(root, ("docs",), (".md",)):
        text = lib.read_text(root, path)
        for match in LINK.finditer(text):
            target = match.group(1).split("#")[0]
            if target and "://" not in target:
                if not os.path.exists(os.path.join(root, os.path.dirname(path), target)):
                    problems.append("%s:%d: no such file: %s" % (path, lib.line_of(text, match.start()), target))
    return problems


CODE = "int main() {\n\treturn 0;\n}\n"
SAMPLES = [
    ("clean", {README: "# x\n\n```cpp\n" + CODE + "```\n[e](" + EXAMPLE + ")\n", EXAMPLE: CODE}, None),
    ("other code", {README: "```cpp\n" + CODE.replace("0", "1") + "```\n", EXAMPLE: CODE}, ":3: differs"),
    ("a space more", {README: "```cpp\n" + CODE.replace(";", "; ") + "```\n", EXAMPLE: CODE}, "differs"),
    ("a line less", {README: "```cpp\nint main() {\n```\n", EXAMPLE: CODE}, "differs"),
    ("only the first block counts", {README: "```cpp\n//\n```\n```cpp\n" + CODE + "```\n", EXAMPLE: CODE}, "differs"),
    ("no block", {README: "```sh\nmake\n```\n", EXAMPLE: CODE}, "no ```cpp block"),
    ("no example", {README: "```cpp\n" + CODE + "```\n"}, EXAMPLE + " is missing"),
    (
        "C as well",
        {README: "```cpp\n" + CODE + "```\n", EXAMPLE: CODE, C_PAGE: "```c\n" + CODE.replace("0", "1") + "```\n", C_EXAMPLE: CODE},
        C_PAGE + ":3: differs",
    ),
    ("C without its page", {README: "```cpp\n" + CODE + "```\n", EXAMPLE: CODE, C_EXAMPLE: CODE}, C_PAGE + " is missing"),
    (
        "a piece in docs",
        {README: "```cpp\n" + CODE + "```\n", EXAMPLE: CODE, "docs/t.md": "<!-- %s -->\n```cpp\n\treturn 0;\n```\n" % EXAMPLE},
        None,
    ),
    (
        "no piece",
        {README: "```cpp\n" + CODE + "```\n", EXAMPLE: CODE, "docs/t.md": "<!-- %s -->\n```cpp\n\treturn 1;\n```\n" % EXAMPLE},
        "docs/t.md:3: not a piece of",
    ),
    (
        "a piece of nothing",
        {README: "```cpp\n" + CODE + "```\n", EXAMPLE: CODE, TUTORIAL: "```cpp\n\treturn 0;\n```\n"},
        "no comment before it",
    ),
    ("dead link", {README: "```cpp\n" + CODE + "```\n[d](docs/d.md)\n", EXAMPLE: CODE}, "no such file"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
