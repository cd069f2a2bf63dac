// Names and addresses through the C face.

#include "c_check.h"

void test_addresses(void) {
	netpeer_ip_text address;
	netpeer_ip_text some[4];
	size_t count = 99;

	netpeer_ip *ip = netpeer_ip_new(2, 60);
	if (!CHECK(ip != NULL)) return;
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, "127.0.0.1", NETPEER_IP_TYPE_ANY, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "127.0.0.1");
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, "localhost", NETPEER_IP_TYPE_IPV4, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "127.0.0.1");
	CHECK_EQ(netpeer_ip_resolve_hostname_addresses(ip, "localhost", NETPEER_IP_TYPE_IPV4, some, 4, &count), NETPEER_OK);
	CHECK(count >= 1);
	CHECK_EQ(netpeer_ip_resolve_hostname_addresses(ip, "localhost", NETPEER_IP_TYPE_IPV4, NULL, 0, &count), NETPEER_OK);
	CHECK(count >= 1);
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, "not a name", NETPEER_IP_TYPE_ANY, &address),
	        NETPEER_ERR_INVALID_PARAMETER);
	CHECK_TEXT(address.text, "");
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, NULL, NETPEER_IP_TYPE_ANY, &address), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, "localhost", 7, &address), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_ip_resolve_hostname(NULL, "localhost", 3, &address), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_ip_resolve_hostname(ip, "localhost", 3, NULL), NETPEER_ERR_INVALID_PARAMETER);

	// Queued. The blocking look-up of a name that is queued waits for nothing but its own answer, so asking the status in
	// between needs no sleep: a UDP socket's wait is the clock.
	netpeer_packet_peer_udp *clock = netpeer_packet_peer_udp_new();
	CHECK_EQ(netpeer_packet_peer_udp_bind(clock, 0, "127.0.0.1", 0), NETPEER_OK);
	netpeer_ip_clear_cache(ip, "localhost");
	netpeer_ip_clear_cache(ip, NULL);
	const int id = netpeer_ip_resolve_hostname_queue_item(ip, "localhost", NETPEER_IP_TYPE_IPV4);
	CHECK_EQ(id, 0);
	for (int i = 0; i < PATIENCE_STEPS; ++i) {
		if (netpeer_ip_get_resolve_item_status(ip, id) != NETPEER_RESOLVER_STATUS_WAITING) break;
		CHECK_EQ(netpeer_packet_peer_udp_wait(clock, STEP_MS), NETPEER_ERR_TIMEOUT);
	}
	CHECK_EQ(netpeer_ip_get_resolve_item_status(ip, id), NETPEER_RESOLVER_STATUS_DONE);
	CHECK_EQ(netpeer_ip_get_resolve_item_addresses(ip, id, some, 4, &count), NETPEER_OK);
	CHECK(count >= 1);
	CHECK_TEXT(some[0].text, "127.0.0.1");
	netpeer_ip_erase_resolve_item(ip, id);
	CHECK_EQ(netpeer_ip_get_resolve_item_status(ip, id), NETPEER_RESOLVER_STATUS_NONE);
	CHECK_EQ(netpeer_ip_get_resolve_item_addresses(ip, id, some, 4, &count), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(count, 0);
	CHECK_EQ(netpeer_ip_get_resolve_item_status(NULL, 0), NETPEER_RESOLVER_STATUS_NONE);
	CHECK_EQ(netpeer_ip_get_resolve_item_status(ip, -5), NETPEER_RESOLVER_STATUS_NONE);
	CHECK_EQ(netpeer_ip_resolve_hostname_queue_item(NULL, "localhost", 3), NETPEER_RESOLVER_INVALID_ID);
	CHECK_EQ(netpeer_ip_resolve_hostname_queue_item(ip, NULL, 3), NETPEER_RESOLVER_INVALID_ID);
	netpeer_packet_peer_release(clock);

	CHECK(netpeer_ip_retain(ip) == ip);
	netpeer_ip_release(ip);
	netpeer_ip_release(ip);
	netpeer_ip_release(NULL);
	CHECK(netpeer_ip_new(0, 60) == NULL);
	CHECK(netpeer_ip_new(1, -1) == NULL);

	netpeer_ip *shared = netpeer_ip_get_singleton();
	CHECK(shared != NULL);
	CHECK(netpeer_ip_get_singleton() == shared);
	netpeer_ip_release(shared);
	CHECK_EQ(netpeer_ip_resolve_hostname(shared, "::1", NETPEER_IP_TYPE_IPV6, &address), NETPEER_OK);
	CHECK_TEXT(address.text, "0:0:0:0:0:0:0:1");

	netpeer_interface_address interfaces[64];
	CHECK_EQ(netpeer_get_local_interfaces(interfaces, 64, &count), NETPEER_OK);
	int has_loopback = 0;
	for (size_t i = 0; i < count && i < 64; ++i) {
		CHECK(interfaces[i].name[0] != '\0');
		CHECK(netpeer_is_valid_ip_address(interfaces[i].address.text));
		if (strcmp(interfaces[i].address.text, "127.0.0.1") == 0) has_loopback = interfaces[i].is_ipv4 != 0;
	}
	CHECK(has_loopback);
	size_t all = 0;
	CHECK_EQ(netpeer_get_local_interfaces(NULL, 0, &all), NETPEER_OK);
	CHECK_EQ(all, count);
	CHECK_EQ(netpeer_get_local_interfaces(NULL, 1, &all), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_is_valid_ip_address("*"), 0);
	CHECK_EQ(netpeer_is_valid_ip_address(NULL), 0);
}
