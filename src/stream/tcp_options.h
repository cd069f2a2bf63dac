// What is set on a TCP connection's socket, kept for sockets that do not exist yet.
#pragma once

#include "../socket/net_socket.h"

namespace netpeer {

struct TcpOptions {
	bool sets_no_delay = false;
	bool no_delay = false;
	bool sets_keep_alive = false;
	bool keep_alive = false;
	int keep_alive_idle_s = 0;
	int keep_alive_interval_s = 0;
	int keep_alive_count = 0;

	/// The first error; all are tried.
	Error apply(NetSocket &socket) const {
		Error error = Error::OK;
		if (sets_no_delay) error = socket.set_no_delay(no_delay);
		if (!sets_keep_alive) return error;
		const Error alive =
		        socket.set_keep_alive(keep_alive, keep_alive_idle_s, keep_alive_interval_s, keep_alive_count);
		return error != Error::OK ? error : alive;
	}
};

} // namespace netpeer
