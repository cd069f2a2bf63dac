// The C face used from C: every family over loopback. A program of its own; it prints what failed and a count.

#include "c_check.h"

int checks_made = 0;
int checks_failed = 0;

int count_check(int held, const char *text, const char *file, int line) {
	++checks_made;
	if (held) return 1;
	++checks_failed;
	printf("%s:%d: error: does not hold: %s\n", file, line, text);
	return 0;
}

int count_number(long long actual, long long wanted, const char *text, const char *file, int line) {
	++checks_made;
	if (actual == wanted) return 1;
	++checks_failed;
	printf("%s:%d: error: %s is %lld, not %lld\n", file, line, text, actual, wanted);
	return 0;
}

int count_text(const char *actual, const char *wanted, const char *text, const char *file, int line) {
	++checks_made;
	if (actual != NULL && strcmp(actual, wanted) == 0) return 1;
	++checks_failed;
	printf("%s:%d: error: %s is \"%s\", not \"%s\"\n", file, line, text, actual != NULL ? actual : "(null)", wanted);
	return 0;
}

static void test_versions_and_errors(void) {
	CHECK_EQ(netpeer_abi_version(), NETPEER_C_ABI_VERSION);
	CHECK_TEXT(netpeer_version_string(), NETPEER_TEST_VERSION);
	CHECK_TEXT(netpeer_error_name(NETPEER_ERR_BUSY), "ERR_BUSY");
	CHECK_TEXT(netpeer_error_name(-7), "UNKNOWN");
	CHECK_TEXT(netpeer_error_text(NETPEER_ERR_TIMEOUT), "Timeout");
	CHECK_EQ(netpeer_has_feature(NULL), 0);
	CHECK_EQ(netpeer_has_feature("telepathy"), 0);
	CHECK_EQ(netpeer_has_feature("threads"), 1);
}

int main(void) {
	static const struct {
		const char *name;
		void (*run)(void);
	} families[] = {
	        {"hooks", test_hooks}, // first: they are for all that follows
	        {"versions and errors", test_versions_and_errors},
	        {"addresses", test_addresses},
	        {"streams", test_streams},
	        {"packets", test_packets},
	        {"ENet", test_enet},
	        {"values", test_values},
	        {"TLS", test_tls},
	};
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); ++i) {
		const int made = checks_made;
		const int failed = checks_failed;
		families[i].run();
		printf("%s: %d checks, %d failed\n", families[i].name, checks_made - made, checks_failed - failed);
		fflush(stdout);
	}
	// Everything has been given back.
	netpeer_ip_destroy_singleton();
	CHECK_EQ(netpeer_get_live_allocations(), 0);
	printf("%d checks, %d failed\n", checks_made, checks_failed);
	return checks_failed != 0;
}
