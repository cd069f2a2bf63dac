// Puts a netpeer host in the place of one host of a recording, in virtual time: it acts as the recorded application
// did and gets the datagrams the recorded host got, at the times it got them.
//
// Our host has its own clock, its own numbers on the system channel (it may ping at other moments) and, as a client, its
// own connection ids. So what is delivered is translated: an acknowledgement names the command of ours that plays the part of
// the recorded one and carries that command's stamp; VERIFY_CONNECT carries our connection id; checksums are computed anew.
// An acknowledgement of something our host has not sent yet waits until it is sent. Commands of ours without a counterpart
// in the recording are acknowledged at once, as long as the recorded link lives.
#pragma once

#include "parsed_datagram.h"
#include "recorded_session.h"

#include "../../src/reliable/enet_host.h"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace netpeer_test {

struct ReplayPlan {
	const char *path = "";
	char role = 'S';          // whose place our host takes
	int64_t dead_from_us = 0; // from here the recorded link or remote is dead; 0: never
	int64_t run_on_us = 0;    // how long to go on after the last line
};

/// A command our host put on the wire.
struct SentCommand {
	int64_t at_us = 0; // since the start of the recording
	char to = 0;
	std::string text; // as describe()
};

/// The settings the recorded host must have had.
netpeer::EnetHostConfig recorded_config(const std::string &path, char role);

class SessionReplay {
public:
	explicit SessionReplay(const ReplayPlan &plan);
	void run();

	// Ours beside the recording's, in order.
	std::vector<std::string> events, recorded_events;
	std::vector<int64_t> event_times_us; // ours, since the start of the recording
	// CONNECT (without its id) or VERIFY_CONNECT of each connection, in order.
	std::vector<std::string> openings, recorded_openings;
	// Acknowledgements: connection, channel, number, echoed time; sorted.
	std::multiset<std::string> acks, recorded_acks;
	// Messages: each distinct command with payload, and its hash.
	std::set<std::string> messages, recorded_messages;
	std::vector<SentCommand> sent;
	const netpeer::EnetHostCounters &counters() const { return host_.counters(); }

private:
	// What a reliable command is, whatever its number: on the system channel "the n-th PING of this connection".
	using CommandName = std::tuple<int, int, int, int>; // connection, channel, kind or 0, which
	class CommandNames {
	public:
		CommandName note(int connection, const ParsedCommand &command);
		bool find(int connection, uint8_t channel, uint16_t sequence, CommandName &name) const;
		bool knows(const CommandName &name) const { return all_.count(name) != 0; }

	private:
		std::map<std::tuple<int, int, int>, CommandName> by_number_;
		std::map<std::pair<int, int>, int> counts_;
		std::set<CommandName> all_;
	};
	struct OnTheWire {
		uint16_t sequence = 0;
		uint16_t sent_time = 0;
	};
	struct Step {
		int64_t at_us = 0;
		size_t item = 0;
	};
	struct OwnAck {
		int64_t at_us = 0;
		int connection = 0;
		uint8_t channel = 0;
		OnTheWire of;
	};

	void index_recording();
	bool is_unseen_reset(const RecordedItem &item) const;
	void collect_message(char from, int connection, const ParsedCommand &command);
	void act(const RecordedItem &item);
	void deliver(size_t item);
	void give(char from, const ParsedDatagram &datagram, int connection);
	void advance_to(int64_t at_us);
	void drain();
	void note_sent(const netpeer::Endpoint &to, netpeer::ByteView bytes);
	void note_sent_command(char to, int connection, const ParsedDatagram &datagram, const ParsedCommand &command);
	void take_events();
	netpeer::ByteView payload_of(const std::string &action);
	netpeer::Instant now() const { return netpeer::Instant::from_us(now_us_ + kStartUs); }
	int connection_of(char client, uint32_t connect_id, bool may_add);

	static constexpr int64_t kStartUs = 10000000;

	ReplayPlan plan_;
	bool checksum_ = false;
	std::vector<RecordedItem> items_;
	std::vector<ParsedDatagram> parsed_; // one per item
	std::vector<int> connections_;       // one per item
	std::vector<Step> steps_;
	std::map<std::pair<uint32_t, size_t>, std::vector<uint8_t>> payloads_; // by hash and length
	std::map<std::tuple<char, int, int, int, int>, std::pair<std::vector<uint8_t>, uint32_t>> partial_;
	std::vector<uint8_t> filler_;

	netpeer::EnetHost host_;
	netpeer::EnetPeerId peer_;
	int64_t now_us_ = 0;
	std::map<char, std::map<uint32_t, int>> connect_ids_; // recorded
	std::map<int, uint32_t> live_connect_id_;             // what both ends use in this run
	int own_connections_ = 0;
	std::map<char, int> current_; // connection our host is sending on
	CommandNames recorded_names_, own_names_;
	std::map<CommandName, OnTheWire> on_the_wire_;
	std::set<CommandName> acknowledged_;
	std::map<int, netpeer::EnetHeader> remote_header_;
	std::deque<OwnAck> own_acks_;
};

} // namespace netpeer_test
