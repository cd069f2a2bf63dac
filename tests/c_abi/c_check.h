// What the C test programs share: CHECK counts, says what failed, and goes on; waiting in steps with an end.
#ifndef NETPEER_TESTS_C_CHECK_H
#define NETPEER_TESTS_C_CHECK_H

#include "../../src/netpeer_c.h"

#include <stdio.h>
#include <string.h>

extern int checks_made;
extern int checks_failed;

#define CHECK(condition) count_check((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_EQ(actual, wanted) count_number((long long)(actual), (long long)(wanted), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, wanted) count_text((actual), (wanted), #actual, __FILE__, __LINE__)

// Each answers whether it held.
int count_check(int held, const char *text, const char *file, int line);
int count_number(long long actual, long long wanted, const char *text, const char *file, int line);
int count_text(const char *actual, const char *wanted, const char *text, const char *file, int line);

// Longest waits, in steps of one wait function; generous, because emulators are slow.
enum { PATIENCE_STEPS = 400, STEP_MS = 50 };

// A connected pair of TCP streams over loopback; 0 when that failed (which counts).
int make_tcp_pair(netpeer_stream_peer_tcp **dialled, netpeer_stream_peer_tcp **accepted);

// One for each family, in files of their names.
void test_streams(void);
void test_packets(void);
void test_addresses(void);
void test_enet(void);
void test_hooks(void);
void test_tls(void);
void test_values(void);

#endif
