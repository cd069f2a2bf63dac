// What is kept of a match: who played when, on which memory and what they saw. The report and the picture read it.
#pragma once

#include "game_client.h"
#include "game_server.h"

#include <memory>
#include <string>
#include <vector>

namespace mini_engine {

constexpr int kNever = -1;

/// One who plays: when (in ticks), and all that belongs to it.
struct Seat {
	std::string name;
	int joins = 0;
	int leaves = kNever;   // in order
	int vanishes = kNever; // without a word
	std::unique_ptr<GameMemory> memory;
	std::unique_ptr<netpeer::TransportSim> transport; // null over UDP
	std::unique_ptr<GameClient> client;

	bool stays() const { return leaves == kNever && vanishes == kNever; }
};

/// Where a client drew an entity at the time it did.
struct Drawn {
	netpeer::Instant time;
	int entity;
	float x, y;
};

struct MatchRecord {
	int ticks = 0;
	netpeer::Instant start;
	std::string network;      // in words
	double loss_percent = -1; // as the network counted it; negative: unknown
	GameMemory *server_memory = nullptr;
	GameServer *server = nullptr;
	std::vector<Seat> *seats = nullptr;
	std::vector<Drawn> drawn; // by the first seat, some of its frames
};

/// Milliseconds since the newest snapshot a client had was taken, for each of its frames.
std::vector<double> snapshot_ages(const MatchRecord &match, const GameClient &client);
/// Of ascending values; `share` 0 is the smallest, 1 the largest.
double quantile(const std::vector<double> &sorted, double share);

/// Prints what was found; true when everything is as it must be.
bool report(const MatchRecord &match);
/// An SVG of the paths and the delays. False: the file cannot be written.
bool draw(const MatchRecord &match, const char *path);

} // namespace mini_engine
