#include "stream_peer.h"

#include "../core/half_float.h"

#include <new>

namespace netpeer {

namespace {

// Strings and values up to here pass through the stack. Long enough that a length and its text leave as one write, and so as one
// TCP segment, in the usual case: two small writes and then a read is the pattern that delayed acknowledgements punish.
constexpr size_t kStreamStackBytes = 1024;
// What a count from the wire may cost before the first byte of its text has come.
constexpr size_t kStreamFirstChunkBytes = 4096;
constexpr size_t kStreamCountBytes = 4;
constexpr size_t kLongestStringBytes = 0x7fffffff; // the reader's length is signed

void encode_number(uint64_t value, size_t bytes, bool big_endian, uint8_t *out) {
	for (size_t i = 0; i < bytes; ++i) out[big_endian ? bytes - 1 - i : i] = static_cast<uint8_t>(value >> (8 * i));
}

ByteView view_of_text(std::string_view text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

// Bytes of the UTF-8 character at the front of `text`, which is not empty; 1 for a byte that begins no valid one.
size_t utf8_character_bytes(ByteView text) {
	const uint8_t lead = text[0];
	const size_t bytes = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
	if (bytes > text.size) return 1;
	for (size_t i = 1; i < bytes; ++i) {
		if ((text[i] & 0xc0) != 0x80) return 1;
	}
	// Longer than need be, surrogates, past U+10FFFF.
	if (lead == 0xe0 && text[1] < 0xa0) return 1;
	if (lead == 0xed && text[1] > 0x9f) return 1;
	if (lead == 0xf0 && text[1] < 0x90) return 1;
	if (lead == 0xf4 && text[1] > 0x8f) return 1;
	return bytes;
}

// std::string ends the process when memory runs out and exceptions are off, so ask where it asks before it does. The
// pointer is volatile because a compiler may leave out memory that nobody uses.
bool string_memory_is_there(size_t bytes) {
	if (bytes <= std::string().capacity()) return true;
	void *volatile probe = ::operator new(bytes + 1, std::nothrow);
	const bool there = probe != nullptr;
	::operator delete(probe);
	return there;
}

Error text_from_utf8(ByteView bytes, std::string &out) {
	if (!string_memory_is_there(bytes.size)) return Error::ERR_OUT_OF_MEMORY;
	if (bytes.size != 0) out.assign(reinterpret_cast<const char *>(bytes.data), bytes.size);
	return Error::OK;
}

Error text_from_latin1(ByteView bytes, std::string &out) {
	size_t characters = 0;
	size_t text_bytes = 0;
	for (; characters < bytes.size && bytes[characters] != 0; ++characters)
		text_bytes += bytes[characters] < 0x80 ? 1 : 2;
	if (!string_memory_is_there(text_bytes)) return Error::ERR_OUT_OF_MEMORY;
	out.reserve(text_bytes);
	for (size_t i = 0; i < characters; ++i) {
		const uint8_t byte = bytes[i];
		if (byte < 0x80) {
			out.push_back(static_cast<char>(byte));
		} else {
			out.push_back(static_cast<char>(0xc0 | (byte >> 6)));
			out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
		}
	}
	return Error::OK;
}

} // namespace

// --- raw data ---

Error StreamPeer::put_data(ByteView data) { return data.empty() ? Error::OK : write_all(data); }

Error StreamPeer::put_partial_data(ByteView data, size_t &sent) {
	sent = 0;
	return data.empty() ? Error::OK : write_some(data, sent);
}

Error StreamPeer::get_data(MutBytes data, size_t &received) {
	received = 0;
	return data.size == 0 ? Error::OK : read_all(data, received);
}

Error StreamPeer::get_data(MutBytes data) {
	size_t received = 0;
	return get_data(data, received);
}

Error StreamPeer::get_partial_data(MutBytes data, size_t &received) {
	received = 0;
	return data.size == 0 ? Error::OK : read_some(data, received);
}

Error StreamPeer::get_data(int bytes, ByteBuffer &out) {
	out.clear();
	return bytes < 0 ? Error::ERR_OUT_OF_MEMORY : read_growing(static_cast<size_t>(bytes), out);
}

Error StreamPeer::get_partial_data(int bytes, ByteBuffer &out) {
	out.clear();
	if (bytes < 0) return Error::ERR_OUT_OF_MEMORY;
	// A caller who asks for a gigabyte to get whatever is there need not have one. Not exactly what is said to be
	// available: a subclass may know only after it has looked.
	const int available = get_available_bytes();
	size_t room = available > 0 ? static_cast<size_t>(available) : 0;
	if (room < kStreamFirstChunkBytes) room = kStreamFirstChunkBytes;
	if (room > static_cast<size_t>(bytes)) room = static_cast<size_t>(bytes);
	NETPEER_TRY(out.resize(room));
	size_t received = 0;
	const Error error = get_partial_data(out.bytes(), received);
	// Cutting never fails.
	(void)out.resize(error == Error::OK ? received : 0);
	return error;
}

// Fills `out`, which is empty. At any time it holds at most twice what has arrived, or the first chunk.
Error StreamPeer::read_growing(size_t bytes, ByteBuffer &out) {
	if (bytes > out.max_bytes()) return Error::ERR_OUT_OF_MEMORY;
	while (out.size() < bytes) {
		const size_t arrived = out.size();
		size_t chunk = arrived > kStreamFirstChunkBytes ? arrived : kStreamFirstChunkBytes;
		if (chunk > bytes - arrived) chunk = bytes - arrived;
		NETPEER_TRY(out.resize(arrived + chunk));
		size_t received = 0;
		const Error error = read_all(MutBytes(out.data() + arrived, chunk), received);
		if (error != Error::OK) {
			(void)out.resize(arrived + received);
			return error;
		}
	}
	return Error::OK;
}

// --- numbers ---

void StreamPeer::put_number(uint64_t value, size_t bytes) {
	uint8_t wire[sizeof value];
	encode_number(value, bytes, big_endian_, wire);
	last_error_ = write_all(ByteView(wire, bytes));
}

uint64_t StreamPeer::get_number(size_t bytes) {
	uint8_t wire[sizeof(uint64_t)] = {};
	size_t received = 0;
	last_error_ = read_all(MutBytes(wire, bytes), received);
	if (last_error_ != Error::OK) return 0;
	uint64_t value = 0;
	for (size_t i = 0; i < bytes; ++i) value |= uint64_t{wire[big_endian_ ? bytes - 1 - i : i]} << (8 * i);
	return value;
}

void StreamPeer::put_half(float value) { put_number(half_from_float(value), 2); }

void StreamPeer::put_float(float value) {
	static_assert(sizeof(float) == sizeof(uint32_t), "float is IEEE 754 binary32");
	uint32_t bits = 0;
	std::memcpy(&bits, &value, sizeof bits);
	put_number(bits, sizeof bits);
}

void StreamPeer::put_double(double value) {
	static_assert(sizeof(double) == sizeof(uint64_t), "double is IEEE 754 binary64");
	uint64_t bits = 0;
	std::memcpy(&bits, &value, sizeof bits);
	put_number(bits, sizeof bits);
}

float StreamPeer::get_half() { return float_from_half(static_cast<uint16_t>(get_number(2))); }

float StreamPeer::get_float() {
	const uint32_t bits = static_cast<uint32_t>(get_number(4));
	float value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

double StreamPeer::get_double() {
	const uint64_t bits = get_number(8);
	double value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

// --- strings out ---

// Head, body and tail, as one write if they fit the stack. The head and the tail are short.
Error StreamPeer::write_pieces(ByteView head, ByteView body, ByteView tail) {
	const size_t ends = head.size + tail.size;
	if (body.size > SIZE_MAX - ends) return Error::ERR_OUT_OF_MEMORY;
	if (ends + body.size == 0) return Error::OK;
	NETPEER_TRY(before_writes(ends + body.size));
	uint8_t together[kStreamStackBytes];
	if (ends + body.size <= sizeof together) {
		ByteWriter writer(MutBytes(together, sizeof together));
		writer.bytes(head);
		writer.bytes(body);
		writer.bytes(tail);
		return write_all(writer.written());
	}
	// The head goes with the front of the body, so that at least the count never travels alone.
	if (head.size < sizeof together && head.size != 0) {
		ByteWriter writer(MutBytes(together, sizeof together));
		writer.bytes(head);
		const ByteView front = body.first(writer.left());
		writer.bytes(front);
		NETPEER_TRY(write_all(writer.written()));
		body = body.after(front.size);
	}
	NETPEER_TRY(put_data(body));
	return put_data(tail);
}

void StreamPeer::put_utf8_string(std::string_view text) {
	if (text.size() > kLongestStringBytes) {
		last_error_ = Error::ERR_INVALID_PARAMETER;
		return;
	}
	uint8_t count[kStreamCountBytes];
	encode_number(text.size(), sizeof count, big_endian_, count);
	last_error_ = write_pieces(ByteView(count, sizeof count), view_of_text(text), ByteView());
}

void StreamPeer::put_string(std::string_view text) {
	last_error_ = text.size() > kLongestStringBytes ? Error::ERR_INVALID_PARAMETER : write_ascii(text);
}

Error StreamPeer::write_ascii(std::string_view text) {
	size_t characters = 0;
	for (ByteView rest = view_of_text(text); !rest.empty(); rest = rest.after(utf8_character_bytes(rest))) ++characters;
	NETPEER_TRY(before_writes(kStreamCountBytes + characters));
	uint8_t piece[kStreamStackBytes];
	encode_number(characters, kStreamCountBytes, big_endian_, piece);
	size_t filled = kStreamCountBytes;
	for (ByteView rest = view_of_text(text); !rest.empty();) {
		if (filled == sizeof piece) {
			NETPEER_TRY(write_all(ByteView(piece, filled)));
			filled = 0;
		}
		piece[filled++] = rest[0] < 0x80 ? rest[0] : uint8_t{' '};
		rest = rest.after(utf8_character_bytes(rest));
	}
	return write_all(ByteView(piece, filled));
}

void StreamPeer::put_raw_string(std::string_view text) { last_error_ = put_data(view_of_text(text)); }

void StreamPeer::put_line(std::string_view text, std::string_view ending) {
	last_error_ = write_pieces(ByteView(), view_of_text(text), view_of_text(ending));
}

// --- strings in ---

// What a typed get of a string has to take: what the caller says, or else the wire. Sets last_error_ too.
Error StreamPeer::take_count(int bytes, size_t &count) {
	last_error_ = Error::OK;
	count = bytes < 0 ? 0 : static_cast<size_t>(bytes);
	if (bytes >= 0) return Error::OK;
	const size_t announced = get_u32();
	if (last_error_ != Error::OK) return last_error_;
	if (announced > kLongestStringBytes)
		last_error_ = Error::ERR_INVALID_DATA;
	else if (announced > max_announced_bytes_)
		last_error_ = Error::ERR_OUT_OF_MEMORY;
	else
		count = announced;
	return last_error_;
}

std::string StreamPeer::take_string(int bytes, bool latin1) {
	std::string text;
	size_t count = 0;
	if (take_count(bytes, count) != Error::OK || count == 0) return text;
	uint8_t few[kStreamStackBytes];
	ByteBuffer many(allocator_);
	ByteView taken;
	if (count <= sizeof few) {
		last_error_ = get_data(MutBytes(few, count));
		taken = ByteView(few, count);
	} else {
		last_error_ = read_growing(count, many);
		taken = many.view();
	}
	if (last_error_ == Error::OK) last_error_ = latin1 ? text_from_latin1(taken, text) : text_from_utf8(taken, text);
	return text;
}

std::string StreamPeer::get_string(int bytes) { return take_string(bytes, true); }

std::string StreamPeer::get_utf8_string(int bytes) { return take_string(bytes, false); }

Error StreamPeer::get_string_bytes(ByteBuffer &out, int bytes) {
	out.clear();
	size_t count = 0;
	if (take_count(bytes, count) != Error::OK) return last_error_;
	last_error_ = read_growing(count, out);
	if (last_error_ != Error::OK) out.clear();
	return last_error_;
}

// --- values ---

Error StreamPeer::write_value(const Variant &value, const VariantEncodeOptions &options) {
	uint8_t few[kStreamStackBytes];
	size_t bytes = 0;
	Error error = encode_variant(value, MutBytes(few, sizeof few).after(kStreamCountBytes), bytes, options);
	if (error == Error::OK) {
		encode_number(bytes, kStreamCountBytes, big_endian_, few);
		return write_all(ByteView(few, kStreamCountBytes + bytes));
	}
	// Too long for the stack, or wrong in itself: the second look tells which.
	if (error != Error::ERR_OUT_OF_MEMORY) return error;
	VariantEncodeOptions limited = options;
	if (limited.max_bytes > kLongestStringBytes) limited.max_bytes = kLongestStringBytes;
	ByteBuffer many(allocator_);
	NETPEER_TRY(encoded_variant_size(value, bytes, limited));
	NETPEER_TRY(many.reserve(kStreamCountBytes + bytes)); // exactly, and once
	NETPEER_TRY(many.extend(kStreamCountBytes));
	NETPEER_TRY(encode_variant(value, many, limited));
	encode_number(bytes, kStreamCountBytes, big_endian_, many.data());
	return write_all(many.view());
}

void StreamPeer::put_var(const Variant &value, bool full_objects) {
	VariantEncodeOptions options;
	options.full_objects = full_objects;
	last_error_ = write_value(value, options);
}

void StreamPeer::put_var(const Variant &value, const VariantEncodeOptions &options) {
	last_error_ = write_value(value, options);
}

Error StreamPeer::take_value(Variant &value, const VariantDecodeOptions &options) {
	size_t count = 0;
	NETPEER_TRY(take_count(-1, count));
	uint8_t few[kStreamStackBytes];
	ByteBuffer many(allocator_);
	ByteView taken;
	if (count <= sizeof few) {
		NETPEER_TRY(get_data(MutBytes(few, count)));
		taken = ByteView(few, count);
	} else {
		NETPEER_TRY(read_growing(count, many));
		taken = many.view();
	}
	size_t consumed = 0;
	return decode_variant(taken, value, consumed, options);
}

Variant StreamPeer::get_var(bool allow_objects) {
	VariantDecodeOptions options;
	options.allow_objects = allow_objects;
	options.memory.allocator = allocator_;
	return get_var(options);
}

Variant StreamPeer::get_var(const VariantDecodeOptions &options) {
	Variant value;
	last_error_ = take_value(value, options);
	return value;
}

} // namespace netpeer
