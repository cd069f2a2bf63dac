// The umbrella: include this one. Being listed here is what makes a header public; every other header is private.
//
// It may come after <windows.h>, <X11/Xlib.h> or Qt, whose macros are spelled like names of ours (or soon might be):
// they are saved, out of the way while our headers are read, and back afterwards.
#pragma once

// The standard headers ours use come first: they must not be read while somebody else's macros are missing.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// <windows.h>
#pragma push_macro("ERROR")
#pragma push_macro("FAILED")
#pragma push_macro("IN")
#pragma push_macro("OUT")
#pragma push_macro("OPTIONAL")
#pragma push_macro("NO_ERROR")
#pragma push_macro("DELETE")
#pragma push_macro("STRICT")
#pragma push_macro("far")
#pragma push_macro("interface")
#pragma push_macro("max")
#pragma push_macro("min")
#pragma push_macro("near")
#pragma push_macro("small")
#undef ERROR
#undef FAILED
#undef IN
#undef OUT
#undef OPTIONAL
#undef NO_ERROR
#undef DELETE
#undef STRICT
#undef far
#undef interface
#undef max
#undef min
#undef near
#undef small
// <X11/Xlib.h>
#pragma push_macro("Above")
#pragma push_macro("Always")
#pragma push_macro("Below")
#pragma push_macro("Bool")
#pragma push_macro("Complex")
#pragma push_macro("CurrentTime")
#pragma push_macro("False")
#pragma push_macro("None")
#pragma push_macro("Status")
#pragma push_macro("Success")
#pragma push_macro("True")
#pragma push_macro("Unsorted")
#undef Above
#undef Always
#undef Below
#undef Bool
#undef Complex
#undef CurrentTime
#undef False
#undef None
#undef Status
#undef Success
#undef True
#undef Unsorted
// Qt, curses, macOS <AssertMacros.h>, <sys/sysmacros.h>
#pragma push_macro("ERR")
#pragma push_macro("OK")
#pragma push_macro("check")
#pragma push_macro("emit")
#pragma push_macro("major")
#pragma push_macro("minor")
#pragma push_macro("signals")
#pragma push_macro("slots")
#pragma push_macro("verify")
#undef ERR
#undef OK
#undef check
#undef emit
#undef major
#undef minor
#undef signals
#undef slots
#undef verify

// Core: values, errors, and what an application hands in
#include "core/allocator.h"
#include "core/byte_buffer.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/error_list.h"
#include "core/hooks.h"
#include "core/instant.h"
#include "core/log_sink.h"
#include "core/netpeer_assert.h"
#include "core/netpeer_version.h"
#include "core/random_source.h"
#include "core/secret_bytes.h"
#include "core/seeded_rng.h"
#include "core/settings.h"

// Godot's values: what they are, as bytes, and as text
#include "core/byte_buffer.h"
#include "core/variant.h"
#include "core/variant_codec.h"
#include "core/variant_text.h"
#include "core/variant_types.h"

// Addresses and sockets
#include "socket/datagram_io.h"
#include "socket/endpoint.h"
#include "socket/host_name.h"
#include "socket/ip_address.h"
#include "socket/ip_resolver.h"
#include "socket/net_socket.h"
#include "socket/network_interfaces.h"
#include "socket/resolver_backend.h"
#include "socket/socket_waiter.h"

// Compression
#include "compress/compressor.h"
#include "compress/deflate_zlib.h"
#include "compress/fastlz_codec.h"
#include "compress/range_coder.h"
#include "compress/zstd_codec.h"

// TLS and DTLS: keys, certificates, what to trust; sessions without I/O
#include "tls/crypto.h"
#include "tls/crypto_key.h"
#include "tls/dtls_acceptor.h"
#include "tls/dtls_hello.h"
#include "tls/tls_options.h"
#include "tls/tls_session.h"
#include "tls/x509_certificate.h"

// Streams: bytes in order, over TCP and Unix sockets, encrypted by TLS
#include "stream/luna_socket_error.h"
#include "stream/luna_stream_peer_tcp.h"
#include "stream/name_lookup.h"
#include "stream/socket_server.h"
#include "stream/stream_peer.h"
#include "stream/stream_peer_buffer.h"
#include "stream/stream_peer_socket.h"
#include "stream/stream_peer_tcp.h"
#include "stream/stream_peer_tls.h"
#include "stream/stream_peer_uds.h"
#include "stream/tcp_server.h"
#include "stream/uds_server.h"

// Packets: the base class of everything that gives and takes whole packets; packets over streams, over UDP and DTLS
#include "packet/datagram_ring.h"
#include "packet/dtls_server.h"
#include "packet/packet_peer.h"
#include "packet/packet_peer_dtls.h"
#include "packet/packet_peer_stream.h"
#include "packet/packet_peer_udp.h"
#include "packet/udp_server.h"

// ENet: the protocol without I/O, what carries its datagrams, and the classes Godot users know
#include "reliable/enet_connection.h"
#include "reliable/enet_constants.h"
#include "reliable/enet_host.h"
#include "reliable/enet_packet.h"
#include "reliable/enet_packet_peer.h"
#include "reliable/transport/datagram_transport.h"

// A simulated network to test netcode on, with virtual time
#include "reliable/transport/sim_link.h"
#include "reliable/transport/sim_network.h"
#include "reliable/transport/transport_sim.h"

#pragma pop_macro("verify")
#pragma pop_macro("slots")
#pragma pop_macro("signals")
#pragma pop_macro("minor")
#pragma pop_macro("major")
#pragma pop_macro("emit")
#pragma pop_macro("check")
#pragma pop_macro("OK")
#pragma pop_macro("ERR")
#pragma pop_macro("Unsorted")
#pragma pop_macro("True")
#pragma pop_macro("Success")
#pragma pop_macro("Status")
#pragma pop_macro("None")
#pragma pop_macro("False")
#pragma pop_macro("CurrentTime")
#pragma pop_macro("Complex")
#pragma pop_macro("Bool")
#pragma pop_macro("Below")
#pragma pop_macro("Always")
#pragma pop_macro("Above")
#pragma pop_macro("small")
#pragma pop_macro("near")
#pragma pop_macro("min")
#pragma pop_macro("max")
#pragma pop_macro("interface")
#pragma pop_macro("far")
#pragma pop_macro("STRICT")
#pragma pop_macro("DELETE")
#pragma pop_macro("NO_ERROR")
#pragma pop_macro("OPTIONAL")
#pragma pop_macro("OUT")
#pragma pop_macro("IN")
#pragma pop_macro("FAILED")
#pragma pop_macro("ERROR")
