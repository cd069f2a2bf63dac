// A run-length codec for tests: pairs of count and byte. Counts calls and remembers how much room it was given.
#pragma once

#include "../../src/compress/compressor.h"

#include <string>

namespace netpeer_test {

class ToyCompressor : public netpeer::Compressor {
public:
	size_t compress(netpeer::ByteView in, netpeer::MutBytes out) override {
		++compressions;
		size_t used = 0;
		for (size_t i = 0; i < in.size;) {
			size_t run = 1;
			while (i + run < in.size && run < 255 && in[i + run] == in[i]) ++run;
			if (used + 2 > out.size) return 0;
			out.data[used++] = static_cast<uint8_t>(run);
			out.data[used++] = in[i];
			i += run;
		}
		return used;
	}
	size_t decompress(netpeer::ByteView in, netpeer::MutBytes out) override {
		++decompressions;
		if (out.size > largest_room) largest_room = out.size;
		size_t used = 0;
		for (size_t i = 0; i + 1 < in.size; i += 2) {
			if (in[i] == 0 || in[i] > out.size - used) return 0;
			for (size_t n = 0; n < in[i]; ++n) out.data[used++] = in[i + 1];
		}
		return in.size % 2 == 0 ? used : 0;
	}
	/// A datagram's bytes with everything behind its header compressed and the flag set.
	static std::string compressed(const std::string &datagram, size_t header_bytes) {
		ToyCompressor codec;
		std::string out(datagram.size() * 2, '\0');
		const std::string body = datagram.substr(header_bytes);
		const size_t size =
		        codec.compress(netpeer::ByteView(reinterpret_cast<const uint8_t *>(body.data()), body.size()),
		                netpeer::MutBytes(reinterpret_cast<uint8_t *>(&out[0]), out.size()));
		std::string header = datagram.substr(0, header_bytes);
		header[0] = static_cast<char>(header[0] | 0x40);
		return header + out.substr(0, size);
	}

	size_t compressions = 0;
	size_t decompressions = 0;
	size_t largest_room = 0;
};

} // namespace netpeer_test
