// netpeer send: one file to `netpeer receive`. Reads as it sends: at most kMostUnconfirmedBytes wait for the network.
#include "netpeer_commands.h"
#include "path_report.h"
#include "tool_codec.h"
#include "tool_console.h"
#include "tool_dial.h"
#include "transfer_protocol.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;

constexpr uint64_t kMostUnconfirmedBytes = 1u << 20;
constexpr uint64_t kMostUnconfirmed = kMostUnconfirmedBytes / kTransferChunkBytes; // one command each

struct SendOptions {
	std::string file;
	std::string name;
	DialOptions dial;
	bool wrong_hash = false;
};

class FileSender {
public:
	explicit FileSender(const SendOptions &options) : options_(options) {}

	int run() {
		std::string problem = open_file();
		if (!problem.empty()) return fail(problem);
		peer_ = dial(connection_, options_.dial, problem);
		if (peer_ == nullptr) return fail(problem);
		std::printf("sending %s, %s, to %s\n", printable(name_).c_str(), bytes_text(size_).c_str(),
		        place_text(options_.dial.host, options_.dial.port).c_str());
		std::fflush(stdout);
		progress_ = std::make_unique<Progress>("sending", size_);
		if (!say(make_offer(size_, name_))) {
			problem = "cannot send";
		} else {
			problem = transfer();
		}
		progress_->finish(confirmed_bytes());
		const std::string wire = wire_text(connection_);
		if (!problem.empty()) problem += doubt();
		say_goodbye(connection_, 1000);
		if (!problem.empty()) return fail(problem);
		const double seconds = progress_->seconds();
		const double rate = seconds > 0 ? static_cast<double>(size_) / seconds : 0;
		std::printf("sent %s, %llu bytes in %.2f s (%s/s), checksum %016llx agrees\n", printable(name_).c_str(),
		        static_cast<unsigned long long>(size_), seconds, bytes_text(static_cast<uint64_t>(rate)).c_str(),
		        static_cast<unsigned long long>(hash_.value()));
		std::printf("%s\n%s\n", path_.text().c_str(), wire.c_str());
		return 0;
	}

private:
	enum class Stage { kOffered, kSending, kEnded, kDone };

	std::string open_file() {
		namespace fs = std::filesystem;
		const fs::path path(options_.file);
		std::error_code error;
		const fs::file_status status = fs::status(path, error);
		if (!fs::exists(status)) return "no such file: " + printable(options_.file);
		if (!fs::is_regular_file(status)) return "not a regular file: " + printable(options_.file);
		const uintmax_t bytes = fs::file_size(path, error);
		if (error) return "cannot read " + printable(options_.file) + ": " + error.message();
		size_ = bytes;
		name_ = options_.name.empty() ? path.filename().u8string() : options_.name;
		if (name_.empty() || name_.size() > kTransferMaxNameBytes)
			return "the name must have 1 to " + std::to_string(kTransferMaxNameBytes) + " bytes (see --name)";
		errno = 0;
		file_.open(path, std::ios::binary);
		if (!file_.is_open()) return "cannot read " + printable(options_.file) + ": " + reason();
		return std::string();
	}
	static std::string reason() { return errno != 0 ? std::strerror(errno) : "the system does not say why"; }

	/// "" once the receiver has confirmed everything, else what went wrong.
	std::string transfer() {
		// Longer than the connection's own limit: this one catches a receiver that answers pings and does nothing.
		const netpeer::Duration patience =
		        netpeer::Duration::from_ms(std::max<int64_t>(10000, int64_t{2} * options_.dial.timeout_ms));
		netpeer::Instant last_sign = now();
		uint64_t last_confirmed = 0;
		ErrorStreak errors;
		for (;;) {
			if (stop_requested()) return "interrupted";
			if (stage_ == Stage::kSending) {
				const std::string problem = fill();
				if (!problem.empty()) return problem;
				progress_->update(confirmed_bytes());
			}
			// Acknowledgements are not events: come back soon to fill up again.
			const ENetConnection::Event event = connection_.service(2);
			path_.look(*peer_);
			errors.note(event.type);
			if (errors.is_long()) return "the socket does not work any more";
			if (event.type == ENetConnection::EVENT_DISCONNECT)
				return std::string("the connection broke: ") + reason_text(event.reason);
			if (event.type == ENetConnection::EVENT_RECEIVE) {
				const std::string problem = take();
				if (!problem.empty() || stage_ == Stage::kDone) return problem;
				last_sign = now();
			}
			const uint64_t confirmed = confirmed_commands();
			if (confirmed != last_confirmed) last_sign = now();
			last_confirmed = confirmed;
			if (now() - last_sign > patience) return "the receiver does nothing any more";
		}
	}

	/// Hands over as much of the file as may wait for the network.
	std::string fill() {
		while (stage_ == Stage::kSending) {
			netpeer::EnetPeerStats stats;
			if (peer_->get_stats(stats) != netpeer::Error::OK) return std::string(); // the event will tell
			if (stats.queued_commands + stats.unacknowledged_commands >= kMostUnconfirmed) return std::string();
			if (read_bytes_ == size_) {
				stage_ = Stage::kEnded;
				const uint64_t hash = options_.wrong_hash ? ~hash_.value() : hash_.value();
				if (!say(make_end(hash))) return "cannot send";
				return std::string();
			}
			char message[1 + kTransferChunkBytes];
			const size_t wanted = static_cast<size_t>(std::min<uint64_t>(kTransferChunkBytes, size_ - read_bytes_));
			message[0] = static_cast<char>(TransferType::kData);
			errno = 0;
			file_.read(message + 1, static_cast<std::streamsize>(wanted));
			if (static_cast<size_t>(file_.gcount()) != wanted) {
				if (file_.eof()) return "the file became shorter while it was sent";
				return "cannot read " + printable(options_.file) + ": " + reason();
			}
			const netpeer::ByteView bytes(reinterpret_cast<const uint8_t *>(message), 1 + wanted);
			hash_.add(bytes.after(1));
			read_bytes_ += wanted;
			if (peer_->send(0, bytes, ENetPacketPeer::FLAG_RELIABLE) != netpeer::Error::OK) return "cannot send";
		}
		return std::string();
	}

	std::string take() {
		netpeer::ByteView packet;
		if (peer_->get_packet(packet) != netpeer::Error::OK) return std::string();
		const TransferMessage message = read_transfer_message(packet);
		if (message.type == TransferType::kRefuse)
			return "the receiver gave up: " +
			       printable(std::string(reinterpret_cast<const char *>(message.data.data), message.data.size));
		if (message.type == TransferType::kAccept && stage_ == Stage::kOffered) {
			stage_ = Stage::kSending;
			return std::string();
		}
		if (message.type == TransferType::kDone && stage_ == Stage::kEnded) {
			if (message.bytes != size_ || message.hash != hash_.value())
				return "the checksums differ: what arrived is not what was sent";
			stage_ = Stage::kDone;
			return std::string();
		}
		return "the other end does not speak the transfer protocol";
	}

	/// Different modes of compression show as a receiver that is silent from the start.
	std::string doubt() const {
		return stage_ == Stage::kOffered ? compression_doubt(connection_, options_.dial.compress) : std::string();
	}
	bool say(const std::string &message) {
		return peer_->send(0, netpeer::ByteView(reinterpret_cast<const uint8_t *>(message.data()), message.size()),
		               ENetPacketPeer::FLAG_RELIABLE) == netpeer::Error::OK;
	}
	uint64_t confirmed_commands() const {
		netpeer::EnetPeerStats stats;
		return peer_->get_stats(stats) == netpeer::Error::OK ? stats.acknowledged_commands : 0;
	}
	/// What the other end has for certain: everything read, less what is under way.
	uint64_t confirmed_bytes() const {
		netpeer::EnetPeerStats stats;
		if (stage_ == Stage::kDone) return size_;
		if (peer_->get_stats(stats) != netpeer::Error::OK) return 0;
		const uint64_t open = (stats.queued_commands + stats.unacknowledged_commands) * kTransferChunkBytes;
		return open < read_bytes_ ? read_bytes_ - open : 0;
	}

	const SendOptions &options_;
	ENetConnection connection_;
	std::shared_ptr<ENetPacketPeer> peer_;
	std::string name_;
	std::ifstream file_;
	uint64_t size_ = 0;
	uint64_t read_bytes_ = 0;
	Stage stage_ = Stage::kOffered;
	TransferHash hash_;
	std::unique_ptr<Progress> progress_;
	PathReport path_;
};

} // namespace

void add_send_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<SendOptions>();
	options->dial.data = static_cast<int>(kTransferMagic);
	CLI::App *command = app.add_subcommand("send", "One file to a `netpeer receive`");
	command->add_option("FILE", options->file, "The file")->required();
	command->add_option("HOST", options->dial.host, "IP address or name of the receiver")->required();
	command->add_option("PORT", options->dial.port, "Its UDP port")->required()->check(CLI::Range(1, 65535));
	command->add_option("--timeout", options->dial.timeout_ms, "MS until a receiver that does not answer is given up")
	        ->check(CLI::Range(1, 3600000))
	        ->capture_default_str();
	command->add_flag("--checksum", options->dial.checksum, "CRC-32 on every datagram; the receiver must use it too");
	add_compress_option(*command, options->dial.compress);
	add_dtls_client_options(*command, options->dial.dtls);
	command->add_option("--name", options->name, "Name to offer instead of the file's own");
	command->add_flag("--test-wrong-checksum", options->wrong_hash, "For tests: announce a wrong checksum")->group("");
	command->footer(
	        "Ends with exit code 0 only when the receiver has stored the whole file and both checksums agree. "
	        "The line `wire out ...` says what compression has saved in each direction, headers included. `path ...` "
	        "says what was sent again, and how much of that for nothing; by how much queues lengthen the round "
	        "trip; the reliable payload that got through; the largest datagram.");
	command->callback([options, &exit_code] { exit_code = FileSender(*options).run(); });
}

} // namespace netpeer_tool
