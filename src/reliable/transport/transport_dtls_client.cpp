#include "transport_dtls_client.h"

#include <cstring>

namespace netpeer {

namespace {

constexpr size_t kMostRubbish = 256; // datagrams of one call that hold nothing for ENet

} // namespace

TransportDtlsClient::~TransportDtlsClient() {
	while (Link *link = links_.front()) {
		link->session->close(last_now_);
		(void)wire_.take_output(last_now_, *link->session, link->endpoint);
		drop(link);
	}
	(void)wire_.flush(last_now_);
	if (buckets_ != nullptr) allocator_->release(allocator_->user, buckets_, bucket_count_ * sizeof(Link *));
}

Error TransportDtlsClient::init(const std::shared_ptr<const TLSOptions> &options, const char *host_name,
        RandomSource *random, const Allocator &allocator, size_t max_sessions) {
	NETPEER_TRY(wire_.init(allocator));
	options_ = options;
	(void)host_name_.assign(host_name); // too long a name is still too long when it is cut
	random_ = random;
	allocator_ = &allocator;
	max_sessions_ = max_sessions;
	// What is wrong with the options is to be known now, not at the first dial.
	Error error = Error::OK;
	if (make_session(error) == nullptr) return error;
	uint8_t secret[sizeof(HashKey)];
	RandomSource &source = random != nullptr ? *random : system_random();
	if (source.fill(MutBytes(secret, sizeof(secret))) != Error::OK) return Error::FAILED;
	std::memcpy(&key_, secret, sizeof(secret));
	size_t count = 1;
	while (count < max_sessions) count *= 2;
	buckets_ = static_cast<Link **>(allocator.allocate(allocator.user, count * sizeof(Link *)));
	if (buckets_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	bucket_count_ = count;
	for (size_t i = 0; i < count; ++i) buckets_[i] = nullptr;
	return Error::OK;
}

std::unique_ptr<TlsSession> TransportDtlsClient::make_session(Error &error) const {
	TlsSessionConfig config;
	config.datagrams = true;
	config.options = options_;
	config.host_name = host_name_.c_str();
	config.random = random_;
	config.retry_min = kFirstRetry;
	config.retry_max = kLastRetry;
	return TlsSession::create(config, error);
}

TransportDtlsClient::Link **TransportDtlsClient::bucket_of(const Endpoint &endpoint) {
	return &buckets_[hash_endpoint(key_, endpoint) & (bucket_count_ - 1)];
}

TransportDtlsClient::Link *TransportDtlsClient::find(const Endpoint &endpoint) {
	Link *link = *bucket_of(endpoint);
	while (link != nullptr && link->endpoint != endpoint) link = link->next_in_bucket;
	return link;
}

void TransportDtlsClient::drop(Link *link) {
	if (readable_ == link) readable_ = nullptr;
	if (news_.is_linked(link)) news_.remove(link);
	links_.remove(link);
	Link **place = bucket_of(link->endpoint);
	while (*place != link) place = &(*place)->next_in_bucket;
	*place = link->next_in_bucket;
	release_object(*allocator_, link);
}

Error TransportDtlsClient::prepare(Instant now, const Endpoint &to) {
	Link *link = find(to);
	// One that is over belongs to those who used it before.
	if (link != nullptr && link->session->state() > TlsSession::State::kConnected) {
		drop(link);
		link = nullptr;
	}
	if (link != nullptr) {
		if (link->peers == 0) link->close_at = now + kLinger; // until somebody is bound
		return link->is_up ? Error::OK : Error::ERR_BUSY;
	}
	if (links_.size() >= max_sessions_) return Error::ERR_CANT_CREATE;
	Error error = Error::OK;
	std::unique_ptr<TlsSession> session = make_session(error);
	if (session == nullptr) return error;
	link = allocate_object<Link>(*allocator_);
	if (link == nullptr) return Error::ERR_OUT_OF_MEMORY;
	link->endpoint = to;
	link->session = std::move(session);
	link->close_at = now + kLinger; // until somebody is bound
	links_.push_back(link);
	Link **bucket = bucket_of(to);
	link->next_in_bucket = *bucket;
	*bucket = link;
	size_t taken = 0;
	(void)link->session->feed(now, ByteView(), taken); // makes the hello, which handle_timeout() sends
	hello_waits_ = true;
	return Error::ERR_BUSY;
}

// After anything that may have moved the session: sends what it has to say, and notes what became of it.
void TransportDtlsClient::settle(Instant now, Link &link) {
	(void)wire_.take_output(now, *link.session, link.endpoint);
	const TlsSession::State state = link.session->state();
	const bool came_up = state == TlsSession::State::kConnected && !link.is_up;
	const bool is_over = state > TlsSession::State::kConnected && link.session->available() == 0;
	if (came_up) link.is_up = true;
	if ((came_up || is_over) && !news_.is_linked(&link)) news_.push_back(&link);
}

bool TransportDtlsClient::poll_session(SessionNews &out) {
	Link *link = news_.pop_front();
	if (link == nullptr) return false;
	out.endpoint = link->endpoint;
	out.up = link->session->state() == TlsSession::State::kConnected;
	out.failure = link->session->failure();
	if (!out.up) drop(link);
	return true;
}

bool TransportDtlsClient::peer_bound(const Endpoint &endpoint) {
	Link *link = find(endpoint);
	if (link == nullptr) return false;
	++link->peers;
	link->close_at = Instant::never();
	return true;
}

void TransportDtlsClient::peer_gone(const Endpoint &endpoint) {
	Link *link = find(endpoint);
	if (link == nullptr || link->peers == 0) return;
	if (--link->peers == 0) link->close_at = last_now_ + kLinger;
}

Instant TransportDtlsClient::next_timeout() const {
	if (hello_waits_ || readable_ != nullptr || wire_.has_datagram()) return last_now_;
	Instant next = earlier_of(wire_.next_flush(), wire_.below().next_timeout());
	for (Link *link = links_.front(); link != nullptr; link = links_.next_of(link))
		next = earlier_of(next, earlier_of(link->close_at, link->session->next_timeout()));
	return next;
}

void TransportDtlsClient::handle_timeout(Instant now) {
	last_now_ = now;
	hello_waits_ = false;
	wire_.below().handle_timeout(now);
	Link *next = nullptr;
	for (Link *link = links_.front(); link != nullptr; link = next) {
		next = links_.next_of(link);
		link->session->handle_timeout(now);
		const bool is_left = link->close_at <= now;
		if (is_left) link->session->close(now);
		settle(now, *link);
		if (is_left) drop(link);
	}
	(void)wire_.flush(now);
}

Error TransportDtlsClient::receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) {
	last_now_ = now;
	wire_.begin_receive();
	received = 0;
	Error error = Error::OK;
	// Whoever floods us with rubbish gets no more turns than who sends records.
	for (size_t datagrams = 0; received < count && datagrams < count + kMostRubbish;) {
		if (readable_ == nullptr) {
			++datagrams;
			Endpoint from;
			ByteView bytes;
			error = wire_.next_datagram(now, from, bytes);
			if (error != Error::OK) break;
			readable_ = find(from);
			if (readable_ == nullptr) {
				++dropped_unknown_;
				continue;
			}
			size_t taken = 0;
			(void)readable_->session->feed(now, bytes, taken);
		}
		DatagramSlot &slot = slots[received];
		size_t size = 0;
		if (readable_->session->read(now, slot.buffer, size) == Error::OK && size > 0) {
			slot.from = readable_->endpoint;
			slot.size = size;
			++received;
			continue;
		}
		settle(now, *readable_);
		readable_ = nullptr;
	}
	(void)wire_.flush(now);
	return received > 0 && error == Error::ERR_BUSY ? Error::OK : error;
}

Error TransportDtlsClient::send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) {
	last_now_ = now;
	for (accepted = 0; accepted < count; ++accepted) {
		const DatagramOut &datagram = datagrams[accepted];
		Link *link = find(datagram.to);
		if (link == nullptr || !link->is_up) {
			++send_errors_;
			continue;
		}
		// What is left in the session from before goes first, or nothing does.
		if (!wire_.take_output(now, *link->session, link->endpoint)) return Error::ERR_BUSY;
		size_t taken = 0;
		if (link->session->write(now, datagram.bytes, taken) != Error::OK) ++send_errors_;
		settle(now, *link);
	}
	const Error error = wire_.flush(now);
	return error == Error::ERR_BUSY ? Error::OK : error;
}

} // namespace netpeer
