// mini_engine: a game in small. A server simulates 64 entities at 60 ticks a second, players come, steer, talk, leave and
// crash. Snapshots are unreliable, what is said is reliable. At the end a referee looks at everything that arrived.
//
//     mini_engine [--ticks 600] [--loss 5] [--seed 3] [--svg FILE]    on a simulated network, in virtual time
//     mini_engine --udp [--ticks 600] [--svg FILE]                    over real sockets on this machine, in real time
//
// Exit code 0: everything as it must be; 1: not; 2: wrong arguments. What to copy from here: the two halves game_server.*
// and game_client.*, the messages (game_messages.*) and the memory (game_memory.*). This file plays them against each other.
#include "match_record.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace mini_engine;
using netpeer::Duration;
using netpeer::ENetConnectionHooks;
using netpeer::Instant;

namespace {

struct Options {
	int ticks = 600;
	double loss_percent = 5;
	uint64_t seed = 3;
	bool udp = false;
	const char *svg = nullptr;
};

/// Real time, or time that is where it is put.
class MatchClock final : public netpeer::Clock {
public:
	explicit MatchClock(bool is_real) : is_real_(is_real) {}
	Instant now() override { return is_real_ ? netpeer::system_clock().now() : virtual_now_; }
	/// Until then the server takes what comes.
	void pass_until(Instant when, GameServer &server) {
		if (!is_real_) virtual_now_ = when;
		while (now() < when) server.receive(static_cast<int>((when - now()).ms()) + 1);
		server.receive(0);
	}

private:
	const bool is_real_;
	Instant virtual_now_ = Instant::from_ms(1000);
};

std::vector<Seat> make_seats(int ticks) {
	std::vector<Seat> seats(6);
	const char *names[] = {"Ada", "Ben", "Cleo", "Dan", "Eva", "Finn"};
	for (size_t i = 0; i < seats.size(); ++i) seats[i].name = names[i];
	seats[1].leaves = ticks / 2;
	seats[2].vanishes = ticks * 3 / 10;
	seats[4].joins = ticks / 5;
	seats[5].joins = ticks * 3 / 5; // and gets a place that is free again
	return seats;
}

/// Which buttons a player that wanders about has pressed.
uint8_t wander(netpeer::SeededRng &rng, uint8_t pressed) {
	if (!rng.chance(0.05)) return pressed;
	const uint8_t turns[] = {0, 0, kLeft, kRight};
	return static_cast<uint8_t>(turns[rng.below(4)] | (rng.chance(0.3) ? kFast : 0));
}

double lost_percent(netpeer::SimNetwork &network, const netpeer::Endpoint &server, const std::vector<Seat> &seats) {
	uint64_t offered = 0, lost = 0;
	for (const Seat &seat : seats) {
		netpeer::Endpoint client;
		if (seat.transport->local_endpoint(client) != netpeer::Error::OK) continue;
		for (const netpeer::SimLink *link : {&network.link(client, server), &network.link(server, client)}) {
			offered += link->counters().offered();
			lost += link->counters().of(netpeer::SimFate::kLost);
		}
	}
	return offered == 0 ? 0 : 100 * static_cast<double>(lost) / static_cast<double>(offered);
}

int play(const Options &options) {
	MatchClock clock(options.udp);
	netpeer::SimNetwork network(options.seed);
	netpeer::SimLinkSettings link;
	link.latency = Duration::from_ms(40);
	link.jitter = Duration::from_ms(10);
	link.loss = options.loss_percent / 100;
	network.set_default_settings(link);
	const netpeer::Endpoint server_at{netpeer::IPAddress("10.0.0.1"), 7777};

	// The memory is declared before those who use it, so that it is there until they are gone.
	GameMemory server_memory(8u << 20);
	std::vector<Seat> seats = make_seats(options.ticks);
	netpeer::TransportSim server_transport(network);
	ENetConnectionHooks hooks;
	hooks.clock = &clock;
	if (!options.udp) {
		if (server_transport.open(server_at) != netpeer::Error::OK) return 1;
		hooks.transport = &server_transport;
	}
	GameServer server(hooks, server_memory, options.seed);
	const char *address = options.udp ? "127.0.0.1" : "10.0.0.1";
	if (server.open(address, options.udp ? 0 : server_at.port) != netpeer::Error::OK) {
		std::printf("cannot open the server\n");
		return 1;
	}

	MatchRecord match;
	match.ticks = options.ticks;
	match.start = clock.now();
	match.network = options.udp ? "UDP on this machine" : "simulated: 40 to 50 ms each way";
	match.server_memory = &server_memory;
	match.server = &server;
	match.seats = &seats;

	netpeer::SeededRng rng(options.seed);
	std::vector<uint8_t> buttons(seats.size());
	for (int tick = 0; tick < options.ticks; ++tick) {
		// Ticks are counted from the start, so that no error adds up.
		const Instant due = match.start + Duration::from_us(kTick.us * tick);
		clock.pass_until(due, server);
		server.tick();
		clock.pass_until(due + Duration::from_us(kTick.us / 2), server);
		for (size_t i = 0; i < seats.size(); ++i) {
			Seat &seat = seats[i];
			if (tick == seat.joins) {
				seat.memory = std::make_unique<GameMemory>(2u << 20);
				if (!options.udp) {
					const std::string home = "10.0.0." + std::to_string(i + 2);
					seat.transport = std::make_unique<netpeer::TransportSim>(network);
					if (seat.transport->open({netpeer::IPAddress(home.c_str()), 0}) != netpeer::Error::OK) return 1;
					hooks.transport = seat.transport.get();
				}
				seat.client = std::make_unique<GameClient>(hooks, *seat.memory);
				if (seat.client->join(address, server.port()) != netpeer::Error::OK) return 1;
			}
			if (seat.client == nullptr) continue;
			if (tick == seat.leaves) seat.client->leave();
			if (tick == seat.vanishes) seat.client->vanish();
			buttons[i] = wander(rng, buttons[i]);
			seat.client->frame(buttons[i]);
			if ((tick + static_cast<int>(i) * 7) % 40 == 39)
				seat.client->say(seat.name + " says this at tick " + std::to_string(tick));
			if (i == 0 && tick % 6 == 0)
				for (int entity = 0; entity < kMaxPlayers; ++entity) {
					Drawn drawn{clock.now(), entity, 0, 0};
					if (seat.client->drawn(entity, drawn.x, drawn.y)) match.drawn.push_back(drawn);
				}
		}
	}

	// What has been said still arrives; who has vanished is found out. Ten seconds are more than either takes.
	server.end_match();
	for (int step = 0; step < 10 * kTicksPerSecond && server.connected() > 0; ++step) {
		clock.pass_until(clock.now() + kTick, server);
		for (Seat &seat : seats) seat.client->receive();
	}
	for (Seat &seat : seats) seat.client->vanish();
	server.close();

	if (!options.udp) match.loss_percent = lost_percent(network, server_at, seats);
	const bool is_right = report(match);
	if (options.svg != nullptr && !draw(match, options.svg)) {
		std::printf("cannot write %s\n", options.svg);
		return 1;
	}
	return is_right ? 0 : 1;
}

bool read_options(int argc, char **argv, Options &out) {
	for (int i = 1; i < argc; ++i) {
		if (std::strcmp(argv[i], "--udp") == 0) {
			out.udp = true;
			continue;
		}
		if (i + 1 == argc) return false;
		const char *name = argv[i], *value = argv[++i];
		if (std::strcmp(name, "--ticks") == 0)
			out.ticks = std::atoi(value);
		else if (std::strcmp(name, "--loss") == 0)
			out.loss_percent = std::atof(value);
		else if (std::strcmp(name, "--seed") == 0)
			out.seed = std::strtoull(value, nullptr, 10);
		else if (std::strcmp(name, "--svg") == 0)
			out.svg = value;
		else
			return false;
	}
	return out.ticks >= 60 && out.ticks <= 100000 && out.loss_percent >= 0 && out.loss_percent <= 10;
}

} // namespace

int main(int argc, char **argv) {
	Options options;
	if (!read_options(argc, argv, options)) {
		std::fprintf(
		        stderr, "usage: mini_engine [--udp] [--ticks 60..100000] [--loss 0..10] [--seed N] [--svg FILE]\n");
		return 2;
	}
	return play(options);
}
