// TLS: bytes in order. mbedTLS takes from the wire exactly the record it needs, so nothing is kept of the input; the
// output waits here.
#pragma once

#include "../../core/byte_buffer.h"
#include "mbedtls_session.h"

namespace netpeer {

class MbedtlsStreamSession final : public MbedtlsSession {
public:
	explicit MbedtlsStreamSession(const TlsSessionConfig &config);

	Error feed(Instant now, ByteView wire, size_t &taken) override;
	void end_of_wire(Instant now) override;
	ByteView drain() override { return out_.view().after(sent_); }
	void drained(size_t bytes) override;
	Error write(Instant now, ByteView plain, size_t &taken) override;
	Error read(Instant now, MutBytes out, size_t &got) override;
	size_t available() const override;
	uint64_t dropped_records() const override { return 0; }

private:
	int put_on_wire(ByteView bytes) override;
	int take_from_wire(MutBytes out) override;
	bool is_wire_empty() const override { return incoming_.empty(); }
	bool has_wire_ended() const override { return wire_ended_ && incoming_.empty(); }

	ByteView incoming_; // of the call of feed() that runs
	bool wire_ended_ = false;
	ByteBuffer out_;
	size_t sent_ = 0; // of out_
};

} // namespace netpeer
