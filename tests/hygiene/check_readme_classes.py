"""README.md, "Classes": every class of the public headers (those that src/netpeer.h lists) has one line there, and every
line is of such a class."""

import re

import hygiene_lib as lib

SECTION = re.compile(r"^## Classes$(.*?)(?=^## |\Z)", re.M | re.S)
ROW = re.compile(r"^\| `([\w:]+)` \| (\S.*) \|$", re.M)
NAMESPACE = re.compile(r"^namespace (\w+) \{$", re.M)
CLASS = re.compile(r"^(?:template\s*<[^>]*>\s*)?class\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?::[^:;{][^;{]*)?\{", re.M)


def public_classes(root):
    """name -> header; what lies in a namespace within netpeer has its name in front."""
    found = {}
    for header in re.findall(r'^#include "([^"]+)"', lib.read_text(root, "src/netpeer.h"), re.M):
        code = lib.strip_comments(lib.read_text(root, "src/" + header))
        inner = [name for name in NAMESPACE.findall(code) if name != "netpeer"]
        for name in CLASS.findall(code):
            found["::".join(inner + [name])] = "src/" + header
    return found


def check(root):
    section = SECTION.search(lib.read_text(root, "README.md"))
    if section is None:
        return ['README.md has no section "Classes"']
    rows = [name for name, _ in ROW.findall(section.group(1))]
    classes = public_classes(root)
    problems = ["README.md lists %s twice" % name for name in sorted(set(rows)) if rows.count(name) > 1]
    problems += ["README.md does not list %s (%s)" % (name, classes[name]) for name in sorted(set(classes) - set(rows))]
    problems += ["README.md lists %s, which is no public class" % name for name in sorted(set(rows) - set(classes))]
    return problems


HEADERS = {
    "src/netpeer.h": '#include "core/a.h"\n#include "core/l.h"\n',
    "src/core/a.h": "namespace netpeer {\nclass Forward;\nenum class Kind : int { kA };\nclass A {\n\tclass Inner {};\n};\n"
    "class B final : public A {\n};\n// class C {\n} // namespace netpeer\n",
    "src/core/l.h": "namespace netpeer {\nnamespace luna {\nclass A {\n};\n}\n}\n",
    "src/core/private.h": "namespace netpeer {\nclass Hidden {\n};\n}\n",
}
TABLE = "# p\n\n## Classes\n\n| x | |\n|---|---|\n| `A` | one |\n| `B` | two |\n"
SAMPLES = [
    ("clean", {**HEADERS, "README.md": TABLE + "| `luna::A` | three |\n\n## Next\n\n| `C` | elsewhere |\n"}, None),
    ("left out", {**HEADERS, "README.md": TABLE}, "does not list luna::A"),
    ("unknown", {**HEADERS, "README.md": TABLE + "| `luna::A` | three |\n| `Hidden` | no |\n"}, "lists Hidden, which"),
    ("twice", {**HEADERS, "README.md": TABLE + "| `luna::A` | three |\n| `A` | again |\n"}, "lists A twice"),
    ("no text", {**HEADERS, "README.md": TABLE + "| `luna::A` |  |\n"}, "does not list luna::A"),
    ("no section", {**HEADERS, "README.md": "# p\n"}, 'no section "Classes"'),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
