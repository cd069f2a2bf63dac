// DtlsAcceptor: many DTLS clients behind one socket, told apart by address and port, without I/O. ENet's DTLS server is
// this on a socket; PacketPeerDTLS and DTLSServer do without, because UDPServer tells their clients apart.
//
//   datagrams --receive--> [ DtlsAcceptor: a TlsSession per client ] --read--> (from, plaintext)
//   datagrams <--drain---- [ DtlsAcceptor                          ] <-write-- (to, plaintext)
//
// A stranger costs nothing: its hello is answered with a cookie and forgotten (dtls_hello.h). Only who sends the cookie
// back, and so receives at its address, gets a session, if dtls_admission() agrees. Nothing is polled in turn: sessions with
// plaintext, with output or with a timer due stand in queues.
#pragma once

#include "../core/allocator.h"
#include "../core/deadline_queue.h"
#include "../core/intrusive_list.h"
#include "../core/library_object.h"
#include "../socket/endpoint.h"
#include "dtls_hello.h"
#include "tls_session.h"

#include <memory>

namespace netpeer {

/// How much strangers may take of a server.
struct DtlsAcceptorLimits {
	size_t sessions = 4096;   // in all; each takes about 40 KiB
	size_t handshakes = 1024; // of them, those that are not connected yet
	/// Sessions that nobody uses, from one address (IPv4 whole, IPv6 its first 64 bits, which one machine may have all
	/// addresses of); and how many such an address may begin in DtlsAcceptorConfig::bind_within, each a signature.
	size_t unbound_per_address = 256;
};

/// How many sessions there are.
struct DtlsAcceptorLoad {
	size_t sessions = 0;             // in all
	size_t handshakes = 0;           // of them, not connected yet
	size_t unbound_from_address = 0; // unused ones of the address in question
};

/// What dtls_admission() answers.
enum class DtlsAdmission : int { kAdmit, kTooManySessions, kTooManyHandshakes, kTooManyFromAddress };
/// Whether a client that has proved its address may have a session.
constexpr DtlsAdmission dtls_admission(const DtlsAcceptorLimits &limits, const DtlsAcceptorLoad &load) {
	if (load.sessions >= limits.sessions) return DtlsAdmission::kTooManySessions;
	if (load.handshakes >= limits.handshakes) return DtlsAdmission::kTooManyHandshakes;
	if (load.unbound_from_address >= limits.unbound_per_address) return DtlsAdmission::kTooManyFromAddress;
	return DtlsAdmission::kAdmit;
}

/// What an acceptor is made with.
struct DtlsAcceptorConfig {
	std::shared_ptr<const TLSOptions> options; // a server's
	RandomSource *random = nullptr;            // null: default_random(); else borrowed
	const Allocator *allocator = nullptr;      // for the tables; null: the default. Sessions: see TlsSession
	DtlsAcceptorLimits limits;                 // how much strangers may take
	/// A session that nobody bound this long after it began is removed: handshake included.
	Duration bind_within = Duration::from_ms(8000);
	/// How long a client may take to come back with the cookie it was sent.
	Duration cookie_lifetime = Duration::from_s(60);
	/// @{
	/// As in TlsSessionConfig.
	size_t handshake_mtu = 1400;
	Duration retry_min = Duration::from_ms(1000);
	Duration retry_max = Duration::from_s(60);
	/// @}
};

/// Datagrams, unless the name says sessions.
struct DtlsAcceptorCounters {
	uint64_t strangers_dropped = 0;       // from unknown addresses, and no hello
	uint64_t cookies_sent = 0;            // hellos answered with a cookie
	uint64_t replies_dropped = 0;         // cookies and last words for which there was no room: drain() too seldom
	uint64_t refused_sessions_full = 0;   // DtlsAcceptorLimits::sessions
	uint64_t refused_handshakes_full = 0; // DtlsAcceptorLimits::handshakes
	uint64_t refused_address_full = 0;    // DtlsAcceptorLimits::unbound_per_address
	uint64_t refused_address_fast = 0;    // that address has begun too many of late
	uint64_t refused_no_memory = 0;       // for a cookie, a session or its entry
	uint64_t sessions_begun = 0;          // clients that proved their address
	uint64_t sessions_connected = 0;      // handshakes that were completed
	uint64_t sessions_failed = 0;         // by themselves: handshake, alert, broken protocol
	uint64_t sessions_closed = 0;         // by the client's close_notify
	uint64_t sessions_unbound = 0;        // removed because nobody bound them
	uint64_t sessions_restarted = 0;      // the client began anew from the same address
	uint64_t records_dropped = 0;         // TlsSession::dropped_records(), of sessions that are gone
	uint64_t writes_dropped = 0;          // no session there, still handshaking, or too much waiting
};

/// A datagram for the wire.
struct DtlsDatagram {
	Endpoint to;    // the client
	ByteView bytes; // of the acceptor; see drain()
};

/// Owner thread only.
class DtlsAcceptor : public LibraryObject {
public:
	/// Null and `error`: ERR_INVALID_PARAMETER (no options, a client's, without key or certificate or with a key that does not
	/// belong to it; limits of 0 or above 65535; negative times; an MTU below 256 or above 65535), ERR_OUT_OF_MEMORY,
	/// FAILED (no entropy), ERR_UNAVAILABLE (built without mbedTLS).
	static std::unique_ptr<DtlsAcceptor> create(const DtlsAcceptorConfig &config, Error &error);
	/// Drops all sessions without a word; see close_some().
	~DtlsAcceptor();
	DtlsAcceptor(const DtlsAcceptor &) = delete;
	DtlsAcceptor &operator=(const DtlsAcceptor &) = delete;

	/// Takes a datagram; what is wrong with it costs a counter.
	void receive(Instant now, const Endpoint &from, ByteView datagram);
	/// Repeats handshake messages that are due, and removes sessions that were not bound in time.
	void handle_timeout(Instant now);
	/// When handle_timeout() is due; never() when nothing is planned.
	Instant next_timeout() const;

	/// What must go on the wire next, one client after the other. False: nothing. Valid until the next call of anything.
	bool drain(DtlsDatagram &out);
	/// What drain() just gave is on its way. Right after it, with no other call between.
	void drained();

	/// Encrypts a record for a client. ERR_DOES_NOT_EXIST: no session there, or one that has ended. ERR_BUSY: it is not
	/// connected yet, or too much waits in drain(). ERR_INVALID_PARAMETER: longer than TlsSession::kLongestRecord. The last
	/// three and this one cost nothing but a counter: a datagram is lost.
	Error write(Instant now, const Endpoint &to, ByteView plain);
	/// The next record of any client, one client after the other; those longer than `out` are dropped and counted. False:
	/// there is none.
	bool read(Instant now, MutBytes out, Endpoint &from, size_t &got);
	bool has_record() const { return !readable_.empty(); } // would read() give one

	/// Somebody uses this session: it stays until it ends, or until release() was called as often. False: there is none.
	bool bind(const Endpoint &client);
	/// One user less. Without any the session stays for `linger` more, unless it is bound again, and then is closed.
	/// False: there is none, or nobody had bound it.
	bool release(Instant now, const Endpoint &client, Duration linger);
	/// Somebody may soon bind this session again: one that lingers gets as long as a new one has, once after each
	/// release(). False: nothing changed.
	bool expect_bind(Instant now, const Endpoint &client);
	/// Takes the oldest bound session that ended by itself (failed, closed by the client, or begun anew by it). False: none.
	bool poll_ended(Endpoint &client, TlsFailure &failure);
	/// Says close_notify (in drain()) and forgets the client, unread records included. Of what waits for it in drain() only
	/// short datagrams are kept: empty that first. False: there was none.
	bool close(Instant now, const Endpoint &client);
	/// The last words of those beyond what drain() has room for are lost.
	void close_all(Instant now);
	/// Closes as many sessions as there is room for last words in drain(); true while there are more.
	bool close_some(Instant now);

	/// Null: none. Until the next call of anything that is not const.
	const TlsSession *find(const Endpoint &client) const;
	size_t session_count() const { return entries_.size(); } // in all
	/// Of these, those not connected yet.
	size_t handshake_count() const { return handshakes_; }
	const DtlsAcceptorCounters &counters() const { return counters_; } // since the acceptor was made
	/// Bytes of tables and queues of this class; constant but for the number of sessions.
	size_t table_bytes() const { return bucket_count_ * sizeof(Entry *) + entries_.size() * sizeof(Entry); }

private:
	struct Entry {
		Endpoint at;
		uint64_t hash = 0;
		size_t address_place = 0; // in by_address_
		bool counted = false;     // there, as unbound
		Entry *next_in_bucket = nullptr;
		std::unique_ptr<TlsSession> session;
		uint8_t hello_random[32] = {};
		bool connected = false;                 // has ever been
		Instant bind_by;                        // never() while it is bound
		size_t users = 0;                       // how often it is bound
		bool lingers = false;                   // since release(), and expect_bind() has not been called
		TlsFailure failure = TlsFailure::kNone; // of one that has ended
		Instant deadline = Instant::never();
		uint32_t heap_place = DeadlineHeap<Entry>::kNotInHeap;
		uint32_t tie_break = 0;
		ListHook<Entry> entries_hook;
		ListHook<Entry> readable_hook;
		ListHook<Entry> sending_hook;
	};
	/// A datagram for somebody who has no session: a cookie, or a session's last words.
	struct Reply {
		Endpoint to;
		size_t size = 0;
		uint8_t bytes[96];
	};
	static constexpr size_t kMostReplies = 64;
	static constexpr size_t kAddressPlaces = 1024;
	/// What the addresses of one place have in common (one address, but for chance).
	struct AddressPlace {
		size_t unbound = 0;
		Instant next_begin; // of a steady stream of beginnings; the limit is how far it may run ahead of the clock
	};

	explicit DtlsAcceptor(const DtlsAcceptorConfig &config);
	Error set_up();
	std::unique_ptr<TlsSession> make_session(const Endpoint &client, Error &error);
	static bool begins_anew(const Entry &entry, ByteView datagram);
	void receive_hello(Instant now, const Endpoint &from, uint64_t hash, Entry *old, ByteView datagram);
	bool may_begin(Instant now, const IPAddress &address, const Entry *old);
	void begin(Instant now, const Endpoint &from, uint64_t hash, const DtlsHello &hello, ByteView datagram);
	size_t address_place_of(const IPAddress &address) const;
	void count_unbound(Entry *entry);
	void uncount_unbound(Entry *entry);
	Instant next_begin_after(const AddressPlace &place, Instant now) const;
	void push_reply(const Endpoint &to, ByteView bytes);
	Entry *find_entry(const Endpoint &at, uint64_t hash) const;
	Entry *add_entry(const Endpoint &at, uint64_t hash);
	void grow_table();
	/// After every call into its session: queues, deadline; removes it when it is over. False: it is gone.
	bool settle(Entry *entry);
	void remove(Entry *entry);

	DtlsAcceptorConfig config_;
	const Allocator &memory_;
	std::unique_ptr<DtlsCookies> cookies_;
	HashKey key_;
	Entry **buckets_ = nullptr;
	size_t bucket_count_ = 0; // a power of two
	IntrusiveList<Entry, &Entry::entries_hook> entries_;
	IntrusiveList<Entry, &Entry::readable_hook> readable_;
	IntrusiveList<Entry, &Entry::sending_hook> sending_;
	IntrusiveList<Entry, &Entry::entries_hook> ended_; // without a session; their users are to be told
	DeadlineQueue<Entry> deadlines_;
	size_t handshakes_ = 0;
	/// By a keyed hash, so two addresses rarely share a place and nobody can see to it that they do.
	AddressPlace by_address_[kAddressPlaces];
	uint32_t next_tie_break_ = 0;
	Reply replies_[kMostReplies]; // a ring
	size_t first_reply_ = 0;
	size_t reply_count_ = 0;
	bool reply_is_next_ = true; // takes turns with the sessions
	DtlsAcceptorCounters counters_;
};

} // namespace netpeer
