#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_natives.h"

#include <mbedtls/entropy.h>

namespace netpeer {

int mbedtls_random(void *source, unsigned char *out, size_t size) {
	RandomSource &random = *static_cast<RandomSource *>(source);
	return random.fill(MutBytes(out, size)) == Error::OK ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
