#include "stream_peer_tcp.h"

#include "connect_race.h"

#include <new>

namespace netpeer {

namespace {

constexpr int kHighestPort = 65535;

} // namespace

StreamPeerTCP::StreamPeerTCP(const StreamPeerSocketHooks &hooks) : StreamPeerSocket(hooks) {}

void StreamPeerTCP::RaceDeleter::operator()(ConnectRace *race) const { delete race; }

void StreamPeerTCP::end() { disconnect_from_host(); }

Error StreamPeerTCP::bind(int port, const char *host) {
	if (socket_ != nullptr || get_status() == STATUS_CONNECTING) return Error::ERR_ALREADY_IN_USE;
	if (port < 0 || port > kHighestPort || host == nullptr) return Error::ERR_INVALID_PARAMETER;
	Endpoint local;
	local.address = IPAddress(host);
	local.port = static_cast<uint16_t>(port);
	if (!local.address.is_valid() && !local.address.is_wildcard()) return Error::ERR_INVALID_PARAMETER;
	IPType type = local.address.is_wildcard() ? IPType::ANY : local.address.is_ipv4() ? IPType::IPV4 : IPType::IPV6;
	socket_ = create_net_socket();
	if (socket_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	Error error = socket_->open_tcp(type);
	if (error == Error::OK) error = socket_->bind(local);
	if (error != Error::OK) leave(get_status());
	return error;
}

Error StreamPeerTCP::check_target(int port) const {
	if (get_status() != STATUS_NONE) return Error::ERR_ALREADY_IN_USE;
	return port < 1 || port > kHighestPort ? Error::ERR_INVALID_PARAMETER : Error::OK;
}

Error StreamPeerTCP::connect_to_host(const char *host, int port) {
	IPAddress address;
	if (host == nullptr || host[0] == '\0') return Error::ERR_CANT_RESOLVE;
	if (names().resolve(host, address) != Error::OK) return Error::ERR_CANT_RESOLVE;
	return connect_to_host(address, port);
}

Error StreamPeerTCP::connect_to_host(const IPAddress &address, int port) {
	if (get_status() != STATUS_NONE) return Error::ERR_ALREADY_IN_USE;
	if (!address.is_valid()) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(check_target(port));
	const Error opened = open_for(address);
	if (opened != Error::OK) {
		leave(STATUS_NONE);
		return opened;
	}
	return begin_connect(connect_to(address, static_cast<uint16_t>(port)), settings().tcp_connect_timeout_seconds);
}

// A bound socket is used as it is, whatever its family.
Error StreamPeerTCP::open_for(const IPAddress &address) {
	if (socket_ != nullptr) return Error::OK;
	socket_ = create_net_socket();
	if (socket_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	IPType type = address.is_ipv4() ? IPType::IPV4 : IPType::IPV6;
	NETPEER_TRY(socket_->open_tcp(type));
	(void)options_.apply(*socket_); // an option is no reason to lose the connection
	return Error::OK;
}

// OK, ERR_BUSY: started.
Error StreamPeerTCP::connect_to(const IPAddress &address, uint16_t port) {
	remote_.address = address;
	remote_.port = port;
	return socket_->connect(remote_);
}

Error StreamPeerTCP::connect_to_host_async_dns(const char *host, int port) { return begin_named(host, port, false); }

Error StreamPeerTCP::connect_to_host_any(const char *host, int port) {
	if (get_status() == STATUS_NONE && socket_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	return begin_named(host, port, true);
}

Error StreamPeerTCP::begin_named(const char *host, int port, bool all_addresses) {
	NETPEER_TRY(check_target(port));
	if (host == nullptr || host[0] == '\0') return Error::ERR_CANT_RESOLVE;
	const IPAddress literal(host);
	if (literal.is_wildcard()) return Error::ERR_CANT_RESOLVE;
	if (literal.is_valid()) return connect_to_host(literal, port);
	int id = -1;
	NETPEER_TRY(names().start(host, id));
	lookup_ = id;
	lookup_port_ = static_cast<uint16_t>(port);
	wants_all_ = all_addresses;
	return begin_connect(Error::ERR_BUSY, settings().tcp_connect_timeout_seconds);
}

Error StreamPeerTCP::go_on(Instant now) {
	if (lookup_ >= 0) {
		IPAddress found[ConnectRace::kMostAddresses];
		size_t count = 0;
		NETPEER_TRY(names().take(lookup_, found, ConnectRace::kMostAddresses, count));
		names().forget(lookup_);
		lookup_ = -1;
		if (!wants_all_) {
			const IPAddress &address = preferred_address(found, count);
			NETPEER_TRY(open_for(address));
			return connect_to(address, lookup_port_);
		}
		race_.reset(new (std::nothrow) ConnectRace(found, count, lookup_port_));
		if (race_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	}
	if (race_ == nullptr) return socket_->connect_result();
	const Error answer = race_->step(now, options_, socket_, remote_);
	if (answer != Error::ERR_BUSY) {
		if (answer != Error::OK) note_os_error(race_->last_os_error());
		race_.reset();
	}
	return answer;
}

NetSocket *StreamPeerTCP::connecting_socket() const {
	if (race_ != nullptr) return race_->newest();
	return lookup_ >= 0 ? nullptr : socket_.get();
}

Instant StreamPeerTCP::next_connect_step() const {
	if (lookup_ >= 0) return Instant{INT64_MIN};
	return race_ != nullptr ? race_->next_step_time() : Instant::never();
}

void StreamPeerTCP::forget() {
	if (lookup_ >= 0) names().forget(lookup_);
	lookup_ = -1;
	race_.reset();
	remote_ = Endpoint();
	options_ = TcpOptions();
}

void StreamPeerTCP::accept_socket(std::unique_ptr<NetSocket> socket, const Endpoint &remote) {
	adopt(std::move(socket));
	remote_ = remote;
}

std::string StreamPeerTCP::get_connected_host() const {
	char text[IPAddress::kMaxTextBytes];
	return std::string(remote_.address.to_text(text));
}

int StreamPeerTCP::get_local_port() const {
	Endpoint local;
	if (socket_ == nullptr || socket_->local_endpoint(local) != Error::OK) return 0;
	return local.port;
}

IgnorableError StreamPeerTCP::set_no_delay(bool enabled) {
	if (socket_ == nullptr && get_status() != STATUS_CONNECTING) return Error::ERR_UNCONFIGURED;
	options_.sets_no_delay = true;
	options_.no_delay = enabled;
	if (race_ != nullptr) return race_->apply(options_);
	return socket_ != nullptr ? socket_->set_no_delay(enabled) : Error::OK;
}

Error StreamPeerTCP::set_keep_alive(bool enabled, int idle_s, int interval_s, int count) {
	if (idle_s < 0 || interval_s < 0 || count < 0) return Error::ERR_INVALID_PARAMETER;
	if (socket_ == nullptr && get_status() != STATUS_CONNECTING) return Error::ERR_UNCONFIGURED;
	options_.sets_keep_alive = true;
	options_.keep_alive = enabled;
	options_.keep_alive_idle_s = idle_s;
	options_.keep_alive_interval_s = interval_s;
	options_.keep_alive_count = count;
	if (race_ != nullptr) return race_->apply(options_);
	return socket_ != nullptr ? socket_->set_keep_alive(enabled, idle_s, interval_s, count) : Error::OK;
}

} // namespace netpeer
