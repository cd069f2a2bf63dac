// The modes of compression by the names the command line gives them: for connections, and codecs by themselves.
#pragma once

#include "../src/compress/compressor.h"
#include "../src/reliable/enet_connection.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace netpeer_tool {

/// --compress with "none" for its default; any other word than a mode's is a wrong argument.
void add_compress_option(CLI::App &command, std::string &mode);
/// The codec of a mode that is not "none", ready to work. Null: `problem` says why, e.g. that it is not in this build.
std::unique_ptr<netpeer::Compressor> make_codec(const std::string &mode, std::string &problem);
/// Switches the mode on for a host that has been created. False: `problem` says why.
bool use_compression(netpeer::ENetConnection &connection, const std::string &mode, std::string &problem);

/// "wire out 512 bytes for 2048 (4.00 : 1), in ...": what went over the wire so far, for what would have without
/// compression.
std::string wire_text(const netpeer::ENetConnection &connection);
/// A question to add to a connection's failure when different modes at its ends may be the cause, else "".
std::string compression_doubt(const netpeer::ENetConnection &connection, const std::string &mode);

/// Tells whoever runs a server, once, that what comes may be compressed in another mode.
class CompressionWatch {
public:
	explicit CompressionWatch(const std::string &mode) : mode_(mode) {}
	void look(const netpeer::ENetConnection &connection);

private:
	const std::string &mode_;
	bool has_told_ = false;
};

} // namespace netpeer_tool
