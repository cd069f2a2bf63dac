"""Comments that name a document: the document exists, and so does every section they quote, as in
docs/enet-protocol.md, "Peer states", or give by number, as in docs/enet-protocol.md, sections 10 and 13.2."""

import os
import re

import hygiene_lib as lib

REFERENCE = re.compile(r'docs/([\w-]+\.md)((?:(?:,| and|\s|sections?\b)*(?:"[^"\n]+"|\b\d+(?:\.\d+)*(?![\w])))*)')
HEADING = re.compile(r"^#{2,6} (?:(\d+(?:\.\d+)*)\.? |Appendix (\w)\. )?(.+?)\s*$", re.M)
FENCE = re.compile(r"^```.*?^```$", re.S | re.M)


def sections(root, name):
    """Titles and numbers of a document's headings; None when there is no such document."""
    if not os.path.exists(os.path.join(root, "docs", name)):
        return None
    found = set()
    for number, _, title in HEADING.findall(FENCE.sub("", lib.read_text(root, "docs/" + name))):
        found |= {title, number}
    return found


def check(root):
    problems = []
    known = {}
    for path in lib.source_files(root, ("src", "tests", "tools", "fuzz", "bench", "examples")):
        text = lib.read_text(root, path)
        # A reference may go on in the next line of its comment.
        joined = re.sub(r"\n[ \t]*//+[ \t]?", lambda m: " " * len(m.group(0)), text)
        for match in REFERENCE.finditer(joined):
            name = match.group(1)
            where = "%s:%d" % (path, lib.line_of(text, match.start()))
            if name not in known:
                known[name] = sections(root, name)
            if known[name] is None:
                problems.append("%s: no such document: docs/%s" % (where, name))
                continue
            for title, number in re.findall(r'"([^"]+)"|(\d+(?:\.\d+)*)', match.group(2)):
                if re.sub(r"\s+", " ", title or number) not in known[name]:
                    problems.append("%s: docs/%s has no section %s" % (where, name, title or number))
    return problems


DOC = {"docs/p.md": "# P\n\n## 1. Peer states\n\n### 1.2 Loss recovery\n\n## Bandwidth\n\n```sh\n## 9. Not a heading\n```\n"}
SAMPLES = [
    ("clean", {**DOC, "src/a.cpp": '// Follows docs/p.md, "Peer states" and "Bandwidth". See "x".\n// docs/p.md\n'}, None),
    ("by number", {**DOC, "tests/a.cpp": "// docs/p.md, sections 1 and 1.2; 7 of them.\n"}, None),
    ("over the line", {**DOC, "src/a.h": '// (docs/p.md,\n// "Loss recovery").\n'}, None),
    ("no section", {**DOC, "src/a.cpp": '// docs/p.md, "Peer state"\n'}, "no section Peer state"),
    ("second title", {**DOC, "src/a.cpp": '// docs/p.md, "Bandwidth" and "Width"\n'}, "no section Width"),
    ("no number", {**DOC, "src/a.cpp": "// docs/p.md, sections 1, 1.3\n"}, "no section 1.3"),
    ("over the line", {**DOC, "src/a.h": '// docs/p.md,\n// "Loss"\n'}, "no section Loss"),
    ("in a fence", {**DOC, "src/a.h": "// docs/p.md, section 9\n"}, "no section 9"),
    ("no document", {**DOC, "src/a.cpp": "// docs/q.md\n"}, "no such document"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
