#include "dtls_acceptor.h"

#include "../core/netpeer_assert.h"
#include "../core/netpeer_config.h"

#include <cstring>
#include <new>
#include <utility>

namespace netpeer {

namespace {

constexpr size_t kFewestDtlsBuckets = 64;
constexpr size_t kMostDtlsSessions = 65535;

bool is_limit_sound(size_t limit) { return limit != 0 && limit <= kMostDtlsSessions; }

bool has_ended(const TlsSession &session) {
	return session.state() == TlsSession::State::kClosed || session.state() == TlsSession::State::kFailed;
}

} // namespace

// --- life ---

std::unique_ptr<DtlsAcceptor> DtlsAcceptor::create(const DtlsAcceptorConfig &config, Error &error) {
	error = Error::ERR_INVALID_PARAMETER;
	if (config.options == nullptr || !config.options->is_server()) return nullptr;
	if (!is_limit_sound(config.limits.sessions) || !is_limit_sound(config.limits.handshakes)) return nullptr;
	if (!is_limit_sound(config.limits.unbound_per_address)) return nullptr;
	if (config.bind_within.us < 0 || config.cookie_lifetime.us < 0) return nullptr;
	error = Error::ERR_OUT_OF_MEMORY;
	std::unique_ptr<DtlsAcceptor> made(new (std::nothrow) DtlsAcceptor(config));
	if (made == nullptr) return nullptr;
	error = made->set_up();
	return error == Error::OK ? std::move(made) : nullptr;
}

DtlsAcceptor::DtlsAcceptor(const DtlsAcceptorConfig &config) :
        config_(config), memory_(config.allocator != nullptr ? *config.allocator : *default_allocator()) {}

Error DtlsAcceptor::set_up() {
	uint8_t secret[sizeof(HashKey)];
	RandomSource &random = config_.random != nullptr ? *config_.random : default_random();
	if (random.fill(MutBytes(secret, sizeof(secret))) != Error::OK) return Error::FAILED;
	std::memcpy(&key_, secret, sizeof(secret));
	cookies_ = DtlsCookies::create(config_.random, config_.cookie_lifetime);
	if (cookies_ == nullptr) return NETPEER_WITH_MBEDTLS ? Error::FAILED : Error::ERR_UNAVAILABLE;
	Error error = Error::OK;
	if (make_session(Endpoint(), error) == nullptr) return error; // so that bad options show now
	buckets_ = static_cast<Entry **>(memory_.allocate(memory_.user, kFewestDtlsBuckets * sizeof(Entry *)));
	if (buckets_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	bucket_count_ = kFewestDtlsBuckets;
	for (size_t i = 0; i < bucket_count_; ++i) buckets_[i] = nullptr;
	return Error::OK;
}

DtlsAcceptor::~DtlsAcceptor() {
	while (Entry *entry = entries_.front()) remove(entry);
	while (Entry *entry = ended_.pop_front()) release_object(memory_, entry);
	deadlines_.free_memory(memory_);
	if (buckets_ != nullptr) memory_.release(memory_.user, buckets_, bucket_count_ * sizeof(Entry *));
}

std::unique_ptr<TlsSession> DtlsAcceptor::make_session(const Endpoint &client, Error &error) {
	uint8_t id[kDtlsClientIdBytes];
	dtls_client_id(client, MutBytes(id, sizeof(id)));
	TlsSessionConfig config;
	config.datagrams = true;
	config.options = config_.options;
	config.random = config_.random;
	config.handshake_mtu = config_.handshake_mtu;
	config.retry_min = config_.retry_min;
	config.retry_max = config_.retry_max;
	config.cookies = cookies_.get();
	config.client_id = ByteView(id, sizeof(id));
	return TlsSession::create(config, error);
}

// --- the table ---

DtlsAcceptor::Entry *DtlsAcceptor::find_entry(const Endpoint &at, uint64_t hash) const {
	Entry *entry = buckets_[hash & (bucket_count_ - 1)];
	while (entry != nullptr && (entry->hash != hash || entry->at != at)) entry = entry->next_in_bucket;
	return entry;
}

// Without memory the chains stay as long as they are.
void DtlsAcceptor::grow_table() {
	const size_t count = bucket_count_ * 2;
	void *block = memory_.allocate(memory_.user, count * sizeof(Entry *));
	if (block == nullptr) return;
	memory_.release(memory_.user, buckets_, bucket_count_ * sizeof(Entry *));
	buckets_ = static_cast<Entry **>(block);
	bucket_count_ = count;
	for (size_t i = 0; i < count; ++i) buckets_[i] = nullptr;
	for (Entry *entry = entries_.front(); entry != nullptr; entry = entries_.next_of(entry)) {
		Entry *&bucket = buckets_[entry->hash & (count - 1)];
		entry->next_in_bucket = bucket;
		bucket = entry;
	}
}

// Null: no memory.
DtlsAcceptor::Entry *DtlsAcceptor::add_entry(const Endpoint &at, uint64_t hash) {
	if (!deadlines_.reserve_one(memory_)) return nullptr;
	Error error = Error::OK;
	std::unique_ptr<TlsSession> session = make_session(at, error);
	if (session == nullptr) return nullptr;
	Entry *entry = allocate_object<Entry>(memory_);
	if (entry == nullptr) return nullptr;
	entry->at = at;
	entry->hash = hash;
	entry->session = std::move(session);
	entry->tie_break = next_tie_break_++;
	if (entries_.size() >= bucket_count_) grow_table();
	Entry *&bucket = buckets_[hash & (bucket_count_ - 1)];
	entry->next_in_bucket = bucket;
	bucket = entry;
	entries_.push_back(entry);
	deadlines_.insert(entry);
	entry->address_place = address_place_of(at.address);
	count_unbound(entry);
	++handshakes_;
	return entry;
}

size_t DtlsAcceptor::address_place_of(const IPAddress &address) const {
	IPAddress counted = address;
	if (!address.is_ipv4()) {
		uint8_t bytes[16] = {};
		std::memcpy(bytes, address.get_ipv6(), 8);
		counted.set_ipv6(bytes);
	}
	return hash_address(key_, counted) % kAddressPlaces;
}

void DtlsAcceptor::count_unbound(Entry *entry) {
	NETPEER_ASSERT(!entry->counted);
	++by_address_[entry->address_place].unbound;
	entry->counted = true;
}

void DtlsAcceptor::uncount_unbound(Entry *entry) {
	if (!entry->counted) return;
	NETPEER_ASSERT(by_address_[entry->address_place].unbound != 0);
	--by_address_[entry->address_place].unbound;
	entry->counted = false;
}

// When the beginnings of a place are due again after one at `now`; never(): they are too far ahead for one.
Instant DtlsAcceptor::next_begin_after(const AddressPlace &place, Instant now) const {
	const Duration step =
	        Duration::from_us(config_.bind_within.us / static_cast<int64_t>(config_.limits.unbound_per_address));
	const Instant next = (place.next_begin < now ? now : place.next_begin) + step;
	return next - now > config_.bind_within ? Instant::never() : next;
}

void DtlsAcceptor::remove(Entry *entry) {
	for (ByteView last = entry->session->drain(); !last.empty(); last = entry->session->drain()) {
		push_reply(entry->at, last);
		entry->session->drained(last.size);
	}
	counters_.records_dropped += entry->session->dropped_records();
	if (!entry->connected) --handshakes_;
	uncount_unbound(entry);
	Entry **link = &buckets_[entry->hash & (bucket_count_ - 1)];
	while (*link != entry) link = &(*link)->next_in_bucket;
	*link = entry->next_in_bucket;
	deadlines_.remove(entry);
	entries_.remove(entry);
	if (readable_.is_linked(entry)) readable_.remove(entry);
	if (sending_.is_linked(entry)) sending_.remove(entry);
	if (entry->users == 0) {
		release_object(memory_, entry);
		return;
	}
	entry->failure = entry->session->failure();
	entry->session.reset();
	ended_.push_back(entry);
}

bool DtlsAcceptor::settle(Entry *entry) {
	TlsSession &session = *entry->session;
	if (!entry->connected && *session.protocol() != 0) {
		entry->connected = true;
		--handshakes_;
		++counters_.sessions_connected;
	}
	const bool readable = session.available() != 0;
	if (has_ended(session) && !readable) {
		++(session.state() == TlsSession::State::kClosed ? counters_.sessions_closed : counters_.sessions_failed);
		remove(entry);
		return false;
	}
	if (readable != readable_.is_linked(entry)) readable ? readable_.push_back(entry) : readable_.remove(entry);
	const bool sending = !session.drain().empty();
	if (sending != sending_.is_linked(entry)) sending ? sending_.push_back(entry) : sending_.remove(entry);
	const Instant deadline = earlier_of(session.next_timeout(), entry->bind_by);
	if (deadline != entry->deadline) {
		entry->deadline = deadline;
		deadlines_.moved(entry);
	}
	return true;
}

// --- receiving ---

void DtlsAcceptor::receive(Instant now, const Endpoint &from, ByteView datagram) {
	const uint64_t hash = hash_endpoint(key_, from);
	Entry *entry = find_entry(from, hash);
	if (entry == nullptr || begins_anew(*entry, datagram)) {
		receive_hello(now, from, hash, entry, datagram);
		return;
	}
	size_t taken = 0;
	(void)entry->session->feed(now, datagram, taken);
	(void)settle(entry);
}

// A hello other than the session's own. The session is not asked: without a cookie it is a stranger's, and before the
// session is connected it would take the hello for a repetition.
bool DtlsAcceptor::begins_anew(const Entry &entry, ByteView datagram) {
	DtlsHello hello;
	return read_dtls_hello(datagram, hello) &&
	       std::memcmp(hello.random.data, entry.hello_random, sizeof(entry.hello_random)) != 0;
}

// `old` is null, or the session that goes when the hello brings a cookie, and so is no forgery.
void DtlsAcceptor::receive_hello(Instant now, const Endpoint &from, uint64_t hash, Entry *old, ByteView datagram) {
	uint8_t id[kDtlsClientIdBytes];
	uint8_t reply[kHelloVerifyRequestBytes];
	DtlsHello hello;
	dtls_client_id(from, MutBytes(id, sizeof(id)));
	switch (judge_dtls_hello(
	        *cookies_, now, ByteView(id, sizeof(id)), datagram, MutBytes(reply, sizeof(reply)), hello)) {
	case DtlsVerdict::kNoHello: ++counters_.strangers_dropped; break;
	case DtlsVerdict::kNoMemory: ++counters_.refused_no_memory; break;
	case DtlsVerdict::kAskCookie:
		++counters_.cookies_sent;
		push_reply(from, ByteView(reply, sizeof(reply)));
		break;
	case DtlsVerdict::kWelcome:
		if (!may_begin(now, from.address, old)) break; // an old session stays
		if (old != nullptr) {
			++counters_.sessions_restarted;
			remove(old);
		}
		begin(now, from, hash, hello, datagram);
		break;
	}
}

bool DtlsAcceptor::may_begin(Instant now, const IPAddress &address, const Entry *old) {
	AddressPlace &place = by_address_[address_place_of(address)];
	DtlsAcceptorLoad load;
	load.sessions = entries_.size() - (old != nullptr ? 1 : 0);
	load.handshakes = handshakes_ - (old != nullptr && !old->connected ? 1 : 0);
	load.unbound_from_address = place.unbound - (old != nullptr && old->counted ? 1 : 0);
	switch (dtls_admission(config_.limits, load)) {
	case DtlsAdmission::kTooManySessions: ++counters_.refused_sessions_full; return false;
	case DtlsAdmission::kTooManyHandshakes: ++counters_.refused_handshakes_full; return false;
	case DtlsAdmission::kTooManyFromAddress: ++counters_.refused_address_full; return false;
	case DtlsAdmission::kAdmit: break;
	}
	const Instant next_begin = next_begin_after(place, now);
	if (next_begin.is_never()) {
		++counters_.refused_address_fast;
		return false;
	}
	place.next_begin = next_begin;
	return true;
}

void DtlsAcceptor::begin(Instant now, const Endpoint &from, uint64_t hash, const DtlsHello &hello, ByteView datagram) {
	Entry *entry = add_entry(from, hash);
	if (entry == nullptr) {
		++counters_.refused_no_memory;
		return;
	}
	++counters_.sessions_begun;
	std::memcpy(entry->hello_random, hello.random.data, sizeof(entry->hello_random));
	entry->bind_by = now + config_.bind_within;
	size_t taken = 0;
	(void)entry->session->feed(now, datagram, taken);
	(void)settle(entry);
}

// --- time ---

void DtlsAcceptor::handle_timeout(Instant now) {
	for (Entry *entry = deadlines_.top(); entry != nullptr && entry->deadline <= now; entry = deadlines_.top()) {
		if (entry->bind_by <= now) {
			++counters_.sessions_unbound;
			entry->session->close(now);
			remove(entry);
			continue;
		}
		entry->session->handle_timeout(now);
		if (!settle(entry) || entry->deadline > now) continue;
		// A timer that does not move on must not hold us here.
		entry->deadline = now + Duration::from_ms(1);
		deadlines_.moved(entry);
	}
}

Instant DtlsAcceptor::next_timeout() const {
	const Entry *entry = deadlines_.top();
	return entry != nullptr ? entry->deadline : Instant::never();
}

// --- sending ---

void DtlsAcceptor::push_reply(const Endpoint &to, ByteView bytes) {
	if (reply_count_ == kMostReplies || bytes.size > sizeof(Reply::bytes)) {
		++counters_.replies_dropped;
		return;
	}
	Reply &reply = replies_[(first_reply_ + reply_count_++) % kMostReplies];
	reply.to = to;
	reply.size = bytes.size;
	std::memcpy(reply.bytes, bytes.data, bytes.size);
}

bool DtlsAcceptor::drain(DtlsDatagram &out) {
	if (reply_count_ == 0 && sending_.empty()) return false;
	reply_is_next_ = sending_.empty() || (reply_is_next_ && reply_count_ != 0);
	if (reply_is_next_) {
		const Reply &reply = replies_[first_reply_];
		out.to = reply.to;
		out.bytes = ByteView(reply.bytes, reply.size);
	} else {
		out.to = sending_.front()->at;
		out.bytes = sending_.front()->session->drain();
	}
	return true;
}

void DtlsAcceptor::drained() {
	if (reply_is_next_ ? reply_count_ == 0 : sending_.empty()) return; // nothing was shown
	if (reply_is_next_) {
		first_reply_ = (first_reply_ + 1) % kMostReplies;
		--reply_count_;
	} else {
		Entry *entry = sending_.pop_front();
		entry->session->drained(entry->session->drain().size);
		if (!entry->session->drain().empty()) sending_.push_back(entry); // behind the others
	}
	reply_is_next_ = !reply_is_next_;
}

Error DtlsAcceptor::write(Instant now, const Endpoint &to, ByteView plain) {
	if (plain.size > TlsSession::kLongestRecord) return Error::ERR_INVALID_PARAMETER;
	Entry *entry = find_entry(to, hash_endpoint(key_, to));
	Error error = Error::ERR_DOES_NOT_EXIST;
	if (entry != nullptr && !has_ended(*entry->session)) {
		size_t taken = 0;
		error = entry->session->write(now, plain, taken);
		if (error == Error::ERR_UNCONFIGURED || (error == Error::OK && taken < plain.size)) error = Error::ERR_BUSY;
		if (error == Error::ERR_CONNECTION_ERROR) error = Error::ERR_DOES_NOT_EXIST;
		(void)settle(entry);
	}
	if (error != Error::OK) ++counters_.writes_dropped;
	return error;
}

// --- reading ---

bool DtlsAcceptor::read(Instant now, MutBytes out, Endpoint &from, size_t &got) {
	got = 0;
	while (Entry *entry = readable_.front()) {
		from = entry->at;
		const Error error = entry->session->read(now, out, got);
		if (settle(entry) && readable_.is_linked(entry)) {
			readable_.remove(entry);
			readable_.push_back(entry); // behind the others
		}
		if (error == Error::OK && got != 0) return true;
	}
	return false;
}

// --- sessions ---

bool DtlsAcceptor::bind(const Endpoint &client) {
	Entry *entry = find_entry(client, hash_endpoint(key_, client));
	if (entry == nullptr) return false;
	++entry->users;
	uncount_unbound(entry);
	entry->bind_by = Instant::never();
	return settle(entry);
}

bool DtlsAcceptor::release(Instant now, const Endpoint &client, Duration linger) {
	Entry *entry = find_entry(client, hash_endpoint(key_, client));
	if (entry == nullptr || entry->users == 0) return false;
	if (--entry->users != 0) return true;
	count_unbound(entry);
	entry->bind_by = now + linger;
	entry->lingers = true;
	(void)settle(entry);
	return true;
}

bool DtlsAcceptor::expect_bind(Instant now, const Endpoint &client) {
	Entry *entry = find_entry(client, hash_endpoint(key_, client));
	if (entry == nullptr || !entry->lingers || entry->users != 0) return false;
	entry->lingers = false;
	entry->bind_by = now + config_.bind_within;
	return settle(entry);
}

bool DtlsAcceptor::poll_ended(Endpoint &client, TlsFailure &failure) {
	Entry *entry = ended_.pop_front();
	if (entry == nullptr) return false;
	client = entry->at;
	failure = entry->failure;
	release_object(memory_, entry);
	return true;
}

bool DtlsAcceptor::close(Instant now, const Endpoint &client) {
	Entry *entry = find_entry(client, hash_endpoint(key_, client));
	if (entry == nullptr) return false;
	entry->users = 0;
	entry->session->close(now);
	remove(entry);
	return true;
}

void DtlsAcceptor::close_all(Instant now) {
	while (!entries_.empty()) (void)close(now, entries_.front()->at);
}

bool DtlsAcceptor::close_some(Instant now) {
	while (reply_count_ < kMostReplies && !entries_.empty()) (void)close(now, entries_.front()->at);
	return !entries_.empty();
}

const TlsSession *DtlsAcceptor::find(const Endpoint &client) const {
	const Entry *entry = find_entry(client, hash_endpoint(key_, client));
	return entry != nullptr ? entry->session.get() : nullptr;
}

} // namespace netpeer
