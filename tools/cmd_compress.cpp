// netpeer compress and netpeer decompress: standard input to standard output through one of the codecs, bare.
#include "netpeer_commands.h"
#include "standard_streams.h"
#include "tool_codec.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::ByteBuffer;
using netpeer::Error;

constexpr size_t kMebibyte = size_t{1} << 20;
constexpr size_t kMostInput = 1024 * kMebibyte; // what the codecs take in one call
constexpr size_t kFirstRoom = 64 * 1024;

struct CodecOptions {
	std::string mode;
	unsigned limit_mib = 256;
};

/// Everything of standard input, and the codec. False: `problem` says why not.
bool prepare(const CodecOptions &options, ByteBuffer &in, std::unique_ptr<netpeer::Compressor> &codec,
        std::string &problem) {
	// Nothing is under way that would have to be ended in an orderly manner, and a read that blocks must be.
	std::signal(SIGINT, SIG_DFL);
	std::signal(SIGTERM, SIG_DFL);
	prepare_standard_streams();
	codec = make_codec(options.mode, problem);
	return codec != nullptr && take_standard_input(in, kMostInput, problem);
}

int finish(netpeer::ByteView result) {
	std::string problem;
	return give_standard_output(result, problem) ? 0 : fail(problem);
}

int run_compress(const CodecOptions &options) {
	if (is_terminal()) return fail("compressed bytes are not for a terminal: send them to a file or a pipe");
	ByteBuffer in, out;
	std::unique_ptr<netpeer::Compressor> codec;
	std::string problem;
	if (!prepare(options, in, codec, problem)) return fail(problem);
	if (in.empty()) return 0;
	// What does not shrink grows by a few per cent at most; should that be wrong one day, there is more.
	for (const size_t room : {in.size() + in.size() / 4 + 1024, 4 * in.size() + 1024}) {
		out.free_memory();
		if (out.extend(room) != Error::OK) return fail("not enough memory");
		const size_t size = codec->compress(in.view(), out.bytes());
		if (size != 0) return finish(out.view().first(size));
	}
	return fail("cannot compress with " + options.mode);
}

int run_decompress(const CodecOptions &options) {
	ByteBuffer in, out;
	std::unique_ptr<netpeer::Compressor> codec;
	std::string problem;
	if (!prepare(options, in, codec, problem)) return fail(problem);
	if (in.empty()) return 0;
	// None of the formats is sure to say how long the result is: another try with more room, up to the limit.
	const size_t limit = options.limit_mib * kMebibyte;
	for (size_t room = std::max(kFirstRoom, 8 * in.size());; room *= 4) {
		room = std::min(room, limit);
		out.free_memory();
		if (out.extend(room) != Error::OK) return fail("not enough memory");
		const size_t size = codec->decompress(in.view(), out.bytes());
		if (size != 0) return finish(out.view().first(size));
		if (room == limit) break;
	}
	return fail("malformed: not what `netpeer compress " + options.mode + "` writes, or more than " +
	            std::to_string(options.limit_mib) + " MiB (see --limit)");
}

const char *const kFormats =
        "The format is what the codec puts into a datagram of that mode, bare, as one piece:\n"
        "  range-coder  ENet's range coder; neither length nor checksum\n"
        "  fastlz       one FastLZ block, level 1 below 64 KiB, else 2; neither length nor checksum\n"
        "  zlib         one zlib stream (RFC 1950), level 6, with its Adler-32; Python's zlib.decompress reads it\n"
        "  zstd         one Zstandard frame (RFC 8878), level 3, with its size, no checksum; `zstd -d` reads it\n"
        "Empty input is empty output. At most 1 GiB goes in; input and output are held in memory.";

CLI::App *add_direction(CLI::App &app, const char *name, const char *about,
        const std::shared_ptr<CodecOptions> &options, int &exit_code, int (*run)(const CodecOptions &)) {
	CLI::App *command = app.add_subcommand(name, about);
	command->add_option("MODE", options->mode, "range-coder, fastlz, zlib or zstd")
	        ->required()
	        ->check(CLI::IsMember({"range-coder", "fastlz", "zlib", "zstd"}));
	command->callback([options, run, &exit_code] { exit_code = run(*options); });
	return command;
}

} // namespace

void add_compress_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<CodecOptions>();
	add_direction(app, "compress", "Standard input to standard output, compressed", options, exit_code, run_compress)
	        ->footer(kFormats);
}

void add_decompress_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<CodecOptions>();
	CLI::App *command =
	        add_direction(app, "decompress", "The reverse of `netpeer compress`", options, exit_code, run_decompress);
	command->add_option("--limit", options->limit_mib, "MiB the result may have: a few bytes can stand for many")
	        ->check(CLI::Range(1, 1024))
	        ->capture_default_str();
	command->footer(std::string(kFormats) +
	                "\nMalformed input fails (exit code 1) and writes nothing. Without a checksum, damage can also go "
	                "unnoticed.\nBytes behind a zlib stream are ignored; behind a zstd frame they are an error.");
}

} // namespace netpeer_tool
