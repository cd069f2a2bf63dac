// TCP and Unix sockets, clients and servers. tools/report_size links this; nobody runs it.
#include "netpeer.h"

using namespace netpeer;

int main(int argc, char **argv) {
	TCPServer server;
	UDSServer local_server;
	if (server.listen(0, "127.0.0.1") != Error::OK || local_server.listen("socket") != Error::OK) return 1;
	StreamPeerTCP client;
	if (client.connect_to_host(argc > 1 ? argv[1] : "127.0.0.1", server.get_local_port()) != Error::OK) return 1;
	StreamPeerUDS local;
	if (local.connect_to_host("socket") != Error::OK) return 1;
	const std::shared_ptr<StreamPeerTCP> accepted = server.take_connection();
	const std::shared_ptr<StreamPeerUDS> local_accepted = local_server.take_connection();
	if (accepted == nullptr || local_accepted == nullptr || accepted->poll() != Error::OK) return 1;
	accepted->put_u32(1);
	local_accepted->put_u32(2);
	return client.get_u32() == 1 && local.get_u32() == 2 ? 0 : 1;
}
