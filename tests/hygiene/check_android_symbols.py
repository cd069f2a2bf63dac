"""Android's floor: what the library asks of the C library exists there at API level 21, for every ABI.

Where there is no NDK, clang, whose compiler an NDK has, builds src/ as one unit for the target of each ABI, so that the
branches Android takes are taken, and every undefined symbol is looked up in Android's own list
(tests/vectors/android/bionic-symbols.tsv). The headers are those of the GNU C library and C++ library for the same
processor, because Debian has no others.
"""

import glob
import os
import re
import tempfile

import hygiene_lib as lib

API = 21
COMPILER = "clang++"
FLAGS = ["-std=c++17", "-O0", "-fno-exceptions", "-fno-rtti", "-DANDROID=1", "-nostdinc++", "-Wall", "-Wextra", "-Werror",
         # of the unit, which is no main file
         "-Wno-unused-function"]
# ABI, the NDK's target, whose headers, and what they call the processor.
ABIS = [
    ("arm64-v8a", "aarch64-linux-android", "/usr/aarch64-linux-gnu/include", "aarch64-linux-gnu"),
    ("armeabi-v7a", "armv7a-linux-androideabi", "/usr/arm-linux-gnueabihf/include", "arm-linux-gnueabihf"),
    ("x86_64", "x86_64-linux-android", "/usr/include", "x86_64-linux-gnu"),
    ("x86", "i686-linux-android", "/usr/include", "x86_64-linux-gnu"),
]
# Headers of the GNU C library name some things in its own way: the same call, spelled for Android.
SAME_CALL = {
    "__errno_location": "__errno",
    "__isoc99_sscanf": "sscanf",
    "__isoc23_strtol": "strtol",
    "__isoc23_strtoul": "strtoul",
}
# Not of the C library's list, and not ours to promise.
ELSEWHERE = {
    "__dso_handle": "every module has its own, from the compiler's start files",
    "__libc_single_threaded": "the GNU C++ library's headers ask for it; Android's C++ library does not",
    "stderr": "a variable from level 23 on; below it the NDK's own header makes it an element of __sF, level 21",
    "_GLOBAL_OFFSET_TABLE_": "the linker's",
}
# Of the C++ library, and of the compiler's own: arithmetic a processor has not, and copying in Arm's spelling.
RUNTIME = re.compile(r"_Z|__cxa_|__gxx_|_Unwind_|__emutls_get_address$|__aeabi_|__u?(?:div|mod)[dst]i3$")


def known_symbols(root):
    levels = {}
    with open(os.path.join(root, "tests/vectors/android/bionic-symbols.tsv"), encoding="ascii") as file:
        for line in file:
            name, _, level = line.rstrip("\n").split("\t")
            levels[name] = min(int(level), levels.get(name, 10**6))
    return levels


def undefined_symbols(target):
    code, output = lib.run(["nm", "-u", target])
    if code != 0:
        raise RuntimeError(output)
    return sorted(line.split()[-1] for line in output.splitlines() if line.split()[0] == "U")


def verdict(name, levels):
    """What is wrong with asking for this symbol; empty when nothing is."""
    name = SAME_CALL.get(name, name)
    if name in ELSEWHERE or RUNTIME.match(name):
        return ""
    if name not in levels:
        return "%s is not known to Android" % name
    if levels[name] > API:
        return "%s exists from API level %d on, the floor is %d" % (name, levels[name], API)
    return ""


def asking(root, sources, name):
    """The source that names it, for whoever looks for it."""
    for path in sources:
        if re.search(r"\b%s\b" % re.escape(name), lib.strip_comments(lib.read_text(root, path))):
            return path
    return "src/"


def cxx_headers(include, processor):
    """Folders of the C++ library's headers, the newest there is."""
    for folder in sorted(glob.glob(include + "/c++/[0-9]*"), key=lambda path: int(os.path.basename(path)), reverse=True):
        for own in (folder + "/" + processor, "%s/%s/c++/%s" % (include, processor, os.path.basename(folder))):
            if os.path.isdir(own):
                return [folder, own]
    return None


def check(root):
    if lib.find_program(COMPILER) is None or lib.find_program("nm") is None:
        raise lib.Skip(COMPILER)
    levels = known_symbols(root)
    sources = lib.source_files(root, suffixes=(".cpp",))
    problems, counts = [], []
    with tempfile.TemporaryDirectory() as folder:
        lib.write_tree(folder, {
            "unit.cpp": "".join('#include "%s"\n' % os.path.abspath(os.path.join(root, path)) for path in sources),
            # Which of its libraries are there: asked for by calling convention, of no matter here.
            "gnu/stubs-32.h": "",
            "gnu/stubs-soft.h": "",
        })
        for abi, target, include, processor in ABIS:
            headers = cxx_headers(include, processor)
            if headers is None:
                raise lib.Skip("the headers of g++ for %s" % processor)
            command = [COMPILER, "--target=%s%d" % (target, API), *FLAGS, "-I", folder, "-c", folder + "/unit.cpp",
                       "-o", folder + "/unit.o"]
            for path in headers:
                command += ["-isystem", path]
            for path in (include + "/" + processor, include):
                command += ["-idirafter", path]
            code, output = lib.run(command)
            if code != 0:
                problems.append("%s: does not build:\n%s" % (abi, output[:6000]))
                continue
            wanted = undefined_symbols(folder + "/unit.o")
            counts.append("%s %d" % (abi, len(wanted)))
            for name in wanted:
                reason = verdict(name, levels)
                if reason:
                    problems.append("%s: %s: %s" % (asking(root, sources, name), abi, reason))
    print("note: symbols asked for: %s" % ", ".join(counts))
    return problems


def samples():
    if lib.find_program(COMPILER) is None:
        raise lib.Skip(COMPILER)
    table = {"tests/vectors/android/bionic-symbols.tsv": "strlen\tlibc\t21\ngetifaddrs\tlibc\t24\n__errno\tlibc\t21\n"}
    return lib.self_test(
        check,
        [
            ("known", {**table, "src/a.cpp": "#include <errno.h>\nint f() { return errno; }\n"}, None),
            ("our own", {**table, "src/a.cpp": "int g();\nint f() { return g(); }\n",
                         "src/b.cpp": "int g() { return 0; }\n"}, None),
            ("too new", {**table, "src/a.cpp": 'extern "C" int getifaddrs(void *);\nint f() { return getifaddrs(0); }\n'},
             "from API level 24"),
            ("unknown", {**table, "src/a.cpp": 'extern "C" int no_such_call();\nint f() { return no_such_call(); }\n'},
             "not known to Android"),
            ("only Linux", {**table, "src/a.cpp": '#if !defined(__ANDROID__)\nextern "C" int getifaddrs(void *);\n'
                            "int f() { return getifaddrs(0); }\n#endif\n"}, None),
            ("broken", {**table, "src/a.cpp": "int f( {\n"}, "does not build"),
            ("only 32 bits", {**table, "src/a.cpp": "static_assert(sizeof(void *) == 8, \"\");\n"}, "armeabi-v7a: does not"),
            ("level", {**table, "src/a.cpp": "#if __ANDROID_API__ != 21 || !defined(__ANDROID__)\n#error\n#endif\n"}, None),
        ],
    )


if __name__ == "__main__":
    lib.main(check, samples)
