"""Text of the tracked files: no loose ends, no package registries, no paths of somebody's machine."""

import os
import re

import hygiene_lib as lib

# Put together from halves, so that this file is not its own finding.
RULES = [
    ("a loose end", re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")),
    (
        "a package registry",
        re.compile(
            r"https?:/" + r"/[\w.-]*\b(?:pypi\.|pythonhosted|npmjs|yarnpkg|crates\.io|rubygems|proxy\.golang|sum\.golang"
            r"|conan\.io|nuget|maven|deb\.debian|archive\.ubuntu|packages\.|mirrors?\.|registry\.|anaconda|dl\.google)",
            re.I,
        ),
    ),
    ("a machine's path", re.compile(r"(?<![\w./~-])/(?:wo" + r"rk|ho" + r"me|ro" + r"ot|Users)/[\w.-]")),
    ("a machine's path", re.compile(r"(?<![\w./~-])/(?:wo" + r"rk|ro" + r"ot)\b(?!/)")),
]


def tracked(root):
    code, output = lib.run(["git", "-C", root, "ls-files", "-z"]) if lib.find_program("git") else (1, "")
    if code == 0 and output:
        return [path for path in output.split("\0") if path]
    found = []
    for where, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d != ".git" and not d.startswith("build"))
        found += [os.path.relpath(os.path.join(where, name), root) for name in files]
    return sorted(found)


def check(root):
    problems = []
    for path in tracked(root):
        full = os.path.join(root, path)
        if os.path.islink(full) or not os.path.isfile(full):
            continue
        with open(full, "rb") as file:
            data = file.read()
        if b"\0" in data:
            continue
        text = data.decode("utf-8", "replace")
        for what, pattern in RULES:
            # What other software wrote is kept as it is, and scene trees have a node of that name.
            if path.startswith("tests/vectors/") and what == "a machine's path":
                continue
            for match in pattern.finditer(text):
                problems.append("%s:%d: %s: %s" % (path, lib.line_of(text, match.start()), what, match.group(0)))
    return problems


SAMPLES = [
    (
        "clean",
        {
            "a.md": "See https:/" + "/www.rfc-editor.org/rfc/rfc8446, src/work/x.h, a home, and/or the root, TO" + "DOS.\n",
            "b.bin": "\0 TO" + "DO",
        },
        None,
    ),
    ("loose end", {"a.cpp": "// TO" + "DO: later\n"}, "loose end"),
    ("loose end", {"a.cpp": "// FIX" + "ME\n"}, "loose end"),
    ("registry", {"a.sh": "get https:/" + "/registry.npm" + "js.org/x\n"}, "package registry"),
    ("registry", {"a.sh": "get https:/" + "/py" + "pi.org/simple\n"}, "package registry"),
    ("path", {"a.cmake": "set(X /ho" + "me/someone/x)\n"}, "machine's path"),
    ("path", {"a.cmake": 'set(X "/wo' + 'rk/x")\n'}, "machine's path"),
    ("path", {"a.cmake": "cd /ro" + "ot\n"}, "machine's path"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
