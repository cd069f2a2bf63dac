// Interfaces through the kernel's routing socket. In use on Android below level 24; built and tested on every Linux.
#include "interfaces_os.h"

#if NETPEER_OS_LINUX

#include "../netlink_reply.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace netpeer {

namespace {

// The kernel fills at most 8 KiB per datagram for readers with less than 32 KiB of room.
constexpr size_t kNetlinkDatagramBytes = 16384;
// A list that changes each time we ask will not settle for us.
constexpr int kNetlinkAttempts = 4;
static_assert(kNetlinkNameBytes == IF_NAMESIZE, "netlink_reply.h spells the kernel's number");

class NetlinkSocket {
public:
	NetlinkSocket() : handle_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
		if (handle_ < 0) return;
		// The kernel answers at once. Something between us and it (an emulator, a sandbox) may not answer at all.
		timeval limit{};
		limit.tv_sec = 2;
		(void)setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	}
	~NetlinkSocket() {
		if (handle_ >= 0) (void)close(handle_);
	}
	NetlinkSocket(const NetlinkSocket &) = delete;
	NetlinkSocket &operator=(const NetlinkSocket &) = delete;

	bool is_open() const { return handle_ >= 0; }

	// Asks for every address of both families. Never bound: the kernel gives it a port by itself, and newer Android
	// forbids bind().
	bool ask(uint32_t sequence) {
		struct {
			nlmsghdr header;
			ifaddrmsg message;
		} request{};
		request.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.message));
		request.header.nlmsg_type = RTM_GETADDR;
		request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		request.header.nlmsg_seq = sequence;
		request.message.ifa_family = AF_UNSPEC;
		sockaddr_nl kernel{};
		kernel.nl_family = AF_NETLINK;
		ssize_t sent = 0;
		do {
			sent = sendto(handle_, &request, request.header.nlmsg_len, 0, reinterpret_cast<const sockaddr *>(&kernel),
			        sizeof(kernel));
		} while (sent < 0 && errno == EINTR);
		return sent == static_cast<ssize_t>(request.header.nlmsg_len);
	}

	// One datagram of the kernel's; others may send to this socket too and are passed over.
	bool receive(uint8_t *buffer, size_t room, ByteView &datagram) {
		for (;;) {
			sockaddr_nl from{};
			iovec piece{};
			piece.iov_base = buffer;
			piece.iov_len = room;
			msghdr message{};
			message.msg_name = &from;
			message.msg_namelen = sizeof(from);
			message.msg_iov = &piece;
			message.msg_iovlen = 1;
			const ssize_t size = recvmsg(handle_, &message, 0);
			if (size < 0 && errno == EINTR) continue;
			if (size <= 0 || (message.msg_flags & MSG_TRUNC) != 0) return false;
			if (from.nl_pid != 0) continue;
			datagram = ByteView(buffer, static_cast<size_t>(size));
			return true;
		}
	}

private:
	int handle_;
};

void netlink_gather(void *user, const NetlinkAddress &found) {
	char name[IF_NAMESIZE] = {};
	// IPv6 addresses have no label.
	if (found.label[0] != '\0') {
		std::memcpy(name, found.label, sizeof(name));
	} else if (if_indextoname(found.index, name) == nullptr) {
		return; // gone meanwhile
	}
	static_cast<InterfaceVisitor *>(user)->add(name, name, found.index, found.address);
}

Error netlink_gather_once(uint32_t sequence, InterfaceVisitor &gatherer, bool &interrupted) {
	NetlinkSocket socket;
	if (!socket.is_open() || !socket.ask(sequence)) return Error::FAILED;
	alignas(4) uint8_t buffer[kNetlinkDatagramBytes];
	NetlinkReply reply;
	while (!reply.done) {
		ByteView datagram;
		if (!socket.receive(buffer, sizeof(buffer), datagram)) return Error::FAILED;
		if (read_netlink_addresses(datagram, sequence, netlink_gather, &gatherer, reply) != Error::OK)
			return Error::FAILED;
	}
	interrupted = reply.interrupted;
	return reply.error == 0 ? Error::OK : Error::FAILED;
}

} // namespace

Error gather_netlink_interfaces(InterfaceVisitor &gatherer) {
	for (int attempt = 1;; ++attempt) {
		bool interrupted = false;
		NETPEER_TRY(netlink_gather_once(static_cast<uint32_t>(attempt), gatherer, interrupted));
		if (!interrupted || attempt == kNetlinkAttempts) return Error::OK;
		gatherer.begin_again();
	}
}

} // namespace netpeer

#endif // NETPEER_OS_LINUX
