"""docs/godot-parity.md is complete: every method that a header calls Godot's ("Origin: Godot Class.method") is in the
table of its class, and every method there is in the header that the list of classes names."""

import re

import hygiene_lib as lib

INDEX = "docs/godot-parity.md"
ORIGIN = re.compile(r"Origin:\s+Godot\s+([A-Z]\w*)\.([a-z]\w*)((?:,\s+[a-z]\w*(?=[.,]))*)((?:\s+\.\.\.\s+\w+)?)")
CLASS = re.compile(r"^\| \[`(\w+)`\]\(#\w+\) \| here \| `([\w/.]+)` \|$", re.M)
SECTION = re.compile(r"^## (\w+)$(.*?)(?=^## |\Z)", re.M | re.S)
ROW = re.compile(r"^\| (`[^|]*`) \|", re.M)
NAME = re.compile(r"`(\w+)`")


def named_in_headers(root):
    found = {}
    for path in lib.source_files(root, ("src",), (".h",)):
        # A comment goes on in the next line.
        text = re.sub(r"\n[ \t]*/// ?", " ", lib.read_text(root, path))
        for match in ORIGIN.finditer(text):
            if match.group(4):
                continue  # a range, "put_8 ... put_u64": both ends are methods that others name
            for method in [match.group(2)] + re.findall(r"\w+", match.group(3)):
                found.setdefault(match.group(1), {}).setdefault(method, path)
    return found


def check(root):
    try:
        index = lib.read_text(root, INDEX)
    except FileNotFoundError:
        return [INDEX + " is missing"]
    headers = dict(CLASS.findall(index))
    tables = {}
    for name, text in SECTION.findall(index):
        tables[name] = {method for row in ROW.findall(text) for method in NAME.findall(row)}
    problems = []
    for name, header in headers.items():
        if name not in tables:
            problems.append("%s: no section for %s" % (INDEX, name))
            continue
        code = lib.strip_comments(lib.read_text(root, header))
        for method in sorted(tables[name]):
            if not re.search(r"\b(?:[sg]et_)?%s\b" % method, code):
                problems.append("%s: %s.%s is not in %s" % (INDEX, name, method, header))
    for name, methods in sorted(named_in_headers(root).items()):
        if name not in headers:
            continue  # values, settings: described there in other words
        known = tables.get(name, set())
        for method, path in sorted(methods.items()):
            if not {method, re.sub(r"^[sg]et_", "", method)} & known:
                problems.append("%s: %s.%s is not in %s" % (path, name, method, INDEX))
    return problems


DOC = "| class | | where |\n| --- | --- | --- |\n| [`One`](#one) | here | `src/one.h` |\n\n## One\n\n| method | | test |\n| --- | --- | --- |\n"
CODE = "class One {\n\t/// Sends. Origin: Godot\n\t/// One.send, with a copy.\n\tvoid send();\n\t/// Origin: Godot One.size.\n\tint get_size();\n};\n"
SAMPLES = [
    ("clean", {INDEX: DOC + "| `send` | same | t |\n| `size` | better | t |\n", "src/one.h": CODE}, None),
    ("in one row", {INDEX: DOC + "| `send`, `size` | same | t |\n", "src/one.h": CODE}, None),
    ("left out", {INDEX: DOC + "| `send` | same | t |\n", "src/one.h": CODE}, "One.size is not in " + INDEX),
    ("not in the header", {INDEX: DOC + "| `send`, `size`, `seek` | same | t |\n", "src/one.h": CODE}, "One.seek is not in"),
    ("only in a comment", {INDEX: DOC + "| `send`, `size`, `Godot` | same | t |\n", "src/one.h": CODE}, "One.Godot is not in"),
    ("no section", {INDEX: DOC.replace("## One", "## Two"), "src/one.h": CODE}, "no section for One"),
    ("no index", {"src/one.h": CODE}, "is missing"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
