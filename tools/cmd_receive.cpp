// netpeer receive: takes files from `netpeer send` into a folder. Everything a sender says is checked.
#include "incoming_file.h"
#include "netpeer_commands.h"
#include "tool_codec.h"
#include "tool_console.h"
#include "tool_dtls.h"
#include "transfer_protocol.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;
using netpeer::Instant;

constexpr int kMostSenders = 16;
constexpr netpeer::Duration kLongestSilence = netpeer::Duration::from_s(30);

struct ReceiveOptions {
	int port = 0;
	std::string bind = "*";
	std::string folder;
	bool once = false;
	bool checksum = false;
	std::string compress = "none";
	DtlsServerOptions dtls;
	bool overwrite = false;
};

struct Sender {
	enum class Stage { kWaiting, kReceiving, kDone, kFailed };

	std::string place;
	std::shared_ptr<ENetPacketPeer> peer;
	Stage stage = Stage::kWaiting;
	IncomingFile file;
	std::unique_ptr<Progress> progress;
	Instant last_sign;
};

class Receiver {
public:
	explicit Receiver(const ReceiveOptions &options) : options_(options) {}

	int run() {
		std::error_code error;
		if (!std::filesystem::is_directory(options_.folder, error))
			return fail("not a folder: " + printable(options_.folder));
		(void)host_.set_checksum(options_.checksum);
		const netpeer::Error created = host_.create_host_bound(options_.bind.c_str(), options_.port, kMostSenders, 1);
		if (created != netpeer::Error::OK)
			return fail("cannot listen on " + place_text(options_.bind, options_.port) + ": " +
			            netpeer::error_text(created));
		std::string problem;
		if (!use_dtls(host_, options_.dtls, problem)) return fail(problem);
		if (!use_compression(host_, options_.compress, problem)) return fail(problem);
		std::printf("listening on %s\n", place_text(options_.bind, host_.get_local_port()).c_str());
		std::fflush(stdout);
		ErrorStreak errors;
		CompressionWatch watch(options_.compress);
		while (!stop_requested() && !errors.is_long() && !is_over_) {
			const ENetConnection::Event event = host_.service(50);
			errors.note(event.type);
			watch.look(host_);
			handle(event);
			drop_silent();
		}
		senders_.clear(); // removes partial files before the farewells, which take time
		say_goodbye(host_, 1000);
		if (errors.is_long()) return fail("the socket does not work any more");
		if (!options_.once) {
			std::printf("totals: %u received, %u failed\n", received_, failed_);
			return 0;
		}
		return received_ > 0 ? 0 : 1;
	}

private:
	void handle(const ENetConnection::Event &event) {
		if (event.type == ENetConnection::EVENT_CONNECT) {
			if (event.data != kTransferMagic) {
				event.peer->peer_disconnect(1);
				return;
			}
			Sender &sender = senders_[event.peer.get()];
			sender.peer = event.peer;
			sender.place = place_text(event.peer->get_remote_address(), event.peer->get_remote_port());
			sender.last_sign = now();
			return;
		}
		const auto found = senders_.find(event.peer.get());
		if (event.type == ENetConnection::EVENT_RECEIVE) {
			netpeer::ByteView packet;
			if (event.peer->get_packet(packet) != netpeer::Error::OK || found == senders_.end()) return;
			Sender &sender = found->second;
			sender.last_sign = now();
			if (sender.stage == Sender::Stage::kWaiting || sender.stage == Sender::Stage::kReceiving)
				take(sender, read_transfer_message(packet));
		} else if (event.type == ENetConnection::EVENT_DISCONNECT && found != senders_.end()) {
			Sender &sender = found->second;
			if (sender.stage == Sender::Stage::kWaiting) {
				note_failure(sender, "it left without offering a file");
			} else if (sender.stage == Sender::Stage::kReceiving) {
				note_failure(sender, std::string("it left in the middle: ") + reason_text(event.reason));
			}
			senders_.erase(found);
			if (options_.once) is_over_ = received_ + failed_ > 0;
		}
	}

	void take(Sender &sender, const TransferMessage &message) {
		const bool offers = sender.stage == Sender::Stage::kWaiting && message.type == TransferType::kOffer;
		const bool goes_on = sender.stage == Sender::Stage::kReceiving &&
		                     (message.type == TransferType::kData || message.type == TransferType::kEnd);
		std::string problem;
		if (offers) {
			problem = begin(sender, message);
		} else if (!goes_on) {
			problem = "it does not speak the transfer protocol";
		} else if (message.type == TransferType::kData) {
			problem = sender.file.write(message.data);
			if (problem.empty() && senders_.size() == 1) sender.progress->update(sender.file.written());
		} else {
			problem = complete(sender, message.hash);
		}
		if (problem.empty()) return;
		tell(sender, make_refuse(problem));
		sender.peer->peer_disconnect_later();
		note_failure(sender, problem);
	}

	std::string begin(Sender &sender, const TransferMessage &message) {
		const std::string name(reinterpret_cast<const char *>(message.data.data), message.data.size);
		const std::string problem = sender.file.open(folder(), name, message.bytes, options_.overwrite);
		if (!problem.empty()) return problem;
		sender.stage = Sender::Stage::kReceiving;
		std::printf("receiving %s, %s, from %s\n", printable(name).c_str(), bytes_text(message.bytes).c_str(),
		        sender.place.c_str());
		std::fflush(stdout);
		sender.progress = std::make_unique<Progress>("receiving", message.bytes);
		tell(sender, make_accept());
		return std::string();
	}

	std::string complete(Sender &sender, uint64_t hash) {
		const std::string problem = sender.file.finish(hash);
		if (!problem.empty()) return problem;
		sender.stage = Sender::Stage::kDone;
		sender.progress->finish(sender.file.written());
		const double seconds = sender.progress->seconds();
		const double rate = seconds > 0 ? static_cast<double>(sender.file.written()) / seconds : 0;
		std::printf("received %s, %llu bytes in %.2f s (%s/s), checksum %016llx agrees\n",
		        printable(sender.file.name()).c_str(), static_cast<unsigned long long>(sender.file.written()), seconds,
		        bytes_text(static_cast<uint64_t>(rate)).c_str(), static_cast<unsigned long long>(hash));
		std::fflush(stdout);
		++received_;
		tell(sender, make_done(sender.file.written(), hash));
		return std::string();
	}

	void note_failure(Sender &sender, const std::string &why) {
		if (sender.progress != nullptr) sender.progress->finish(sender.file.written());
		sender.stage = Sender::Stage::kFailed;
		sender.file.discard();
		++failed_;
		(void)fail("nothing received from " + sender.place + ": " + printable(why));
	}

	void drop_silent() {
		for (auto &entry : senders_) {
			Sender &sender = entry.second;
			if (now() - sender.last_sign < kLongestSilence) continue;
			sender.last_sign = now();
			if (sender.stage == Sender::Stage::kWaiting || sender.stage == Sender::Stage::kReceiving)
				note_failure(sender, "it sent nothing for a long time");
			sender.peer->peer_disconnect();
		}
	}

	void tell(Sender &sender, const std::string &message) {
		(void)sender.peer->send(0, netpeer::ByteView(reinterpret_cast<const uint8_t *>(message.data()), message.size()),
		        ENetPacketPeer::FLAG_RELIABLE);
	}
	std::filesystem::path folder() const { return std::filesystem::path(options_.folder); }

	const ReceiveOptions &options_;
	ENetConnection host_;
	std::map<const ENetPacketPeer *, Sender> senders_;
	unsigned received_ = 0;
	unsigned failed_ = 0;
	bool is_over_ = false;
};

} // namespace

void add_receive_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<ReceiveOptions>();
	CLI::App *command = app.add_subcommand("receive", "Takes files from `netpeer send` into a folder until Ctrl-C");
	command->add_option("--port", options->port, "UDP port; 0 asks the system for a free one")
	        ->required()
	        ->check(CLI::Range(0, 65535));
	command->add_option("--out", options->folder, "Existing folder the files go to")->required();
	command->add_flag("--once", options->once, "End after one transfer; exit code 1 if it failed");
	command->add_flag("--overwrite", options->overwrite, "Replace files that exist already");
	command->add_flag("--checksum", options->checksum, "CRC-32 on every datagram; senders must use it too");
	add_compress_option(*command, options->compress);
	add_dtls_server_options(*command, options->dtls);
	command->add_option("--bind", options->bind, "IP address to listen on, * for all")->capture_default_str();
	command->footer("The first line is `listening on ADDRESS port N`. A file appears under its name only when it is "
	                "complete and its checksum agrees. Names that try to leave the folder are refused.");
	command->callback([options, &exit_code] { exit_code = Receiver(*options).run(); });
}

} // namespace netpeer_tool
