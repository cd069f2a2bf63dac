// Packets through the C face: UDP, its server, packets over streams.

#include "c_check.h"

static int wait_for_packet(netpeer_packet_peer *peer) {
	return CHECK_EQ(netpeer_packet_peer_udp_wait(peer, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
}

static void two_udp_peers(void) {
	netpeer_packet_peer_udp *left = netpeer_packet_peer_udp_new();
	netpeer_packet_peer_udp *right = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_packet_peer_put_packet(left, "x", 1), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_packet_peer_udp_bind(left, 0, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_bind(left, 0, "127.0.0.1", 0), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_packet_peer_udp_bind(right, 0, "127.0.0.1", 4096), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_is_bound(left), 1);
	const int port = netpeer_packet_peer_udp_get_local_port(right);
	CHECK_EQ(netpeer_packet_peer_udp_set_dest_address(left, "127.0.0.1", port), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_dest_address(left, NULL, port), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_set_dest_address(left, "127.0.0.1", 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_put_packet(left, "first", 5), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_put_packet(left, "second", 6), NETPEER_OK);
	if (!wait_for_packet(right)) return;

	char data[16] = {0};
	size_t size = 0;
	CHECK_EQ(netpeer_packet_peer_get_packet(right, data, 3, &size), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(size, 5);
	for (int i = 0; i < PATIENCE_STEPS && netpeer_packet_peer_get_available_packet_count(right) < 2; ++i) {
		(void)netpeer_packet_peer_udp_wait(right, STEP_MS);
	}
	CHECK_EQ(netpeer_packet_peer_get_available_packet_count(right), 2);
	CHECK_EQ(netpeer_packet_peer_udp_wait(right, 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_get_packet(right, data, sizeof(data), &size), NETPEER_OK);
	CHECK_EQ(size, 5);
	CHECK_TEXT(data, "first");
	netpeer_ip_text address;
	CHECK_EQ(netpeer_packet_peer_udp_get_packet_ip(right, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "127.0.0.1");
	CHECK_EQ(netpeer_packet_peer_udp_get_packet_port(right), netpeer_packet_peer_udp_get_local_port(left));
	const uint8_t *view = NULL;
	CHECK_EQ(netpeer_packet_peer_get_packet_view(right, &view, &size), NETPEER_OK);
	CHECK(size == 6 && memcmp(view, "second", 6) == 0);
	CHECK_EQ(netpeer_packet_peer_get_packet(right, data, sizeof(data), &size), NETPEER_ERR_UNAVAILABLE);
	CHECK_EQ(size, 0);
	CHECK_EQ(netpeer_packet_peer_udp_wait(right, 1), NETPEER_ERR_TIMEOUT);
	CHECK_EQ(netpeer_packet_peer_udp_cancel(right), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_wait(right, -1), NETPEER_ERR_SKIP);

	CHECK_EQ(netpeer_packet_peer_udp_set_blocking_mode(left, 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_broadcast_enabled(left, 1), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_multicast_ttl(left, 256), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_set_multicast_ttl(left, 2), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_multicast_loopback(left, 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_multicast_interface(left, "no such interface"), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_set_kernel_buffers(left, 65536, 65536), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_kernel_buffers(left, -1, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_join_multicast_group(left, "239.1.2.3", "no such"), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_leave_multicast_group(left, NULL, "x"), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_get_dropped_packet_count(left), 0);
	CHECK(netpeer_packet_peer_udp_native_handle(left) != -1);
	CHECK(netpeer_packet_peer_udp_last_os_error(NULL) == 0);
	CHECK_EQ(netpeer_packet_peer_udp_last_os_error(right), 0);
	CHECK_EQ(netpeer_packet_peer_udp_close(left), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_is_bound(left), 0);
	CHECK_EQ(netpeer_packet_peer_udp_get_local_port(left), 0);
	netpeer_packet_peer_release(left);
	netpeer_packet_peer_release(right);
}

/* A packet that there was too little room for is not handed on as one of whoever the socket is connected to later. */
static void a_waiting_packet_of_a_stranger(void) {
	netpeer_packet_peer_udp *peer = netpeer_packet_peer_udp_new();
	netpeer_packet_peer_udp *stranger = netpeer_packet_peer_udp_new();
	netpeer_packet_peer_udp *friend = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_packet_peer_udp_bind(peer, 0, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_bind(friend, 0, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_set_dest_address(
	                 stranger, "127.0.0.1", netpeer_packet_peer_udp_get_local_port(peer)),
	        NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_put_packet(stranger, "mine", 4), NETPEER_OK);
	if (wait_for_packet(peer)) {
		char data[8] = {0};
		size_t size = 0;
		CHECK_EQ(netpeer_packet_peer_get_packet(peer, data, 1, &size), NETPEER_ERR_OUT_OF_MEMORY);
		CHECK_EQ(netpeer_packet_peer_udp_connect_to_host(
		                 peer, "127.0.0.1", netpeer_packet_peer_udp_get_local_port(friend)),
		        NETPEER_OK);
		CHECK_EQ(netpeer_packet_peer_get_packet(peer, data, sizeof(data), &size), NETPEER_ERR_UNAVAILABLE);
	}
	netpeer_packet_peer_release(peer);
	netpeer_packet_peer_release(stranger);
	netpeer_packet_peer_release(friend);
}

static void udp_server_and_peer(void) {
	netpeer_udp_server *server = netpeer_udp_server_new();
	CHECK_EQ(netpeer_udp_server_poll(server), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_udp_server_set_max_pending_connections(server, 4), NETPEER_OK);
	CHECK_EQ(netpeer_udp_server_set_max_pending_connections(server, -4), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_udp_server_get_max_pending_connections(server), 4);
	CHECK_EQ(netpeer_udp_server_listen(server, 0, "127.0.0.1"), NETPEER_OK);
	CHECK_EQ(netpeer_udp_server_is_listening(server), 1);
	CHECK(netpeer_udp_server_native_handle(server) != -1);
	CHECK_EQ(netpeer_udp_server_last_os_error(server), 0);
	CHECK(netpeer_udp_server_retain(server) == server);
	netpeer_udp_server_release(server);
	netpeer_packet_peer_udp *client = netpeer_packet_peer_udp_new();
	const int port = netpeer_udp_server_get_local_port(server);
	CHECK_EQ(netpeer_packet_peer_udp_connect_to_host(client, "127.0.0.1", port), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_is_socket_connected(client), 1);
	CHECK_EQ(netpeer_packet_peer_put_packet(client, "knock", 5), NETPEER_OK);
	CHECK_EQ(netpeer_udp_server_wait(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	CHECK_EQ(netpeer_udp_server_poll(server), NETPEER_OK);
	CHECK_EQ(netpeer_udp_server_is_connection_available(server), 1);
	netpeer_packet_peer_udp *peer = netpeer_udp_server_take_connection(server);
	CHECK(netpeer_udp_server_take_connection(server) == NULL);
	char data[8] = {0};
	size_t size = 0;
	CHECK_EQ(netpeer_packet_peer_get_packet(peer, data, sizeof(data), &size), NETPEER_OK);
	CHECK_TEXT(data, "knock");
	CHECK_EQ(netpeer_packet_peer_udp_connect_to_host(peer, "127.0.0.1", 1), NETPEER_ERR_LOCKED);
	CHECK_EQ(netpeer_packet_peer_put_packet(peer, "who's", 5), NETPEER_OK);
	if (wait_for_packet(client)) {
		CHECK_EQ(netpeer_packet_peer_get_packet(client, data, sizeof(data), &size), NETPEER_OK);
		CHECK_TEXT(data, "who's");
	}
	// The peer's handle outlives the server and says that it is closed.
	CHECK_EQ(netpeer_udp_server_stop(server), NETPEER_OK);
	netpeer_udp_server_release(server);
	CHECK_EQ(netpeer_packet_peer_udp_is_bound(peer), 0);
	netpeer_packet_peer_release(peer);
	netpeer_packet_peer_release(client);
}

static void packets_over_tcp(void) {
	netpeer_stream_peer_tcp *client = NULL;
	netpeer_stream_peer_tcp *server = NULL;
	if (!make_tcp_pair(&client, &server)) return;
	netpeer_packet_peer_stream *out = netpeer_packet_peer_stream_new(client);
	netpeer_packet_peer_stream *in = netpeer_packet_peer_stream_new(NULL);
	char data[8] = {0};
	size_t size = 0;
	CHECK_EQ(netpeer_packet_peer_get_packet(in, data, sizeof(data), &size), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_packet_peer_stream_set_stream_peer(in, server), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_stream_set_input_buffer_max_size(in, 12), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_stream_set_output_buffer_max_size(out, -1), NETPEER_ERR_INVALID_PARAMETER);
	// They keep the streams alive.
	netpeer_stream_peer_release(client);
	CHECK_EQ(netpeer_packet_peer_put_packet(out, "framed", 6), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_put_packet(out, "much too long for that", 22), NETPEER_OK);
	for (int i = 0; i < PATIENCE_STEPS && netpeer_packet_peer_get_available_packet_count(in) < 2; ++i) {
		(void)netpeer_stream_peer_socket_wait(server, NETPEER_POLL_TYPE_IN, STEP_MS);
	}
	CHECK_EQ(netpeer_packet_peer_get_packet(in, data, sizeof(data), &size), NETPEER_OK);
	CHECK_TEXT(data, "framed");
	CHECK_EQ(netpeer_packet_peer_get_packet(in, data, sizeof(data), &size), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(size, 0);
	CHECK_EQ(netpeer_packet_peer_stream_is_broken(in), 1);
	CHECK_EQ(netpeer_packet_peer_stream_set_stream_peer(in, NULL), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_stream_is_broken(in), 0);
	// Of another kind.
	CHECK_EQ(netpeer_packet_peer_udp_bind(in, 0, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	netpeer_packet_peer_release(in);
	netpeer_packet_peer_release(out);
	netpeer_stream_peer_release(server);
}

static void bad_packet_arguments(void) {
	const uint8_t *view = NULL;
	char byte = 0;
	size_t size = 99;
	CHECK_EQ(netpeer_packet_peer_get_packet(NULL, &byte, 1, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(size, 0);
	CHECK_EQ(netpeer_packet_peer_get_packet_view(NULL, &view, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_put_packet(NULL, "x", 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_get_available_packet_count(NULL), 0);
	CHECK_EQ(netpeer_packet_peer_udp_bind(NULL, 0, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_udp_native_handle(NULL), -1);
	CHECK_EQ(netpeer_udp_server_listen(NULL, 0, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_udp_server_native_handle(NULL), -1);
	netpeer_packet_peer_udp *peer = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_packet_peer_get_packet(peer, NULL, 1, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_get_packet(peer, &byte, 1, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_put_packet(peer, NULL, 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_get_available_packet_count(peer), -1);
	netpeer_packet_peer_release(peer);
	netpeer_packet_peer_release(NULL);
	netpeer_udp_server_release(NULL);
}

void test_packets(void) {
	two_udp_peers();
	a_waiting_packet_of_a_stranger();
	udp_server_and_peer();
	packets_over_tcp();
	bad_packet_arguments();
}
