// The functions of netpeer_c.h that this assembly calls, the handles around its pointers, and text on its way in and out.
// The library is libnetpeer_c.so, libnetpeer_c.dylib or netpeer_c.dll; the run-time finds it by its short name.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Netpeer
{
	/// <summary>What a handle holds is released once: by Dispose, or after the last use by the finalizer.</summary>
	internal abstract class NativeHandle : SafeHandle
	{
		protected NativeHandle() : base(IntPtr.Zero, true)
		{
		}

		public override bool IsInvalid
		{
			get { return handle == IntPtr.Zero; }
		}

		/// <summary>For what a function named ..._new() gave, which is null when there was no memory.</summary>
		internal static T Checked<T>(T made) where T : NativeHandle
		{
			if (made == null || made.IsInvalid) throw new OutOfMemoryException("netpeer");
			return made;
		}
	}

	internal sealed class StreamHandle : NativeHandle
	{
		protected override bool ReleaseHandle()
		{
			Native.netpeer_stream_peer_release(handle);
			return true;
		}
	}

	internal sealed class ServerHandle : NativeHandle
	{
		protected override bool ReleaseHandle()
		{
			Native.netpeer_socket_server_release(handle);
			return true;
		}
	}

	internal sealed class UdpHandle : NativeHandle
	{
		protected override bool ReleaseHandle()
		{
			Native.netpeer_packet_peer_release(handle);
			return true;
		}
	}

	/// <summary>
	/// Handles of ENet. Without their connection, peers must be released one at a time, and not while packets are taken from
	/// one of them; and the finalizer is a thread of its own: so one lock for all.
	/// </summary>
	internal abstract class ENetHandle : NativeHandle
	{
		internal static readonly object ReleaseLock = new object();
	}

	internal sealed class ENetConnectionHandle : ENetHandle
	{
		protected override bool ReleaseHandle()
		{
			lock (ReleaseLock) Native.netpeer_enet_connection_release(handle);
			return true;
		}
	}

	internal sealed class ENetPeerHandle : ENetHandle
	{
		protected override bool ReleaseHandle()
		{
			lock (ReleaseLock) Native.netpeer_packet_peer_release(handle);
			return true;
		}

		/// <summary>Keeps a peer that its connection has lent.</summary>
		internal static ENetPeerHandle Keep(IntPtr lent)
		{
			ENetPeerHandle kept = new ENetPeerHandle();
			kept.SetHandle(Native.netpeer_packet_peer_retain(lent));
			return kept;
		}
	}

	/// <summary>netpeer_enet_event.</summary>
	[StructLayout(LayoutKind.Sequential)]
	internal struct NativeENetEvent
	{
		public IntPtr Peer;
		public int Type;
		public int Channel;
		public uint Data;
		public int Reason;
	}

	/// <summary>The functions, and text and bytes on their way in and out.</summary>
	internal static class Native
	{
		private const string Library = "netpeer_c";
		private const int AbiVersion = 1;
		private const int AddressBytes = 48;

		// A pointer is needed even to no bytes.
		private static byte[] nothing = new byte[1];

		static Native()
		{
			int version = netpeer_abi_version();
			if (version != AbiVersion)
			{
				throw new NotSupportedException(
					"netpeer: the library has ABI version " + version + ", this assembly is for " + AbiVersion);
			}
		}

		/// <summary>
		/// UTF-8 with a zero byte at the end, null for null. A zero character becomes one that no name or address has: it must
		/// not cut the text short.
		/// </summary>
		internal static byte[] Utf8(string text)
		{
			return text == null ? null : Encoding.UTF8.GetBytes(text.Replace('\0', '\u0001') + "\0");
		}

		internal static byte[] AddressRoom()
		{
			return new byte[AddressBytes];
		}

		internal static string Address(byte[] room)
		{
			int length = Array.IndexOf(room, (byte)0);
			return Encoding.ASCII.GetString(room, 0, length < 0 ? room.Length : length);
		}

		/// <summary>The bytes for a call that takes them by reference; of null and of an empty array, a byte that is not used.</summary>
		internal static byte[] OrNothing(byte[] data)
		{
			return data == null || data.Length == 0 ? nothing : data;
		}

		internal static UIntPtr SizeOf(byte[] data)
		{
			return (UIntPtr)(uint)(data == null ? 0 : data.Length);
		}

		/// <summary>Takes the oldest packet. Null on error.</summary>
		internal static byte[] TakePacket(NativeHandle peer, out Error error)
		{
			IntPtr data;
			UIntPtr size;
			error = (Error)netpeer_packet_peer_get_packet_view(peer, out data, out size);
			if (error != Error.Ok) return null;
			byte[] packet = new byte[(int)size.ToUInt32()];
			if (packet.Length > 0) Marshal.Copy(data, packet, 0, packet.Length);
			GC.KeepAlive(peer); // the bytes are its
			return packet;
		}

		// --- versions and errors ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_abi_version();

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_luna_socket_error(int error, int call);

		// --- names and addresses ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern IntPtr netpeer_ip_get_singleton();

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_ip_resolve_hostname(IntPtr ip, byte[] host, int type, [Out] byte[] address);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_is_valid_ip_address(byte[] text);

		// --- streams ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern void netpeer_stream_peer_release(IntPtr peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_put_data(StreamHandle peer, ref byte data, UIntPtr size);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_put_partial_data(
			StreamHandle peer, ref byte data, UIntPtr size, out UIntPtr sent);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_get_data(
			StreamHandle peer, ref byte data, UIntPtr size, out UIntPtr received);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_get_partial_data(
			StreamHandle peer, ref byte data, UIntPtr size, out UIntPtr received);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_get_available_bytes(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern StreamHandle netpeer_stream_peer_tcp_new_with_connect_timeout(int seconds);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_bind(StreamHandle peer, int port, byte[] address);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_connect_to_host(StreamHandle peer, byte[] host, int port);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_get_connected_host(StreamHandle peer, [Out] byte[] address);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_get_connected_port(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_get_local_port(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_tcp_set_no_delay(StreamHandle peer, int enabled);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_socket_poll(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_socket_get_status(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_socket_disconnect_from_host(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_socket_get_connect_error(StreamHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_stream_peer_socket_is_read_eof(StreamHandle peer);

		// --- servers of streams ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern ServerHandle netpeer_tcp_server_new();

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_tcp_server_listen(ServerHandle server, int port, byte[] address, int backlog);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_tcp_server_get_local_port(ServerHandle server);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern void netpeer_socket_server_release(IntPtr server);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern StreamHandle netpeer_socket_server_take_connection(ServerHandle server);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_socket_server_is_connection_available(ServerHandle server);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_socket_server_is_listening(ServerHandle server);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_socket_server_stop(ServerHandle server);

		// --- packets ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern IntPtr netpeer_packet_peer_retain(IntPtr peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern void netpeer_packet_peer_release(IntPtr peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_get_available_packet_count(NativeHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_get_packet_view(NativeHandle peer, out IntPtr data, out UIntPtr size);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_put_packet(NativeHandle peer, ref byte data, UIntPtr size);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern UdpHandle netpeer_packet_peer_udp_new();

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_bind(UdpHandle peer, int port, byte[] address, int receiveBuffer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_close(UdpHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_connect_to_host(UdpHandle peer, byte[] host, int port);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_set_dest_address(UdpHandle peer, byte[] host, int port);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_get_packet_ip(UdpHandle peer, [Out] byte[] address);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_get_packet_port(UdpHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_get_local_port(UdpHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_is_bound(UdpHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_is_socket_connected(UdpHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_wait(UdpHandle peer, int timeoutMs);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_set_broadcast_enabled(UdpHandle peer, int enabled);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_join_multicast_group(
			UdpHandle peer, byte[] group, byte[] interfaceName);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_packet_peer_udp_leave_multicast_group(
			UdpHandle peer, byte[] group, byte[] interfaceName);

		// --- ENet ---

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern ENetConnectionHandle netpeer_enet_connection_new();

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern void netpeer_enet_connection_release(IntPtr connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_create_host(
			ENetConnectionHandle connection, int maxPeers, int maxChannels, int inBandwidth, int outBandwidth);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_create_host_bound(ENetConnectionHandle connection, byte[] address,
			int port, int maxPeers, int maxChannels, int inBandwidth, int outBandwidth);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_destroy(ENetConnectionHandle connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_is_active(ENetConnectionHandle connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern IntPtr netpeer_enet_connection_connect_to_host(
			ENetConnectionHandle connection, byte[] address, int port, int channels, uint data);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_service(
			ENetConnectionHandle connection, int timeoutMs, out NativeENetEvent happened);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_flush(ENetConnectionHandle connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_bandwidth_limit(
			ENetConnectionHandle connection, int inBandwidth, int outBandwidth);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_channel_limit(ENetConnectionHandle connection, int limit);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_get_max_channels(ENetConnectionHandle connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_get_local_port(ENetConnectionHandle connection);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_get_peers(
			ENetConnectionHandle connection, [Out] IntPtr[] peers, UIntPtr capacity, out UIntPtr count);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern double netpeer_enet_connection_pop_statistic(ENetConnectionHandle connection, int statistic);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_broadcast(
			ENetConnectionHandle connection, int channel, ref byte data, UIntPtr size, int flags);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_compress(ENetConnectionHandle connection, int mode);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_set_congestion_control(
			ENetConnectionHandle connection, int control);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_set_number_datagrams(
			ENetConnectionHandle connection, int enabled);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_connection_set_echo_acknowledgements(
			ENetConnectionHandle connection, int enabled);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_send(
			ENetPeerHandle peer, int channel, ref byte data, UIntPtr size, int flags);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_peer_disconnect(ENetPeerHandle peer, uint data);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_peer_disconnect_later(ENetPeerHandle peer, uint data);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_peer_disconnect_now(ENetPeerHandle peer, uint data);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_reset(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_ping(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_ping_interval(ENetPeerHandle peer, int intervalMs);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_set_timeout(ENetPeerHandle peer, int factor, int minMs, int maxMs);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_set_repeats(ENetPeerHandle peer, int count, int channel);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_set_channel_priority(
			ENetPeerHandle peer, int channel, int priority);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_set_congestion_control(ENetPeerHandle peer, int control);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern double netpeer_enet_packet_peer_get_statistic(ENetPeerHandle peer, int statistic);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_state(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_channels(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_remote_port(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_is_active(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_remote_address(ENetPeerHandle peer, [Out] byte[] address);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_packet_flags(ENetPeerHandle peer);

		[DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		internal static extern int netpeer_enet_packet_peer_get_drop_reason(ENetPeerHandle peer);
	}
}
