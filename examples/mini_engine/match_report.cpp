// The referee: what a match must have been like, whatever was lost on the way.
#include "match_record.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace mini_engine {

using netpeer::EnetDropReason;

double quantile(const std::vector<double> &sorted, double share) {
	if (sorted.empty()) return 0;
	return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

std::vector<double> snapshot_ages(const MatchRecord &match, const GameClient &client) {
	std::vector<double> ages;
	for (const GameClient::Frame &frame : client.frames())
		ages.push_back(static_cast<double>((frame.time - match.server->snapshot_times()[frame.newest_tick]).us) / 1000);
	return ages;
}

namespace {

int failures = 0;

void expect(bool holds, const char *what, const std::string &who) {
	if (holds) return;
	++failures;
	std::printf("FAILED: %s%s%s\n", what, who.empty() ? "" : ": ", who.c_str());
}

bool is_same(const Line &a, const Line &b) {
	return a.number == b.number && a.what == b.what && a.player == b.player && a.text == b.text;
}

// Each line from the welcome on, once and in order. Who left early has heard less, but nothing twice and nothing missing.
void check_log(const MatchRecord &match, const Seat &seat) {
	const GameClient &client = *seat.client;
	const std::vector<Line> &log = match.server->log();
	bool in_order = client.player() >= 0 && client.first_line() + client.heard().size() <= log.size();
	for (size_t i = 0; in_order && i < client.heard().size(); ++i)
		in_order = is_same(client.heard()[i].line, log[client.first_line() + i]);
	expect(in_order, "every line is heard once and in order", seat.name);
	if (!seat.stays()) return;
	expect(client.first_line() + client.heard().size() == log.size(), "who stays hears every line", seat.name);
	uint8_t players = 0; // by the log
	for (const Line &line : log) {
		if (line.what == LineKind::kJoined) players = static_cast<uint8_t>(players | 1u << line.player);
		if (line.what == LineKind::kLeft) players = static_cast<uint8_t>(players & ~(1u << line.player));
	}
	expect(client.players() == players, "everybody knows who is here", seat.name);
}

// Snapshots arrive as they were sent or not at all, and the last one is not far from where the world has come to.
void check_positions(const MatchRecord &match, const Seat &seat) {
	const GameClient &client = *seat.client;
	const std::vector<Snapshot> &sent = match.server->snapshots();
	bool as_sent = client.has_snapshot(), ascending = true;
	for (size_t i = 0; as_sent && i < client.received().size(); ++i) {
		const Snapshot &one = client.received()[i];
		as_sent = one.tick < sent.size() && one.alive == sent[one.tick].alive &&
		          std::equal(one.x, one.x + kEntities, sent[one.tick].x) &&
		          std::equal(one.y, one.y + kEntities, sent[one.tick].y);
		ascending = ascending && (i == 0 || one.tick > client.received()[i - 1].tick);
	}
	expect(as_sent, "snapshots arrive as they were sent", seat.name);
	expect(ascending, "no snapshot comes after a newer one", seat.name);
	if (!as_sent || !seat.stays()) return;

	const Snapshot &seen = client.newest(), &last = sent.back();
	const uint32_t behind = last.tick - seen.tick;
	const float reach = static_cast<float>(behind) * kTopSpeed / kTicksPerSecond + 2 * kPositionStep;
	bool within_reach = true;
	for (int i = 0; i < kEntities; ++i)
		if (seen.is_alive(i) && last.is_alive(i))
			within_reach = within_reach && std::hypot(seen.metres_x(i) - last.metres_x(i),
			                                       seen.metres_y(i) - last.metres_y(i)) <= reach;
	expect(within_reach, "final positions differ by no more than the last snapshot allows", seat.name);
	// Twenty in a row are not lost at 5 %; in real time the machine may have been busy with something else.
	expect(seat.transport == nullptr || behind < 20, "the last snapshot is fresh", seat.name);
}

void check_memory(const GameMemory &memory, const std::string &who) {
	expect(memory.live_bytes() == 0, "all memory has come back", who);
	expect(memory.refusals() == 0, "the memory given was enough", who);
}

void print_delays(const MatchRecord &match) {
	std::printf("\nsnapshot age in ms, when a frame is drawn      lines heard   snapshots   RTT   memory, peak\n");
	std::printf("         median    95 %%    99 %%    worst\n");
	for (const Seat &seat : *match.seats) {
		const GameClient &client = *seat.client;
		std::vector<double> ages = snapshot_ages(match, client);
		std::sort(ages.begin(), ages.end());
		std::printf("%-8s %6.1f  %6.1f  %6.1f  %6.1f  %19zu  %10zu  %4.0f  %9zu KiB\n", seat.name.c_str(),
		        quantile(ages, 0.5), quantile(ages, 0.95), quantile(ages, 0.99), quantile(ages, 1),
		        client.heard().size(), client.received().size(), client.round_trip_ms(),
		        seat.memory->peak_bytes() >> 10);
	}
	std::printf("server   %81zu KiB\n\n", match.server_memory->peak_bytes() >> 10);
}

} // namespace

bool report(const MatchRecord &match) {
	const GameServer &server = *match.server;
	failures = 0;
	std::printf("%d ticks, %zu players, %s", match.ticks, match.seats->size(), match.network.c_str());
	if (match.loss_percent >= 0) std::printf("; %.1f %% of the datagrams were lost", match.loss_percent);
	std::printf("\n");
	print_delays(match);

	uint32_t said = 0, logged = 0, joined = 0;
	int left = 0, vanished = 0;
	for (const Seat &seat : *match.seats) {
		check_log(match, seat);
		check_positions(match, seat);
		check_memory(*seat.memory, seat.name);
		expect(seat.client->unreadable() == 0, "a client can read what it gets", seat.name);
		if (seat.stays())
			expect(seat.client->end_reason() == EnetDropReason::kRemoteAsked, "the server's good-bye arrives",
			        seat.name);
		said += seat.client->lines_said();
		left += seat.leaves != kNever ? 1 : 0;
		vanished += seat.vanishes != kNever ? 1 : 0;
	}
	for (const Line &line : server.log()) {
		logged += line.what == LineKind::kSaid ? 1 : 0;
		joined += line.what == LineKind::kJoined ? 1 : 0;
	}
	const int stayed = static_cast<int>(match.seats->size()) - left - vanished;
	check_memory(*match.server_memory, "server");
	expect(server.lines_out_of_order() == 0 && server.unreadable() == 0, "what is said arrives in order", "server");
	// What was on its way when somebody vanished is nobody's fault.
	expect(logged <= said && said <= logged + static_cast<uint32_t>(vanished), "what is said arrives once", "server");
	expect(joined == match.seats->size(), "every join is seen", "server");
	expect(server.left_because(EnetDropReason::kRemoteAsked) == left, "who leaves is seen to leave", "server");
	// When the answer to a good-bye is lost, the one who said it waits in vain and calls it a timeout: nobody can know.
	const int asked = server.left_because(EnetDropReason::kWeAsked),
	          timed_out = server.left_because(EnetDropReason::kTimedOut);
	expect(timed_out >= vanished && asked + timed_out == stayed + vanished, "who vanishes is noticed, nobody else goes",
	        "server");
	expect(static_cast<int>(server.snapshots().size()) == match.ticks, "every tick is simulated", "server");
	std::printf("%u lines said, %u joined, %d left, %d vanished: %s\n", logged, joined, left, vanished,
	        failures == 0 ? "everything as it must be" : "NOT as it must be");
	return failures == 0;
}

} // namespace mini_engine
