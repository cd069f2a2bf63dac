"""The shared library exports the functions of netpeer_c.h: all of them, and nothing else. And each of them is called by the
test program, whose sources are given."""

import argparse
import re
import subprocess
import sys

FUNCTION = re.compile(r"^NETPEER_C_API\b[^;{(]*?\b(\w+)\(", re.M)
IN_DLL = re.compile(r"^\s*\[ *\d+\] (?:\+base\[ *\d+\] +[0-9a-f]+ )?(\w+)$", re.M)


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout


def exported(library, program):
    if library.endswith(".dll"):
        text = output_of(program or "objdump", "-p", library)
        return set(IN_DLL.findall(text[text.index("[Ordinal/Name Pointer] Table") :]))
    lines = output_of(program or "nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", help="nm for ELF, objdump for DLLs")
    parser.add_argument("header")
    parser.add_argument("library")
    parser.add_argument("sources", nargs="*")
    given = parser.parse_args()
    wanted, there = set(FUNCTION.findall(read_text(given.header))), exported(given.library, given.program)
    problems = ["not exported: %s" % name for name in sorted(wanted - there)]
    problems += ["exported, and not in the header: %s" % name for name in sorted(there - wanted)]
    if given.sources:
        called = set(re.findall(r"\b(\w+)\(", "\n".join(read_text(path) for path in given.sources)))
        problems += ["not called by the tests: %s" % name for name in sorted(wanted - called)]
    if len(wanted) < 100:
        problems.append("no functions found in %s" % given.header)
    for problem in problems:
        print("error: " + problem)
    print("%d functions in the header, %d symbols exported" % (len(wanted), len(there)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
