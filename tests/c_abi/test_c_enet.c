// ENet through the C face: two hosts of this program, over loopback.

#include "c_check.h"

#include <stdlib.h>

// What happened at one of the two since it was last looked at.
typedef struct enet_end {
	netpeer_enet_connection *host;
	netpeer_enet_packet_peer *peer;
	int connects;
	int disconnects;
	int packets;
	netpeer_enet_event last;
} enet_end;

static void serve(enet_end *end, int timeout_ms) {
	netpeer_enet_event event;
	while (netpeer_enet_connection_service(end->host, timeout_ms, &event) > NETPEER_ENET_EVENT_NONE) {
		timeout_ms = 0;
		end->last = event;
		if (event.type == NETPEER_ENET_EVENT_CONNECT) {
			++end->connects;
			end->peer = event.peer;
		}
		if (event.type == NETPEER_ENET_EVENT_RECEIVE) ++end->packets;
		if (event.type == NETPEER_ENET_EVENT_DISCONNECT) {
			++end->disconnects;
			return; // the peer is lent until the next service
		}
	}
}

// Serves both until `*count` has reached `wanted`.
static int serve_until(enet_end *left, enet_end *right, const int *count, int wanted) {
	for (int i = 0; i < 20 * PATIENCE_STEPS && *count < wanted; ++i) {
		serve(left, 1);
		if (*count < wanted) serve(right, 1);
	}
	return CHECK_EQ(*count, wanted);
}

static int connect_ends(enet_end *server, enet_end *client, uint32_t data) {
	const int port = netpeer_enet_connection_get_local_port(server->host);
	CHECK(port > 0);
	netpeer_enet_packet_peer *peer = netpeer_enet_connection_connect_to_host(client->host, "127.0.0.1", port, 3, data);
	if (!CHECK(peer != NULL)) return 0;
	CHECK_EQ(netpeer_enet_packet_peer_get_state(peer), NETPEER_ENET_STATE_CONNECTING);
	CHECK_EQ(netpeer_enet_packet_peer_is_active(peer), 1);
	if (!serve_until(server, client, &client->connects, client->connects + 1)) return 0;
	CHECK(client->peer == peer);
	if (!serve_until(server, client, &server->connects, 1)) return 0;
	CHECK_EQ(server->last.data, data);
	CHECK_EQ(netpeer_enet_packet_peer_get_state(peer), NETPEER_ENET_STATE_CONNECTED);
	return 1;
}

static void open_ends(enet_end *server, enet_end *client) {
	memset(server, 0, sizeof(*server));
	memset(client, 0, sizeof(*client));
	server->host = netpeer_enet_connection_new();
	client->host = netpeer_enet_connection_new();
	CHECK_EQ(netpeer_enet_connection_create_host_bound(server->host, "127.0.0.1", 0, 4, 3, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_create_host(client->host, 1, 0, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_is_active(server->host), 1);
}

static void close_ends(enet_end *server, enet_end *client) {
	netpeer_enet_connection_release(client->host);
	netpeer_enet_connection_release(server->host);
}

static void talk_and_part(void) {
	enet_end server, client;
	open_ends(&server, &client);
	if (!connect_ends(&server, &client, 77)) return;

	CHECK_EQ(netpeer_enet_packet_peer_get_channels(client.peer), 3);
	netpeer_ip_text address;
	CHECK_EQ(netpeer_enet_packet_peer_get_remote_address(client.peer, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "127.0.0.1");
	const int port = netpeer_enet_connection_get_local_port(server.host);
	CHECK_EQ(netpeer_enet_packet_peer_get_remote_port(client.peer), port);

	// A packet with flags on a channel, a large one, and one to everybody.
	CHECK_EQ(netpeer_enet_packet_peer_send(client.peer, 2, "reliable", 8, NETPEER_ENET_FLAG_RELIABLE), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_send(client.peer, 3, "x", 1, 0), NETPEER_FAILED);
	CHECK_EQ(netpeer_enet_packet_peer_send(client.peer, -1, "x", 1, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_send(client.peer, 0, "x", 1, 64), NETPEER_ERR_INVALID_PARAMETER);
	netpeer_enet_peer_stats stats;
	CHECK_EQ(netpeer_enet_packet_peer_get_stats(client.peer, &stats, sizeof(stats)), NETPEER_OK);
	CHECK_EQ(stats.queued_data, 8);
	netpeer_enet_path_stats path;
	CHECK_EQ(netpeer_enet_packet_peer_get_path_stats(client.peer, &path, sizeof(path)), NETPEER_OK);
	CHECK_EQ(path.path_mtu, 1392);
	CHECK_EQ(path.bytes_in_flight, 0);
	CHECK(path.congestion_window >= path.path_mtu);
	CHECK_EQ(netpeer_enet_packet_peer_get_path_stats(client.peer, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_get_path_stats(NULL, &path, sizeof(path)), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_enet_connection_next_service_us(client.host) >= 0);
	CHECK_EQ(netpeer_enet_connection_flush(client.host), NETPEER_OK);
	serve_until(&server, &client, &server.packets, 1);
	CHECK_EQ(server.last.type, NETPEER_ENET_EVENT_RECEIVE);
	CHECK_EQ(server.last.channel, 2);
	CHECK(server.last.peer == server.peer);
	CHECK_EQ(netpeer_enet_packet_peer_get_packet_flags(server.peer), NETPEER_ENET_FLAG_RELIABLE);
	char small[4];
	size_t size = 0;
	CHECK_EQ(netpeer_packet_peer_get_packet(server.peer, small, sizeof(small), &size), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(size, 8);
	CHECK_EQ(netpeer_enet_packet_peer_get_packet_flags(server.peer), NETPEER_ENET_FLAG_RELIABLE);
	CHECK_EQ(netpeer_packet_peer_get_available_packet_count(server.peer), 1);
	const uint8_t *view = NULL;
	CHECK_EQ(netpeer_packet_peer_get_packet_view(server.peer, &view, &size), NETPEER_OK);
	CHECK(size == 8 && memcmp(view, "reliable", 8) == 0);
	CHECK_EQ(netpeer_packet_peer_get_packet(server.peer, small, sizeof(small), &size), NETPEER_ERR_UNAVAILABLE);

	const size_t large_bytes = 100000;
	uint8_t *large = malloc(large_bytes);
	if (!CHECK(large != NULL)) return;
	for (size_t i = 0; i < large_bytes; ++i) large[i] = (uint8_t)(i * 7 >> 3);
	CHECK_EQ(netpeer_packet_peer_put_packet(client.peer, large, large_bytes), NETPEER_OK);
	serve_until(&server, &client, &server.packets, 2);
	CHECK_EQ(netpeer_enet_packet_peer_get_path_stats(client.peer, &path, sizeof(path)), NETPEER_OK);
	CHECK(path.minimum_rtt_us > 0 && path.minimum_rtt_us <= path.smoothed_rtt_us);
	CHECK_EQ(path.queue_delay_us, path.smoothed_rtt_us - path.minimum_rtt_us);
	CHECK_EQ(netpeer_packet_peer_get_packet_view(server.peer, &view, &size), NETPEER_OK);
	CHECK(size == large_bytes && memcmp(view, large, size) == 0);
	free(large);

	CHECK_EQ(netpeer_enet_connection_broadcast(server.host, 1, "to all", 6, NETPEER_ENET_FLAG_RELIABLE), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_broadcast(server.host, 3, "x", 1, 0), NETPEER_ERR_INVALID_PARAMETER);
	serve_until(&server, &client, &client.packets, 1);
	CHECK_EQ(client.last.channel, 1);
	CHECK_EQ(netpeer_packet_peer_get_packet_view(client.peer, &view, &size), NETPEER_OK);
	CHECK(size == 6 && memcmp(view, "to all", 6) == 0);

	// Lists, numbers, settings.
	netpeer_enet_packet_peer *peers[2] = {NULL, NULL};
	size_t count = 0;
	CHECK_EQ(netpeer_enet_connection_get_peers(server.host, peers, 2, &count), NETPEER_OK);
	CHECK_EQ(count, 1);
	CHECK(peers[0] == server.peer);
	CHECK(netpeer_enet_connection_pop_statistic(server.host, NETPEER_ENET_HOST_TOTAL_RECEIVED_DATA) > large_bytes);
	CHECK(netpeer_enet_connection_pop_statistic(server.host, 9) == 0);
	CHECK(netpeer_enet_packet_peer_get_statistic(client.peer, NETPEER_ENET_PEER_PACKET_THROTTLE_LIMIT) > 0);
	CHECK(netpeer_enet_packet_peer_get_statistic(client.peer, 99) == 0);
	netpeer_enet_counters counters;
	CHECK_EQ(netpeer_enet_connection_get_counters(server.host, &counters, sizeof(counters)), NETPEER_OK);
	CHECK(counters.received_bytes > large_bytes);
	CHECK_EQ(counters.malformed_commands, 0);
	counters.received_bytes = 42; // an older program's shorter structure
	CHECK_EQ(netpeer_enet_connection_get_counters(server.host, &counters, sizeof(uint64_t)), NETPEER_OK);
	CHECK_EQ(counters.received_bytes, 42);
	CHECK_EQ(netpeer_enet_connection_get_max_channels(server.host), 3);
	CHECK_EQ(netpeer_enet_connection_channel_limit(server.host, 5), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_get_max_channels(server.host), 5);
	CHECK_EQ(netpeer_enet_connection_bandwidth_limit(server.host, 1000000, 1000000), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_bandwidth_limit(server.host, -1, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_set_checksum(server.host, 1), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_enet_connection_set_connect_timeout(server.host, 5), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_enet_connection_set_number_datagrams(server.host, 1), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_enet_connection_set_echo_acknowledgements(server.host, 0), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_enet_connection_set_congestion_control(server.host, NETPEER_ENET_CONGESTION_CUBIC),
	        NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_enet_connection_set_longest_step(server.host, -1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_pause(server.host), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_is_paused(server.host), 1);
	CHECK_EQ(netpeer_enet_connection_resume(server.host), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_ping(client.peer), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_ping_interval(client.peer, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_set_timeout(client.peer, 0, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_set_timeout(client.peer, -1, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_throttle_configure(client.peer, 5000, 2, 2), NETPEER_OK);
	for (int choice = 0; choice < 3; ++choice) {
		CHECK_EQ(netpeer_enet_packet_peer_set_repeats(client.peer, choice, -1), NETPEER_OK);
		CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(client.peer, choice, choice), NETPEER_OK);
		CHECK_EQ(netpeer_enet_packet_peer_set_congestion_control(client.peer, choice), NETPEER_OK);
	}
	for (int wrong = -1; wrong < 4; wrong += 4) {
		CHECK_EQ(netpeer_enet_packet_peer_set_repeats(client.peer, wrong, 0), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(client.peer, 0, wrong), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_enet_packet_peer_set_congestion_control(client.peer, wrong), NETPEER_ERR_INVALID_PARAMETER);
	}
	const int wraps = 256 + NETPEER_ENET_PRIORITY_BULK;
	CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(client.peer, 0, wraps), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(client.peer, -2, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(client.peer, 3, 0), NETPEER_FAILED);
	CHECK_EQ(netpeer_enet_packet_peer_set_repeats(client.peer, 1, 3), NETPEER_FAILED);
	CHECK_EQ(netpeer_enet_packet_peer_set_user_data(client.peer, &server), NETPEER_OK);
	CHECK(netpeer_enet_packet_peer_get_user_data(client.peer) == &server);
	CHECK_EQ(netpeer_enet_connection_socket_send(client.host, "127.0.0.1", port, "punch", 5), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_socket_send(client.host, "127.0.0.1", 0, "x", 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_refuse_new_connections(server.host, 0), NETPEER_OK);

	// The end: a packet that nobody took, the reason, and what a handle says that was kept.
	CHECK_EQ(netpeer_enet_packet_peer_send(client.peer, 0, "last words", 10, NETPEER_ENET_FLAG_RELIABLE), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_peer_disconnect_later(client.peer, 4000000000u), NETPEER_OK);
	netpeer_enet_packet_peer *kept = server.peer;
	CHECK(netpeer_packet_peer_retain(kept) == kept);
	if (serve_until(&server, &client, &server.disconnects, 1)) {
		CHECK(server.last.peer == kept);
		CHECK_EQ(server.last.data, 4000000000u);
		CHECK_EQ(server.last.reason, NETPEER_ENET_DROP_REMOTE_ASKED);
		CHECK_EQ(netpeer_enet_packet_peer_get_drop_reason(kept), NETPEER_ENET_DROP_REMOTE_ASKED);
	}
	if (serve_until(&server, &client, &client.disconnects, 1)) {
		CHECK_EQ(client.last.reason, NETPEER_ENET_DROP_WE_ASKED);
		CHECK(netpeer_enet_packet_peer_get_user_data(client.last.peer) == &server);
	}
	serve(&server, 0);
	CHECK_EQ(netpeer_enet_packet_peer_get_state(kept), NETPEER_ENET_STATE_DISCONNECTED);
	CHECK_EQ(netpeer_enet_packet_peer_is_active(kept), 0);
	CHECK_EQ(netpeer_enet_packet_peer_send(kept, 0, "x", 1, 0), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_get_stats(kept, &stats, sizeof(stats)), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_get_path_stats(kept, &path, sizeof(path)), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_set_repeats(kept, 1, 0), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(kept, 0, NETPEER_ENET_PRIORITY_BULK),
	        NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_set_congestion_control(kept, NETPEER_ENET_CONGESTION_STOCK),
	        NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_packet_peer_get_remote_address(kept, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "");
	CHECK_EQ(netpeer_packet_peer_get_packet_view(kept, &view, &size), NETPEER_OK);
	CHECK(size == 10 && memcmp(view, "last words", 10) == 0);
	CHECK_EQ(netpeer_enet_connection_get_peers(server.host, peers, 2, &count), NETPEER_OK);
	CHECK_EQ(count, 0);
	close_ends(&server, &client);
	// Also after its connection has gone.
	CHECK_EQ(netpeer_packet_peer_get_packet_view(kept, &view, &size), NETPEER_ERR_UNCONFIGURED);
	netpeer_packet_peer_release(kept);
}

static void ends_without_an_event(void) {
	enet_end server, client;
	open_ends(&server, &client);
	if (!connect_ends(&server, &client, 0)) return;
	// One that is kept, and let go of while the connection is there.
	netpeer_enet_packet_peer *kept = netpeer_packet_peer_retain(server.peer);
	// Lent until the next service, though it is over.
	CHECK_EQ(netpeer_enet_packet_peer_peer_disconnect_now(client.peer, 5), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_get_drop_reason(client.peer), NETPEER_ENET_DROP_WE_LEFT);
	CHECK_EQ(netpeer_enet_packet_peer_peer_disconnect(client.peer, 6), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_reset(client.peer), NETPEER_OK);
	if (serve_until(&server, &client, &server.disconnects, 1)) CHECK_EQ(server.last.data, 5);
	CHECK_EQ(client.disconnects, 0);
	serve(&server, 0);
	serve(&server, 0);
	CHECK_EQ(netpeer_enet_packet_peer_is_active(kept), 0);
	netpeer_packet_peer_release(kept);
	serve(&server, 0);
	server.connects = 0;
	if (!connect_ends(&server, &client, 1)) return;
	// destroy() ends it too, and a host can be created again.
	CHECK_EQ(netpeer_enet_connection_destroy(client.host), NETPEER_OK);
	CHECK_EQ(netpeer_enet_packet_peer_get_drop_reason(client.peer), NETPEER_ENET_DROP_HOST_DESTROYED);
	CHECK_EQ(netpeer_enet_connection_is_active(client.host), 0);
	CHECK_EQ(netpeer_enet_connection_flush(client.host), NETPEER_OK);
	netpeer_enet_event event;
	CHECK_EQ(netpeer_enet_connection_service(client.host, 0, &event), NETPEER_ENET_EVENT_ERROR);
	CHECK_EQ(netpeer_enet_connection_next_service_us(client.host), -1);
	CHECK_EQ(netpeer_enet_connection_create_host(client.host, 1, 0, 0, 0), NETPEER_OK);
	close_ends(&server, &client);
}

static void compressed_with_checksums(void) {
	static const char *const features[] = {NULL, NULL, NULL, "zlib", "zstd"};
	for (int mode = NETPEER_ENET_COMPRESS_NONE; mode <= NETPEER_ENET_COMPRESS_ZSTD; ++mode) {
		enet_end server, client;
		memset(&server, 0, sizeof(server));
		memset(&client, 0, sizeof(client));
		server.host = netpeer_enet_connection_new();
		client.host = netpeer_enet_connection_new();
		netpeer_enet_settings settings;
		memset(&settings, 0, sizeof(settings));
		settings.mtu = 100;
		CHECK_EQ(netpeer_enet_connection_set_settings(client.host, &settings), NETPEER_ERR_INVALID_PARAMETER);
		settings.mtu = 700;
		settings.no_decompress_share = 1;
		CHECK_EQ(netpeer_enet_connection_set_settings(client.host, &settings), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_compress(client.host, mode), NETPEER_ERR_UNCONFIGURED);
		CHECK_EQ(netpeer_enet_connection_set_checksum(server.host, 1), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_checksum(client.host, 1), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_connect_timeout(client.host, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_number_datagrams(client.host, mode % 2), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_echo_acknowledgements(server.host, mode % 2), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_congestion_control(client.host, mode % 3), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_set_congestion_control(client.host, 3), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_enet_connection_set_congestion_control(client.host, -1), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_enet_connection_create_host_bound(server.host, "127.0.0.1", 0, 1, 3, 0, 0), NETPEER_OK);
		CHECK_EQ(netpeer_enet_connection_create_host(client.host, 1, 0, 0, 0), NETPEER_OK);
		const int there = features[mode] == NULL || netpeer_has_feature(features[mode]);
		const netpeer_error expected = there ? NETPEER_OK : NETPEER_ERR_UNAVAILABLE;
		CHECK_EQ(netpeer_enet_connection_compress(server.host, mode), expected);
		CHECK_EQ(netpeer_enet_connection_compress(client.host, mode), expected);
		CHECK_EQ(netpeer_enet_connection_compress(client.host, 5), NETPEER_ERR_INVALID_PARAMETER);
		if (connect_ends(&server, &client, 0)) {
			char text[600];
			memset(text, 'a', sizeof(text));
			CHECK_EQ(netpeer_packet_peer_put_packet(client.peer, text, sizeof(text)), NETPEER_OK);
			serve_until(&server, &client, &server.packets, 1);
			const uint8_t *view = NULL;
			size_t size = 0;
			CHECK_EQ(netpeer_packet_peer_get_packet_view(server.peer, &view, &size), NETPEER_OK);
			CHECK(size == sizeof(text) && memcmp(view, text, size) == 0);
			netpeer_enet_counters counters;
			CHECK_EQ(netpeer_enet_connection_get_counters(server.host, &counters, sizeof(counters)), NETPEER_OK);
			const int saves = counters.received_bytes < counters.received_plain_bytes;
			CHECK_EQ(saves, there && mode != NETPEER_ENET_COMPRESS_NONE);
			netpeer_enet_peer_stats stats;
			CHECK_EQ(netpeer_enet_packet_peer_get_stats(server.peer, &stats, sizeof(stats)), NETPEER_OK);
			CHECK_EQ(stats.mtu, 700);
		}
		close_ends(&server, &client);
	}
}

static void bad_enet_arguments(void) {
	netpeer_enet_connection *host = netpeer_enet_connection_new();
	netpeer_enet_event event;
	size_t count = 9;
	CHECK_EQ(netpeer_enet_connection_create_host(NULL, 1, 0, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_create_host(host, 0, 0, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_create_host_bound(host, "nowhere", 0, 1, 0, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_service(NULL, 0, &event), NETPEER_ENET_EVENT_ERROR);
	CHECK(event.peer == NULL);
	CHECK_EQ(netpeer_enet_connection_service(host, 0, NULL), NETPEER_ENET_EVENT_ERROR);
	CHECK(netpeer_enet_connection_connect_to_host(host, NULL, 1, 0, 0) == NULL);
	CHECK(netpeer_enet_connection_connect_to_host(host, "127.0.0.1", 1, 0, 0) == NULL);
	CHECK(netpeer_enet_connection_connect_to_host(NULL, "127.0.0.1", 1, 0, 0) == NULL);
	CHECK_EQ(netpeer_enet_connection_get_peers(host, NULL, 1, &count), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_get_peers(host, NULL, 0, &count), NETPEER_OK);
	CHECK_EQ(count, 0);
	CHECK_EQ(netpeer_enet_connection_broadcast(host, 0, "x", 1, 0), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_enet_connection_get_counters(host, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_set_settings(host, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_dtls_server_setup(host, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_dtls_client_setup(host, NULL, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_set_congestion_control(NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_set_number_datagrams(NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_set_echo_acknowledgements(NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_destroy(host), NETPEER_OK);
	CHECK(netpeer_enet_connection_retain(host) == host);
	netpeer_enet_connection_release(host);
	netpeer_enet_connection_release(host);
	netpeer_enet_connection_release(NULL);
	// Peers of another kind.
	netpeer_packet_peer_udp *udp = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_enet_packet_peer_send(udp, 0, "x", 1, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_get_state(udp), NETPEER_ENET_STATE_DISCONNECTED);
	CHECK_EQ(netpeer_enet_packet_peer_reset(NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_repeats(udp, 1, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_channel_priority(NULL, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_congestion_control(udp, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_packet_peer_set_user_data(udp, udp), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_enet_packet_peer_get_user_data(udp) == NULL);
	netpeer_packet_peer_release(udp);
}

void test_enet(void) {
	talk_and_part();
	ends_without_an_event();
	compressed_with_checksums();
	bad_enet_arguments();
}
