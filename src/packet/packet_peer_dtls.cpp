#include "packet_peer_dtls.h"

#include "../tls/dtls_hello.h"

#include <utility>

namespace netpeer {

namespace {

// Datagrams looked at per call: those without a packet must not keep a call from returning.
constexpr int kMostDtlsPulls = 256;

} // namespace

PacketPeerDTLS::PacketPeerDTLS(const PacketPeerDTLSHooks &hooks) :
        PacketPeer(hooks.allocator != nullptr ? hooks.allocator : default_allocator()),
        hooks_(hooks),
        packet_(allocator(), kMaxPacketBytes) {}

// --- life of a session ---

Error PacketPeerDTLS::connect_to_peer(
        std::shared_ptr<PacketPeerUDP> udp, const char *hostname, std::shared_ptr<const TLSOptions> options) {
	if (udp == nullptr || !udp->is_socket_connected() || hostname == nullptr) return Error::ERR_INVALID_PARAMETER;
	if (options != nullptr && options->is_server()) return Error::ERR_INVALID_PARAMETER;
	if (is_in_use()) return Error::ERR_ALREADY_IN_USE;
	TlsSessionConfig config = session_config(hooks_);
	config.options = options != nullptr ? std::move(options) : TLSOptions::client();
	config.host_name = hostname;
	if (config.options == nullptr) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(begin(std::move(udp), config));
	const Instant now = clock().now();
	size_t taken = 0;
	(void)session_->feed(now, ByteView(), taken); // the hello; what fails shows in the state
	push();
	if (udp_->get_available_packet_count() < 0) udp_failed_ = true; // where nobody listens the system may know by now
	return settle() == Error::OK ? Error::OK : Error::FAILED;
}

void PacketPeerDTLS::refuse(TlsFailure failure, const char *detail) {
	status_ = STATUS_ERROR;
	end_.set(failure, detail);
}

// A stranger's hello is judged before anything is made for it: to who only forges an address it costs one reply, no longer
// than the hello itself.
void PacketPeerDTLS::accept(std::shared_ptr<PacketPeerUDP> udp, std::shared_ptr<const TLSOptions> options,
        std::shared_ptr<DtlsCookies> cookies) {
	const Instant now = clock().now();
	uint8_t client_id[kDtlsClientIdBytes];
	dtls_client_id(udp->get_packet_endpoint(), MutBytes(client_id, sizeof(client_id)));
	const ByteView id(client_id, sizeof(client_id));
	ByteView datagram;
	for (bool is_welcome = false; !is_welcome;) {
		if (udp->get_packet_view(datagram) != Error::OK)
			return refuse(TlsFailure::kProtocol, "there is no ClientHello");
		uint8_t reply[kHelloVerifyRequestBytes];
		DtlsHello hello;
		switch (judge_dtls_hello(*cookies, now, id, datagram, MutBytes(reply, sizeof(reply)), hello)) {
		case DtlsVerdict::kNoHello: break;
		case DtlsVerdict::kNoMemory: return refuse(TlsFailure::kOutOfMemory, "");
		case DtlsVerdict::kAskCookie:
			(void)udp->put_packet(ByteView(reply, sizeof(reply))); // lost as others are
			return refuse(TlsFailure::kCookieNeeded, "the hello brought no valid cookie; one was sent");
		case DtlsVerdict::kWelcome: is_welcome = true; break;
		}
	}
	TlsSessionConfig config = session_config(hooks_);
	config.options = std::move(options);
	config.cookies = cookies.get();
	config.client_id = id;
	cookies_ = std::move(cookies);
	if (begin(std::move(udp), config) != Error::OK)
		return refuse(TlsFailure::kOutOfMemory, ""); // DTLSServer::setup() has seen the rest
	size_t taken = 0;
	(void)session_->feed(now, datagram, taken);
	push();
	pull(now);
	(void)settle();
}

// What does not depend on which end this is.
TlsSessionConfig PacketPeerDTLS::session_config(const PacketPeerDTLSHooks &hooks) {
	TlsSessionConfig config;
	config.datagrams = true;
	config.random = hooks.random;
	config.unix_time = hooks.unix_time;
	config.handshake_mtu = hooks.handshake_mtu;
	config.retry_min = hooks.retry_min;
	config.retry_max = hooks.retry_max;
	return config;
}

Error PacketPeerDTLS::begin(std::shared_ptr<PacketPeerUDP> udp, const TlsSessionConfig &config) {
	Error error = Error::OK;
	std::unique_ptr<TlsSession> session = TlsSession::create(config, error);
	if (session == nullptr) return error;
	session_ = std::move(session);
	udp_ = std::move(udp);
	udp_failed_ = false;
	status_ = STATUS_HANDSHAKING;
	end_.clear();
	peer_certificate_ = nullptr;
	return Error::OK;
}

bool PacketPeerDTLS::is_alive() const {
	const TlsSession::State state = session_->state();
	return state == TlsSession::State::kHandshaking || state == TlsSession::State::kConnected;
}

// The session is over: keeps why, and lets go of everything.
void PacketPeerDTLS::leave(Status next) {
	end_.set(*session_);
	if (udp_failed_ && end_.failure() == TlsFailure::kNone)
		end_.set(TlsFailure::kTruncated, "the UDP peer is closed, or nobody listens at the other end");
	if (peer_certificate_ == nullptr) peer_certificate_ = session_->peer_certificate();
	session_ = nullptr;
	udp_ = nullptr;
	cookies_ = nullptr;
	status_ = next;
}

void PacketPeerDTLS::disconnect_from_peer() {
	if (!is_in_use()) return;
	session_->close(clock().now());
	push();
	leave(STATUS_DISCONNECTED);
	end_.clear(); // it was our wish
}

void PacketPeerDTLS::note_connected() {
	const TlsSession::State state = session_->state(); // closed: it was connected before
	const bool is_done = state == TlsSession::State::kConnected || state == TlsSession::State::kClosed;
	if (status_ != STATUS_HANDSHAKING || !is_done) return;
	status_ = STATUS_CONNECTED;
	peer_certificate_ = session_->peer_certificate();
}

// What the session's state means for ours. OK: goes on, or closed in order. A packet that waits comes first.
Error PacketPeerDTLS::settle() {
	note_connected();
	if (is_alive() && !udp_failed_) return Error::OK;
	if (status_ == STATUS_CONNECTED && session_->available() > 0) return Error::OK;
	const bool is_closed = status_ == STATUS_CONNECTED && session_->failure() == TlsFailure::kClosed;
	push();
	const bool is_name = session_->failure() == TlsFailure::kNameMismatch;
	leave(is_closed ? STATUS_DISCONNECTED : is_name ? STATUS_ERROR_HOSTNAME_MISMATCH : STATUS_ERROR);
	return is_closed ? Error::OK : Error::ERR_CONNECTION_ERROR;
}

IgnorableError PacketPeerDTLS::poll() {
	if (!is_in_use()) return Error::ERR_UNCONFIGURED;
	const Instant now = clock().now();
	pull(now);
	// What has just come is an answer.
	if (is_alive() && session_->next_timeout() <= now) session_->handle_timeout(now);
	push();
	return settle();
}

// --- below ---

// Datagrams are sent once: what finds no room is lost, and a handshake's will be sent again.
void PacketPeerDTLS::push() {
	for (ByteView out = session_->drain(); !out.empty(); out = session_->drain()) {
		// A closed one would open again.
		const bool is_open = !udp_failed_ && udp_->is_socket_connected();
		if (!is_open || udp_->put_packet(out) == Error::FAILED) udp_failed_ = true;
		session_->drained(out.size);
	}
}

// Takes what has come until there is a packet, without blocking.
void PacketPeerDTLS::pull(Instant now) {
	for (int look = 0; look < kMostDtlsPulls && session_->available() == 0 && is_alive() && !udp_failed_; ++look) {
		ByteView datagram;
		const Error error = udp_->get_packet_view(datagram);
		if (error == Error::ERR_UNAVAILABLE || error == Error::ERR_OUT_OF_MEMORY) return;
		if (error != Error::OK) {
			udp_failed_ = true;
			return;
		}
		if (datagram.empty()) continue;
		size_t taken = 0;
		(void)session_->feed(now, datagram, taken);
		note_connected();
		push();
	}
}

Error PacketPeerDTLS::wait(int timeout_ms) {
	if (!is_in_use()) return Error::ERR_UNCONFIGURED;
	if (session_->available() > 0 || udp_failed_) return Error::OK;
	const Instant due = session_->next_timeout();
	bool is_limited = false;
	if (!due.is_never() && timeout_ms != 0) {
		const Instant now = clock().now();
		if (due <= now) return Error::OK;
		const int64_t until_ms = (due - now + Duration::from_us(999)).ms();
		is_limited = timeout_ms < 0 || until_ms <= timeout_ms;
		if (is_limited) timeout_ms = until_ms < 0x7fffffff ? static_cast<int>(until_ms) : 0x7fffffff;
	}
	const Error ready = udp_->wait(timeout_ms);
	if (ready == Error::ERR_TIMEOUT && is_limited) return Error::OK;
	if (ready == Error::FAILED || ready == Error::ERR_UNCONFIGURED) udp_failed_ = true; // told once: poll() has to know
	return udp_failed_ ? Error::OK : ready;
}

// --- packets ---

int PacketPeerDTLS::get_available_packet_count() const {
	return status_ == STATUS_CONNECTED && session_->available() > 0 ? 1 : 0;
}

Error PacketPeerDTLS::take_packet(ByteView &packet) {
	if (status_ != STATUS_CONNECTED) return Error::ERR_UNCONFIGURED;
	const Instant now = clock().now();
	if (session_->available() == 0) {
		pull(now);
		push();
	}
	const size_t bytes = session_->available();
	if (bytes > 0) {
		packet_.clear();
		NETPEER_TRY(packet_.extend(bytes));
		size_t got = 0;
		const Error error = session_->read(now, packet_.bytes(), got);
		(void)packet_.resize(error == Error::OK ? got : 0); // cutting never fails
		packet = packet_.view();
		if (!packet.empty()) return Error::OK;
	}
	(void)settle();
	return status_ == STATUS_CONNECTED ? Error::OK : Error::ERR_CONNECTION_ERROR;
}

Error PacketPeerDTLS::send_packet(ByteView packet) {
	if (status_ != STATUS_CONNECTED) return Error::ERR_UNCONFIGURED;
	if (packet.size > static_cast<size_t>(kMaxPacketBytes)) return Error::ERR_INVALID_PARAMETER;
	const Instant now = clock().now();
	size_t taken = 0;
	const Error error = session_->write(now, packet, taken);
	push();
	if (error == Error::OK && !udp_failed_) return Error::OK;
	// The other end may have asked for short records.
	if (error == Error::ERR_INVALID_PARAMETER && !udp_failed_) return error;
	leave(STATUS_DISCONNECTED);
	return Error::ERR_CONNECTION_ERROR;
}

} // namespace netpeer
