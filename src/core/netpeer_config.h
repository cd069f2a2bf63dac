// Feature switches and platform detection: the only place that derives NETPEER_OS_*.
// Switches are macros an embedder may define to 0 or 1 before compiling; nothing here is generated.
#pragma once

// NETPEER_WITH_ZLIB, NETPEER_WITH_ZSTD, NETPEER_WITH_MBEDTLS: the package of that name is available to link.
// Without it the feature answers ERR_UNAVAILABLE and everything else works. mbedTLS: 2.28 or 3.x, with its three libraries.
#ifndef NETPEER_WITH_ZLIB
#define NETPEER_WITH_ZLIB 0
#endif
#ifndef NETPEER_WITH_ZSTD
#define NETPEER_WITH_ZSTD 0
#endif
#ifndef NETPEER_WITH_MBEDTLS
#define NETPEER_WITH_MBEDTLS 0
#endif

// NETPEER_ASSERTS: check our own invariants. On unless NDEBUG; never used for bytes from the network.
#ifndef NETPEER_ASSERTS
#ifdef NDEBUG
#define NETPEER_ASSERTS 0
#else
#define NETPEER_ASSERTS 1
#endif
#endif

// NETPEER_NO_THREADS: 1 where there are no threads, or must be none. Queued name lookups (class IP) then happen in the call that
// queues them, which blocks, and IP is for one thread like all the rest.
#ifndef NETPEER_NO_THREADS
#define NETPEER_NO_THREADS 0
#endif

#define NETPEER_OS_WINDOWS 0
#define NETPEER_OS_LINUX 0 // includes Android
#define NETPEER_OS_ANDROID 0
#define NETPEER_OS_APPLE 0
#define NETPEER_OS_BSD 0
#define NETPEER_OS_POSIX 0 // any of the above but Windows

#if defined(_WIN32)
#undef NETPEER_OS_WINDOWS
#define NETPEER_OS_WINDOWS 1
#else
#undef NETPEER_OS_POSIX
#define NETPEER_OS_POSIX 1
#if defined(__linux__)
#undef NETPEER_OS_LINUX
#define NETPEER_OS_LINUX 1
#endif
#if defined(__ANDROID__)
#undef NETPEER_OS_ANDROID
#define NETPEER_OS_ANDROID 1
#endif
#if defined(__APPLE__)
#undef NETPEER_OS_APPLE
#define NETPEER_OS_APPLE 1
#endif
#if defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#undef NETPEER_OS_BSD
#define NETPEER_OS_BSD 1
#endif
#endif
