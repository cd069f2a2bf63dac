"""What the hygiene checks share: reading C++ text without comments and strings, and the way a check ends.

A check is a function check(root) -> list of problems. It runs over a repository (--root) or over the small bad samples
of its own self-test (--self-test), which shows that it is able to fail. Exit code 0: clean; 1: problems; 77: skipped.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIP = 77


class Skip(Exception):
    """Something this check needs is not installed."""


def source_files(root, folders=("src",), suffixes=(".h", ".cpp")):
    """Paths relative to root, sorted, with forward slashes."""
    found = []
    for folder in folders:
        for where, dirs, files in os.walk(os.path.join(root, folder)):
            dirs.sort()
            for name in files:
                if name.endswith(suffixes):
                    found.append(os.path.relpath(os.path.join(where, name), root).replace(os.sep, "/"))
    return sorted(found)


def read_text(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


_LEXEMES = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<raw>R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<number>\b[0-9][0-9a-zA-Z_.']*)"""
    r"""|(?P<char>'(?:\\.|[^'\\\n])+')""",
    re.S | re.X,
)


def strip_comments(text, keep_strings=False):
    """The code with comments (and strings, unless kept) blanked; line numbers stay."""

    def blank(match):
        if match.lastgroup == "number":
            return match.group(0)
        if match.group("comment") is None:
            if keep_strings:
                return match.group(0)
            quote = "'" if match.group("char") else '"'
            return quote + "\n" * match.group(0).count("\n") + quote
        return " " + "\n" * match.group(0).count("\n")

    return _LEXEMES.sub(blank, text.replace("\\\n", "  "))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes_of(text):
    """(line, spelling with its quotes or angles, True when guarded by __has_include) of each #include."""
    found = []
    code = strip_comments(text, keep_strings=True).split("\n")
    for number, line in enumerate(code, 1):
        match = re.match(r'\s*#\s*include\s*(<[^>]+>|"[^"]+")', line)
        if match:
            spelling = match.group(1)
            before = code[number - 2] if number >= 2 else ""
            found.append((number, spelling, "__has_include(" + spelling + ")" in before.replace(" ", "")))
    return found


def find_program(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    return None


def run(command, cwd=None):
    """(exit code, output and errors together)"""
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def write_tree(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def self_test(check, samples):
    """samples: (name, files, part of the expected problem, or None for a clean tree)."""
    failures = []
    for name, files, expected in samples:
        with tempfile.TemporaryDirectory() as root:
            write_tree(root, files)
            problems = check(root)
        if expected is None:
            if problems:
                failures.append("%s: clean sample was refused: %s" % (name, problems))
        elif not any(expected in problem for problem in problems):
            failures.append("%s: expected a problem with '%s', got %s" % (name, expected, problems))
    return failures


def main(check, samples, variants=None):
    """check(root) or, with variants, check(root, variant)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--self-test", action="store_true")
    if variants:
        parser.add_argument("--only", choices=variants, default=None)
    arguments = parser.parse_args()
    try:
        if arguments.self_test:
            problems = samples() if callable(samples) else self_test(check, samples)
        elif variants:
            problems = []
            for variant in [arguments.only] if arguments.only else variants:
                problems += check(arguments.root, variant)
        else:
            problems = check(arguments.root)
    except Skip as reason:
        # In CI everything is installed first, so an absent tool is a mistake there.
        if os.environ.get("CI") == "true":
            print("missing in CI: %s" % reason)
            sys.exit(1)
        print("SKIPPED: %s" % reason)
        sys.exit(SKIP)
    for problem in problems:
        print(problem)
    print("%d problem(s)" % len(problems))
    sys.exit(1 if problems else 0)
