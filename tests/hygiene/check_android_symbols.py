"""Android's floor: what the library asks of the C library exists there at API level 21.

Where there is no NDK, every source is compiled for 64-bit Arm Linux with the macros an NDK compiler defines, so that the
branches Android takes are taken, and every undefined symbol is looked up in Android's own list
(tests/vectors/android/bionic-symbols.tsv). The headers are still the C library's of the cross compiler: a source they
cannot build that way is compiled as plain Linux instead, and named.
"""

import concurrent.futures
import os
import tempfile

import hygiene_lib as lib

API = 21
COMPILER = "aarch64-linux-gnu-g++"
NM = "aarch64-linux-gnu-nm"
FLAGS = ["-std=c++17", "-O2", "-fno-exceptions", "-fno-rtti", "-mno-outline-atomics"]
ANDROID = ["-D__ANDROID__=1", "-DANDROID=1", "-D__ANDROID_API__=%d" % API]
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
CPP_RUNTIME = ("_Z", "__cxa_", "__gxx_", "_Unwind_")


def known_symbols(root):
    levels = {}
    with open(os.path.join(root, "tests/vectors/android/bionic-symbols.tsv"), encoding="ascii") as file:
        for line in file:
            name, _, level = line.rstrip("\n").split("\t")
            levels[name] = min(int(level), levels.get(name, 10**6))
    return levels


def symbols_of(target):
    """(undefined, defined) of an object."""
    undefined, defined = set(), set()
    code, output = lib.run([NM, target])
    if code != 0:
        raise RuntimeError(output)
    for line in output.splitlines():
        kind, name = line.split()[-2:]
        if kind == "U":
            undefined.add(name)
        elif kind not in ("w", "v"):
            defined.add(name)
    return undefined, defined


def verdict(name, levels):
    """What is wrong with asking for this symbol; empty when nothing is."""
    name = SAME_CALL.get(name, name)
    if name in ELSEWHERE or name.startswith(CPP_RUNTIME):
        return ""
    if name not in levels:
        return "%s is not known to Android" % name
    if levels[name] > API:
        return "%s exists from API level %d on, the floor is %d" % (name, levels[name], API)
    return ""


def check(root):
    if lib.find_program(COMPILER) is None or lib.find_program(NM) is None:
        raise lib.Skip(COMPILER)
    levels = known_symbols(root)
    problems, wanted, defined, left_out = [], {}, set(), []
    with tempfile.TemporaryDirectory() as folder:

        def compile_one(source):
            target = os.path.join(folder, source.replace("/", "_") + ".o")
            command = [COMPILER, *FLAGS, "-c", os.path.join(root, source), "-o", target]
            code, output = lib.run(command + ANDROID)
            as_android = code == 0
            if not as_android:
                code, _ = lib.run(command)
            return source, target, as_android, code, output

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for source, target, as_android, code, output in pool.map(compile_one, lib.source_files(root, ("src",), (".cpp",))):
                if code != 0:
                    problems.append("%s does not build for 64-bit Arm Linux:\n%s" % (source, output))
                    continue
                if not as_android:
                    left_out.append(source)
                undefined, own = symbols_of(target)
                defined |= own
                for name in undefined:
                    wanted.setdefault(name, source)
    for name in sorted(set(wanted) - defined):
        reason = verdict(name, levels)
        if reason:
            problems.append("%s: %s" % (wanted[name], reason))
    print("note: %d symbols asked for; built as plain Linux because the headers here know no Android: %s"
          % (len(set(wanted) - defined), ", ".join(left_out) or "none"))
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
        ],
    )


if __name__ == "__main__":
    lib.main(check, samples)
