// mbedTLS's numbers as ours, and as text.
#pragma once

#include "../../core/error_list.h"
#include "mbedtls_compat.h"

#include <cstddef>

namespace netpeer {

/// For numbers below 0; 0 and above is OK. ERR_OUT_OF_MEMORY for every kind of failed allocation; ERR_UNAUTHORIZED: a
/// password is missing; ERR_BUSY: would block; ERR_FILE_EOF: close_notify; ERR_TIMEOUT; ERR_UNAVAILABLE: not in this build of
/// mbedTLS; ERR_CONNECTION_ERROR: all else that sessions report; FAILED: the rest.
Error error_of_mbedtls(int code);

/// Into `out`, cut to `size` bytes with the zero at its end, e.g. "X509 - Certificate verification failed (-0x2700)"; only
/// the number where mbedTLS was built without texts. The text's length. Asks for no memory: none may be left.
size_t text_of_mbedtls(int code, char *out, size_t size);

} // namespace netpeer
