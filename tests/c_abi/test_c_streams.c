// Streams and their servers through the C face.

#include "c_check.h"

#include <math.h>
#include <stdlib.h>

int make_tcp_pair(netpeer_stream_peer_tcp **dialled, netpeer_stream_peer_tcp **accepted) {
	netpeer_tcp_server *server = netpeer_tcp_server_new();
	netpeer_stream_peer_tcp *client = netpeer_stream_peer_tcp_new();
	*dialled = client;
	*accepted = NULL;
	CHECK_EQ(netpeer_tcp_server_listen(server, 0, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_socket_server_is_listening(server), 1);
	const int port = netpeer_tcp_server_get_local_port(server);
	CHECK(port > 0);
	CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host(client, "127.0.0.1", port), NETPEER_OK);
	for (int i = 0; i < PATIENCE_STEPS; ++i) {
		if (netpeer_stream_peer_socket_get_status(client) != NETPEER_STATUS_CONNECTING) break;
		(void)netpeer_stream_peer_socket_wait(client, NETPEER_POLL_TYPE_OUT, STEP_MS);
		CHECK_EQ(netpeer_stream_peer_socket_poll(client), NETPEER_OK);
	}
	CHECK_EQ(netpeer_stream_peer_socket_get_status(client), NETPEER_STATUS_CONNECTED);
	CHECK_EQ(netpeer_socket_server_wait(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	CHECK_EQ(netpeer_socket_server_is_connection_available(server), 1);
	*accepted = netpeer_socket_server_take_connection(server);
	CHECK_EQ(netpeer_stream_peer_socket_get_status(*accepted), NETPEER_STATUS_CONNECTED);
	CHECK_EQ(netpeer_stream_peer_tcp_get_connected_port(client), port);
	CHECK(netpeer_socket_server_take_connection(server) == NULL);
	CHECK_EQ(netpeer_socket_server_get_last_accept_error(server), NETPEER_ERR_BUSY);
	CHECK_EQ(netpeer_socket_server_stop(server), NETPEER_OK);
	CHECK_EQ(netpeer_socket_server_is_listening(server), 0);
	netpeer_socket_server_release(server);
	return *accepted != NULL && netpeer_stream_peer_socket_get_status(client) == NETPEER_STATUS_CONNECTED;
}

static void echo_over_tcp(void) {
	netpeer_stream_peer_tcp *client = NULL;
	netpeer_stream_peer_tcp *server = NULL;
	if (!make_tcp_pair(&client, &server)) return;
	netpeer_ip_text address;
	CHECK_EQ(netpeer_stream_peer_tcp_get_connected_host(server, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "127.0.0.1");
	CHECK_EQ(netpeer_stream_peer_tcp_get_local_port(client), netpeer_stream_peer_tcp_get_connected_port(server));
	CHECK_EQ(netpeer_stream_peer_tcp_set_no_delay(client, 1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_tcp_set_keep_alive(client, 1, 60, 10, 3), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_tcp_set_keep_alive(client, 1, -1, 0, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_socket_set_buffer_sizes(client, 65536, 65536), NETPEER_OK);
	CHECK(netpeer_stream_peer_socket_native_handle(client) != -1);
	CHECK_EQ(netpeer_stream_peer_socket_last_os_error(client), 0);

	// Limited, so that a fault is a failure and no hang.
	CHECK_EQ(netpeer_stream_peer_socket_set_blocking_timeout(client, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_socket_set_blocking_timeout(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	char got[16] = {0};
	size_t count = 99;
	CHECK_EQ(netpeer_stream_peer_get_partial_data(server, got, sizeof(got), &count), NETPEER_OK);
	CHECK_EQ(count, 0);
	CHECK_EQ(netpeer_stream_peer_put_data(client, "hello", 5), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_data(server, got, 5, &count), NETPEER_OK);
	CHECK_EQ(count, 5);
	CHECK_TEXT(got, "hello");
	CHECK_EQ(netpeer_stream_peer_put_partial_data(server, got, 5, &count), NETPEER_OK);
	CHECK_EQ(count, 5);
	CHECK_EQ(netpeer_stream_peer_socket_wait(client, NETPEER_POLL_TYPE_IN, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_available_bytes(client), 5);
	memset(got, 0, sizeof(got));
	CHECK_EQ(netpeer_stream_peer_get_partial_data(client, got, sizeof(got), &count), NETPEER_OK);
	CHECK_EQ(count, 5);
	CHECK_TEXT(got, "hello");

	// Typed, in both byte orders.
	CHECK_EQ(netpeer_stream_peer_set_big_endian(client, 1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_is_big_endian_enabled(client), 1);
	CHECK_EQ(netpeer_stream_peer_put_u16(client, 0x1234), NETPEER_OK);
	uint16_t number = 0;
	CHECK_EQ(netpeer_stream_peer_get_u16(server, &number), NETPEER_OK);
	CHECK_EQ(number, 0x3412);
	CHECK_EQ(netpeer_stream_peer_set_big_endian(client, 0), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_utf8_string(client, "gr\xc3\xbc\xc3\x9f"), NETPEER_OK);
	char text[8] = "former";
	CHECK_EQ(netpeer_stream_peer_get_utf8_string(server, -1, text, 3, &count), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(count, 6);
	CHECK_TEXT(text, "");
	CHECK_EQ(netpeer_stream_peer_get_utf8_string(server, -1, text, sizeof(text), &count), NETPEER_OK);
	CHECK_EQ(count, 6);
	CHECK_TEXT(text, "gr\xc3\xbc\xc3\x9f");

	// Time limits, cancelling, and the end in order.
	CHECK_EQ(netpeer_stream_peer_socket_set_blocking_timeout(server, 1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_u16(server, &number), NETPEER_ERR_TIMEOUT);
	CHECK_EQ(number, 0);
	CHECK_EQ(netpeer_stream_peer_socket_set_blocking_timeout(server, -1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_socket_cancel(server), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_data(server, got, 1, &count), NETPEER_ERR_SKIP);
	CHECK_EQ(netpeer_stream_peer_socket_shutdown_write(client), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_socket_set_keep_write_on_eof(server, 1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_socket_set_blocking_timeout(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_data(server, got, 1, NULL), NETPEER_ERR_FILE_EOF);
	CHECK_EQ(netpeer_stream_peer_socket_is_read_eof(server), 1);
	CHECK_EQ(netpeer_stream_peer_put_u8(server, 7), NETPEER_OK);
	uint8_t last = 0;
	CHECK_EQ(netpeer_stream_peer_get_u8(client, &last), NETPEER_OK);
	CHECK_EQ(last, 7);
	CHECK_EQ(netpeer_stream_peer_socket_disconnect_from_host(server), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_socket_get_status(server), NETPEER_STATUS_NONE);
	CHECK_EQ(netpeer_stream_peer_get_data(client, got, 1, NULL), NETPEER_ERR_FILE_EOF);
	CHECK_EQ(netpeer_stream_peer_get_available_bytes(server), -1);

	CHECK(netpeer_stream_peer_retain(client) == client);
	netpeer_stream_peer_release(client);
	netpeer_stream_peer_release(client);
	netpeer_stream_peer_release(server);
}

static void refused_over_tcp(void) {
	// The port of a server that is gone again.
	netpeer_tcp_server *server = netpeer_tcp_server_new();
	CHECK_EQ(netpeer_tcp_server_listen(server, 0, "127.0.0.1", 1), NETPEER_OK);
	const int port = netpeer_tcp_server_get_local_port(server);
	CHECK_EQ(netpeer_tcp_server_listen(server, 0, NULL, 0), NETPEER_ERR_ALREADY_IN_USE);
	CHECK(netpeer_socket_server_native_handle(server) != -1);
	CHECK_EQ(netpeer_socket_server_last_os_error(server), 0);
	CHECK(netpeer_socket_server_retain(server) == server);
	netpeer_socket_server_release(server);
	CHECK_EQ(netpeer_socket_server_is_listening(server), 1);
	netpeer_socket_server_release(server);
	netpeer_stream_peer_tcp *peer = netpeer_stream_peer_tcp_new();
	CHECK_EQ(netpeer_stream_peer_tcp_bind(peer, 0, "nonsense"), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tcp_bind(peer, 0, "127.0.0.1"), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host_any(peer, "localhost", port), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host_async_dns(peer, "127.0.0.1", 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host(peer, "127.0.0.1", port), NETPEER_OK);
	netpeer_error error = NETPEER_OK;
	for (int i = 0; i < PATIENCE_STEPS && error == NETPEER_OK; ++i) {
		(void)netpeer_stream_peer_socket_wait(peer, NETPEER_POLL_TYPE_OUT, STEP_MS);
		error = netpeer_stream_peer_socket_poll(peer);
	}
	CHECK_EQ(error, NETPEER_ERR_CONNECTION_ERROR);
	CHECK_EQ(netpeer_stream_peer_socket_get_status(peer), NETPEER_STATUS_ERROR);
	CHECK_EQ(netpeer_stream_peer_socket_get_connect_error(peer), NETPEER_ERR_CONNECTION_ERROR);
	CHECK_EQ(netpeer_stream_peer_put_data(peer, "x", 1), NETPEER_FAILED);
	CHECK(netpeer_stream_peer_socket_last_os_error(peer) != 0);
	netpeer_stream_peer_release(peer);
}

static void echo_over_unix_sockets(void) {
	netpeer_uds_server *server = netpeer_uds_server_new();
	netpeer_stream_peer_uds *client = netpeer_stream_peer_uds_new();
	char path[200];
	const char *folder = getenv("TMPDIR");
	// The address of a local makes it unique among programs that run at once; Wine has its own temporary folder.
	snprintf(path, sizeof(path), "%s/npc-%p", folder != NULL ? folder : "/tmp", (void *)client);
	const netpeer_error listening = netpeer_uds_server_listen(server, path, 0);
	if (listening != NETPEER_OK) {
		// Windows before 10 and Wine have no Unix sockets.
		CHECK_EQ(listening, NETPEER_ERR_CANT_CREATE);
		netpeer_socket_server_release(server);
		netpeer_stream_peer_release(client);
		return;
	}
	CHECK_EQ(netpeer_stream_peer_uds_connect_to_host(client, path), NETPEER_OK);
	CHECK_EQ(netpeer_socket_server_wait(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
	netpeer_stream_peer_uds *accepted = netpeer_socket_server_take_connection(server);
	CHECK_EQ(netpeer_stream_peer_socket_get_status(client), NETPEER_STATUS_CONNECTED);
	char text[200];
	size_t length = 0;
	CHECK_EQ(netpeer_stream_peer_uds_get_connected_path(client, text, sizeof(text), &length), NETPEER_OK);
	CHECK_TEXT(text, path);
	CHECK_EQ(netpeer_stream_peer_uds_get_connected_path(client, NULL, 0, &length), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(length, strlen(path));
	CHECK_EQ(netpeer_stream_peer_put_32(accepted, -5), NETPEER_OK);
	int32_t number = 0;
	CHECK_EQ(netpeer_stream_peer_get_32(client, &number), NETPEER_OK);
	CHECK_EQ(number, -5);
	// A handle of one kind where another is wanted.
	CHECK_EQ(netpeer_stream_peer_tcp_get_local_port(client), 0);
	CHECK_EQ(netpeer_stream_peer_tcp_bind(client, 0, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_tcp_server_listen(server, 0, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_uds_bind(client, path), NETPEER_ERR_ALREADY_IN_USE);
	netpeer_stream_peer_release(accepted);
	netpeer_stream_peer_release(client);
	netpeer_socket_server_release(server);
}

static void numbers_in_memory(void) {
	netpeer_stream_peer_buffer *buffer = netpeer_stream_peer_buffer_new();
	CHECK_EQ(netpeer_stream_peer_put_8(buffer, -1), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_u8(buffer, 200), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_16(buffer, -300), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_u16(buffer, 60000), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_32(buffer, -70000), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_u32(buffer, 4000000000u), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_64(buffer, INT64_MIN), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_u64(buffer, UINT64_MAX), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_half(buffer, 0.5f), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_float(buffer, -1.25f), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_double(buffer, 1e300), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_string(buffer, "ascii"), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_string(buffer, NULL), NETPEER_ERR_INVALID_PARAMETER);
	const int size = netpeer_stream_peer_buffer_get_size(buffer);
	CHECK_EQ(size, 1 + 1 + 2 + 2 + 4 + 4 + 8 + 8 + 2 + 4 + 8 + 4 + 5);
	CHECK_EQ(netpeer_stream_peer_buffer_get_position(buffer), size);
	CHECK_EQ(netpeer_stream_peer_buffer_seek(buffer, 0), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_available_bytes(buffer), size);

	int8_t i8 = 0;
	uint8_t u8 = 0;
	int16_t i16 = 0;
	uint16_t u16 = 0;
	int32_t i32 = 0;
	uint32_t u32 = 0;
	int64_t i64 = 0;
	uint64_t u64 = 0;
	float half = 0, single = 0;
	double number = 0;
	char text[8];
	CHECK_EQ(netpeer_stream_peer_get_8(buffer, &i8), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_u8(buffer, &u8), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_16(buffer, &i16), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_u16(buffer, &u16), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_32(buffer, &i32), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_u32(buffer, &u32), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_64(buffer, &i64), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_u64(buffer, &u64), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_half(buffer, &half), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_float(buffer, &single), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_double(buffer, &number), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_string(buffer, -1, text, sizeof(text), NULL), NETPEER_OK);
	CHECK(i8 == -1 && u8 == 200 && i16 == -300 && u16 == 60000 && i32 == -70000 && u32 == 4000000000u);
	CHECK(i64 == INT64_MIN && u64 == UINT64_MAX);
	CHECK(fabsf(half - 0.5f) < 1e-9f && fabsf(single + 1.25f) < 1e-9f && fabs(number - 1e300) < 1e285);
	CHECK_TEXT(text, "ascii");
	CHECK_EQ(netpeer_stream_peer_get_8(buffer, &i8), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(i8, 0);

	// A count that promises too much.
	CHECK_EQ(netpeer_stream_peer_set_max_announced_bytes(buffer, 4), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_buffer_seek(buffer, size - 9), NETPEER_OK);
	size_t length = 99;
	CHECK_EQ(netpeer_stream_peer_get_utf8_string(buffer, -1, text, sizeof(text), &length), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(length, 0);
	CHECK_EQ(netpeer_stream_peer_get_utf8_string(buffer, 5, text, sizeof(text), &length), NETPEER_OK);
	CHECK_TEXT(text, "ascii");

	// Latin-1 becomes UTF-8, up to a zero byte.
	static char long_text[4001];
	CHECK_EQ(netpeer_stream_peer_set_max_announced_bytes(buffer, 4000), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_buffer_clear(buffer), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_u32(buffer, 2000), NETPEER_OK);
	int put = 0;
	for (int i = 0; i < 2000; ++i) put += netpeer_stream_peer_put_u8(buffer, i == 1999 ? 0 : 0xe9) == NETPEER_OK;
	CHECK_EQ(put, 2000);
	CHECK_EQ(netpeer_stream_peer_buffer_seek(buffer, 0), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_get_string(buffer, -1, long_text, 3998, &length), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(length, 3998);
	CHECK_EQ(netpeer_stream_peer_get_string(buffer, -1, long_text, 3999, &length), NETPEER_OK);
	CHECK(length == 3998 && strlen(long_text) == 3998 && strncmp(long_text + 3996, "\xc3\xa9", 2) == 0);

	netpeer_stream_peer_buffer *twin = netpeer_stream_peer_buffer_duplicate(buffer);
	CHECK_EQ(netpeer_stream_peer_buffer_resize(buffer, 3), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_buffer_resize(buffer, -3), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_buffer_get_size(buffer), 3);
	CHECK_EQ(netpeer_stream_peer_buffer_get_size(twin), 2004);
	CHECK_EQ(netpeer_stream_peer_buffer_set_data_array(buffer, "abcd", 4), NETPEER_OK);
	size_t held = 0;
	const uint8_t *bytes = netpeer_stream_peer_buffer_get_data_array(buffer, &held);
	CHECK_EQ(held, 4);
	CHECK(bytes != NULL && memcmp(bytes, "abcd", 4) == 0);
	CHECK_EQ(netpeer_stream_peer_buffer_clear(buffer), NETPEER_OK);
	CHECK(netpeer_stream_peer_buffer_get_data_array(buffer, &held) == NULL);
	CHECK_EQ(held, 0);
	netpeer_stream_peer_release(twin);
	netpeer_stream_peer_release(buffer);
}

static void bad_stream_arguments(void) {
	netpeer_stream_peer_tcp *peer = netpeer_stream_peer_tcp_new();
	char byte = 0;
	size_t count = 99;
	CHECK_EQ(netpeer_stream_peer_put_data(NULL, "x", 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_put_data(peer, NULL, 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_put_data(peer, NULL, 0), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_put_partial_data(peer, "x", 1, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_put_partial_data(peer, "x", 1, &count), NETPEER_FAILED);
	CHECK_EQ(count, 0);
	CHECK_EQ(netpeer_stream_peer_get_data(peer, NULL, 1, &count), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_get_partial_data(NULL, &byte, 1, &count), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_get_u8(peer, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_get_string(peer, -1, NULL, 4, &count), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_get_available_bytes(NULL), -1);
	CHECK_EQ(netpeer_stream_peer_socket_poll(NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_socket_get_status(NULL), NETPEER_STATUS_NONE);
	CHECK_EQ(netpeer_stream_peer_socket_wait(peer, 3, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_socket_wait(peer, NETPEER_POLL_TYPE_IN, 0), NETPEER_ERR_UNAVAILABLE);
	CHECK_EQ(netpeer_stream_peer_socket_native_handle(NULL), -1);
	CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host(peer, NULL, 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tcp_set_no_delay(peer, 1), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_stream_peer_buffer_get_size(peer), 0);
	CHECK_EQ(netpeer_stream_peer_buffer_clear(peer), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_stream_peer_buffer_duplicate(peer) == NULL);
	CHECK(netpeer_socket_server_take_connection(NULL) == NULL);
	CHECK_EQ(netpeer_tcp_server_listen(NULL, 0, NULL, 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_stream_peer_retain(NULL) == NULL);
	netpeer_stream_peer_release(NULL);
	netpeer_socket_server_release(NULL);
	netpeer_stream_peer_release(peer);
}

static void connect_timeouts_are_kept(void) {
	CHECK(netpeer_stream_peer_tcp_new_with_connect_timeout(0) == NULL);
	CHECK(netpeer_stream_peer_tcp_new_with_connect_timeout(1801) == NULL);
	// Nobody takes what waits: at some point the system does not answer any more.
	enum { DIALLERS = 8 };
	netpeer_tcp_server *server = netpeer_tcp_server_new();
	netpeer_stream_peer_tcp *diallers[DIALLERS];
	CHECK_EQ(netpeer_tcp_server_listen(server, 0, "127.0.0.1", 1), NETPEER_OK);
	const int port = netpeer_tcp_server_get_local_port(server);
	for (int i = 0; i < DIALLERS; ++i) {
		diallers[i] = netpeer_stream_peer_tcp_new_with_connect_timeout(1);
		CHECK_EQ(netpeer_stream_peer_tcp_connect_to_host(diallers[i], "127.0.0.1", port), NETPEER_OK);
	}
	netpeer_stream_peer_tcp *const last = diallers[DIALLERS - 1];
	netpeer_error error = NETPEER_OK;
	for (int i = 0; i < PATIENCE_STEPS && error == NETPEER_OK; ++i) {
		if (netpeer_stream_peer_socket_get_status(last) == NETPEER_STATUS_CONNECTED) break;
		(void)netpeer_stream_peer_socket_wait(last, NETPEER_POLL_TYPE_OUT, STEP_MS);
		error = netpeer_stream_peer_socket_poll(last);
	}
	// Systems that refuse, or let in more than they were told, show nothing here.
	if (netpeer_stream_peer_socket_get_status(last) == NETPEER_STATUS_ERROR) {
		CHECK_EQ(error, NETPEER_ERR_CONNECTION_ERROR);
	} else {
		CHECK_EQ(netpeer_stream_peer_socket_get_status(last), NETPEER_STATUS_CONNECTED);
	}
#if defined(__linux__)
	CHECK_EQ(netpeer_stream_peer_socket_get_connect_error(last), NETPEER_ERR_TIMEOUT);
#endif
	for (int i = 0; i < DIALLERS; ++i) netpeer_stream_peer_release(diallers[i]);
	netpeer_socket_server_release(server);
}

static void errors_in_lunas_numbers(void) {
	static const int calls[] = {NETPEER_LUNA_BIND, NETPEER_LUNA_CONNECT, NETPEER_LUNA_POLL, NETPEER_LUNA_DATA};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); ++i) {
		const int call = calls[i];
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_OK, call), 0);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_OK, call + 4), 1);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_ALREADY_IN_USE, call), 6);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_FILE_EOF, call), 11);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_UNAVAILABLE, call), call == NETPEER_LUNA_BIND ? 3 : 1);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_CONNECTION_ERROR, call), call == NETPEER_LUNA_POLL ? 4 : 1);
		CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_INVALID_PARAMETER, call), 1);
		CHECK_EQ(netpeer_luna_socket_error(-5, call), 1);
	}
	CHECK_EQ(netpeer_luna_socket_error(NETPEER_ERR_UNAVAILABLE, 17), 1);
}

void test_streams(void) {
	echo_over_tcp();
	refused_over_tcp();
	echo_over_unix_sockets();
	numbers_in_memory();
	connect_timeouts_are_kept();
	errors_in_lunas_numbers();
	bad_stream_arguments();
}
