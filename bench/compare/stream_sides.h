// One TCP connection in four libraries behind the same two calls: all of these bytes out, all of these bytes in.
#pragma once

#include "../../src/netpeer.h"

#if COMPARE_WITH_ASIO
#include <asio.hpp>
#endif
#if COMPARE_WITH_UV
#include <uv.h>
#endif

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace compare {

[[noreturn]] inline void stream_failed(const char *why) {
	std::fprintf(stderr, "compare: %s\n", why);
	std::exit(1);
}
inline void stream_require(bool holds, const char *why) {
	if (!holds) stream_failed(why);
}

/// What everybody writes first: blocking sockets, send() and recv() until all is moved.
struct PlainSide {
	class Stream {
	public:
		explicit Stream(int handle) : handle_(handle) {
			const int on = 1;
			stream_require(setsockopt(handle_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "plain: no delay");
		}
		Stream(Stream &&other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
		Stream &operator=(Stream &&) = delete;
		~Stream() {
			if (handle_ >= 0) (void)close(handle_);
		}
		/// The caller closes it.
		int release() { return std::exchange(handle_, -1); }
		void put_all(const uint8_t *bytes, size_t size) {
			while (size != 0) {
				const ssize_t sent = send(handle_, bytes, size, MSG_NOSIGNAL);
				stream_require(sent > 0, "plain: send");
				bytes += sent;
				size -= static_cast<size_t>(sent);
			}
		}
		void get_all(uint8_t *bytes, size_t size) {
			while (size != 0) {
				const ssize_t received = recv(handle_, bytes, size, 0);
				stream_require(received > 0, "plain: recv");
				bytes += received;
				size -= static_cast<size_t>(received);
			}
		}

	private:
		int handle_;
	};
	class Listener {
	public:
		Listener() : handle_(socket(AF_INET, SOCK_STREAM, 0)) {
			sockaddr_in address = loopback(0);
			stream_require(bind(handle_, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0, "plain: bind");
			stream_require(listen(handle_, 8) == 0, "plain: listen");
		}
		uint16_t port() const {
			sockaddr_in address{};
			socklen_t size = sizeof address;
			stream_require(getsockname(handle_, reinterpret_cast<sockaddr *>(&address), &size) == 0, "plain: port");
			return ntohs(address.sin_port);
		}
		Stream accept() { return Stream(::accept(handle_, nullptr, nullptr)); }

	private:
		int handle_;
	};
	static Stream connect(uint16_t port) {
		const int handle = socket(AF_INET, SOCK_STREAM, 0);
		sockaddr_in address = loopback(port);
		stream_require(
		        ::connect(handle, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0, "plain: connect");
		return Stream(handle);
	}

private:
	static sockaddr_in loopback(uint16_t port) {
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_port = htons(port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return address;
	}
};

/// StreamPeerTCP and TCPServer, as Godot's users call them.
struct NetpeerStreams {
	class Stream {
	public:
		explicit Stream(std::shared_ptr<netpeer::StreamPeerTCP> peer) : peer_(std::move(peer)) {
			peer_->set_no_delay(true);
		}
		void put_all(const uint8_t *bytes, size_t size) {
			stream_require(peer_->put_data(netpeer::ByteView(bytes, size)) == netpeer::Error::OK, "netpeer: put_data");
		}
		void get_all(uint8_t *bytes, size_t size) {
			stream_require(peer_->get_data(netpeer::MutBytes(bytes, size)) == netpeer::Error::OK, "netpeer: get_data");
		}

	private:
		std::shared_ptr<netpeer::StreamPeerTCP> peer_;
	};
	class Listener {
	public:
		Listener() { stream_require(server_.listen(0, "127.0.0.1") == netpeer::Error::OK, "netpeer: listen"); }
		uint16_t port() const { return static_cast<uint16_t>(server_.get_local_port()); }
		Stream accept() {
			std::shared_ptr<netpeer::StreamPeerTCP> peer;
			while (peer == nullptr) peer = server_.take_connection();
			return Stream(std::move(peer));
		}

	private:
		netpeer::TCPServer server_;
	};
	static Stream connect(uint16_t port) {
		auto peer = std::make_shared<netpeer::StreamPeerTCP>();
		stream_require(peer->connect_to_host("127.0.0.1", port) == netpeer::Error::OK, "netpeer: connect");
		while (peer->get_status() == netpeer::StreamPeerTCP::STATUS_CONNECTING) {
			stream_require(peer->poll() == netpeer::Error::OK, "netpeer: poll");
		}
		return Stream(std::move(peer));
	}
};

#if COMPARE_WITH_ASIO
/// asio's synchronous calls; asio::write and asio::read move everything.
struct AsioSide {
	class Stream {
	public:
		explicit Stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
			socket_.set_option(asio::ip::tcp::no_delay(true));
		}
		void put_all(const uint8_t *bytes, size_t size) {
			asio::error_code error;
			stream_require(asio::write(socket_, asio::buffer(bytes, size), error) == size, "asio: write");
		}
		void get_all(uint8_t *bytes, size_t size) {
			asio::error_code error;
			stream_require(asio::read(socket_, asio::buffer(bytes, size), error) == size, "asio: read");
		}

	private:
		asio::ip::tcp::socket socket_;
	};
	class Listener {
	public:
		uint16_t port() const { return acceptor_.local_endpoint().port(); }
		Stream accept() { return Stream(acceptor_.accept()); }

	private:
		asio::ip::tcp::acceptor acceptor_{context(), {asio::ip::address_v4::loopback(), 0}};
	};
	static Stream connect(uint16_t port) {
		asio::ip::tcp::socket socket(context());
		socket.connect({asio::ip::address_v4::loopback(), port});
		return Stream(std::move(socket));
	}

private:
	static asio::io_context &context() {
		static asio::io_context one;
		return one;
	}
};
#endif

#if COMPARE_WITH_UV
/// libuv has only its loop: each call runs it until the call is done. Reading stays switched on, as its users do.
struct UvSide {
	class Stream {
	public:
		explicit Stream(int handle) : state_(std::make_unique<State>()) {
			stream_require(uv_loop_init(&state_->loop) == 0, "libuv: loop");
			stream_require(uv_tcp_init(&state_->loop, &state_->tcp) == 0, "libuv: tcp");
			stream_require(uv_tcp_open(&state_->tcp, handle) == 0, "libuv: open");
			stream_require(uv_tcp_nodelay(&state_->tcp, 1) == 0, "libuv: no delay");
			state_->tcp.data = state_.get();
			stream_require(uv_read_start(stream(), offer, took) == 0, "libuv: read");
		}
		void put_all(const uint8_t *bytes, size_t size) {
			uv_buf_t buffer =
			        uv_buf_init(reinterpret_cast<char *>(const_cast<uint8_t *>(bytes)), static_cast<unsigned>(size));
			state_->writing = true;
			stream_require(uv_write(&state_->write, stream(), &buffer, 1, wrote) == 0, "libuv: write");
			while (state_->writing) (void)uv_run(&state_->loop, UV_RUN_ONCE);
		}
		void get_all(uint8_t *bytes, size_t size) {
			State &state = *state_;
			const size_t early = size < state.early_bytes ? size : state.early_bytes;
			std::memcpy(bytes, state.early, early);
			std::memmove(state.early, state.early + early, state.early_bytes - early);
			state.early_bytes -= early;
			state.wanted = bytes + early;
			state.wanted_bytes = size - early;
			while (state.wanted_bytes != 0) (void)uv_run(&state.loop, UV_RUN_ONCE);
		}

	private:
		struct State {
			uv_loop_t loop;
			uv_tcp_t tcp;
			uv_write_t write;
			bool writing = false;
			uint8_t *wanted = nullptr;
			size_t wanted_bytes = 0;
			char early[1 << 16]; // what came while nobody had asked
			size_t early_bytes = 0;
		};
		uv_stream_t *stream() { return reinterpret_cast<uv_stream_t *>(&state_->tcp); }
		static void offer(uv_handle_t *handle, size_t, uv_buf_t *buffer) {
			State &state = *static_cast<State *>(handle->data);
			*buffer = state.wanted_bytes != 0 ? uv_buf_init(reinterpret_cast<char *>(state.wanted),
			                                            static_cast<unsigned>(state.wanted_bytes))
			                                  : uv_buf_init(state.early + state.early_bytes,
			                                            static_cast<unsigned>(sizeof state.early - state.early_bytes));
		}
		static void took(uv_stream_t *handle, ssize_t size, const uv_buf_t *) {
			State &state = *static_cast<State *>(handle->data);
			if (size < 0 && state.wanted_bytes == 0) return; // nobody has asked: no room, or the end
			stream_require(size >= 0, "libuv: read");
			const size_t count = static_cast<size_t>(size);
			if (state.wanted_bytes != 0) {
				state.wanted += count;
				state.wanted_bytes -= count;
			} else {
				state.early_bytes += count;
			}
		}
		static void wrote(uv_write_t *request, int status) {
			stream_require(status == 0, "libuv: write");
			static_cast<State *>(request->handle->data)->writing = false;
		}

		std::unique_ptr<State> state_; // left open: the process ends after it
	};
	class Listener {
	public:
		uint16_t port() const { return listener_.port(); }
		Stream accept() { return Stream(plain_handle(listener_.accept())); }

	private:
		PlainSide::Listener listener_;
	};
	static Stream connect(uint16_t port) { return Stream(plain_handle(PlainSide::connect(port))); }

private:
	// How a connection comes about is not measured.
	static int plain_handle(PlainSide::Stream stream) { return stream.release(); }
};
#endif

} // namespace compare
