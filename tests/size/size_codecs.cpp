// Compression for ENet, in every mode that is built in. tools/report_size links this; nobody runs it.
#include "netpeer.h"

using namespace netpeer;

int main(int argc, char **) {
	ENetConnection host;
	if (host.create_host_bound("*", 7777) != Error::OK) return 1;
	host.compress(static_cast<ENetConnection::CompressionMode>(argc));
	return host.service(0).type;
}
