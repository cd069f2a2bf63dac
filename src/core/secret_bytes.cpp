#include "secret_bytes.h"

#include <utility>

namespace netpeer {

void wipe_bytes(void *data, size_t bytes) {
	volatile uint8_t *at = static_cast<volatile uint8_t *>(data);
	while (bytes-- > 0) *at++ = 0;
}

Error SecretBytes::resize(size_t bytes) {
	if (bytes <= bytes_.size()) {
		wipe_bytes(bytes_.data() + bytes, bytes_.size() - bytes);
		return bytes_.resize(bytes);
	}
	if (bytes <= bytes_.capacity()) return bytes_.resize(bytes);
	if (bytes > bytes_.max_bytes()) return Error::ERR_OUT_OF_MEMORY;
	ByteBuffer larger(default_allocator(), bytes_.max_bytes());
	const size_t doubled = bytes_.capacity() > bytes_.max_bytes() / 2 ? bytes_.max_bytes() : bytes_.capacity() * 2;
	NETPEER_TRY(larger.reserve(bytes > doubled ? bytes : doubled));
	NETPEER_TRY(larger.append(bytes_.view()));
	NETPEER_TRY(larger.resize(bytes));
	wipe_bytes(bytes_.data(), bytes_.capacity());
	bytes_ = std::move(larger);
	return Error::OK;
}

Error SecretBytes::append(ByteView bytes) {
	const size_t before = bytes_.size();
	if (bytes.size > SIZE_MAX - before) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(resize(before + bytes.size));
	if (bytes.size != 0) std::memcpy(bytes_.data() + before, bytes.data, bytes.size);
	return Error::OK;
}

} // namespace netpeer
