#include "settings.h"

#include <cstring>

namespace netpeer {

namespace {

struct SettingEntry {
	const char *key;
	int Settings::*member;
	int least;
	int most;
};

constexpr SettingEntry kSettingEntries[] = {
        {"network/limits/tcp/connect_timeout_seconds", &Settings::tcp_connect_timeout_seconds, 1, 1800},
        {"network/limits/unix/connect_timeout_seconds", &Settings::unix_connect_timeout_seconds, 1, 1800},
        {"network/limits/packet_peer_stream/max_buffer_po2", &Settings::packet_peer_stream_max_buffer_po2, 8, 64},
};

Error find_setting(const char *key, const SettingEntry *&out) {
	if (key == nullptr) return Error::ERR_INVALID_PARAMETER;
	for (const SettingEntry &entry : kSettingEntries) {
		if (std::strcmp(entry.key, key) != 0) continue;
		out = &entry;
		return Error::OK;
	}
	return Error::ERR_DOES_NOT_EXIST;
}

} // namespace

Error Settings::set(const char *key, int value) {
	const SettingEntry *entry = nullptr;
	NETPEER_TRY(find_setting(key, entry));
	if (value < entry->least || value > entry->most) return Error::ERR_INVALID_PARAMETER;
	this->*entry->member = value;
	return Error::OK;
}

Error Settings::get(const char *key, int &value) const {
	const SettingEntry *entry = nullptr;
	NETPEER_TRY(find_setting(key, entry));
	value = this->*entry->member;
	return Error::OK;
}

Settings &default_settings() {
	static Settings settings;
	return settings;
}

} // namespace netpeer
