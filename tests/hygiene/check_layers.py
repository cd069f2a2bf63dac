"""Layers: a file of src/ includes its own layer and the ones below that the table allows, quoted and relative.

The table is that of docs/architecture.md. Headers of the operating system are for platform/ folders only, headers of
optional libraries for one place each.
"""

import os
import posixpath
import re

import hygiene_lib as lib

# layer: the layers it may include besides itself
ALLOWED = {
    "core": set(),
    "values": {"core"},
    "compress": {"core"},
    "tls": {"values", "core"},
    "socket": {"values", "core"},
    "reliable": {"compress", "values", "core"},
    "stream": {"socket", "tls", "values", "core"},
    "packet": {"stream", "socket", "tls", "values", "core"},
    "transport": {"reliable", "compress", "socket", "tls", "values", "core"},
    "facade": {"packet", "transport", "reliable", "compress", "socket", "tls", "values", "core"},
    "api": {"facade", "transport", "packet", "stream", "reliable", "socket", "tls", "compress", "values", "core"},
}

STANDARD = set(
    """algorithm array atomic bitset cassert cctype cerrno cfloat charconv chrono cinttypes climits cmath
    condition_variable csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime deque functional future
    initializer_list iterator limits list map memory mutex new numeric optional queue random set shared_mutex string
    string_view system_error thread tuple type_traits unordered_map unordered_set utility variant vector""".split()
)
# For the one header that is C.
C_HEADER = "src/netpeer_c.h"
C_STANDARD = {"stddef.h", "stdint.h"}
# Belong to the compiler, not to an operating system.
INTRINSICS = {"immintrin.h", "emmintrin.h", "nmmintrin.h", "wmmintrin.h", "intrin.h", "arm_neon.h", "arm_acle.h"}
# header pattern: the only files that may include it
LIBRARIES = [
    (re.compile(r"zlib\.h$"), re.compile(r"src/compress/deflate_zlib\.cpp$")),
    (re.compile(r"zstd\.h$"), re.compile(r"src/compress/zstd_codec\.cpp$")),
    (re.compile(r"(mbedtls|psa)/"), re.compile(r"src/tls/backend_mbedtls/")),
]
PRIVATE = ("platform", "backend_mbedtls")


def layer_of(path):
    """path as 'src/...'"""
    parts = path.split("/")
    stem = parts[-1].rsplit(".", 1)[0]
    if len(parts) == 2:
        return "api" if stem in ("netpeer", "netpeer_c") else None
    if parts[1] == "c_abi":
        return "api"
    if parts[1] == "reliable":
        if parts[2] == "transport":
            return "transport"
        return "facade" if stem in ("enet_connection", "enet_packet_peer") else "reliable"
    if parts[1] == "socket" and len(parts) == 3 and stem in ("ip_address", "endpoint"):
        return "values"
    return parts[1] if parts[1] in ALLOWED else None


def private_folder(path):
    """'src/core/platform' for a file in it, else None."""
    parts = path.split("/")
    for name in PRIVATE:
        if name in parts[:-1]:
            return "/".join(parts[: parts.index(name) + 1])
    return None


def reaches_os(root, path, seen=None):
    """Whether a header pulls in one that is not C++17's."""
    seen = set() if seen is None else seen
    if path in seen or not os.path.exists(os.path.join(root, path)):
        return False
    seen.add(path)
    for _, spelling, _ in lib.includes_of(lib.read_text(root, path)):
        name = spelling[1:-1]
        if spelling.startswith("<"):
            if name not in STANDARD and name not in INTRINSICS:
                return True
        elif reaches_os(root, posixpath.normpath(posixpath.join(posixpath.dirname(path), name)), seen):
            return True
    return False


def check(root):
    problems = []
    for path in lib.source_files(root):
        layer = layer_of(path)
        if layer is None:
            problems.append("%s: belongs to no layer" % path)
            continue
        for line, spelling, optional in lib.includes_of(lib.read_text(root, path)):
            where = "%s:%d: %s" % (path, line, spelling)
            name = spelling[1:-1]
            if spelling.startswith("<"):
                if name in STANDARD or name in INTRINSICS or (path == C_HEADER and name in C_STANDARD):
                    continue
                homes = [home for header, home in LIBRARIES if header.match(name)]
                if homes:
                    if not homes[0].match(path):
                        problems.append(where + ": this library has another place")
                elif "/platform/" not in path:
                    problems.append(where + ": neither C++17's nor in a platform/ folder")
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if not target.startswith("src/"):
                problems.append(where + ": leaves src/")
                continue
            if not os.path.exists(os.path.join(root, target)):
                if not (optional and layer == "api"):
                    problems.append(where + ": no such file relative to the including one")
                continue
            below = layer_of(target)
            if below != layer and below not in ALLOWED[layer]:
                problems.append("%s: layer %s may not include layer %s" % (where, layer, below))
            home = private_folder(target)
            if home not in (None, private_folder(path)):
                # The .cpp next to a platform/ folder may call into it, through a header that keeps the OS out.
                beside = path.endswith(".cpp") and posixpath.dirname(path) == posixpath.dirname(home)
                if not beside or reaches_os(root, target):
                    problems.append(where + ": private to its folder")
    return problems


SAMPLES = [
    (
        "clean",
        {
            "src/core/bytes.h": "#include <cstdint>\n",
            "src/core/platform/clock_posix.cpp": "#include <time.h>\n#include \"../bytes.h\"\n",
            "src/reliable/enet_host.h": '#include "../core/bytes.h" // not "../socket/net_socket.h"\n',
            "src/netpeer_c.h": "#include <stdint.h>\n",
            "src/c_abi/c_core.cpp": '#include "../netpeer_c.h"\n#include "../core/bytes.h"\n',
            "src/netpeer.h": '#if __has_include("later.h")\n#include "later.h"\n#endif\n',
        },
        None,
    ),
    (
        "upward",
        {"src/core/bytes.h": '#include "../reliable/enet_host.h"\n', "src/reliable/enet_host.h": "\n"},
        "layer core may not include layer reliable",
    ),
    (
        "engine includes a socket",
        {"src/reliable/enet_host.h": '#include "../socket/net_socket.h"\n', "src/socket/net_socket.h": "\n"},
        "layer reliable may not include layer socket",
    ),
    ("OS header outside platform", {"src/socket/net_socket.cpp": "#include <sys/socket.h>\n"}, "platform/"),
    ("C header", {"src/core/bytes.h": "#include <stdint.h>\n"}, "neither C++17's"),
    ("angled", {"src/core/clock.h": "#include <core/bytes.h>\n", "src/core/bytes.h": "\n"}, "neither C++17's"),
    ("not relative", {"src/core/clock.h": '#include "core/bytes.h"\n', "src/core/bytes.h": "\n"}, "no such file"),
    ("leaves src", {"src/core/clock.h": '#include "../../tests/x.h"\n', "tests/x.h": "\n"}, "leaves src"),
    (
        "private header",
        {
            "src/socket/net_socket.cpp": '#include "platform/os_socket.h"\n',
            "src/socket/platform/os_socket.h": "#include <sys/socket.h>\n",
        },
        "private to its folder",
    ),
    (
        "private header of another layer",
        {"src/reliable/enet_host.cpp": '#include "../core/platform/x.h"\n', "src/core/platform/x.h": "\n"},
        "private to its folder",
    ),
    (
        "private header in a public one",
        {"src/socket/net_socket.h": '#include "platform/socket_backend.h"\n', "src/socket/platform/socket_backend.h": ""},
        "private to its folder",
    ),
    (
        "dispatch header without the OS",
        {"src/socket/net_socket.cpp": '#include "platform/socket_backend.h"\n', "src/socket/platform/socket_backend.h": ""},
        None,
    ),
    ("zlib elsewhere", {"src/core/bytes.cpp": "#include <zlib.h>\n"}, "another place"),
    ("mbedTLS elsewhere", {"src/tls/tls_options.cpp": "#include <mbedtls/ssl.h>\n"}, "another place"),
    ("PSA elsewhere", {"src/tls/tls_options.h": "#include <psa/crypto.h>\n"}, "another place"),
    ("mbedTLS in its place", {"src/tls/backend_mbedtls/x.cpp": "#include <mbedtls/ssl.h>\n"}, None),
    (
        "mbedTLS through a private header",
        {
            "src/stream/x.cpp": '#include "../tls/backend_mbedtls/y.h"\n',
            "src/tls/backend_mbedtls/y.h": "#include <mbedtls/ssl.h>\n",
        },
        "private to its folder",
    ),
    ("unknown folder", {"src/misc/x.h": "\n"}, "belongs to no layer"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
