// DTLS: every call of feed() is one datagram, which may hold several records; what is sent stays one datagram, too.
// The usual way, one record per datagram and a read() after each, keeps nothing here: the record waits inside mbedTLS.
// Only when the next datagram comes before that, records move to unread_.
#pragma once

#include "../record_queue.h"
#include "mbedtls_session.h"

namespace netpeer {

class MbedtlsDatagramSession final : public MbedtlsSession {
public:
	explicit MbedtlsDatagramSession(const TlsSessionConfig &config);

	Error feed(Instant now, ByteView wire, size_t &taken) override;
	void end_of_wire(Instant) override {}
	void handle_timeout(Instant now) override;
	Instant next_timeout() const override;
	ByteView drain() override { return out_.front(); }
	void drained(size_t) override { out_.pop(); }
	Error write(Instant now, ByteView plain, size_t &taken) override;
	Error read(Instant now, MutBytes out, size_t &got) override;
	size_t available() const override;
	uint64_t dropped_records() const override { return dropped_; }

private:
	int put_on_wire(ByteView bytes) override;
	int take_from_wire(MutBytes out) override;
	bool is_wire_empty() const override { return !has_incoming_; }
	bool has_wire_ended() const override { return false; }

	bool is_worth_reading(ByteView wire);
	void keep_unread();
	Error read_record(MutBytes out, size_t &got);
	void skip_record();

	ByteView incoming_; // of the call of feed() that runs
	bool has_incoming_ = false;
	const Duration longest_handshake_;
	Instant give_up_at_ = Instant::never(); // what is repeated then is no longer waited for
	const bool is_server_;
	bool waits_for_hello_;
	uint8_t hello_random_[32] = {}; // of the hello that began it
	RecordQueue out_;
	RecordQueue unread_; // older than what waits in mbedTLS
	uint64_t dropped_ = 0;
	uint64_t sent_ = 0; // datagrams, for telling whether one that came had any effect
};

} // namespace netpeer
