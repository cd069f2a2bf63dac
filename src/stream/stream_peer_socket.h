// StreamPeerSocket: a stream over a socket of the system. Base of TCP and Unix sockets: status, data, waiting.
// How a connection comes about is in the subclasses. Nothing is buffered here: one copy, from or to the kernel.
//
// Call poll() in a loop (each frame): while connecting, only poll() moves the status on, and a remote close is noticed by
// poll() or by reading. Peers from a server begin as STATUS_CONNECTED.
#pragma once

#include "../core/clock.h"
#include "../core/instant.h"
#include "../core/settings.h"
#include "../socket/net_socket.h"
#include "stream_peer.h"

#include <atomic>
#include <memory>

namespace netpeer {

class NameLookup;

/// What a test or an engine may replace; everything is borrowed and must outlive the peer. Not in Godot.
struct StreamPeerSocketHooks {
	Clock *clock = nullptr;             // null: system_clock(). For timeouts
	const Settings *settings = nullptr; // null: default_settings()
	NameLookup *names = nullptr;        // null: system_name_lookup(). TCP only
};

/// Owner thread only, but for cancel(). Only put_data(), get_data(), wait() with a timeout and what a subclass says may
/// block; no data call allocates. Closed by the destructor: input that is still unread then makes the kernel reset the
/// connection, and what was put but not yet sent may be lost; see shutdown_write(). Origin: Godot StreamPeerSocket.
class StreamPeerSocket : public StreamPeer {
public:
	/// Origin: Godot StreamPeerSocket.Status, StreamPeerTCP.Status.
	enum Status : int {
		STATUS_NONE = 0,       // not connected; the other end has closed; or data could not be moved
		STATUS_CONNECTING = 1, // until poll() finds out
		STATUS_CONNECTED = 2,
		STATUS_ERROR = 3, // poll() found that no connection came about or that it broke; disconnect_from_host() resets
	};

	~StreamPeerSocket() override = default;

	/// Moves the status on; never blocks. While connecting: OK when connected or still trying; ERR_CONNECTION_ERROR and
	/// STATUS_ERROR when refused, unreachable or out of time; ERR_CANT_RESOLVE and STATUS_ERROR when a look-up that the
	/// subclass does in the background has failed. While connected: OK, also when the other end has closed and all it sent
	/// has been read, which leads to STATUS_NONE; FAILED and STATUS_ERROR when the connection is broken (a reset; what was
	/// unread is lost). Else OK, nothing happens. Origin: Godot StreamPeerSocket.poll.
	Error poll();
	/// A pure read: call poll() to move it. Origin: Godot StreamPeerSocket.get_status.
	Status get_status() const { return status_; }
	/// Closes at once, from any state. Origin: Godot StreamPeerSocket.disconnect_from_host.
	void disconnect_from_host();
	/// Sleeps until the socket is ready as `type` says or `timeout_ms` has passed; 0 does not sleep, negative is unlimited.
	/// OK: ready (a decided connect counts as ready to send, an end of the stream as ready to read). ERR_BUSY: time is up;
	/// with several addresses to try (StreamPeerTCP::connect_to_host_any) already when poll() is due, see next_poll_time().
	/// ERR_UNAVAILABLE: no open socket, which includes look-ups in the background. ERR_INVALID_PARAMETER, at once: an unknown
	/// type. FAILED: the socket is in error; poll() says more. Origin: Godot StreamPeerSocket.wait.
	Error wait(PollType type, int timeout_ms = 0);
	/// What the kernel holds for us; 0 while connecting; -1 when closed. Origin: Godot StreamPeer.get_available_bytes.
	int get_available_bytes() const override { return count_available(); }

	// Data, as documented in StreamPeer, and here. FAILED, and nothing moved: not STATUS_CONNECTED (also while connecting).
	// FAILED and STATUS_NONE: the connection is broken. put_data() and get_data() wait without limit unless
	// set_blocking_timeout() sets one: ERR_TIMEOUT, or ERR_SKIP after cancel(), both with the connection still there.
	// get_data(), get_partial_data(): ERR_FILE_EOF and STATUS_NONE at the end of the stream.

	using StreamPeer::put_data;
	/// put_data() that says how much has gone, also on error. Not in Godot.
	Error put_data(ByteView data, size_t &sent);

	// --- not in Godot ---

	/// How long put_data(), get_data() and the typed calls may wait in all; negative, the default: without limit; 0: not
	/// at all.
	void set_blocking_timeout(int timeout_ms) { blocking_timeout_ms_ = timeout_ms; }
	/// Any thread, while the peer lives. Ends the blocking data call under way, or the next one that would have to wait,
	/// within kCancelLatencyMs: it answers ERR_SKIP. What was moved is moved. disconnect_from_host() forgets it.
	void cancel() { cancelled_.store(true, std::memory_order_release); }
	/// How long a call may go on after cancel(), in milliseconds.
	static constexpr int kCancelLatencyMs = 100;
	/// Ends our half: the other end reads what was put before and then the end of the stream. Reading goes on. To close
	/// without losing data: this, read until ERR_FILE_EOF, disconnect_from_host(). Puts answer FAILED from now on.
	/// FAILED: not connected, or the system refuses. OK when it was done before.
	Error shutdown_write();
	/// With true, the end of the other half does not close ours: STATUS_CONNECTED stays, gets answer ERR_FILE_EOF and puts
	/// go on, until shutdown_write() (and a poll() or a get), disconnect_from_host() or an error. Default false, as Godot.
	void set_keep_write_on_eof(bool keep) { keep_write_on_eof_ = keep; }
	/// Whether the other end has closed in order and all it sent was read; until the next connect or disconnect.
	bool is_read_eof() const { return read_eof_; }
	/// Why the last attempt to connect ended in STATUS_ERROR: ERR_TIMEOUT, ERR_CANT_RESOLVE, or ERR_CONNECTION_ERROR. OK
	/// before and between.
	Error get_connect_error() const { return connect_error_; }
	/// Asks for kernel buffers of these sizes, in bytes; 0 leaves one as it is. ERR_UNCONFIGURED: no socket (in a look-up
	/// there is none either). FAILED: the system refuses.
	Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes);
	/// The system's number for the last failure of this peer's socket; 0 when there was none.
	int last_os_error() const { return socket_ != nullptr ? socket_->last_os_error() : last_os_error_; }
	/// For an event loop of yours or a SocketWaiter; kNoSocketHandle when there is no socket. It stays this object's, and
	/// may change while connecting. Stop watching it before the status leaves CONNECTING or CONNECTED.
	SocketHandle native_handle() const;
	/// When poll() should be called again at the latest, whatever the socket says: the end of the time for connecting or
	/// the next attempt; every 10 ms while several are under way, of which native_handle() is but one; at once during a
	/// look-up; never() else.
	Instant next_poll_time() const;

	/// As poll(), but for what reading finds as well, and with it what came before a reset: once connected, nothing.
	Error poll_stream() override { return status_ == STATUS_CONNECTED ? Error::OK : poll(); }
	Error wait_stream(PollType type, int timeout_ms) override { return wait(type, timeout_ms); }

protected:
	/// `hooks` is copied; what it points to is borrowed and must outlive the peer.
	explicit StreamPeerSocket(const StreamPeerSocketHooks &hooks) : hooks_(hooks) {}

	// --- for the subclasses ---

	/// Goes on with a connection under way. OK: socket_ is connected. ERR_BUSY: not yet. Else: it will not come about.
	virtual Error continue_connect(Instant now) = 0;
	/// The connection or the attempt is over: forgets the other end, look-ups and spare sockets.
	virtual void forget_target() = 0;
	/// @{
	/// While connecting: which socket to wait for, and when continue_connect() is due without it.
	virtual NetSocket *connecting_socket() const { return socket_.get(); }
	virtual Instant next_connect_step() const { return Instant::never(); }
	/// @}

	/// @{
	/// What the hooks say, or the system's and the default.
	Clock &clock() const { return hooks_.clock != nullptr ? *hooks_.clock : system_clock(); }
	const Settings &settings() const { return hooks_.settings != nullptr ? *hooks_.settings : default_settings(); }
	/// @}
	/// From STATUS_NONE, with what NetSocket::connect*() has answered: enters CONNECTED or CONNECTING and answers OK, or
	/// closes and answers FAILED.
	Error begin_connect(Error answer, int timeout_seconds);
	/// An accepted connection.
	void adopt(std::unique_ptr<NetSocket> socket);
	/// For last_os_error(), when the socket that failed was not socket_.
	void note_os_error(int number) { last_os_error_ = number; }
	/// Closes and enters `next`.
	void leave(Status next);

	StreamPeerSocketHooks hooks_;       // as given at construction
	std::unique_ptr<NetSocket> socket_; // null, or open

private:
	Error write_all(ByteView data) override {
		size_t sent = 0;
		return write_blocking(data, sent);
	}
	Error write_some(ByteView data, size_t &sent) override { return write_now(data, sent); }
	Error read_all(MutBytes data, size_t &received) override { return read_blocking(data, received); }
	Error read_some(MutBytes data, size_t &received) override { return read_now(data, received); }

	int count_available() const;
	Error write_blocking(ByteView data, size_t &sent);
	Error write_now(ByteView data, size_t &sent);
	Error read_blocking(MutBytes data, size_t &received);
	Error read_now(MutBytes data, size_t &received);
	/// Whether a blocking call may sleep in send() and receive() as well: not with a time limit, which wait() keeps.
	bool may_be_patient() const { return blocking_timeout_ms_ < 0 && !cancelled_.load(std::memory_order_acquire); }
	Error block(PollType type, Instant &deadline);
	Error poll_connecting();
	Error poll_connected();
	void meet_eof();
	void take_held_byte(MutBytes data, size_t &received);
	Error break_off();

	Status status_ = STATUS_NONE;
	Instant connect_deadline_ = Instant::never();
	Error connect_error_ = Error::OK;
	int last_os_error_ = 0; // of a socket that is gone
	int blocking_timeout_ms_ = -1;
	bool keep_write_on_eof_ = false;
	bool read_eof_ = false;
	bool write_ended_ = false;
	bool has_held_byte_ = false; // poll() asked for the end and got a byte
	uint8_t held_byte_ = 0;
	std::atomic<bool> cancelled_{false};
};

} // namespace netpeer
