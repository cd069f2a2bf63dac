// Two ends of a stream in memory, with as little room and in as small pieces as a test likes. Nothing to wait for: a
// blocking call that would wait answers ERR_BUSY.
#pragma once

#include "../../src/stream/stream_peer.h"

#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace netpeer_test {

class MemoryStream final : public netpeer::StreamPeer {
public:
	using Error = netpeer::Error;

	static std::pair<std::shared_ptr<MemoryStream>, std::shared_ptr<MemoryStream>> make_pair() {
		auto a = std::make_shared<MemoryStream>(), b = std::make_shared<MemoryStream>();
		a->out_ = b->in_ = std::make_shared<Pipe>();
		b->out_ = a->in_ = std::make_shared<Pipe>();
		return {a, b};
	}

	/// At most so many bytes wait on their way to the other end.
	void set_room(size_t bytes) { out_->room = bytes; }
	/// At most so many bytes move at once, either way.
	void set_piece(size_t bytes) { piece_ = bytes; }
	/// The other end reads what is on its way, then the end.
	void end() { out_->ended = true; }
	/// From now on every call fails here.
	void break_off() { broken_ = true; }
	/// Bytes on their way to the other end.
	std::deque<uint8_t> &on_the_way() { return out_->bytes; }
	size_t sent() const { return out_->total; }
	/// How often the layer above polled this stream.
	unsigned polls() const { return polls_; }
	/// What blocking calls that would have to wait do first.
	void set_on_block(std::function<void()> on_block) { on_block_ = std::move(on_block); }

	int get_available_bytes() const override { return static_cast<int>(in_->bytes.size()); }
	Error poll_stream() override {
		++polls_;
		return Error::OK;
	}

private:
	struct Pipe {
		std::deque<uint8_t> bytes;
		size_t room = SIZE_MAX;
		size_t total = 0;
		bool ended = false;
	};

	Error write_some(netpeer::ByteView data, size_t &sent) override {
		if (broken_ || out_->ended) return Error::FAILED;
		const size_t free = out_->room > out_->bytes.size() ? out_->room - out_->bytes.size() : 0;
		const netpeer::ByteView part = data.first(free).first(piece_);
		out_->bytes.insert(out_->bytes.end(), part.data, part.data + part.size);
		out_->total += part.size;
		sent = part.size;
		return Error::OK;
	}
	Error read_some(netpeer::MutBytes data, size_t &received) override {
		if (broken_) return Error::FAILED;
		if (in_->bytes.empty()) return in_->ended ? Error::ERR_FILE_EOF : Error::OK;
		while (received < data.size && received < piece_ && !in_->bytes.empty()) {
			data.data[received++] = in_->bytes.front();
			in_->bytes.pop_front();
		}
		return Error::OK;
	}
	Error write_all(netpeer::ByteView data) override {
		size_t done = 0;
		while (done < data.size) {
			size_t sent = 0;
			NETPEER_TRY(write_some(data.after(done), sent));
			done += sent;
			if (sent == 0) NETPEER_TRY(block());
		}
		return Error::OK;
	}
	Error read_all(netpeer::MutBytes data, size_t &received) override {
		while (received < data.size) {
			size_t came = 0;
			NETPEER_TRY(read_some(data.after(received), came));
			received += came;
			if (came == 0) NETPEER_TRY(block());
		}
		return Error::OK;
	}
	Error block() {
		if (!on_block_) return Error::ERR_BUSY;
		on_block_();
		return Error::OK;
	}

	std::shared_ptr<Pipe> in_, out_;
	size_t piece_ = SIZE_MAX;
	bool broken_ = false;
	unsigned polls_ = 0;
	std::function<void()> on_block_;
};

} // namespace netpeer_test
