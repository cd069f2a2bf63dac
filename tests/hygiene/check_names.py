"""File names: unique in src/ (users may copy it into one folder) and never those of a system or dependency header.

Compared without regard to case: on Windows and macOS Error.h is error.h.
"""

import hygiene_lib as lib

SYSTEM = set(
    """aio alloca argp assert byteswap check complex conio crypt ctype curses direct dirent dlfcn endian enet err errno
    error execinfo fastlz fcntl features fenv float fmtmsg fnmatch ftw getopt glob grp iconv ifaddrs intrin inttypes io
    iphlpapi iso646 langinfo libgen limits link locale lz4 malloc math memory mqueue monetary mswsock ndbm net netdb
    netinet nl_types paths poll process psapi pthread pwd random regex resolv sched search security semaphore setjmp
    signal socket spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings stropts
    syscall sysexits syslog tar termios tgmath threads time tls trace types uchar ucontext uio ulimit unistd utf8 utime
    utmpx uuid values version wait wchar wctype winbase winerror winsock winsock2 windows windef wordexp ws2tcpip
    wincrypt wspiapi xlocale zconf zlib zstd""".split()
)


def check(root):
    problems = []
    seen = {}
    for path in lib.source_files(root, suffixes=(".h", ".hpp", ".cpp", ".c", ".inl")):
        name = path.rsplit("/", 1)[-1].lower()
        if name in seen:
            problems.append("%s: same file name as %s" % (path, seen[name]))
        seen.setdefault(name, path)
        stem, suffix = name.rsplit(".", 1)
        if suffix in ("h", "hpp") and stem in SYSTEM:
            problems.append("%s: a system or dependency header has this name" % path)
    return problems


SAMPLES = [
    ("clean", {"src/core/clock.h": "", "src/core/clock.cpp": "", "src/socket/endpoint.h": ""}, None),
    ("twice", {"src/core/pool.h": "", "src/reliable/Pool.h": ""}, "same file name"),
    ("system", {"src/core/time.h": ""}, "system or dependency"),
    ("dependency", {"src/compress/zlib.h": ""}, "system or dependency"),
]

if __name__ == "__main__":
    lib.main(check, SAMPLES)
