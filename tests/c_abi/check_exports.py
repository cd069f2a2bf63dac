"""The shared library exports the functions of netpeer_c.h: all of them, and nothing else.

Usage: check_exports.py HEADER LIBRARY [NM]
"""

import re
import subprocess
import sys

FUNCTION = re.compile(r"^NETPEER_C_API\b[^;{(]*?\b(\w+)\(", re.M)


def declared(header):
    with open(header, encoding="utf-8") as file:
        return set(FUNCTION.findall(file.read()))


def exported(library, nm):
    lines = subprocess.run(
        [nm, "-D", "--defined-only", library], check=True, stdout=subprocess.PIPE, universal_newlines=True
    ).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def main(header, library, nm="nm"):
    wanted, there = declared(header), exported(library, nm)
    for name in sorted(wanted - there):
        print("error: not exported: %s" % name)
    for name in sorted(there - wanted):
        print("error: exported, and not in the header: %s" % name)
    print("%d functions in the header, %d symbols exported" % (len(wanted), len(there)))
    return 1 if wanted != there or len(wanted) < 100 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
