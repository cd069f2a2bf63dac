#include "tool_codec.h"

#include "../src/compress/deflate_zlib.h"
#include "../src/compress/fastlz_codec.h"
#include "../src/compress/range_coder.h"
#include "../src/compress/zstd_codec.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <new>

namespace netpeer_tool {

namespace {

using netpeer::ENetConnection;
using netpeer::Error;

struct ModeName {
	const char *name;
	ENetConnection::CompressionMode mode;
};
constexpr ModeName kModes[] = {
        {"none", ENetConnection::COMPRESS_NONE},
        {"range-coder", ENetConnection::COMPRESS_RANGE_CODER},
        {"fastlz", ENetConnection::COMPRESS_FASTLZ},
        {"zlib", ENetConnection::COMPRESS_ZLIB},
        {"zstd", ENetConnection::COMPRESS_ZSTD},
};

ENetConnection::CompressionMode mode_of(const std::string &name) {
	for (const ModeName &mode : kModes)
		if (name == mode.name) return mode.mode;
	return ENetConnection::COMPRESS_NONE;
}

std::string refusal(const std::string &mode, Error error) {
	if (error == Error::ERR_UNAVAILABLE) return mode + " is not in this build: it was made without that library";
	return "cannot compress with " + mode + ": " + netpeer::error_text(error);
}

template <class Codec> std::unique_ptr<netpeer::Compressor> ready_codec(Error &error) {
	std::unique_ptr<Codec> codec(new (std::nothrow) Codec);
	error = codec != nullptr ? codec->init() : Error::ERR_OUT_OF_MEMORY;
	if (error != Error::OK) return nullptr;
	return codec;
}

// Without those that were not even tried, for they cost too much.
uint64_t undecodable(const netpeer::EnetHostCounters &counters) {
	return counters.dropped_decompression - counters.dropped_decompress_budget;
}

std::string direction_text(uint64_t plain, uint64_t sent) {
	char text[96];
	const double ratio = sent > 0 ? static_cast<double>(plain) / static_cast<double>(sent) : 1;
	std::snprintf(text, sizeof text, "%llu bytes for %llu (%.2f : 1)", static_cast<unsigned long long>(sent),
	        static_cast<unsigned long long>(plain), ratio);
	return text;
}

} // namespace

void add_compress_option(CLI::App &command, std::string &mode) {
	std::vector<std::string> names;
	for (const ModeName &known : kModes) names.push_back(known.name);
	command.add_option("--compress", mode, "Compression of datagrams; both ends must choose the same")
	        ->check(CLI::IsMember(names))
	        ->capture_default_str();
}

std::unique_ptr<netpeer::Compressor> make_codec(const std::string &mode, std::string &problem) {
	std::unique_ptr<netpeer::Compressor> made;
	Error error = Error::ERR_INVALID_PARAMETER;
	switch (mode_of(mode)) {
	case ENetConnection::COMPRESS_NONE: break;
	case ENetConnection::COMPRESS_RANGE_CODER: made = ready_codec<netpeer::RangeCoder>(error); break;
	case ENetConnection::COMPRESS_FASTLZ: made = ready_codec<netpeer::FastLzCodec>(error); break;
	case ENetConnection::COMPRESS_ZLIB: made = ready_codec<netpeer::DeflateCodec>(error); break;
	case ENetConnection::COMPRESS_ZSTD: made = ready_codec<netpeer::ZstdCodec>(error); break;
	}
	if (made == nullptr) problem = refusal(mode, error);
	return made;
}

bool use_compression(ENetConnection &connection, const std::string &mode, std::string &problem) {
	const Error error = connection.compress(mode_of(mode));
	if (error != Error::OK) problem = refusal(mode, error);
	return error == Error::OK;
}

std::string wire_text(const ENetConnection &connection) {
	netpeer::EnetHostCounters counters;
	if (connection.get_counters(counters) != Error::OK) return "wire unknown";
	return "wire out " + direction_text(counters.sent_plain_bytes, counters.sent_bytes) + ", in " +
	       direction_text(counters.received_plain_bytes, counters.received_bytes);
}

std::string compression_doubt(const ENetConnection &connection, const std::string &mode) {
	netpeer::EnetHostCounters counters;
	if (connection.get_counters(counters) != Error::OK) return std::string();
	if (const uint64_t dropped = undecodable(counters))
		return "; " + std::to_string(dropped) +
		       " datagrams could not be decompressed: is --compress the same at both ends?";
	return mode != "none" ? "; is --compress the same at both ends?" : "";
}

void CompressionWatch::look(const ENetConnection &connection) {
	netpeer::EnetHostCounters counters;
	if (has_told_ || connection.get_counters(counters) != Error::OK) return;
	// The range coder makes something of nearly all bytes; it shows only when that is read.
	const uint64_t unread = mode_ != "none" ? counters.malformed_commands : 0;
	if (undecodable(counters) + unread == 0) return;
	has_told_ = true;
	std::fflush(stdout);
	std::fprintf(stderr,
	        "note: what came could not be decompressed (--compress %s here): is it the same at both ends?\n",
	        mode_.c_str());
	std::fflush(stderr);
}

} // namespace netpeer_tool
