#include "incoming_file.h"

#include "../src/core/random_source.h"
#include "tool_console.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace netpeer_tool {

namespace fs = std::filesystem;

namespace {

std::string write_problem(const std::string &name) {
	const char *reason = errno != 0 ? std::strerror(errno) : "the system does not say why";
	return "cannot write " + name + ": " + reason;
}

} // namespace

std::string IncomingFile::open(const fs::path &folder, const std::string &name, uint64_t bytes, bool overwrite) {
	if (const char *problem = problem_with_name(name)) return problem;
	name_ = name;
	expected_ = bytes;
	overwrite_ = overwrite;
	final_path_ = folder / fs::u8path(name);
	std::error_code error;
	const fs::file_status status = fs::symlink_status(final_path_, error);
	if (fs::exists(status)) {
		if (!overwrite) return name + " exists already";
		if (!fs::is_regular_file(status)) return name + " exists and is not a regular file";
	}
	const fs::space_info space = fs::space(folder, error);
	if (!error && space.available < bytes)
		return "no room for " + bytes_text(bytes) + ", " + bytes_text(space.available) + " are free";

	uint8_t random[8];
	if (netpeer::system_random().fill(netpeer::MutBytes(random, sizeof random)) != netpeer::Error::OK)
		return "no random numbers for a temporary name";
	char token[17];
	for (size_t i = 0; i < sizeof random; ++i) std::snprintf(token + 2 * i, 3, "%02x", random[i]);
	temporary_path_ = folder / fs::u8path("." + name + "." + token + ".partial");
	errno = 0;
	out_.open(temporary_path_, std::ios::binary | std::ios::trunc);
	if (!out_.is_open()) return write_problem(name);
	has_temporary_ = true;
	return std::string();
}

std::string IncomingFile::write(netpeer::ByteView data) {
	if (data.size > expected_ - written_) return "more data came than was announced";
	errno = 0;
	if (!out_.write(reinterpret_cast<const char *>(data.data), static_cast<std::streamsize>(data.size)))
		return write_problem(name_);
	written_ += data.size;
	hash_.add(data);
	return std::string();
}

std::string IncomingFile::finish(uint64_t hash) {
	if (written_ != expected_)
		return "only " + std::to_string(written_) + " of " + std::to_string(expected_) + " bytes came";
	if (hash_.value() != hash) return "the checksums differ: what arrived is not what was sent";
	errno = 0;
	out_.close();
	if (out_.fail()) return write_problem(name_);
	std::error_code error;
	if (!overwrite_ && fs::exists(fs::symlink_status(final_path_, error))) return name_ + " exists already";
	fs::rename(temporary_path_, final_path_, error);
	if (error) return "cannot rename to " + name_ + ": " + error.message();
	has_temporary_ = false;
	return std::string();
}

void IncomingFile::discard() {
	if (out_.is_open()) out_.close();
	if (!has_temporary_) return;
	has_temporary_ = false;
	std::error_code error;
	fs::remove(temporary_path_, error);
}

} // namespace netpeer_tool
