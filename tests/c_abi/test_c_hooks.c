// Hooks through the C face. It runs first, while nothing of the library exists, and restores the defaults.

#include "c_check.h"

#include <stdlib.h>

typedef struct hook_books {
	size_t blocks;
	size_t bytes;
	int allocations;
	int messages;
	int fills;
	int refuses;        // memory
	int refuse_at;      // that request only, counted from 1; 0: none
	int refused_at_all; // whether it came to that
} hook_books;

static void *allocate_counted(void *user, size_t bytes, size_t alignment) {
	hook_books *books = user;
	CHECK(bytes > 0 && alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0);
	if (books->refuses) return NULL;
	++books->allocations;
	if (books->allocations == books->refuse_at) {
		books->refused_at_all = 1;
		return NULL;
	}
	++books->blocks;
	books->bytes += bytes;
	return malloc(bytes);
}

static void release_counted(void *user, void *block, size_t bytes, size_t alignment) {
	hook_books *books = user;
	(void)alignment;
	CHECK(block != NULL && books->blocks > 0 && books->bytes >= bytes);
	--books->blocks;
	books->bytes -= bytes;
	free(block);
}

static void count_message(void *user, int level, const char *text) {
	hook_books *books = user;
	CHECK(level >= 0 && level <= 3 && strlen(text) > 0);
	++books->messages;
}

static int fill_with_sevens(void *user, uint8_t *bytes, size_t size) {
	hook_books *books = user;
	++books->fills;
	memset(bytes, 7, size);
	return 0;
}

// --- sockets that are no sockets: datagrams go from array to array ---

enum { MADE_UP_SOCKETS = 4, MADE_UP_QUEUE = 64, MADE_UP_BYTES = 1500 };
typedef struct made_up_socket {
	int is_open;
	uint16_t port;
	unsigned first, end; // of what waits, counted without end
	struct {
		uint8_t bytes[MADE_UP_BYTES];
		size_t size;
		uint16_t from;
	} queue[MADE_UP_QUEUE];
} made_up_socket;
static made_up_socket made_up[MADE_UP_SOCKETS];

static void make_up_loopback(netpeer_socket_address *address, uint16_t port) {
	static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
	memset(address, 0, sizeof(*address));
	memcpy(address->bytes, loopback, sizeof(loopback));
	address->port = port;
}

static int open_made_up(void *user, int kind, int *family, intptr_t *handle) {
	(void)user;
	if (kind != NETPEER_SOCKET_UDP) return NETPEER_ERR_UNAVAILABLE;
	*family = NETPEER_SOCKET_IPV4;
	for (int i = 0; i < MADE_UP_SOCKETS; ++i) {
		if (made_up[i].is_open) continue;
		memset(&made_up[i], 0, sizeof(made_up[i]));
		made_up[i].is_open = 1;
		*handle = i;
		return NETPEER_OK;
	}
	return NETPEER_FAILED;
}

static void close_made_up(void *user, intptr_t handle) {
	(void)user;
	CHECK(made_up[handle].is_open);
	made_up[handle].is_open = 0;
}

static int bind_made_up(void *user, intptr_t handle, const netpeer_socket_address *local) {
	(void)user;
	made_up[handle].port = local->port != 0 ? local->port : (uint16_t)(40000 + handle);
	return NETPEER_OK;
}

static int local_made_up(void *user, intptr_t handle, netpeer_socket_address *local) {
	(void)user;
	make_up_loopback(local, made_up[handle].port);
	return NETPEER_OK;
}

static int poll_made_up(void *user, netpeer_socket_poll *entries, size_t count, int64_t timeout_us) {
	(void)user;
	(void)timeout_us;
	for (size_t i = 0; i < count; ++i) {
		const made_up_socket *socket = &made_up[entries[i].handle];
		const int ready = NETPEER_SOCKET_WRITABLE | (socket->first != socket->end ? NETPEER_SOCKET_READABLE : 0);
		entries[i].ready = entries[i].wanted & ready;
	}
	return NETPEER_OK;
}

static int send_made_up(
        void *user, intptr_t handle, const uint8_t *bytes, size_t size, const netpeer_socket_address *to) {
	(void)user;
	if (made_up[handle].port == 0) made_up[handle].port = (uint16_t)(40000 + handle);
	for (int i = 0; i < MADE_UP_SOCKETS; ++i) {
		made_up_socket *socket = &made_up[i];
		if (!socket->is_open || socket->port != to->port || socket->end - socket->first == MADE_UP_QUEUE) continue;
		memcpy(socket->queue[socket->end % MADE_UP_QUEUE].bytes, bytes, size);
		socket->queue[socket->end % MADE_UP_QUEUE].size = size;
		socket->queue[socket->end % MADE_UP_QUEUE].from = made_up[handle].port;
		++socket->end;
	}
	return NETPEER_OK;
}

static int receive_made_up(
        void *user, intptr_t handle, uint8_t *buffer, size_t room, size_t *size, netpeer_socket_address *from) {
	made_up_socket *socket = &made_up[handle];
	(void)user;
	if (socket->first == socket->end) return NETPEER_ERR_BUSY;
	const unsigned at = socket->first++ % MADE_UP_QUEUE;
	*size = socket->queue[at].size;
	memcpy(buffer, socket->queue[at].bytes, *size < room ? *size : room);
	make_up_loopback(from, socket->queue[at].from);
	return NETPEER_OK;
}

static void talk_over_made_up_sockets(void) {
	// Nothing of the system listens at these ports.
	netpeer_packet_peer_udp *left = netpeer_packet_peer_udp_new();
	netpeer_packet_peer_udp *right = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_packet_peer_udp_bind(left, 0, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_bind(right, 7, "127.0.0.1", 0), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_udp_get_local_port(left), 40000);
	CHECK_EQ(netpeer_packet_peer_udp_native_handle(right), 1);
	CHECK_EQ(netpeer_packet_peer_udp_set_dest_address(left, "127.0.0.1", 7), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_put_packet(left, "made up", 7), NETPEER_OK);
	char data[16] = {0};
	size_t size = 0;
	CHECK_EQ(netpeer_packet_peer_udp_wait(right, STEP_MS), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_get_packet(right, data, sizeof(data), &size), NETPEER_OK);
	CHECK_TEXT(data, "made up");
	CHECK_EQ(netpeer_packet_peer_udp_get_packet_port(right), 40000);
	netpeer_packet_peer_release(left);
	netpeer_packet_peer_release(right);

	netpeer_enet_connection *server = netpeer_enet_connection_new();
	netpeer_enet_connection *client = netpeer_enet_connection_new();
	netpeer_enet_event event;
	CHECK_EQ(netpeer_enet_connection_create_host_bound(server, "127.0.0.1", 9, 1, 0, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_create_host_bound(client, "127.0.0.1", 0, 1, 0, 0, 0), NETPEER_OK);
	CHECK(netpeer_enet_connection_connect_to_host(client, "127.0.0.1", 9, 1, 0) != NULL);
	for (int i = 0; i < 8; ++i) {
		(void)netpeer_enet_connection_service(server, 0, &event);
		if (netpeer_enet_connection_service(client, 0, &event) == NETPEER_ENET_EVENT_CONNECT) break;
	}
	CHECK_EQ(event.type, NETPEER_ENET_EVENT_CONNECT);
	netpeer_enet_connection_release(client);
	netpeer_enet_connection_release(server);

	// What these sockets have not.
	netpeer_tcp_server *tcp = netpeer_tcp_server_new();
	CHECK_EQ(netpeer_tcp_server_listen(tcp, 0, "127.0.0.1", 0), NETPEER_ERR_CANT_CREATE);
	netpeer_socket_server_release(tcp);
	netpeer_interface_address interfaces[1];
	CHECK_EQ(netpeer_get_local_interfaces(interfaces, 1, &size), NETPEER_FAILED);
	CHECK_EQ(size, 0);
	for (int i = 0; i < MADE_UP_SOCKETS; ++i) CHECK_EQ(made_up[i].is_open, 0);
}

// A little of everything, whose answers do not matter: handles may be null, and hosts may fail to come about.
static void try_everything(void) {
	const uint8_t *view = NULL;
	char text[64];
	size_t size = 0;
	netpeer_stream_peer_buffer *buffer = netpeer_stream_peer_buffer_new();
	(void)netpeer_stream_peer_put_string(buffer, "some text");
	(void)netpeer_stream_peer_buffer_seek(buffer, 0);
	(void)netpeer_stream_peer_get_string(buffer, -1, text, sizeof(text), &size);
	netpeer_packet_peer_stream *framed = netpeer_packet_peer_stream_new(buffer);
	(void)netpeer_packet_peer_put_packet(framed, "packet", 6);
	(void)netpeer_stream_peer_buffer_seek(buffer, 0);
	(void)netpeer_packet_peer_get_packet_view(framed, &view, &size);
	netpeer_packet_peer_release(framed);
	netpeer_stream_peer_release(netpeer_stream_peer_buffer_duplicate(buffer));
	netpeer_stream_peer_release(buffer);
	(void)netpeer_variant_from_text("{\"a\": [1, \"two\"]}", text, sizeof(text), &size);
	(void)netpeer_compress(NETPEER_ENET_COMPRESS_RANGE_CODER, "aaaaaaaaaaaaaaaa", 16, text, sizeof(text), &size);

	netpeer_udp_server *udp_server = netpeer_udp_server_new();
	netpeer_packet_peer_udp *udp = netpeer_packet_peer_udp_new();
	(void)netpeer_udp_server_listen(udp_server, 7, "127.0.0.1");
	(void)netpeer_packet_peer_udp_set_dest_address(udp, "127.0.0.1", 7);
	(void)netpeer_packet_peer_put_packet(udp, "knock", 5);
	(void)netpeer_udp_server_poll(udp_server);
	netpeer_packet_peer_udp *taken = netpeer_udp_server_take_connection(udp_server);
	(void)netpeer_packet_peer_get_packet_view(taken, &view, &size);
	netpeer_udp_server_release(udp_server);
	netpeer_packet_peer_release(taken);
	netpeer_packet_peer_release(udp);

	netpeer_enet_connection *server = netpeer_enet_connection_new();
	netpeer_enet_connection *client = netpeer_enet_connection_new();
	netpeer_enet_event event;
	(void)netpeer_enet_connection_create_host_bound(server, "127.0.0.1", 9, 1, 0, 0, 0);
	(void)netpeer_enet_connection_create_host_bound(client, "127.0.0.1", 0, 1, 0, 0, 0);
	netpeer_enet_packet_peer *peer = netpeer_enet_connection_connect_to_host(client, "127.0.0.1", 9, 1, 0);
	netpeer_enet_packet_peer *kept = NULL;
	for (int i = 0; i < 8; ++i) {
		(void)netpeer_enet_connection_service(client, 0, &event);
		if (event.type == NETPEER_ENET_EVENT_CONNECT) (void)netpeer_packet_peer_put_packet(event.peer, "hello", 5);
		(void)netpeer_enet_connection_service(server, 0, &event);
		if (event.peer != NULL && kept == NULL) kept = netpeer_packet_peer_retain(event.peer);
	}
	(void)netpeer_packet_peer_get_packet_view(kept, &view, &size);
	(void)netpeer_enet_packet_peer_peer_disconnect_now(peer, 0);
	(void)netpeer_enet_connection_service(server, 0, &event);
	netpeer_enet_connection_release(client);
	netpeer_enet_connection_release(server);
	netpeer_packet_peer_release(kept);
	netpeer_ip_destroy_singleton();
}

void test_hooks(void) {
	hook_books books;
	netpeer_hooks hooks;
	memset(&books, 0, sizeof(books));
	memset(&hooks, 0, sizeof(hooks));
	CHECK_EQ(netpeer_get_live_allocations(), 0);
	hooks.memory.user = &books;
	hooks.memory.allocate = allocate_counted;
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks)), NETPEER_ERR_INVALID_PARAMETER); // no release
	hooks.memory.release = release_counted;
	hooks.log.user = &books;
	hooks.log.write = count_message;
	hooks.random.user = &books;
	hooks.random.fill = fill_with_sevens;
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(void *)), NETPEER_ERR_INVALID_PARAMETER); // the size of something else
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks)), NETPEER_OK);

	netpeer_stream_peer_buffer *buffer = netpeer_stream_peer_buffer_new();
	CHECK_EQ(netpeer_stream_peer_put_string(buffer, "kept by the engine"), NETPEER_OK);
	CHECK(books.blocks >= 2);
	CHECK_EQ(netpeer_get_live_allocations(), books.blocks);
	CHECK_EQ(netpeer_set_hooks(NULL, 0), NETPEER_ERR_ALREADY_IN_USE);
	uint8_t some[4] = {0};
	CHECK_EQ(netpeer_crypto_generate_random_bytes(some, 4), NETPEER_OK);
	CHECK(books.fills == 1 && some[0] == 7 && some[3] == 7);
	netpeer_ip *ip = netpeer_ip_new(1, 0);
	netpeer_ip_erase_resolve_item(ip, 200);
	CHECK(books.messages >= 1);
	netpeer_ip_release(ip);
	netpeer_stream_peer_release(buffer);
	CHECK_EQ(books.blocks, 0);

	// Without memory every constructor answers null, and what is there goes on.
	buffer = netpeer_stream_peer_buffer_new();
	books.refuses = 1;
	CHECK_EQ(netpeer_stream_peer_put_u64(buffer, 1), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK(netpeer_stream_peer_tcp_new() == NULL);
	CHECK(netpeer_stream_peer_uds_new() == NULL);
	CHECK(netpeer_stream_peer_tls_new() == NULL);
	CHECK(netpeer_stream_peer_buffer_new() == NULL);
	CHECK(netpeer_stream_peer_buffer_duplicate(buffer) == NULL);
	CHECK(netpeer_tcp_server_new() == NULL);
	CHECK(netpeer_uds_server_new() == NULL);
	CHECK(netpeer_packet_peer_udp_new() == NULL);
	CHECK(netpeer_packet_peer_stream_new(buffer) == NULL);
	CHECK(netpeer_packet_peer_dtls_new() == NULL);
	CHECK(netpeer_udp_server_new() == NULL);
	CHECK(netpeer_dtls_server_new() == NULL);
	CHECK(netpeer_enet_connection_new() == NULL);
	CHECK(netpeer_crypto_key_new() == NULL);
	CHECK(netpeer_x509_certificate_new() == NULL);
	CHECK(netpeer_ip_new(1, 0) == NULL);
	books.refuses = 0;
	CHECK_EQ(netpeer_stream_peer_put_u64(buffer, 1), NETPEER_OK);
	netpeer_stream_peer_release(buffer);
	CHECK_EQ(books.blocks, 0);
	CHECK_EQ(books.bytes, 0);

	// Sockets of the program's.
	hooks.random.fill = NULL; // a host's seed should differ from another's
	hooks.sockets.open = open_made_up;
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks)), NETPEER_ERR_INVALID_PARAMETER);
	hooks.sockets.close = close_made_up;
	hooks.sockets.bind = bind_made_up;
	hooks.sockets.local_address = local_made_up;
	hooks.sockets.poll = poll_made_up;
	hooks.sockets.send_to = send_made_up;
	hooks.sockets.receive_from = receive_made_up;
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks)), NETPEER_OK);
	talk_over_made_up_sockets();
	netpeer_ip_destroy_singleton();
	CHECK_EQ(books.blocks, 0);

	// Each request for memory refused once.
	int tried = 0;
	do {
		books.allocations = 0;
		books.refused_at_all = 0;
		books.refuse_at = ++tried;
		try_everything();
		if (books.blocks != 0) CHECK_EQ(tried, 0); // which one it was
	} while (books.refused_at_all && books.blocks == 0);
	CHECK(tried > 30);
	printf("hooks: each of %d requests for memory refused once\n", tried - 1);
	CHECK_EQ(books.bytes, 0);
	books.refuse_at = 0;

	// An older program's structure, without the later groups: they are the library's own.
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks.memory)), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_generate_random_bytes(some, 4), NETPEER_OK);
	CHECK_EQ(books.fills, 1);
	CHECK_EQ(netpeer_set_hooks(NULL, 0), NETPEER_OK);
	const int before = books.allocations;
	netpeer_stream_peer_release(netpeer_stream_peer_buffer_new());
	CHECK_EQ(books.allocations, before);
}
