/* Debian has a C++ library for its own C library only. Linked with musl, the parts of it that netpeer needs ask for these,
 * which musl has not. A C++ library built for musl does not ask. Used by tools/build_musl. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* "There may be threads." */
char __libc_single_threaded = 0;

/* For std::random_device, which nobody here makes. */
uint32_t arc4random(void) { abort(); }

/* For unwinding: not found this way, look the other way. */
int _dl_find_object(void *address, void *result) {
	(void)address;
	(void)result;
	return -1;
}

/* Nothing here has a destructor per thread. */
int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *module) {
	(void)function;
	(void)object;
	(void)module;
	abort();
}
