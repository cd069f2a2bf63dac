// A key needs mbedTLS to be linked: an installed package has to name the libraries it was built with.
#include <netpeer.h>

int main() {
	const bool has_tls = netpeer::Crypto().generate_ec() != nullptr;
	return has_tls == (NETPEER_WITH_MBEDTLS != 0) ? 0 : 1;
}
