#include "stream_peer.h"

namespace netpeer {

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

} // namespace netpeer
