// Codecs and Godot's values through the C face.

#include "c_check.h"

static void round_trips(void) {
	static const char *const features[] = {NULL, NULL, NULL, "zlib", "zstd"};
	char plain[2000];
	for (size_t i = 0; i < sizeof(plain); ++i) plain[i] = "abcabcabd"[i % 9];
	for (int mode = NETPEER_ENET_COMPRESS_NONE; mode <= NETPEER_ENET_COMPRESS_ZSTD; ++mode) {
		char packed[2000];
		char restored[2000];
		size_t packed_size = 99, size = 99;
		if (features[mode] != NULL && !netpeer_has_feature(features[mode])) {
			CHECK_EQ(netpeer_compress(mode, plain, 2000, packed, 2000, &size), NETPEER_ERR_UNAVAILABLE);
			CHECK_EQ(netpeer_decompress(mode, plain, 2000, packed, 2000, &size), NETPEER_ERR_UNAVAILABLE);
			continue;
		}
		CHECK_EQ(netpeer_compress(mode, plain, 2000, packed, 2000, &packed_size), NETPEER_OK);
		CHECK_EQ(packed_size == 2000, mode == NETPEER_ENET_COMPRESS_NONE);
		CHECK_EQ(netpeer_decompress(mode, packed, packed_size, restored, 2000, &size), NETPEER_OK);
		CHECK(size == 2000 && memcmp(restored, plain, size) == 0);
		CHECK_EQ(netpeer_compress(mode, plain, 2000, packed, 3, &size), NETPEER_ERR_PARAMETER_RANGE_ERROR);
		CHECK_EQ(size, 0);
		CHECK_EQ(netpeer_decompress(mode, packed, packed_size, restored, 100, &size), NETPEER_ERR_INVALID_DATA);
		CHECK_EQ(size, 0);
		CHECK_EQ(netpeer_compress(mode, plain, 0, packed, 2000, &size), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_compress(mode, NULL, 4, packed, 2000, &size), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_decompress(mode, packed, packed_size, NULL, 4, &size), NETPEER_ERR_INVALID_PARAMETER);
		CHECK_EQ(netpeer_decompress(mode, packed, packed_size, restored, 2000, NULL), NETPEER_ERR_INVALID_PARAMETER);
	}
	size_t size = 99;
	CHECK_EQ(netpeer_compress(5, plain, 4, plain + 100, 4, &size), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_decompress(-1, plain, 4, plain + 100, 4, &size), NETPEER_ERR_INVALID_PARAMETER);
}

static void values(void) {
	static const char json[] = "{\"name\": \"J\\u00fcrgen\", \"hp\": [7, 1.5, true, null]}";
	uint8_t bytes[256];
	char text[256];
	size_t size = 0, length = 0;
	CHECK_EQ(netpeer_variant_from_text(json, bytes, sizeof(bytes), &size), NETPEER_OK);
	CHECK(size > 0 && size % 4 == 0 && bytes[0] == 27); // a dictionary, as Godot 4 numbers it
	CHECK_EQ(netpeer_variant_from_text(json, bytes, 4, &length), NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(length, size);
	CHECK_EQ(netpeer_variant_to_text(bytes, size, NETPEER_VARIANT_TEXT_JSON, text, sizeof(text), &length), NETPEER_OK);
	CHECK_TEXT(text, "{\"name\": \"J\xc3\xbcrgen\", \"hp\": [7, 1.5, true, null]}");
	CHECK_EQ(length, strlen(text));
	CHECK_EQ(netpeer_variant_to_text(bytes, size, NETPEER_VARIANT_TEXT_JSON, NULL, 0, &length),
	        NETPEER_ERR_OUT_OF_MEMORY);
	CHECK_EQ(length, strlen(text));
	CHECK_EQ(netpeer_variant_from_text("Vector2(1, 2.5)", bytes, sizeof(bytes), &size), NETPEER_OK);
	CHECK_EQ(size, 12);
	CHECK_EQ(netpeer_variant_to_text(bytes, size, NETPEER_VARIANT_TEXT_GDSCRIPT, text, sizeof(text), NULL), NETPEER_OK);
	CHECK_TEXT(text, "Vector2(1, 2.5)");
	CHECK_EQ(netpeer_variant_to_text(bytes, size, 2, text, sizeof(text), NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_variant_to_text(bytes, 3, 0, text, sizeof(text), NULL), NETPEER_ERR_INVALID_DATA);
	CHECK_TEXT(text, "");
	CHECK_EQ(netpeer_variant_to_text(NULL, 3, 0, text, sizeof(text), NULL), NETPEER_ERR_INVALID_PARAMETER);
	CHECK_EQ(netpeer_variant_from_text("{\"half", bytes, sizeof(bytes), &size), NETPEER_ERR_PARSE_ERROR);
	CHECK_EQ(size, 0);
	CHECK_EQ(netpeer_variant_from_text("Object(\"Node\")", bytes, sizeof(bytes), &size), NETPEER_ERR_UNAUTHORIZED);
	CHECK_EQ(netpeer_variant_from_text(NULL, bytes, sizeof(bytes), &size), NETPEER_ERR_INVALID_PARAMETER);
}

void test_values(void) {
	round_trips();
	values();
}
