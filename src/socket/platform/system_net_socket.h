// Private: NetSocket on the system's sockets, one class for the three kinds.
#pragma once

#include "datagram_io_os.h"
#include "os_stream_socket.h"

namespace netpeer {

enum class SocketKind : uint8_t { kNone, kUdp, kTcp, kUnix };

/// How far connect() has come. kQueueFull is a Unix socket's: the system keeps nothing of such an attempt.
enum class ConnectProgress : uint8_t { kIdle, kUnderWay, kQueueFull, kConnected, kFailed };

class SystemNetSocket final : public NetSocket {
public:
	SystemNetSocket() = default;
	~SystemNetSocket() override {
		close();
		destroy_datagram_batch(io_.batch);
	}
	SystemNetSocket(const SystemNetSocket &) = delete;
	SystemNetSocket &operator=(const SystemNetSocket &) = delete;

	Error open_udp(IPType &type) override;
	Error open_tcp(IPType &type) override;
	Error open_unix() override;
	Error bind(const Endpoint &local) override;
	Error bind_path(std::string_view path) override;
	Error listen(int backlog) override;
	Error accept(std::unique_ptr<NetSocket> &out, Endpoint &remote) override;
	Error connect(const Endpoint &remote) override;
	Error connect_path(std::string_view path) override;
	Error connect_result() override;
	Error send(ByteView bytes, size_t &sent) override;
	Error receive(MutBytes buffer, size_t &received) override;
	Error send_patiently(ByteView bytes, size_t &sent) override;
	Error receive_patiently(MutBytes buffer, size_t &received) override;
	Error shutdown(ShutdownHalf half) override;
	int available_bytes() const override;
	Error remote_endpoint(Endpoint &out) const override;
	void close() override;
	bool is_open() const override { return io_.handle != kNoOsSocket; }
	Error local_endpoint(Endpoint &out) override;
	Error receive_batch(DatagramSlot *slots, size_t count, size_t &received) override;
	Error send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) override;
	Error wait_readable(Duration timeout) override { return wait(PollType::POLL_TYPE_IN, timeout); }
	Error wait(PollType type, Duration timeout) override;
	Error set_no_delay(bool enabled) override;
	Error set_keep_alive(bool enabled, int idle_s, int interval_s, int count) override;
	Error set_reuse_address(bool enabled) override;
	Error set_reuse_port(bool enabled) override;
	SocketHandle native_handle() const override;
	Error set_broadcasting_enabled(bool enabled) override;
	Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes) override;
	Error connect_udp(const Endpoint &remote) override;
	Error disconnect_udp() override;
	Error set_fragmentation(Fragmentation fragmentation) override;
	Error join_multicast_group(const IPAddress &group, const MulticastInterface &on) override {
		return change_membership(group, on, true);
	}
	Error leave_multicast_group(const IPAddress &group, const MulticastInterface &on) override {
		return change_membership(group, on, false);
	}
	Error set_multicast_interface(const MulticastInterface &out) override;
	Error set_multicast_ttl(int hops) override;
	Error set_multicast_loopback(bool enabled) override;
	DatagramCaps caps() const override;
	void disable_batching() override;
	const NetSocketCounters &counters() const override { return io_.counters; }
	int last_os_error() const override { return io_.last_error; }

private:
	bool is_stream() const { return kind_ == SocketKind::kTcp || kind_ == SocketKind::kUnix; }
	Error failed(int code, Error error = Error::FAILED) {
		io_.last_error = code;
		return error;
	}
	/// The same for a call after which the contract wants the socket closed.
	Error failed_and_closed(int code, Error error = Error::FAILED) {
		close();
		return failed(code, error);
	}
	Error change_membership(const IPAddress &group, const MulticastInterface &on, bool join);
	Error ask_buffer_size(int option, size_t bytes);
	Error clear_unix_path(const OsUnixAddress &address);
	Error connect_answer(int code);
	Error stream_failure(int code);
	OsPatience become_patient();
	Error send_as(ByteView bytes, size_t &sent, bool patient);
	Error receive_as(MutBytes buffer, size_t &received, bool patient);
	int wait_for_queue(Duration timeout, OsReadiness &out);

	OsSocketLibrary library_;
	DatagramIo io_;
	bool batching_allowed_ = true;
	SocketKind kind_ = SocketKind::kNone;
	ConnectProgress progress_ = ConnectProgress::kIdle;
	bool patient_ = false; // the handle waits by itself
	OsFragmentation system_fragmentation_;
	OsAddress unconnected_local_; // where a UDP socket was bound before connect_udp()
	std::unique_ptr<OsUnixFile> bound_file_;
	std::unique_ptr<SystemNetSocket> spare_; // for the next accept(): made before there is a connection to lose
};

} // namespace netpeer
