// A TLS client and a genuine peer, with a wire that loses, repeats, damages, cuts and makes up: see tls_fuzzing.h.
#include "tls_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	return tls_fuzzing::fuzz_tls_session(/*datagrams=*/false, /*tests_client=*/true, data, size);
}
