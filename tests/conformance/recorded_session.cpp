#include "recorded_session.h"

#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace netpeer_test {

namespace {

int64_t recorded_us(const std::string &milliseconds) {
	return static_cast<int64_t>(std::llround(std::strtod(milliseconds.c_str(), nullptr) * 1000));
}

bool read_datagram_line(const std::string &line, RecordedItem &item) {
	std::istringstream in(line);
	std::string id, way, at, fate, hex;
	in >> id >> way >> at >> fate >> hex;
	if (way.size() != 3 || way[1] != '>' || fate.empty()) return false;
	item.kind = RecordedKind::kDatagram;
	item.id = std::atoi(id.c_str());
	item.host = way[0];
	item.to = way[2];
	item.at_us = recorded_us(at);
	item.wire = hex_to_bytes(hex);
	if (starts_with(fate, "d@")) {
		std::istringstream times(fate.substr(2));
		for (std::string time; std::getline(times, time, ',');) item.delivered_us.push_back(recorded_us(time));
		return true;
	}
	return fate == "x" || fate == "pending";
}

void read_comment(const std::string &line, std::vector<RecordedItem> &items) {
	if (items.empty() || items.back().kind != RecordedKind::kDatagram) return;
	RecordedItem &datagram = items.back();
	const std::string own = "#   " + std::to_string(datagram.id) + ": ";
	if (starts_with(line, own)) {
		datagram.decoded_header = line.substr(own.size());
	} else if (starts_with(line, "#   plain ")) {
		datagram.plain = hex_to_bytes(line.substr(10));
	} else if (starts_with(line, "#     ")) {
		std::string command = line.substr(6);
		while (!command.empty() && command.back() == ' ') command.pop_back();
		// The Godot recordings name two fields of this command differently.
		const size_t in = command.find("inBw="), out = command.find("outBw=");
		if (starts_with(command, "BANDWIDTH_LIMIT") && in != std::string::npos && out != std::string::npos) {
			command.erase(out + 3, 2);
			command.erase(in + 2, 2);
		}
		datagram.decoded_commands.push_back(command);
	}
}

} // namespace

bool starts_with(const std::string &text, const std::string &start) {
	return text.compare(0, start.size(), start) == 0;
}

std::string vector_path(const std::string &path) { return std::string(NETPEER_REPO_DIR "/tests/vectors/") + path; }

std::vector<RecordedItem> read_recording(const std::string &path) {
	std::vector<RecordedItem> items;
	std::ifstream file(vector_path(path));
	EXPECT_TRUE(file.is_open()) << path;
	int number = 0;
	for (std::string line; std::getline(file, line);) {
		++number;
		if (line.empty()) continue;
		if (line[0] == '#') {
			read_comment(line, items);
			continue;
		}
		RecordedItem item;
		bool understood = false;
		if (line[0] == 'A' || line[0] == 'E') {
			std::istringstream in(line);
			std::string letter, at, host;
			in >> letter >> at >> host;
			item.kind = letter == "A" ? RecordedKind::kAction : RecordedKind::kEvent;
			item.at_us = recorded_us(at);
			item.host = host.empty() ? '?' : host[0];
			std::getline(in, item.text);
			if (!item.text.empty()) item.text.erase(0, 1);
			understood = host.size() == 1 || host == "relay";
		} else {
			understood = read_datagram_line(line, item);
		}
		item.line = number;
		EXPECT_TRUE(understood) << path << ":" << number << ": " << line.substr(0, 60);
		if (!understood) return {};
		items.push_back(item);
	}
	return items;
}

uint32_t value_of(const std::string &text, const std::string &key) {
	const size_t at = (" " + text).find(" " + key + "=");
	EXPECT_NE(at, std::string::npos) << "no " << key << " in: " << text;
	if (at == std::string::npos) return 0;
	return static_cast<uint32_t>(std::strtoul(text.c_str() + at + key.size() + 1, nullptr, 0));
}

uint32_t hash_of(const std::string &text) {
	const size_t at = text.find("fnv1a32=");
	EXPECT_NE(at, std::string::npos) << "no hash in: " << text;
	if (at == std::string::npos) return 0;
	return static_cast<uint32_t>(std::strtoul(text.c_str() + at + 8, nullptr, 16));
}

} // namespace netpeer_test
