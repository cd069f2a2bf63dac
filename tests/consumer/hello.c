/* The C face of a library in C++: what links it must name the C++ run-time, too. */
#include <netpeer_c.h>

int main(void) {
	return netpeer_abi_version() == NETPEER_C_ABI_VERSION ? 0 : 1;
}
