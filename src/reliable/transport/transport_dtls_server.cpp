#include "transport_dtls_server.h"

#include "../enet_constants.h"

namespace netpeer {

namespace {

// Beyond one session per peer: a peer that comes back while its last session lingers, and who shakes hands to be refused.
constexpr size_t kSpareDtlsSessions = 64;
constexpr size_t kFewestPerAddress = 16;     // sessions without a peer: as many as come at once from behind one router
constexpr size_t kMostRubbishAtServer = 256; // datagrams of one call that hold nothing for ENet

// Of what has a peer id already nothing begins.
bool may_hold_connect(ByteView datagram) {
	return datagram.size >= 2 && (ByteReader(datagram).u16_be() & kEnetNoPeer) == kEnetNoPeer;
}

} // namespace

TransportDtlsServer::~TransportDtlsServer() {
	if (acceptor_ == nullptr) return;
	// So many at a time as there is room for last words.
	while (acceptor_->close_some(last_now_))
		if (!pump(last_now_)) break; // no room: the last words of the others are lost
	(void)pump(last_now_);
	(void)wire_.flush(last_now_);
}

Error TransportDtlsServer::init(const std::shared_ptr<const TLSOptions> &options, RandomSource *random,
        const Allocator &allocator, size_t max_peers) {
	DtlsAcceptorConfig config;
	config.options = options;
	config.random = random;
	config.allocator = &allocator;
	config.limits.sessions = max_peers + max_peers / 4 + kSpareDtlsSessions;
	// However many ports one address has, it does not get all places.
	const size_t share = kFewestPerAddress + max_peers / 8;
	if (share < config.limits.unbound_per_address) config.limits.unbound_per_address = share;
	config.retry_min = Duration::from_ms(500); // as ENet repeats a CONNECT
	config.retry_max = Duration::from_s(8);
	Error error = Error::OK;
	acceptor_ = DtlsAcceptor::create(config, error);
	return acceptor_ != nullptr ? wire_.init(allocator) : error;
}

// What the sessions have to say, on its way; false when some is left for want of room.
bool TransportDtlsServer::pump(Instant now) {
	DtlsDatagram datagram;
	while (acceptor_->drain(datagram)) {
		if (!wire_.add(now, datagram.bytes, datagram.to)) return false;
		acceptor_->drained();
	}
	return true;
}

Error TransportDtlsServer::prepare(Instant, const Endpoint &to) {
	const TlsSession *session = acceptor_->find(to);
	const bool is_up = session != nullptr && session->state() == TlsSession::State::kConnected;
	return is_up ? Error::OK : Error::ERR_UNAVAILABLE;
}

bool TransportDtlsServer::poll_session(SessionNews &out) {
	out.up = false;
	return acceptor_->poll_ended(out.endpoint, out.failure);
}

Instant TransportDtlsServer::next_timeout() const {
	if (acceptor_->has_record() || wire_.has_datagram()) return last_now_;
	return earlier_of(acceptor_->next_timeout(), earlier_of(wire_.next_flush(), wire_.below().next_timeout()));
}

void TransportDtlsServer::handle_timeout(Instant now) {
	last_now_ = now;
	wire_.below().handle_timeout(now);
	acceptor_->handle_timeout(now);
	(void)pump(now);
	(void)wire_.flush(now);
}

Error TransportDtlsServer::receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) {
	last_now_ = now;
	wire_.begin_receive();
	received = 0;
	Error error = Error::OK;
	// Whoever floods us with rubbish gets no more turns than who sends records.
	for (size_t datagrams = 0; received < count && datagrams < count + kMostRubbishAtServer;) {
		DatagramSlot &slot = slots[received];
		if (acceptor_->read(now, slot.buffer, slot.from, slot.size)) {
			// Dialled anew in a session that lingers: it must not end before ENet's own handshake does.
			if (may_hold_connect(slot.buffer.first(slot.size))) (void)acceptor_->expect_bind(now, slot.from);
			++received;
			continue;
		}
		++datagrams;
		Endpoint from;
		ByteView bytes;
		error = wire_.next_datagram(now, from, bytes);
		if (error != Error::OK) break;
		if (refuses_new_ && acceptor_->find(from) == nullptr) {
			++refused_datagrams_;
			continue;
		}
		acceptor_->receive(now, from, bytes);
		(void)pump(now);
	}
	(void)wire_.flush(now);
	return received > 0 && error == Error::ERR_BUSY ? Error::OK : error;
}

Error TransportDtlsServer::send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) {
	last_now_ = now;
	for (accepted = 0; accepted < count; ++accepted) {
		if (!pump(now)) return Error::ERR_BUSY; // what is left from before goes first
		(void)acceptor_->write(now, datagrams[accepted].to, datagrams[accepted].bytes);
	}
	(void)pump(now);
	const Error error = wire_.flush(now);
	return error == Error::ERR_BUSY ? Error::OK : error;
}

uint64_t TransportDtlsServer::send_errors() const {
	return acceptor_->counters().writes_dropped + wire_.dropped() + wire_.below().send_errors();
}

} // namespace netpeer
