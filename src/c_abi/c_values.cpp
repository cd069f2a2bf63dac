// The C face of what needs no handle: the codecs, each in one call, and Godot's values as bytes and as text.

#include "../compress/deflate_zlib.h"
#include "../compress/fastlz_codec.h"
#include "../compress/range_coder.h"
#include "../compress/zstd_codec.h"
#include "../core/variant.h"
#include "../core/variant_codec.h"
#include "../core/variant_text.h"
#include "c_handles.h"

using namespace netpeer;

namespace {

static_assert(is_number(NETPEER_VARIANT_TEXT_GDSCRIPT, VariantTextStyle::kGdscript), "as in C++");
static_assert(is_number(NETPEER_VARIANT_TEXT_JSON, VariantTextStyle::kJson), "as in C++");

constexpr size_t kMostPlainBytes = size_t{1} << 30; // of the codecs

Error copy_plain(ByteView in, MutBytes out, size_t &written, Error too_long) {
	if (in.empty() || in.size > kMostPlainBytes) return Error::ERR_INVALID_PARAMETER;
	if (in.size > out.size) return too_long;
	std::memcpy(out.data, in.data, in.size);
	written = in.size;
	return Error::OK;
}

Error compress_as(int mode, ByteView in, MutBytes out, size_t &written) {
	switch (mode) {
	case NETPEER_ENET_COMPRESS_NONE: return copy_plain(in, out, written, Error::ERR_PARAMETER_RANGE_ERROR);
	case NETPEER_ENET_COMPRESS_RANGE_CODER: return range_coder_compress(in, out, written);
	case NETPEER_ENET_COMPRESS_FASTLZ: return fastlz_compress(in, out, written);
	case NETPEER_ENET_COMPRESS_ZLIB: return deflate_compress(in, out, written);
	case NETPEER_ENET_COMPRESS_ZSTD: return zstd_compress(in, out, written);
	default: return Error::ERR_INVALID_PARAMETER;
	}
}

Error decompress_as(int mode, ByteView in, MutBytes out, size_t &written) {
	switch (mode) {
	case NETPEER_ENET_COMPRESS_NONE: return copy_plain(in, out, written, Error::ERR_INVALID_DATA);
	case NETPEER_ENET_COMPRESS_RANGE_CODER: return range_coder_decompress(in, out, written);
	case NETPEER_ENET_COMPRESS_FASTLZ: return fastlz_decompress(in, out, written);
	case NETPEER_ENET_COMPRESS_ZLIB: return deflate_decompress(in, out, written);
	case NETPEER_ENET_COMPRESS_ZSTD: return zstd_decompress(in, out, written);
	default: return Error::ERR_INVALID_PARAMETER;
	}
}

} // namespace

netpeer_error netpeer_compress(int mode, const void *data, size_t size, void *out, size_t capacity, size_t *written) {
	if (!is_room(out, capacity, written) || !are_bytes(data, size) || size == 0) return kBadArgument;
	return code_of(compress_as(mode, c_bytes(data, size), c_room(out, capacity), *written));
}

netpeer_error netpeer_decompress(int mode, const void *data, size_t size, void *out, size_t capacity, size_t *written) {
	if (!is_room(out, capacity, written) || !are_bytes(data, size) || size == 0) return kBadArgument;
	return code_of(decompress_as(mode, c_bytes(data, size), c_room(out, capacity), *written));
}

netpeer_error netpeer_variant_to_text(
        const void *data, size_t size, int style, char *text, size_t capacity, size_t *length) {
	if (length != nullptr) *length = 0;
	if (!are_bytes(data, size) || !are_bytes(text, capacity)) return kBadArgument;
	if (style != NETPEER_VARIANT_TEXT_GDSCRIPT && style != NETPEER_VARIANT_TEXT_JSON) return kBadArgument;
	if (capacity != 0) text[0] = '\0';
	Variant value;
	size_t consumed = 0;
	Error error = decode_variant(c_bytes(data, size), value, consumed);
	if (error != Error::OK) return code_of(error);
	ByteBuffer printed;
	error = print_variant(value, printed, static_cast<VariantTextStyle>(style));
	if (error != Error::OK) return code_of(error);
	return give_text(
	        std::string_view(reinterpret_cast<const char *>(printed.data()), printed.size()), text, capacity, length);
}

netpeer_error netpeer_variant_from_text(const char *text, void *out, size_t capacity, size_t *size) {
	if (!is_room(out, capacity, size) || text == nullptr) return kBadArgument;
	Variant value;
	Error error = parse_variant(view_of(text), value);
	if (error != Error::OK) return code_of(error);
	ByteBuffer encoded;
	error = encode_variant(value, encoded);
	return error == Error::OK ? give_bytes(encoded.view(), out, capacity, size) : code_of(error);
}
