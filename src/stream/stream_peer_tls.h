// StreamPeerTLS: an encrypted stream over any other stream, as client or server. Godot's class of that name.
//
//     tls.connect_to_stream(tcp, "example.org"); then each frame: tls.poll(), until it is STATUS_CONNECTED; then put and get.
//
// The protocol is TlsSession's; here is who carries its bytes. Built without mbedTLS both ways to begin answer
// ERR_UNAVAILABLE. SECURITY: TLSOptions::client_unsafe() without a chain checks nothing.
#pragma once

#include "../core/clock.h"
#include "../core/random_source.h"
#include "../socket/net_socket.h"
#include "../tls/tls_session.h"
#include "stream_peer.h"

#include <atomic>
#include <memory>

namespace netpeer {

/// What a test or an engine may replace; everything is borrowed and must outlive the peer. Not in Godot.
struct StreamPeerTLSHooks {
	Clock *clock = nullptr;         // null: system_clock(). For time limits
	RandomSource *random = nullptr; // null: default_random()
	const Allocator *allocator =
	        nullptr;       // null: default_allocator(). For the input buffer; the session has its own source
	int64_t unix_time = 0; // what certificates' dates are compared with; 0: the system's
};

/// Owner thread only, but for cancel(). Only put_data(), get_data(), the typed calls and wait() with a timeout block. Takes
/// some 18 KiB of its allocator, and what the session needs, while it is in use. The destructor disconnects.
/// Origin: Godot StreamPeerTLS.
class StreamPeerTLS : public StreamPeer {
public:
	/// Origin: Godot StreamPeerTLS.Status.
	enum Status : int {
		STATUS_DISCONNECTED = 0, // not in use, closed by either end, or broken after it was connected
		STATUS_HANDSHAKING = 1,
		STATUS_CONNECTED = 2,
		STATUS_ERROR = 3,                   // the handshake failed: get_failure()
		STATUS_ERROR_HOSTNAME_MISMATCH = 4, // it failed, and the certificate is for another name
	};

	StreamPeerTLS() : StreamPeerTLS(StreamPeerTLSHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit StreamPeerTLS(const StreamPeerTLSHooks &hooks);
	~StreamPeerTLS() override { disconnect_from_stream(); }

	/// Begins a client's handshake over `stream`, which should be connected and is nobody else's from now on; poll() goes on
	/// with it. `common_name` is what the certificate must be for, unless the options say otherwise; null `options` are
	/// TLSOptions::client(). The stream and the options are kept as long as the peer is in use, and their keys and
	/// certificates cannot be loaded anew meanwhile. ERR_INVALID_PARAMETER: null stream or name, the options of a server.
	/// ERR_ALREADY_IN_USE: handshaking or connected. ERR_UNCONFIGURED: must check against the default authorities, and there
	/// are none. ERR_OUT_OF_MEMORY. ERR_UNAVAILABLE: built without mbedTLS. The status does not change by these.
	/// FAILED and STATUS_ERROR: the stream is not connected, or broke at once. Origin: Godot StreamPeerTLS.connect_to_stream.
	Error connect_to_stream(std::shared_ptr<StreamPeer> stream, const char *common_name,
	        std::shared_ptr<const TLSOptions> options = nullptr);
	/// Begins a server's handshake, otherwise as connect_to_stream(). ERR_INVALID_PARAMETER: null stream, options that are
	/// null or a client's, no key or certificate in them, or a key that does not belong to it. The status is
	/// STATUS_HANDSHAKING then (in Godot already STATUS_CONNECTED). Origin: Godot StreamPeerTLS.accept_stream.
	Error accept_stream(std::shared_ptr<StreamPeer> stream, std::shared_ptr<const TLSOptions> server_options);
	/// Polls the stream below, moves what waits in both directions and the status on; never blocks. While plaintext waits to
	/// be read, no more is taken from below. OK: nothing is wrong, or the other end has closed in order and all it sent has
	/// been read, which leads to STATUS_DISCONNECTED. ERR_CONNECTION_ERROR: the handshake failed (STATUS_ERROR,
	/// STATUS_ERROR_HOSTNAME_MISMATCH), or a connection broke and all that came before has been read
	/// (STATUS_DISCONNECTED). ERR_UNCONFIGURED, without any effect: not in use. Origin: Godot StreamPeerTLS.poll.
	IgnorableError poll();
	/// A pure read: call poll() to move it. Origin: Godot StreamPeerTLS.get_status.
	Status get_status() const { return status_; }
	/// The stream below while handshaking or connected, else null. Origin: Godot StreamPeerTLS.get_stream.
	std::shared_ptr<StreamPeer> get_stream() const { return stream_; }
	/// While connected: one attempt to send what waits and close_notify, without which the other end takes what it got for
	/// cut off. Lets go of the stream, which stays open. STATUS_DISCONNECTED; nothing when not in use.
	/// Origin: Godot StreamPeerTLS.disconnect_from_stream.
	void disconnect_from_stream();

	// Data, as documented in StreamPeer, and here. ERR_UNCONFIGURED, and nothing moved: not STATUS_CONNECTED.
	// ERR_FILE_EOF: the other end has closed in order (gets: after the last byte was given) and STATUS_DISCONNECTED.
	// ERR_CONNECTION_ERROR and STATUS_DISCONNECTED: broken, or the stream below ended without close_notify: cut off by
	// whoever sits between, perhaps. While bytes that came before are unread, a put that fails leaves STATUS_CONNECTED.
	// put_data() and get_data() wait without limit unless set_blocking_timeout() sets one: ERR_TIMEOUT, or ERR_SKIP after
	// cancel(), both with the connection still there. A stream below that cannot be waited for (wait_stream()) is waited for
	// in its own put_data() and get_data(); ERR_BUSY of these is passed on as well. put_partial_data(): what counts as
	// sent may leave with later calls.

	/// Decrypted bytes that can be taken at once: of one record, so at most 16384; poll() looks for more. 0 when not
	/// connected. Origin: Godot StreamPeer.get_available_bytes.
	int get_available_bytes() const override;

	// --- not in Godot ---

	/// Sleeps until poll() or a data call has something to do as `type` says, or `timeout_ms` has passed; 0 does not sleep,
	/// negative is unlimited. OK, ERR_BUSY: time is up, ERR_UNAVAILABLE: not in use, or nothing below to wait for.
	/// ERR_INVALID_PARAMETER, at once: an unknown type. Else an error of the stream below: poll() says more.
	Error wait(PollType type, int timeout_ms = 0);
	/// Whether what counts as sent waits for room below: for loops of your own, which then call poll() when there is some.
	bool has_pending_output() const { return session_ != nullptr && !session_->drain().empty(); }
	/// How long put_data(), get_data() and the typed calls may wait in all; negative, the default: without limit; 0: not
	/// at all.
	void set_blocking_timeout(int timeout_ms) { blocking_timeout_ms_ = timeout_ms; }
	/// Any thread, while the peer lives. Ends the blocking data call under way, or the next one that would have to wait,
	/// within kCancelLatencyMs: it answers ERR_SKIP. disconnect_from_stream() forgets it.
	void cancel() { cancelled_.store(true, std::memory_order_release); }
	/// How long a call may go on after cancel(), in milliseconds.
	static constexpr int kCancelLatencyMs = 100;
	/// Why the last connection or handshake ended; kNone before, and while one is under way.
	TlsFailure get_failure() const { return end_.failure(); }
	/// The same in the backend's words; "" when there are none. Valid until the next call of this object.
	const char *get_failure_detail() const { return end_.detail(); }
	/// @{
	/// While connected "TLSv1.2" or the like, and the suite's name; else "". Valid until the next call of this object.
	const char *get_protocol() const { return session_ != nullptr ? session_->protocol() : ""; }
	const char *get_cipher_suite() const { return session_ != nullptr ? session_->cipher_suite() : ""; }
	/// @}
	/// What the other end presented, leaf first: since the handshake was over, and kept until the next begins. Null: nothing.
	const std::shared_ptr<X509Certificate> &get_peer_certificate() const { return peer_certificate_; }

	Error poll_stream() override { return is_in_use() ? Error(poll()) : Error::OK; }
	Error wait_stream(PollType type, int timeout_ms) override { return wait(type, timeout_ms); }

private:
	Error write_all(ByteView data) override;
	Error write_some(ByteView data, size_t &sent) override;
	Error read_all(MutBytes data, size_t &received) override;
	Error read_some(MutBytes data, size_t &received) override;

	Clock &clock() const { return hooks_.clock != nullptr ? *hooks_.clock : system_clock(); }
	bool is_wire_fed() const { return wire_begin_ == wire_.size(); }
	bool is_in_use() const { return status_ == STATUS_HANDSHAKING || status_ == STATUS_CONNECTED; }
	Error begin(std::shared_ptr<StreamPeer> stream, const char *name, std::shared_ptr<const TLSOptions> options);
	Error encrypt(ByteView data, size_t &sent);
	void push(Instant now);
	void pull(Instant now);
	void take_wire(Instant now);
	void note_end(Instant now);
	void note_connected();
	Error settle(Instant now);
	void leave(Status next);
	Error block(PollType type, Instant &deadline);
	Error block_below(PollType type, Instant now);

	StreamPeerTLSHooks hooks_;
	std::shared_ptr<StreamPeer> stream_;  // while in use
	std::unique_ptr<TlsSession> session_; // while in use
	ByteBuffer wire_;                     // came from below; what the session has not taken begins at wire_begin_
	size_t wire_begin_ = 0;
	Status status_ = STATUS_DISCONNECTED;
	bool wire_ended_ = false;
	bool waited_badly_ = false; // the last wait was an error; what is tried next may tell it
	TlsEnd end_;
	std::shared_ptr<X509Certificate> peer_certificate_;
	int blocking_timeout_ms_ = -1;
	std::atomic<bool> cancelled_{false};
};

} // namespace netpeer
