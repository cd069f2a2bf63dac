// FastLZ, both levels: hostile bytes stay in their buffers, plain ones come back. codec_fuzzing.h says how.
#include "../src/compress/fastlz_codec.h"
#include "codec_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static netpeer::FastLzCodec one(nullptr, netpeer::FastLzLevel::kOne), two(nullptr, netpeer::FastLzLevel::kTwo);
	if (one.init() != netpeer::Error::OK || two.init() != netpeer::Error::OK) return 0;
	(void)codec_fuzzing::run(one, data, size);
	return codec_fuzzing::run(two, data, size);
}
