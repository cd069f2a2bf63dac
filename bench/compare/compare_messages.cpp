// Messages from a client to a server on loopback, both in this thread, in lock step: so many sends, a flush, then passes
// of both until everything has arrived. The steps are functions that are not inlined: callgrind counts the client's or
// the server's by name (--toggle-collect); a warm-up before them is not counted. "resent" is not 0 when the program was held
// up for longer than an answer may take: such a run counts what is done about losses, too.
// Usage: compare_messages <library> <bytes> <per flush> <reliable 0|1> <messages>
#include "compare_sides.h"

#ifdef COMPARE_COUNT_CALLS
#include "call_counts.h"
#endif

namespace compare {

#ifndef COMPARE_COUNT_CALLS
struct CallCounts {
	uint64_t allocations = 0;
	uint64_t socket_calls = 0;
};
static CallCounts call_counts() { return CallCounts(); }
#endif

struct Tally {
	uint64_t messages = 0;
	CallCounts client, server;
};

class CountInto {
public:
	explicit CountInto(CallCounts &sum) : sum_(sum), before_(call_counts()) {}
	~CountInto() {
		const CallCounts after = call_counts();
		sum_.allocations += after.allocations - before_.allocations;
		sum_.socket_calls += after.socket_calls - before_.socket_calls;
	}
	CountInto(const CountInto &) = delete;
	CountInto &operator=(const CountInto &) = delete;

private:
	CallCounts &sum_;
	const CallCounts before_;
};

template <class Side> struct Pair {
	Side client{1};
	Side server{1};
	std::vector<uint8_t> payload;
	size_t per_flush;
	bool reliable;

	void send_some() {
		for (size_t i = 0; i < per_flush; ++i) client.send(0, 0, payload.data(), payload.size(), reliable);
		client.flush();
	}
};

template <class Side> __attribute__((noinline)) void counted_client_send(Pair<Side> &pair) { pair.send_some(); }
template <class Side> __attribute__((noinline)) void counted_client_pass(Pair<Side> &pair) { (void)pair.client.pass(); }
template <class Side> __attribute__((noinline)) size_t counted_server_pass(Pair<Side> &pair) {
	return pair.server.pass();
}

template <class Side> void flush_once(Pair<Side> &pair, bool counted, Tally &tally) {
	size_t arrived = 0;
	{
		const CountInto client(tally.client);
		counted ? counted_client_send(pair) : pair.send_some();
	}
	for (int tries = 0; arrived < pair.per_flush; ++tries) {
		require(tries < 1000, "messages were lost");
		{
			const CountInto server(tally.server);
			arrived += counted ? counted_server_pass(pair) : pair.server.pass();
		}
		const CountInto client(tally.client);
		counted ? counted_client_pass(pair) : (void)pair.client.pass();
	}
	tally.messages += arrived;
}

struct Messages {
	size_t bytes, per_flush, messages;
	bool reliable;

	template <class Side> void run() const {
		Pair<Side> pair;
		pair.payload.assign(bytes, 0x5a);
		pair.per_flush = per_flush;
		pair.reliable = reliable;
		connect_pair(pair.client, pair.server);
		pair.client.calm();
		pair.server.calm();
		Tally warm_up;
		while (warm_up.messages < messages / 4) flush_once(pair, false, warm_up);
		Tally tally;
		while (tally.messages < messages) flush_once(pair, true, tally);
		const auto each = [&](uint64_t count) {
			return static_cast<double>(count) / static_cast<double>(tally.messages);
		};
		const unsigned long long resent = pair.client.resent() + pair.server.resent();
		std::printf(
		        "{\"messages\": %llu, \"resent\": %llu, \"client\": {\"allocations\": %.6f, \"socket_calls\": %.6f}, "
		        "\"server\": {\"allocations\": %.6f, \"socket_calls\": %.6f}}\n",
		        static_cast<unsigned long long>(tally.messages), resent, each(tally.client.allocations),
		        each(tally.client.socket_calls), each(tally.server.allocations), each(tally.server.socket_calls));
	}
};

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 6) compare::give_up("usage: compare_messages <library> <bytes> <per flush> <reliable> <messages>");
	compare::Messages messages;
	messages.bytes = std::strtoul(argv[2], nullptr, 10);
	messages.per_flush = std::strtoul(argv[3], nullptr, 10);
	messages.reliable = std::strtoul(argv[4], nullptr, 10) != 0;
	messages.messages = std::strtoul(argv[5], nullptr, 10);
	return compare::run_for(argv[1], messages);
}
