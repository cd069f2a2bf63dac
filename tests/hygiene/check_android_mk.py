"""Android.mk lists every source of src/, each once, and is C++17 with pages of 16 KiB. Without an NDK: GNU make reads it,
with what ndk-build would give it in its place."""

import os
import tempfile

import hygiene_lib as lib

HARNESS = """
my-dir := %s
CLEAR_VARS := /dev/null
BUILD_STATIC_LIBRARY := /dev/null
include %s/Android.mk
$(foreach file,$(LOCAL_SRC_FILES),$(info source $(file)))
$(info module $(LOCAL_MODULE))
$(info flags $(LOCAL_CPPFLAGS))
$(info link $(LOCAL_EXPORT_LDFLAGS))
all:
"""


def check(root):
    make = lib.find_program("gmake", "make")
    if make is None:
        raise lib.Skip("make")
    root = os.path.abspath(root)
    with tempfile.TemporaryDirectory() as folder:
        lib.write_tree(folder, {"harness.mk": HARNESS % (root, root)})
        code, output = lib.run([make, "-s", "-f", os.path.join(folder, "harness.mk"), "all"])
    if code != 0:
        return ["Android.mk: " + output]
    said = {}
    for line in output.splitlines():
        what, _, value = line.partition(" ")
        said.setdefault(what, []).append(value)
    problems = []
    listed, there = said.get("source", []), lib.source_files(root, suffixes=(".cpp",))
    problems += ["Android.mk leaves out %s" % path for path in there if path not in listed]
    problems += ["Android.mk names %s, which is not there" % path for path in listed if path not in there]
    problems += ["Android.mk names %s twice" % path for path in sorted(set(listed)) if listed.count(path) > 1]
    for what, wanted in (("module", "netpeer"), ("flags", "-std=c++17"), ("link", "-Wl,-z,max-page-size=16384")):
        if wanted not in " ".join(said.get(what, [])).split():
            problems.append("Android.mk: %s without %s" % (what, wanted))
    return problems


GOOD = """LOCAL_PATH := $(call my-dir)
LOCAL_MODULE := netpeer
LOCAL_SRC_FILES := src/a.cpp
LOCAL_CPPFLAGS := -std=c++17
LOCAL_EXPORT_LDFLAGS := -Wl,-z,max-page-size=16384
"""
TREE = {"src/a.cpp": "", "Android.mk": GOOD}
SAMPLES = [
    ("clean", TREE, None),
    ("one more", {**TREE, "src/b/c.cpp": ""}, "leaves out src/b/c.cpp"),
    ("one less", {"Android.mk": GOOD}, "not there"),
    ("twice", {**TREE, "Android.mk": GOOD + "LOCAL_SRC_FILES += src/a.cpp\n"}, "twice"),
    ("pages", {**TREE, "Android.mk": GOOD.replace("16384", "4096")}, "link without"),
    ("broken", {**TREE, "Android.mk": GOOD + "endif\n"}, "Android.mk: "),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
