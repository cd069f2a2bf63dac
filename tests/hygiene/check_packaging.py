"""packaging/: the vcpkg port and the Conan recipe can be read, find this repository, and name switches that exist.

Neither program is needed: CMake reads the port with its functions standing in for vcpkg's, and Python the recipe with
modules standing in for Conan's.
"""

import json
import os
import re
import sys
import tempfile

import hygiene_lib as lib

PORT = "packaging/vcpkg/netpeer"
RECIPE = "packaging/conan/conanfile.py"

PORT_SCRIPT = """
foreach(name vcpkg_check_linkage vcpkg_cmake_install vcpkg_cmake_config_fixup vcpkg_fixup_pkgconfig)
	function(${name})
	endfunction()
endforeach()
function(vcpkg_check_features)
	foreach(word ${ARGN})
		if(word MATCHES "^NETPEER_")
			message("SWITCH ${word}")
		endif()
	endforeach()
endfunction()
function(vcpkg_cmake_configure)
	cmake_parse_arguments(GIVEN "" "SOURCE_PATH" "OPTIONS" ${ARGN})
	message("SOURCE ${GIVEN_SOURCE_PATH}")
	foreach(word ${GIVEN_OPTIONS})
		string(REGEX REPLACE "^-D|=.*" "" word "${word}")
		message("SWITCH ${word}")
	endforeach()
endfunction()
function(vcpkg_install_copyright)
	cmake_parse_arguments(GIVEN "" "" "FILE_LIST" ${ARGN})
	if(NOT EXISTS ${GIVEN_FILE_LIST})
		message(FATAL_ERROR "no ${GIVEN_FILE_LIST}")
	endif()
endfunction()
include(${CURRENT_PORT_DIR}/portfile.cmake)
"""

RECIPE_SCRIPT = """
import os, sys, types
def module(name, **contents):
	made = types.ModuleType(name)
	made.__dict__.update(contents)
	sys.modules[name] = made
switches, copied = {}, []
class Toolchain:
	def __init__(self, recipe):
		self.cache_variables = switches
	def generate(self):
		pass
class Nothing:
	def __init__(self, recipe):
		pass
	def generate(self):
		pass
module("conan", ConanFile=object)
module("conan.tools")
module("conan.tools.cmake", CMake=Nothing, CMakeDeps=Nothing, CMakeToolchain=Toolchain, cmake_layout=lambda recipe: None)
module("conan.tools.files", copy=lambda recipe, pattern, src, dst: copied.append(os.path.join(src, pattern)),
	load=lambda recipe, path: open(path, encoding="utf-8").read())
path = sys.argv[1]
names = {}
exec(compile(open(path, encoding="utf-8").read(), path, "exec"), names)
class Options(dict):
	__getattr__ = dict.__getitem__
	get_safe = dict.get
recipe = names["NetpeerConan"]()
recipe.recipe_folder = os.path.dirname(os.path.abspath(path))
recipe.export_sources_folder = ""
recipe.options = Options({name: True for name in names["NetpeerConan"].options})
recipe.requires = lambda what: print("REQUIRES", what)
recipe.set_version()
print("VERSION", recipe.version)
recipe.export_sources()
for name in copied:
	place = os.path.dirname(name) if "*" in name else name
	print("SOURCE" if os.path.exists(place) else "NOTHING AT", place)
recipe.requirements()
recipe.generate()
for name in switches:
	print("SWITCH", name)
"""


def run_script(folder, name, text, command):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return lib.run([path if word is None else word for word in command])


def check(root):
    problems = []
    root = os.path.abspath(root)
    cmake = lib.find_program("cmake")
    if cmake is None:
        raise lib.Skip("cmake")
    known = set(re.findall(r"^option\((\w+)", lib.read_text(root, "CMakeLists.txt"), re.M))
    try:
        port = json.loads(lib.read_text(root, PORT + "/vcpkg.json"))
        if port.get("name") != "netpeer":
            problems.append(PORT + "/vcpkg.json: it is not called netpeer")
    except ValueError as error:
        problems.append("%s/vcpkg.json: %s" % (PORT, error))
    with tempfile.TemporaryDirectory() as folder:
        place = ["-DCURRENT_PORT_DIR=" + os.path.join(root, PORT), "-DCURRENT_PACKAGES_DIR=" + os.path.join(folder, "none")]
        for path, (code, output) in (
            (PORT, run_script(folder, "port.cmake", PORT_SCRIPT, [cmake, *place, "-P", None])),
            (RECIPE, run_script(folder, "recipe.py", RECIPE_SCRIPT, [sys.executable, "-B", None, os.path.join(root, RECIPE)])),
        ):
            if code != 0 or "NOTHING AT" in output:
                problems.append("%s: %s" % (path, output))
                continue
            for switch in re.findall(r"^SWITCH (\w+)", output, re.M):
                if switch.startswith("NETPEER_") and switch not in known:
                    problems.append("%s: CMakeLists.txt has no option %s" % (path, switch))
            source = re.search(r"^SOURCE (.*)$", output, re.M)
            if source and path == PORT and os.path.realpath(source.group(1)) != os.path.realpath(root):
                problems.append("%s: it builds %s" % (path, source.group(1)))
            version = re.search(r"^VERSION (\d+\.\d+\.\d+)$", output, re.M)
            if path == RECIPE and not version:
                problems.append("%s: no version: %s" % (path, output))
    return problems


def samples():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    clean = {
        path: lib.read_text(here, path)
        for path in (
            PORT + "/vcpkg.json",
            PORT + "/portfile.cmake",
            RECIPE,
            "CMakeLists.txt",
            "LICENSE",
            "src/core/netpeer_version.h",
            "cmake/netpeerConfig.cmake.in",
        )
    }
    port, recipe = clean[PORT + "/portfile.cmake"], clean[RECIPE]
    return lib.self_test(
        check,
        [
            ("clean", clean, None),
            ("json", {**clean, PORT + "/vcpkg.json": "{"}, "vcpkg.json"),
            ("port", {**clean, PORT + "/portfile.cmake": port + "if(\n"}, PORT),
            ("port's switch", {**clean, PORT + "/portfile.cmake": port.replace("WITH_ZSTD", "WITH_LZ4")}, "NETPEER_WITH_LZ4"),
            ("port's place", {**clean, PORT + "/portfile.cmake": port.replace("/../../..", "/../..")}, PORT),
            ("recipe", {**clean, RECIPE: recipe + "def\n"}, RECIPE),
            ("recipe's switch", {**clean, RECIPE: recipe.replace('"TOOLS"', '"TOYS"')}, "NETPEER_BUILD_TOYS"),
            ("recipe's sources", {**clean, RECIPE: recipe.replace('"src/*"', '"source/*"')}, "NOTHING AT"),
        ],
    )


if __name__ == "__main__":
    lib.main(check, samples)
