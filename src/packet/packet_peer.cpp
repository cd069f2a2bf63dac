#include "packet_peer.h"

namespace netpeer {

namespace {

constexpr int kEncodeBufferDefaultBytes = 8 << 20;
constexpr int kEncodeBufferLeastBytes = 1024;
constexpr int kEncodeBufferMostBytes = 256 << 20;

} // namespace

PacketPeer::PacketPeer(const Allocator *allocator) :
        allocator_(allocator), encode_buffer_(allocator, kEncodeBufferDefaultBytes) {}

Error PacketPeer::get_packet(ByteView &packet) {
	packet = ByteView();
	last_get_error_ = take_packet(packet);
	return last_get_error_;
}

Error PacketPeer::put_packet(ByteView packet) { return packet.empty() ? Error::OK : send_packet(packet); }

Error PacketPeer::get_var(Variant &out, bool allow_objects) {
	VariantDecodeOptions options;
	options.allow_objects = allow_objects;
	options.memory.allocator = allocator_;
	return get_var(out, options);
}

Error PacketPeer::get_var(Variant &out, const VariantDecodeOptions &options) {
	out = Variant();
	ByteView packet;
	NETPEER_TRY(get_packet(packet));
	size_t consumed = 0;
	last_get_error_ = decode_variant(packet, out, consumed, options);
	return last_get_error_;
}

Error PacketPeer::put_var(const Variant &value, bool full_objects) {
	VariantEncodeOptions options;
	options.full_objects = full_objects;
	return put_var(value, options);
}

Error PacketPeer::put_var(const Variant &value, const VariantEncodeOptions &options) {
	encode_buffer_.clear();
	NETPEER_TRY(encode_variant(value, encode_buffer_, options));
	return put_packet(encode_buffer_.view());
}

IgnorableError PacketPeer::set_encode_buffer_max_size(int bytes) {
	if (bytes < kEncodeBufferLeastBytes || bytes > kEncodeBufferMostBytes) return Error::ERR_INVALID_PARAMETER;
	size_t rounded = kEncodeBufferLeastBytes;
	while (rounded < static_cast<size_t>(bytes)) rounded *= 2;
	if (rounded != encode_buffer_.max_bytes()) encode_buffer_ = ByteBuffer(allocator_, rounded);
	return Error::OK;
}

} // namespace netpeer
