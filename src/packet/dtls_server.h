// DTLSServer: makes PacketPeerDTLS sessions out of a UDPServer's peers. Godot's class of that name.
//
//     udp.listen(4242); dtls.setup(TLSOptions::server(key, certificate)); then each frame: udp.poll();
//     while ((peer = udp.take_connection()) != nullptr) {
//         session = dtls.take_connection(peer); // keep it if it is STATUS_HANDSHAKING, else drop it and the peer
//     }
//     and poll() every session.
//
// Every client is taken twice. Its first hello comes without a cookie: it is sent one, and that session is in STATUS_ERROR at
// once and must be dropped together with its UDP peer, so that an address that may be forged costs nothing. The second
// hello brings the cookie back, as a new connection of the UDPServer.
#pragma once

#include "packet_peer_dtls.h"
#include "udp_server.h"

#include <memory>

namespace netpeer {

/// Owner thread only, its sessions included; nothing blocks but as PacketPeerDTLS says. The sessions may outlive the server.
/// Origin: Godot DTLSServer.
class DTLSServer {
public:
	DTLSServer() : DTLSServer(PacketPeerDTLSHooks()) {}
	/// For the server and its sessions; must outlive both. Not in Godot: for tests and engines.
	explicit DTLSServer(const PacketPeerDTLSHooks &hooks) : hooks_(hooks) {}
	DTLSServer(const DTLSServer &) = delete;
	DTLSServer &operator=(const DTLSServer &) = delete;

	/// Once in a server's life: keeps the options and makes the secret behind the cookies, which are good for 60 seconds.
	/// ERR_ALREADY_IN_USE: done already. ERR_INVALID_PARAMETER: null or a client's options, no key or certificate in them, or
	/// a key that does not belong to it. ERR_OUT_OF_MEMORY. ERR_CANT_CREATE: no entropy. ERR_UNAVAILABLE: built without
	/// mbedTLS. Origin: Godot DTLSServer.setup.
	Error setup(std::shared_ptr<const TLSOptions> server_options);
	/// The session of a peer that UDPServer::take_connection() gave, after the first step of its handshake, with what has
	/// come from it. STATUS_HANDSHAKING: keep it and poll it. STATUS_ERROR, which is not worth a word: drop it and the peer;
	/// its hello brought no good cookie (kCookieNeeded), or it sent something else (in Godot that waits as a session).
	/// Null: before setup(), a null peer or one without a fixed other end, no memory. Origin: Godot
	/// DTLSServer.take_connection.
	std::shared_ptr<PacketPeerDTLS> take_connection(std::shared_ptr<PacketPeerUDP> udp_peer);

private:
	PacketPeerDTLSHooks hooks_;
	std::shared_ptr<const TLSOptions> options_;
	std::shared_ptr<DtlsCookies> cookies_; // null before setup()
};

} // namespace netpeer
