#include "connect_race.h"

#include "../core/netpeer_assert.h"

#include <utility>

namespace netpeer {

namespace {

// Families take turns, the one of the first address begins; the order within a family stays.
size_t interleave_families(const IPAddress *in, size_t count, IPAddress *out) {
	size_t at[2] = {0, 0}; // next candidate of the first address's family, and of the other
	const bool first_is_ipv4 = in[0].is_ipv4();
	const auto skip = [&](size_t turn) {
		while (at[turn] < count && (in[at[turn]].is_ipv4() == first_is_ipv4) != (turn == 0)) ++at[turn];
		return at[turn] < count;
	};
	size_t filled = 0;
	for (size_t turn = 0; filled < count; turn ^= 1) {
		if (!skip(turn)) continue;
		out[filled++] = in[at[turn]++];
	}
	return filled;
}

} // namespace

ConnectRace::ConnectRace(const IPAddress *addresses, size_t count, uint16_t port) : port_(port) {
	NETPEER_ASSERT(count != 0);
	count_ = interleave_families(addresses, count < kMostAddresses ? count : kMostAddresses, addresses_);
}

void ConnectRace::give_up(size_t i) {
	if (attempts_[i]->last_os_error() != 0) last_os_error_ = attempts_[i]->last_os_error();
	attempts_[i].reset();
}

// OK: connected; ERR_BUSY: under way; else it has failed.
Error ConnectRace::begin_next(const TcpOptions &options) {
	const size_t i = begun_++;
	std::unique_ptr<NetSocket> &socket = attempts_[i];
	socket = create_net_socket();
	if (socket == nullptr) return Error::ERR_OUT_OF_MEMORY;
	IPType type = addresses_[i].is_ipv4() ? IPType::IPV4 : IPType::IPV6;
	Error answer = socket->open_tcp(type);
	if (answer == Error::OK) {
		(void)options.apply(*socket); // an option is no reason to lose the connection
		Endpoint remote;
		remote.address = addresses_[i];
		remote.port = port_;
		answer = socket->connect(remote);
	}
	if (answer != Error::OK && answer != Error::ERR_BUSY) give_up(i);
	return answer;
}

Error ConnectRace::step(Instant now, const TcpOptions &options, std::unique_ptr<NetSocket> &winner, Endpoint &remote) {
	size_t won = kMostAddresses;
	bool failed = false;
	last_step_ = now;
	running_ = 0;
	for (size_t i = 0; i < begun_ && won == kMostAddresses; ++i) {
		if (attempts_[i] == nullptr) continue;
		const Error answer = attempts_[i]->connect_result();
		if (answer == Error::OK) {
			won = i;
		} else if (answer == Error::ERR_BUSY) {
			++running_;
		} else {
			give_up(i);
			failed = true;
		}
	}
	bool due = failed || running_ == 0 || now >= next_begin_;
	while (won == kMostAddresses && due && begun_ < count_) {
		const Error answer = begin_next(options);
		next_begin_ = now + kAttemptDelay;
		if (answer == Error::OK) won = begun_ - 1;
		due = answer != Error::ERR_BUSY;
		if (!due) ++running_;
	}
	if (won == kMostAddresses) return running_ != 0 ? Error::ERR_BUSY : Error::FAILED;
	winner = std::move(attempts_[won]);
	remote.address = addresses_[won];
	remote.port = port_;
	for (std::unique_ptr<NetSocket> &loser : attempts_) loser.reset();
	return Error::OK;
}

Error ConnectRace::apply(const TcpOptions &options) {
	Error error = Error::OK;
	for (std::unique_ptr<NetSocket> &attempt : attempts_) {
		if (attempt == nullptr) continue;
		const Error answer = options.apply(*attempt);
		if (error == Error::OK) error = answer;
	}
	return error;
}

Instant ConnectRace::next_step_time() const {
	const Instant begin = begun_ < count_ ? next_begin_ : Instant::never();
	return running_ > 1 ? earlier_of(begin, last_step_ + kLookDelay) : begin;
}

NetSocket *ConnectRace::newest() const {
	for (size_t i = begun_; i != 0; --i) {
		if (attempts_[i - 1] != nullptr) return attempts_[i - 1].get();
	}
	return nullptr;
}

} // namespace netpeer
