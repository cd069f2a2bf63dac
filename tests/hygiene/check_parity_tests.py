"""Every test that the pages on parity or docs/common-mistakes.md name exists, and each docs/godot-parity-<thing>.md
names every test in tests/godot/test_godot_<thing>*.cpp."""

import os
import re

import hygiene_lib as lib

CSHARP_CLASS = re.compile(r"\bclass\s+(\w+)")
CSHARP_TEST = re.compile(r"\bstatic\s+void\s+([A-Z]\w*)\s*\(")
NAMED = re.compile(r"`([A-Z]\w*)\.([A-Z]\w*)`")
TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")


def tests_in(root, folder, prefix=""):
    found = {}
    for path in lib.source_files(root, (folder,)):
        if not os.path.basename(path).startswith(prefix):
            continue
        code = lib.strip_comments(lib.read_text(root, path))
        for match in TEST.finditer(code):
            found[match.group(1) + "." + match.group(2)] = "%s:%d" % (path, lib.line_of(code, match.start()))
    return found


# The tests of the C# face are the static methods without a result of its classes.
def csharp_tests_in(root, folder):
    found = set()
    for path in lib.source_files(root, (folder,), (".cs",)):
        owner = None
        for line in lib.strip_comments(lib.read_text(root, path)).splitlines():
            match = CSHARP_CLASS.search(line)
            owner = match.group(1) if match else owner
            match = CSHARP_TEST.search(line)
            if owner and match:
                found.add(owner + "." + match.group(1))
    return found


def check(root):
    documents = os.path.join(root, "docs")
    names = sorted(os.listdir(documents)) if os.path.isdir(documents) else []
    parity = [name for name in names if re.match(r"((godot|luna)-parity(-\w+)?|common-mistakes)\.md$", name)]
    existing = tests_in(root, "tests")
    csharp = csharp_tests_in(root, "tests/csharp")
    problems = []
    for name in parity:
        named = set()
        text = lib.read_text(root, "docs/" + name)
        for match in NAMED.finditer(text):
            test = match.group(1) + "." + match.group(2)
            named.add(test)
            if test not in existing and test not in csharp:
                problems.append("docs/%s:%d: no such test: %s" % (name, lib.line_of(text, match.start()), test))
        if not name.startswith("godot-parity-"):
            continue
        prefix = "test_godot_" + name[len("godot-parity-") : -len(".md")]
        for test, where in sorted(tests_in(root, "tests/godot", prefix).items()):
            if test not in named:
                problems.append("%s: %s is not in docs/%s" % (where, test, name))
    return problems


CODE = {
    "tests/godot/test_godot_x_calls.cpp": "TEST(Suite, One) {}\n// TEST(Suite, Old) {}\n",
    "tests/godot/test_godot_y.cpp": "TEST(Other, Four) {}\n",
    "tests/core/b.cpp": "TEST(Core, Two) {}\n",
}
CSHARP = "static class LunaTests {\n\tpublic static void Two() {\n\t}\n}\n"
SAMPLES = [
    ("clean", {**CODE, "docs/godot-parity-x.md": "| a | `Suite.One`, `Core.Two` | `Event::reason`, `a.md` |\n"}, None),
    ("no test", {**CODE, "docs/godot-parity-x.md": "`Suite.One` `Suite.Three`\n"}, "no such test: Suite.Three"),
    ("no test in the index", {**CODE, "docs/godot-parity.md": "`Suite.One` `Suite.Three`\n"}, "no such test: Suite.Three"),
    ("no test for Luna", {**CODE, "docs/luna-parity.md": "`Suite.Three`\n"}, "no such test: Suite.Three"),
    ("a test in C#", {**CODE, "docs/luna-parity.md": "`LunaTests.Two`\n", "tests/csharp/a.cs": CSHARP}, None),
    ("no test in C#", {**CODE, "docs/luna-parity.md": "`Other.Two`\n", "tests/csharp/a.cs": CSHARP}, "no such test: Other.Two"),
    ("commented out", {**CODE, "docs/godot-parity-x.md": "`Suite.One` `Suite.Old`\n"}, "no such test: Suite.Old"),
    ("not named", {**CODE, "docs/godot-parity-x.md": "`Core.Two`\n"}, "Suite.One is not in"),
    ("in another document", {**CODE, "docs/godot-parity-x.md": "", "docs/o.md": "`Suite.One`\n"}, "Suite.One is not in"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
