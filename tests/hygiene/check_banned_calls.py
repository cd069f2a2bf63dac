"""Engines do no I/O: no clock, no randomness of their own, no sockets, no printing, no sleeping, and memory only from
the allocator in their config. A run is a pure function of config, seed and inputs; this keeps it so."""

import re

import hygiene_lib as lib

# (what, pattern over code without comments and strings). Member calls (x.time(), x->connect()) are not these functions.
FREE = r"(?<![\w.>:])(?:std\s*::\s*|::\s*)?"
RULES = [
    ("reads a clock", re.compile(r"\b(?:system_clock|steady_clock|high_resolution_clock|std\s*::\s*chrono|clock_gettime"
                                 r"|gettimeofday|timespec_get|QueryPerformanceCounter|GetTickCount(?:64)?)\b")),
    ("reads a clock", re.compile(FREE + r"(?:time|clock|localtime|gmtime|mktime|ftime)\s*\(")),
    ("has its own randomness", re.compile(r"\b(?:random_device|mt19937(?:_64)?|default_random_engine|system_random"
                                          r"|default_random|RandomSource|getrandom|getentropy|arc4random\w*|BCryptGenRandom)\b")),
    ("has its own randomness", re.compile(FREE + r"(?:s?rand|rand_r|s?random|[dlm]rand48)\s*\(")),
    # send(), connect(), bind() are also names of engine methods; as OS calls they would need a header the layers check
    # refuses. What cannot be mistaken is refused here, and the rest when written with a leading ::.
    ("calls a socket", re.compile(FREE + r"(?:socket|sendto|sendmm?sg|recv|recvfrom|recvmm?sg|setsockopt|getsockopt"
                                         r"|getaddrinfo|gethostbyname|ioctl|fcntl|epoll_\w+|select)\s*\(")),
    ("calls a socket", re.compile(r"(?<![\w>:])::\s*(?:send|connect|bind|accept|listen|poll|close|read|write)\s*\(")),
    ("prints", re.compile(r"\bstd\s*::\s*(?:cout|cerr|clog)\b|" + FREE + r"(?:v?f?printf|puts|fputs|putchar|fwrite|perror)"
                          r"\s*\(")),
    ("sleeps", re.compile(FREE + r"(?:usleep|nanosleep|sleep|Sleep)\s*\(|\bsleep_(?:for|until)\b")),
    ("starts a thread", re.compile(r"\bstd\s*::\s*(?:thread|async|mutex)\b|\bpthread_\w+")),
    ("goes past the allocator", re.compile(FREE + r"(?:malloc|calloc|realloc|free|strdup|aligned_alloc)\s*\(")),
    # placement new, `new (block) T`, is how allocate_object builds; `= delete` and operator names are no calls
    ("goes past the allocator", re.compile(r"(?<!operator)(?<!operator )\bnew\b(?!\s*\()")),
    ("goes past the allocator", re.compile(r"\bnew\s*\(\s*std\s*::\s*nothrow")),
    ("goes past the allocator", re.compile(r"(?<!=)(?<!= )(?<!operator)(?<!operator )\bdelete\b")),
    ("goes past the allocator", re.compile(r"\bmake_(?:unique|shared)\b")),
    ("has a banned header", re.compile(r"#\s*include\s*<(?:chrono|ctime|random|iostream|fstream|thread|mutex|future"
                                       r"|condition_variable)>")),
]


def is_engine(path):
    if path.startswith("src/reliable/"):
        stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return not path.startswith("src/reliable/transport/") and stem not in ("enet_connection", "enet_packet_peer")
    return path.startswith("src/compress/") or re.match(r"src/socket/(ip_address|endpoint)\.", path) is not None


def check(root):
    problems = []
    for path in lib.source_files(root):
        if not is_engine(path):
            continue
        code = lib.strip_comments(lib.read_text(root, path))
        for what, pattern in RULES:
            for match in pattern.finditer(code):
                if re.match(r"\s*#\s*include\s*<new>", code[code.rfind("\n", 0, match.start()) + 1 :]):
                    continue
                text = " ".join(match.group(0).split())
                problems.append("%s:%d: engine %s: %s" % (path, lib.line_of(code, match.start()), what, text))
    return problems


def sample(line):
    return {"src/reliable/enet_sample.cpp": "void f() {\n\t%s\n}\n" % line}


SAMPLES = [
    (
        "clean",
        {
            "src/reliable/enet_sample.cpp": "#include <new>\n"
            "// time(0), malloc(1), new int, rand()\n"
            "struct A { A(const A &) = delete; Error connect(int); };\n"
            'void f(A &a, void *p) { new (p) A(a); a.connect(1); a.time(); log("printf(now)"); sent_time(3); }\n'
            "Error EnetHost::connect(int) { return send(1); }\n",
            "src/reliable/transport/transport_udp.cpp": "void f() { std::make_unique<int>(1); }\n",
            "src/socket/platform/net_socket_bsd.cpp": "void f() { ::socket(1, 2, 3); }\n",
        },
        None,
    ),
    ("clock", sample("auto t = std::chrono::steady_clock::now();"), "reads a clock"),
    ("time", sample("long t = time(nullptr);"), "reads a clock"),
    ("std::time", sample("long t = std::time(nullptr);"), "reads a clock"),
    ("rand", sample("int r = rand();"), "randomness"),
    ("random_device", sample("std::random_device d;"), "randomness"),
    ("socket", sample("int s = socket(2, 2, 0);"), "socket"),
    ("global send", sample("return ::send(1, p, 2, 0);"), "socket"),
    ("printf", sample('printf("x");'), "prints"),
    ("cout", sample("std::cout << 1;"), "prints"),
    ("sleep", sample("usleep(10);"), "sleeps"),
    ("malloc", sample("void *p = std::malloc(10);"), "allocator"),
    ("new", sample("int *p = new int[4];"), "allocator"),
    ("nothrow new", sample("int *p = new (std::nothrow) int;"), "allocator"),
    ("delete", sample("delete p;"), "allocator"),
    ("make_unique", sample("auto p = std::make_unique<int>();"), "allocator"),
    ("compress", {"src/compress/range_coder.cpp": "void *p = malloc(3);\n"}, "allocator"),
    ("values", {"src/socket/ip_address.cpp": "int x = rand();\n"}, "randomness"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
