// The readers and writers of enet_wire.h that run seldom, or are too long to be inlined.
#include "enet_wire.h"

namespace netpeer {

namespace {

Error enet_wire_result(const ByteReader &in) { return in.failed() ? Error::ERR_INVALID_DATA : Error::OK; }

} // namespace

Error read_enet_verify_connect(ByteReader &in, EnetVerifyConnect &out) {
	out.outgoing_peer_id = in.u16_be();
	out.incoming_session = in.u8();
	out.outgoing_session = in.u8();
	out.mtu = in.u32_be();
	out.window_size = in.u32_be();
	out.channel_count = in.u32_be();
	out.incoming_bandwidth = in.u32_be();
	out.outgoing_bandwidth = in.u32_be();
	out.throttle_interval = in.u32_be();
	out.throttle_acceleration = in.u32_be();
	out.throttle_deceleration = in.u32_be();
	out.connect_id = in.u32_be();
	return enet_wire_result(in);
}

void write_enet_verify_connect(ByteWriter &out, const EnetVerifyConnect &body) {
	out.u16_be(body.outgoing_peer_id);
	out.u8(body.incoming_session);
	out.u8(body.outgoing_session);
	out.u32_be(body.mtu);
	out.u32_be(body.window_size);
	out.u32_be(body.channel_count);
	out.u32_be(body.incoming_bandwidth);
	out.u32_be(body.outgoing_bandwidth);
	out.u32_be(body.throttle_interval);
	out.u32_be(body.throttle_acceleration);
	out.u32_be(body.throttle_deceleration);
	out.u32_be(body.connect_id);
}

Error read_enet_connect(ByteReader &in, EnetConnect &out) {
	NETPEER_TRY(read_enet_verify_connect(in, out));
	out.data = in.u32_be();
	return enet_wire_result(in);
}

void write_enet_connect(ByteWriter &out, const EnetConnect &body) {
	write_enet_verify_connect(out, body);
	out.u32_be(body.data);
}

Error read_enet_disconnect(ByteReader &in, EnetDisconnect &out) {
	out.data = in.u32_be();
	return enet_wire_result(in);
}

void write_enet_disconnect(ByteWriter &out, const EnetDisconnect &body) { out.u32_be(body.data); }

Error read_enet_bandwidth_limit(ByteReader &in, EnetBandwidthLimit &out) {
	out.incoming = in.u32_be();
	out.outgoing = in.u32_be();
	return enet_wire_result(in);
}

void write_enet_bandwidth_limit(ByteWriter &out, const EnetBandwidthLimit &body) {
	out.u32_be(body.incoming);
	out.u32_be(body.outgoing);
}

Error read_enet_throttle_configure(ByteReader &in, EnetThrottleConfigure &out) {
	out.interval = in.u32_be();
	out.acceleration = in.u32_be();
	out.deceleration = in.u32_be();
	return enet_wire_result(in);
}

void write_enet_throttle_configure(ByteWriter &out, const EnetThrottleConfigure &body) {
	out.u32_be(body.interval);
	out.u32_be(body.acceleration);
	out.u32_be(body.deceleration);
}

} // namespace netpeer
