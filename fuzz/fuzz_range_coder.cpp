// The range coder: hostile bytes stay in their buffers, plain ones come back. codec_fuzzing.h says how.
#include "../src/compress/range_coder.h"
#include "codec_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static netpeer::RangeCoder codec;
	if (codec.init() != netpeer::Error::OK) return 0;
	return codec_fuzzing::run(codec, data, size);
}
