// Hooks through the C face. It runs first, while nothing of the library exists, and restores the defaults.

#include "c_check.h"

#include <stdlib.h>

typedef struct hook_books {
	size_t blocks;
	size_t bytes;
	int allocations;
	int messages;
	int fills;
	int refuses; // memory
} hook_books;

static void *allocate_counted(void *user, size_t bytes, size_t alignment) {
	hook_books *books = user;
	CHECK(bytes > 0 && alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0);
	if (books->refuses) return NULL;
	++books->blocks;
	++books->allocations;
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

	// An older program's structure, without the later groups: they are the library's own.
	CHECK_EQ(netpeer_set_hooks(&hooks, sizeof(hooks.memory)), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_generate_random_bytes(some, 4), NETPEER_OK);
	CHECK_EQ(books.fills, 1);
	CHECK_EQ(netpeer_set_hooks(NULL, 0), NETPEER_OK);
	const int before = books.allocations;
	netpeer_stream_peer_release(netpeer_stream_peer_buffer_new());
	CHECK_EQ(books.allocations, before);
}
