// A stream that delivers given bytes in pieces of given sizes, as a network would, and keeps what is written to it.
#pragma once

#include "../../src/stream/stream_peer.h"

#include <cstdint>
#include <vector>

namespace netpeer_test {

class SplitStream final : public netpeer::StreamPeer {
public:
	using Error = netpeer::Error;

	/// Gives `incoming`, then `at_end`. The sizes in `splits` are the pieces a single look gets, used in turn; none: all
	/// at once.
	explicit SplitStream(std::vector<uint8_t> incoming = {}, std::vector<size_t> splits = {},
	        const netpeer::Allocator *allocator = netpeer::default_allocator()) :
	        StreamPeer(allocator), incoming_(std::move(incoming)), splits_(std::move(splits)) {}

	/// What the end of the incoming bytes answers; ERR_FILE_EOF at first.
	void set_error_at_end(Error error) { error_at_end_ = error; }
	/// Writing more than `bytes` from now on answers `error`; what fits is kept.
	void fail_writes_after(size_t bytes, Error error) {
		room_ = bytes;
		error_when_full_ = error;
	}
	const std::vector<uint8_t> &written() const { return written_; }
	/// Calls that wrote something.
	size_t writes() const { return writes_; }
	size_t taken() const { return taken_; }
	/// The most bytes one read was asked for.
	size_t largest_read() const { return largest_read_; }

	int get_available_bytes() const override { return static_cast<int>(incoming_.size() - taken_); }

protected:
	Error write_all(netpeer::ByteView data) override {
		++writes_;
		const netpeer::ByteView fits = data.first(room_);
		written_.insert(written_.end(), fits.data, fits.data + fits.size);
		room_ -= fits.size;
		return fits.size == data.size ? Error::OK : error_when_full_;
	}
	Error write_some(netpeer::ByteView data, size_t &sent) override {
		const netpeer::ByteView part = data.first(next_split());
		const Error error = write_all(part);
		sent = error == Error::OK ? part.size : 0;
		return error;
	}
	Error read_all(netpeer::MutBytes data, size_t &received) override {
		if (data.size > largest_read_) largest_read_ = data.size;
		while (received < data.size) {
			size_t some = 0;
			const Error error = read_some(data.after(received), some);
			if (error != Error::OK) return error;
			received += some;
		}
		return Error::OK;
	}
	Error read_some(netpeer::MutBytes data, size_t &received) override {
		if (data.size > largest_read_) largest_read_ = data.size;
		if (taken_ == incoming_.size()) return error_at_end_;
		const netpeer::ByteView rest(incoming_.data() + taken_, incoming_.size() - taken_);
		const netpeer::ByteView piece = rest.first(data.size).first(next_split());
		std::memcpy(data.data, piece.data, piece.size);
		taken_ += piece.size;
		received = piece.size;
		return Error::OK;
	}

private:
	size_t next_split() {
		if (splits_.empty()) return SIZE_MAX;
		const size_t size = splits_[split_++ % splits_.size()];
		return size == 0 ? 1 : size;
	}

	std::vector<uint8_t> incoming_;
	std::vector<size_t> splits_;
	size_t split_ = 0;
	size_t taken_ = 0;
	size_t largest_read_ = 0;
	Error error_at_end_ = Error::ERR_FILE_EOF;
	std::vector<uint8_t> written_;
	size_t writes_ = 0;
	size_t room_ = SIZE_MAX;
	Error error_when_full_ = Error::ERR_CONNECTION_ERROR;
};

} // namespace netpeer_test
