// zlib's container, where zlib is built in: hostile bytes stay in their buffers, plain ones come back. codec_fuzzing.h says how.
#include "../src/compress/deflate_zlib.h"
#include "codec_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static netpeer::DeflateCodec codec;
	if (codec.init() != netpeer::Error::OK) return 0;
	return codec_fuzzing::run(codec, data, size);
}
