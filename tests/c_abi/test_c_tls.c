// Keys, certificates, TLS over TCP, DTLS over UDP, and ENet over DTLS, through the C face.

#include "c_check.h"

#include <stdlib.h>

static netpeer_crypto_key *key;
static netpeer_x509_certificate *certificate;
static netpeer_tls_options *server_options;
static netpeer_tls_options *client_options;

static int make_keys_and_options(void) {
	static const char *const names[] = {"game.example.org", "127.0.0.1"};
	netpeer_certificate_settings settings;
	memset(&settings, 0, sizeof(settings));
	settings.subject_name = "CN=game.example.org";
	settings.alternative_names = names;
	settings.alternative_name_count = 2;
	settings.is_authority = 1;
	CHECK_EQ(netpeer_crypto_generate_ec(NETPEER_CURVE_P256, &key), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_generate_certificate(key, &settings, &certificate), NETPEER_OK);
	server_options = netpeer_tls_options_new_server(key, certificate);
	client_options = netpeer_tls_options_new_client(certificate, NULL);
	return CHECK(key != NULL && certificate != NULL && server_options != NULL && client_options != NULL);
}

static void keys_and_certificates(void) {
	static char pem[8192];
	static char copy[8192];
	size_t length = 0;
	CHECK_EQ(netpeer_crypto_key_save_to_string(key, 0, NULL, 0, &length), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(netpeer_crypto_key_save_to_string(key, 0, pem, length + 1, NULL), NETPEER_OK);
	CHECK_EQ(strlen(pem), length);
	CHECK(strncmp(pem, "-----BEGIN EC PRIVATE KEY-----", 30) == 0);
	netpeer_crypto_key *other = netpeer_crypto_key_new();
	CHECK_EQ(netpeer_crypto_key_save_to_string(other, 0, copy, sizeof(copy), NULL), NETPEER_FAILED);
	CHECK_EQ(netpeer_crypto_key_load_from_memory(other, pem, length, 0), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_key_is_public_only(other), 0);
	CHECK_EQ(netpeer_crypto_key_save_to_string(other, 1, pem, sizeof(pem), &length), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_key_load_from_memory(other, pem, length, 1), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_key_is_public_only(other), 1);
	CHECK_EQ(netpeer_crypto_key_load_from_memory(other, "rubbish", 7, 0), NETPEER_FAILED);
	CHECK_EQ(netpeer_crypto_key_load(other, "/no/such/file", 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_key_save(key, "/no/such/folder/key.pem", 0), NETPEER_ERR_INVALID_PARAMETER);

	CHECK_EQ(netpeer_x509_certificate_count(certificate), 1);
	CHECK_EQ(netpeer_x509_certificate_describe(certificate, 0, copy, sizeof(copy), &length), NETPEER_OK);
	CHECK(strstr(copy, "game.example.org") != NULL);
	CHECK_EQ(netpeer_x509_certificate_describe(certificate, 1, copy, sizeof(copy), &length), NETPEER_OK);
	CHECK_EQ(length, 0);
	CHECK_EQ(netpeer_x509_certificate_save_to_string(certificate, pem, sizeof(pem), &length), NETPEER_OK);
	netpeer_x509_certificate *chain = netpeer_x509_certificate_new();
	CHECK_EQ(netpeer_x509_certificate_count(chain), 0);
	CHECK_EQ(netpeer_x509_certificate_load_from_memory(chain, pem, length), NETPEER_OK);
	CHECK_EQ(netpeer_x509_certificate_append(chain, pem, length), NETPEER_OK);
	CHECK_EQ(netpeer_x509_certificate_count(chain), 2);
	CHECK_EQ(netpeer_x509_certificate_load(chain, "/no/such/file"), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_x509_certificate_save(chain, "/no/such/folder/c.pem"), NETPEER_ERR_INVALID_PARAMETER);
	netpeer_x509_certificate *self_signed = NULL;
	CHECK_EQ(netpeer_crypto_generate_self_signed_certificate(other, NULL, NULL, NULL, &self_signed),
	        NETPEER_ERR_INVALID_PARAMETER);
	CHECK(self_signed == NULL);
	CHECK_EQ(netpeer_crypto_generate_self_signed_certificate(key, NULL, NULL, NULL, &self_signed), NETPEER_OK);
	CHECK_EQ(netpeer_x509_certificate_count(self_signed), 1);

	// Signatures, RSA, HMAC.
	uint8_t hash[32], out[512], plain[64];
	memset(hash, 7, sizeof(hash));
	size_t size = 0, plain_size = 0;
	CHECK_EQ(netpeer_crypto_sign(NETPEER_HASH_SHA256, hash, 32, key, out, 3, &size), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK(size > 3);
	CHECK_EQ(netpeer_crypto_sign(NETPEER_HASH_SHA256, hash, 32, key, out, sizeof(out), &size), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_verify(NETPEER_HASH_SHA256, hash, 32, out, size, other), 1);
	hash[0] ^= 1;
	CHECK_EQ(netpeer_crypto_verify(NETPEER_HASH_SHA256, hash, 32, out, size, other), 0);
	CHECK_EQ(netpeer_crypto_sign(NETPEER_HASH_SHA256, hash, 31, key, out, 512, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_sign(9, hash, 32, key, out, sizeof(out), &size), NETPEER_ERR_INVALID_PARAMETER);
	netpeer_crypto_key *rsa = NULL;
	CHECK_EQ(netpeer_crypto_generate_rsa(1000001, &rsa), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(rsa == NULL);
	CHECK_EQ(netpeer_crypto_generate_rsa(1024, &rsa), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_encrypt(rsa, "secret", 6, out, sizeof(out), &size), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_decrypt(rsa, out, size, plain, sizeof(plain), &plain_size), NETPEER_OK);
	CHECK(plain_size == 6 && memcmp(plain, "secret", 6) == 0);
	CHECK_EQ(netpeer_crypto_encrypt(key, "secret", 6, out, sizeof(out), &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_hmac_digest(NETPEER_HASH_SHA256, "key", 3, "The quick brown fox jumps over the lazy dog",
	                 43, out, sizeof(out), &size),
	        NETPEER_OK);
	CHECK(size == 32 && out[0] == 0xf7 && out[1] == 0xbc && out[31] == 0xd8); // a well-known digest

	// Options keep what they are made of.
	CHECK(netpeer_crypto_key_retain(rsa) == rsa);
	CHECK(netpeer_x509_certificate_retain(chain) == chain);
	netpeer_tls_options *options = netpeer_tls_options_new_server(rsa, chain);
	netpeer_crypto_key_release(rsa);
	netpeer_x509_certificate_release(chain);
	CHECK(netpeer_tls_options_retain(options) == options);
	netpeer_tls_options_release(options);
	netpeer_tls_options_release(options);

	netpeer_crypto_key_release(rsa);
	netpeer_crypto_key_release(other);
	netpeer_x509_certificate_release(chain);
	netpeer_x509_certificate_release(self_signed);
}

static void work_without_a_library(void) {
	uint8_t some[16] = {0}, more[16] = {0};
	CHECK_EQ(netpeer_crypto_generate_random_bytes(some, sizeof(some)), NETPEER_OK);
	CHECK_EQ(netpeer_crypto_generate_random_bytes(more, sizeof(more)), NETPEER_OK);
	CHECK(memcmp(some, more, sizeof(some)) != 0);
	CHECK_EQ(netpeer_crypto_generate_random_bytes(NULL, 4), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_constant_time_compare("abc", 3, "abc", 3), 1);
	CHECK_EQ(netpeer_crypto_constant_time_compare("abc", 3, "abd", 3), 0);
	CHECK_EQ(netpeer_crypto_constant_time_compare("abc", 3, "ab", 2), 0);
	CHECK_EQ(netpeer_crypto_constant_time_compare(NULL, 3, "abc", 3), 0);
	CHECK(strlen(netpeer_tls_failure_text(NETPEER_TLS_FAILURE_NAME_MISMATCH)) > 0);
	CHECK_TEXT(netpeer_tls_failure_text(-1), netpeer_tls_failure_text(NETPEER_TLS_FAILURE_INTERNAL));
}

// Handshakes of both ends in one thread: until neither is at it.
static void shake_hands(netpeer_stream_peer_tls *client, netpeer_stream_peer_tls *server) {
	for (int i = 0; i < PATIENCE_STEPS; ++i) {
		const int client_busy = netpeer_stream_peer_tls_get_status(client) == NETPEER_TLS_STATUS_HANDSHAKING;
		const int server_busy = netpeer_stream_peer_tls_get_status(server) == NETPEER_TLS_STATUS_HANDSHAKING;
		if (!client_busy && !server_busy) return;
		if (client_busy) (void)netpeer_stream_peer_tls_poll(client);
		if (server_busy) (void)netpeer_stream_peer_tls_poll(server);
		if (client_busy) (void)netpeer_stream_peer_tls_wait(client, NETPEER_POLL_TYPE_IN, 5);
	}
}

static void tls_over_tcp(const char *name, netpeer_tls_options *options, int expected_status) {
	netpeer_stream_peer_tcp *below_client = NULL;
	netpeer_stream_peer_tcp *below_server = NULL;
	if (!make_tcp_pair(&below_client, &below_server)) return;
	netpeer_stream_peer_tls *client = netpeer_stream_peer_tls_new();
	netpeer_stream_peer_tls *server = netpeer_stream_peer_tls_new();
	char text[200] = "";
	size_t length = 0;
	CHECK_EQ(netpeer_stream_peer_tls_poll(client), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_stream_peer_put_data(client, "x", 1), NETPEER_ERR_UNCONFIGURED);
	CHECK_EQ(netpeer_stream_peer_tls_connect_to_stream(client, client, name, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(
	        netpeer_stream_peer_tls_connect_to_stream(client, below_client, NULL, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tls_connect_to_stream(client, below_client, name, server_options),
	        NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(
	        netpeer_stream_peer_tls_accept_stream(server, below_server, client_options), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tls_accept_stream(server, below_server, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tls_connect_to_stream(client, below_client, name, options), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_tls_accept_stream(server, below_server, server_options), NETPEER_OK);
	CHECK_EQ(netpeer_stream_peer_tls_get_status(client), NETPEER_TLS_STATUS_HANDSHAKING);
	// The sessions keep the streams.
	netpeer_stream_peer_release(below_client);
	netpeer_stream_peer_release(below_server);
	shake_hands(client, server);
	CHECK_EQ(netpeer_stream_peer_tls_get_status(client), expected_status);
	if (expected_status != NETPEER_TLS_STATUS_CONNECTED) {
		CHECK_EQ(netpeer_stream_peer_tls_get_failure(client), NETPEER_TLS_FAILURE_NAME_MISMATCH);
		CHECK_EQ(netpeer_stream_peer_tls_get_failure_detail(client, text, sizeof(text), &length), NETPEER_OK);
	} else if (CHECK_EQ(netpeer_stream_peer_tls_get_status(server), NETPEER_TLS_STATUS_CONNECTED)) {
		CHECK_EQ(netpeer_stream_peer_tls_set_blocking_timeout(client, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_tls_set_blocking_timeout(server, STEP_MS * PATIENCE_STEPS), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_tls_get_protocol(client, text, sizeof(text), &length), NETPEER_OK);
		CHECK(strncmp(text, "TLSv1.", 6) == 0);
		CHECK_EQ(netpeer_stream_peer_tls_get_cipher_suite(client, text, sizeof(text), &length), NETPEER_OK);
		CHECK(length > 4);
		netpeer_x509_certificate *presented = netpeer_stream_peer_tls_take_peer_certificate(client);
		CHECK_EQ(netpeer_x509_certificate_count(presented), 1);
		netpeer_x509_certificate_release(presented);
		CHECK(netpeer_stream_peer_tls_take_peer_certificate(server) == NULL);
		CHECK_EQ(netpeer_stream_peer_put_utf8_string(client, "over TLS"), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_get_utf8_string(server, -1, text, sizeof(text), &length), NETPEER_OK);
		CHECK_TEXT(text, "over TLS");
		CHECK_EQ(netpeer_stream_peer_tls_cancel(server), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_get_data(server, text, 1, NULL), NETPEER_ERR_SKIP);
		CHECK_EQ(netpeer_stream_peer_put_data(server, "end", 3), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_tls_disconnect_from_stream(server), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_get_data(client, text, 3, NULL), NETPEER_OK);
		CHECK_EQ(netpeer_stream_peer_get_data(client, text, 1, NULL), NETPEER_ERR_FILE_EOF);
		CHECK_EQ(netpeer_stream_peer_tls_get_failure(client), NETPEER_TLS_FAILURE_CLOSED);
		CHECK_EQ(netpeer_stream_peer_tls_get_status(client), NETPEER_TLS_STATUS_DISCONNECTED);
	}
	netpeer_stream_peer_release(client);
	netpeer_stream_peer_release(server);
}

static void dtls_over_udp(void) {
	netpeer_udp_server *udp_server = netpeer_udp_server_new();
	netpeer_dtls_server *dtls_server = netpeer_dtls_server_new();
	netpeer_packet_peer_udp *udp = netpeer_packet_peer_udp_new();
	netpeer_packet_peer_dtls *client = netpeer_packet_peer_dtls_new();
	netpeer_packet_peer_dtls *server = NULL;
	CHECK_EQ(netpeer_udp_server_listen(udp_server, 0, "127.0.0.1"), NETPEER_OK);
	CHECK_EQ(netpeer_dtls_server_setup(dtls_server, client_options), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_dtls_server_take_connection(dtls_server, udp) == NULL);
	CHECK_EQ(netpeer_dtls_server_setup(dtls_server, server_options), NETPEER_OK);
	CHECK(netpeer_dtls_server_retain(dtls_server) == dtls_server);
	netpeer_dtls_server_release(dtls_server);
	CHECK_EQ(netpeer_dtls_server_setup(dtls_server, server_options), NETPEER_ERR_ALREADY_IN_USE);
	CHECK_EQ(netpeer_packet_peer_dtls_connect_to_peer(client, udp, "game.example.org", client_options),
	        NETPEER_ERR_INVALID_PARAMETER); // no fixed other end
	const int port = netpeer_udp_server_get_local_port(udp_server);
	CHECK_EQ(netpeer_packet_peer_udp_connect_to_host(udp, "127.0.0.1", port), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_dtls_connect_to_peer(client, client, "x", client_options),
	        NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_dtls_connect_to_peer(client, udp, "game.example.org", client_options), NETPEER_OK);
	int refused = 0;
	for (int i = 0; i < PATIENCE_STEPS; ++i) {
		(void)netpeer_udp_server_wait(udp_server, 5);
		CHECK_EQ(netpeer_udp_server_poll(udp_server), NETPEER_OK);
		netpeer_packet_peer_udp *from = netpeer_udp_server_take_connection(udp_server);
		if (from != NULL) {
			netpeer_packet_peer_dtls *session = netpeer_dtls_server_take_connection(dtls_server, from);
			netpeer_packet_peer_release(from);
			if (netpeer_packet_peer_dtls_get_status(session) == NETPEER_TLS_STATUS_HANDSHAKING && server == NULL) {
				server = session;
			} else {
				CHECK_EQ(netpeer_packet_peer_dtls_get_failure(session), NETPEER_TLS_FAILURE_COOKIE_NEEDED);
				++refused;
				netpeer_packet_peer_release(session);
			}
		}
		CHECK_EQ(netpeer_packet_peer_dtls_poll(client), NETPEER_OK);
		if (server != NULL) CHECK_EQ(netpeer_packet_peer_dtls_poll(server), NETPEER_OK);
		if (netpeer_packet_peer_dtls_get_status(client) == NETPEER_TLS_STATUS_CONNECTED &&
		        netpeer_packet_peer_dtls_get_status(server) == NETPEER_TLS_STATUS_CONNECTED) {
			break;
		}
		(void)netpeer_packet_peer_dtls_wait(client, 5);
	}
	CHECK(refused >= 1);
	CHECK_EQ(netpeer_packet_peer_dtls_get_status(client), NETPEER_TLS_STATUS_CONNECTED);
	if (CHECK_EQ(netpeer_packet_peer_dtls_get_status(server), NETPEER_TLS_STATUS_CONNECTED)) {
		char text[100];
		size_t size = 0;
		CHECK_EQ(netpeer_packet_peer_dtls_get_protocol(client, text, sizeof(text), &size), NETPEER_OK);
		CHECK_TEXT(text, "DTLSv1.2");
		CHECK_EQ(netpeer_packet_peer_dtls_get_cipher_suite(client, text, sizeof(text), &size), NETPEER_OK);
		CHECK(size > 4);
		netpeer_x509_certificate *presented = netpeer_packet_peer_dtls_take_peer_certificate(client);
		CHECK_EQ(netpeer_x509_certificate_count(presented), 1);
		netpeer_x509_certificate_release(presented);
		CHECK_EQ(netpeer_packet_peer_put_packet(client, "sealed", 6), NETPEER_OK);
		for (int i = 0; i < PATIENCE_STEPS && netpeer_packet_peer_get_available_packet_count(server) == 0; ++i) {
			(void)netpeer_udp_server_wait(udp_server, STEP_MS);
			CHECK_EQ(netpeer_udp_server_poll(udp_server), NETPEER_OK);
			CHECK_EQ(netpeer_packet_peer_dtls_poll(server), NETPEER_OK);
		}
		CHECK_EQ(netpeer_packet_peer_get_packet(server, text, sizeof(text), &size), NETPEER_OK);
		CHECK(size == 6 && memcmp(text, "sealed", 6) == 0);
		CHECK_EQ(netpeer_packet_peer_dtls_get_dropped_record_count(server), 0);
		CHECK_EQ(netpeer_packet_peer_dtls_get_failure_detail(server, text, sizeof(text), &size), NETPEER_OK);
	}
	CHECK_EQ(netpeer_packet_peer_dtls_disconnect_from_peer(client), NETPEER_OK);
	CHECK_EQ(netpeer_packet_peer_dtls_get_status(client), NETPEER_TLS_STATUS_DISCONNECTED);
	netpeer_packet_peer_release(server);
	netpeer_packet_peer_release(client);
	netpeer_packet_peer_release(udp);
	netpeer_dtls_server_release(dtls_server);
	netpeer_udp_server_release(udp_server);
}

static void enet_over_dtls(const char *name, int expected) {
	netpeer_enet_connection *server = netpeer_enet_connection_new();
	netpeer_enet_connection *client = netpeer_enet_connection_new();
	CHECK_EQ(netpeer_enet_connection_create_host_bound(server, "127.0.0.1", 0, 4, 0, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_create_host(client, 1, 0, 0, 0), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_dtls_server_setup(server, client_options), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_enet_connection_dtls_server_setup(server, server_options), NETPEER_OK);
	CHECK_EQ(netpeer_enet_connection_dtls_client_setup(client, name, client_options), NETPEER_OK);
	netpeer_enet_packet_peer *peer = netpeer_enet_connection_connect_to_host(
	        client, "127.0.0.1", netpeer_enet_connection_get_local_port(server), 0, 0);
	CHECK(peer != NULL);
	netpeer_enet_event event;
	int seen = NETPEER_ENET_EVENT_NONE;
	for (int i = 0; i < 20 * PATIENCE_STEPS && seen == NETPEER_ENET_EVENT_NONE; ++i) {
		(void)netpeer_enet_connection_service(server, 1, &event);
		seen = netpeer_enet_connection_service(client, 1, &event);
	}
	CHECK_EQ(seen, expected);
	if (seen == NETPEER_ENET_EVENT_DISCONNECT) {
		CHECK_EQ(event.reason, NETPEER_ENET_DROP_SESSION_LOST);
		CHECK_EQ(netpeer_enet_packet_peer_get_session_failure(event.peer), NETPEER_TLS_FAILURE_NAME_MISMATCH);
	}
	netpeer_enet_connection_release(client);
	netpeer_enet_connection_release(server);
}

static void bad_tls_arguments(void) {
	size_t size = 9;
	CHECK(netpeer_tls_options_new_server(NULL, NULL) == NULL);
	CHECK_EQ(netpeer_crypto_generate_ec(3, &key), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_generate_ec(0, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_generate_certificate(NULL, NULL, &certificate), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_key_load(NULL, "x", 0), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_crypto_key_is_public_only(NULL), 0);
	CHECK_EQ(netpeer_crypto_sign(0, NULL, 0, NULL, NULL, 0, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(size, 0);
	CHECK_EQ(netpeer_crypto_verify(0, NULL, 0, NULL, 0, NULL), 0);
	CHECK_EQ(netpeer_x509_certificate_count(NULL), 0);
	CHECK_EQ(netpeer_x509_certificate_load_from_memory(NULL, "x", 1), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tls_poll(NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_stream_peer_tls_get_status(NULL), NETPEER_TLS_STATUS_DISCONNECTED);
	CHECK_EQ(netpeer_stream_peer_tls_get_protocol(NULL, NULL, 0, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_packet_peer_dtls_poll(NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_dtls_server_setup(NULL, NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK(netpeer_dtls_server_take_connection(NULL, NULL) == NULL);
	netpeer_set_default_trust_path(NULL);
	netpeer_crypto_key_release(NULL);
	netpeer_x509_certificate_release(NULL);
	netpeer_tls_options_release(NULL);
	netpeer_dtls_server_release(NULL);
}

void test_tls(void) {
	work_without_a_library();
	bad_tls_arguments();
	if (!netpeer_has_feature("mbedtls")) {
		CHECK_EQ(netpeer_crypto_generate_ec(NETPEER_CURVE_P256, &key), NETPEER_ERR_UNAVAILABLE);
		CHECK(key == NULL);
		key = netpeer_crypto_key_new();
		CHECK_EQ(netpeer_crypto_key_load_from_memory(key, "x", 1, 0), NETPEER_ERR_UNAVAILABLE);
		netpeer_crypto_key_release(key);
		return;
	}
	if (!make_keys_and_options()) return;
	keys_and_certificates();
	netpeer_tls_options *careless = netpeer_tls_options_new_client_unsafe(NULL);
	netpeer_tls_options *renamed = netpeer_tls_options_new_client(certificate, "game.example.org");
	tls_over_tcp("game.example.org", client_options, NETPEER_TLS_STATUS_CONNECTED);
	tls_over_tcp("other.example.org", client_options, NETPEER_TLS_STATUS_ERROR_HOSTNAME_MISMATCH);
	tls_over_tcp("other.example.org", renamed, NETPEER_TLS_STATUS_CONNECTED);
	tls_over_tcp("other.example.org", careless, NETPEER_TLS_STATUS_CONNECTED);
	netpeer_tls_options_release(careless);
	netpeer_tls_options_release(renamed);
	dtls_over_udp();
	enet_over_dtls("game.example.org", NETPEER_ENET_EVENT_CONNECT);
	enet_over_dtls("other.example.org", NETPEER_ENET_EVENT_DISCONNECT);
	netpeer_tls_options_release(server_options);
	netpeer_tls_options_release(client_options);
	netpeer_x509_certificate_release(certificate);
	netpeer_crypto_key_release(key);
}
