// A file being received: written under a temporary name beside its final one, renamed when complete, removed otherwise.
#pragma once

#include "../src/core/bytes.h"
#include "transfer_protocol.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace netpeer_tool {

class IncomingFile {
public:
	IncomingFile() = default;
	/// Removes what is not finished.
	~IncomingFile() { discard(); }
	IncomingFile(const IncomingFile &) = delete;
	IncomingFile &operator=(const IncomingFile &) = delete;

	// Each answers "" or what went wrong, in words for people; after that only discard() makes sense.

	/// `name` is a stranger's and is checked. An existing file is refused unless `overwrite`.
	std::string open(const std::filesystem::path &folder, const std::string &name, uint64_t bytes, bool overwrite);
	/// More than was announced is refused.
	std::string write(netpeer::ByteView data);
	/// Compares length and hash, closes, and gives the file its name.
	std::string finish(uint64_t hash);

	void discard();
	bool is_open() const { return out_.is_open(); }
	uint64_t written() const { return written_; }
	uint64_t expected() const { return expected_; }
	uint64_t hash() const { return hash_.value(); }
	const std::string &name() const { return name_; }

private:
	std::string name_;
	std::filesystem::path final_path_;
	std::filesystem::path temporary_path_;
	std::ofstream out_;
	uint64_t expected_ = 0;
	uint64_t written_ = 0;
	bool overwrite_ = false;
	bool has_temporary_ = false;
	TransferHash hash_;
};

} // namespace netpeer_tool
