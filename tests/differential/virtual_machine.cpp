// libenet's clock and sockets. It calls its own functions through the dynamic linker, which finds these first.
#include "virtual_machine.h"

#include <enet/enet.h>

#include <cstring>

using namespace netpeer;
using netpeer_test::VirtualMachine;

VirtualMachine *VirtualMachine::current_ = nullptr;

namespace {

Endpoint endpoint_of(const ENetAddress &address) {
	uint8_t bytes[4];
	std::memcpy(bytes, &address.host, 4); // in network order
	return Endpoint{IPAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]), address.port};
}

ENetAddress address_of(const Endpoint &endpoint) {
	ENetAddress address;
	std::memcpy(&address.host, endpoint.address.get_ipv4(), 4);
	address.port = endpoint.port;
	return address;
}

Endpoint *endpoint_of_socket(ENetSocket socket) {
	VirtualMachine *machine = VirtualMachine::current();
	return machine != nullptr && socket >= 0 && static_cast<size_t>(socket) < machine->sockets.size()
	               ? &machine->sockets[static_cast<size_t>(socket)]
	               : nullptr;
}

} // namespace

void VirtualMachine::take_in() {
	if (socket_buffer_bytes == 0) return;
	buffers_.resize(sockets.size());
	uint8_t bytes[65536];
	DatagramSlot slot;
	slot.buffer = MutBytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sockets.size(); ++i) {
		if (sockets[i].port == 0) continue;
		while (network.receive(now, sockets[i], slot) == Error::OK) {
			if (buffers_[i].bytes + room_of(slot.size) > socket_buffer_bytes) {
				++dropped_by_sockets;
				continue;
			}
			buffers_[i].bytes += room_of(slot.size);
			buffers_[i].datagrams.push_back(Held{slot.from, std::vector<uint8_t>(bytes, bytes + slot.size)});
		}
	}
}

bool VirtualMachine::take_out(size_t socket, DatagramSlot &slot) {
	if (socket_buffer_bytes == 0) return network.receive(now, sockets[socket], slot) == Error::OK;
	take_in();
	Buffer &buffer = buffers_[socket];
	while (!buffer.datagrams.empty()) {
		const Held held = std::move(buffer.datagrams.front());
		buffer.datagrams.pop_front();
		buffer.bytes -= room_of(held.bytes.size());
		if (held.bytes.size() > slot.buffer.size) continue;
		if (!held.bytes.empty()) std::memcpy(slot.buffer.data, held.bytes.data(), held.bytes.size());
		slot.from = held.from;
		slot.size = held.bytes.size();
		return true;
	}
	return false;
}

extern "C" {

enet_uint32 enet_time_get(void) {
	VirtualMachine *machine = VirtualMachine::current();
	if (machine == nullptr) return 0;
	++machine->clock_readings;
	return static_cast<enet_uint32>(machine->now.us / 1000);
}

enet_uint32 enet_host_random_seed(void) {
	VirtualMachine *machine = VirtualMachine::current();
	return machine != nullptr ? static_cast<enet_uint32>(machine->next_seed()) : 1;
}

ENetSocket enet_socket_create(ENetSocketType) {
	VirtualMachine *machine = VirtualMachine::current();
	if (machine == nullptr) return ENET_SOCKET_NULL;
	machine->sockets.emplace_back();
	return static_cast<ENetSocket>(machine->sockets.size() - 1);
}

int enet_socket_bind(ENetSocket socket, const ENetAddress *address) {
	Endpoint *at = endpoint_of_socket(socket);
	if (at == nullptr || address == nullptr) return -1;
	SimNetwork &network = VirtualMachine::current()->network;
	Endpoint wanted = endpoint_of(*address);
	if (wanted.port == 0) wanted.port = network.free_port(wanted.address);
	if (network.attach(wanted) != Error::OK) return -1;
	*at = wanted;
	return 0;
}

int enet_socket_get_address(ENetSocket socket, ENetAddress *address) {
	const Endpoint *at = endpoint_of_socket(socket);
	if (at == nullptr) return -1;
	*address = address_of(*at);
	return 0;
}

int enet_socket_set_option(ENetSocket, ENetSocketOption, int) { return 0; }

int enet_socket_send(ENetSocket socket, const ENetAddress *to, const ENetBuffer *buffers, size_t count) {
	const Endpoint *at = endpoint_of_socket(socket);
	if (at == nullptr || to == nullptr) return -1;
	std::vector<uint8_t> bytes;
	for (size_t i = 0; i < count; ++i) {
		const uint8_t *piece = static_cast<const uint8_t *>(buffers[i].data);
		bytes.insert(bytes.end(), piece, piece + buffers[i].dataLength);
	}
	VirtualMachine *machine = VirtualMachine::current();
	++machine->sent;
	const ByteView view(bytes.data(), bytes.size());
	if (machine->network.send(machine->now, *at, endpoint_of(*to), view) != Error::OK) return -1;
	return static_cast<int>(bytes.size());
}

int enet_socket_receive(ENetSocket socket, ENetAddress *from, ENetBuffer *buffers, size_t count) {
	const Endpoint *at = endpoint_of_socket(socket);
	if (at == nullptr || count != 1) return -1;
	DatagramSlot slot;
	slot.buffer = MutBytes(static_cast<uint8_t *>(buffers[0].data), buffers[0].dataLength);
	VirtualMachine *machine = VirtualMachine::current();
	if (!machine->take_out(static_cast<size_t>(socket), slot)) return 0;
	if (from != nullptr) *from = address_of(slot.from);
	return static_cast<int>(slot.size);
}

// Time does not pass while anybody waits.
int enet_socket_wait(ENetSocket, enet_uint32 *condition, enet_uint32) {
	*condition = ENET_SOCKET_WAIT_NONE;
	return 0;
}

void enet_socket_destroy(ENetSocket socket) {
	Endpoint *at = endpoint_of_socket(socket);
	if (at == nullptr || at->port == 0) return;
	VirtualMachine::current()->network.detach(*at);
	*at = Endpoint();
}

} // extern "C"
