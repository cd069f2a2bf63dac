// UDP with Godot's names, and the text that goes into packets.
using System;
using System.Text;

namespace Netpeer
{
	/// <summary>
	/// Whole packets over UDP. Belongs to one thread. Names are looked up where the call says so, which blocks. After Dispose()
	/// every call throws ObjectDisposedException. Origin: Godot PacketPeerUDP.
	/// </summary>
	public class PacketPeerUDP : IDisposable
	{
		private readonly UdpHandle handle = NativeHandle.Checked(Native.netpeer_packet_peer_udp_new());
		private Error packetError = Error.Ok;

		/// <summary>
		/// Opens a socket on an address of this machine, or on all of them ("*"); port 0: the system's choice. AlreadyInUse: open.
		/// InvalidParameter: a port outside 0..65535, an address that is none. CantCreate: no socket. Unavailable: the system
		/// refuses.
		/// </summary>
		public Error Bind(int port, string bindAddress = "*", int receiveBufferSize = 65536)
		{
			return (Error)Native.netpeer_packet_peer_udp_bind(handle, port, Native.Utf8(bindAddress), receiveBufferSize);
		}

		/// <summary>Closes, and drops what waits.</summary>
		public void Close()
		{
			Native.netpeer_packet_peer_udp_close(handle);
		}

		/// <summary>
		/// Fixes the other end: only its packets arrive. Looks names up. InvalidParameter: a port outside 1..65535. CantResolve.
		/// CantOpen: no socket. Failed: the system refuses.
		/// </summary>
		public Error ConnectToHost(string host, int port)
		{
			return (Error)Native.netpeer_packet_peer_udp_connect_to_host(handle, Native.Utf8(host), port);
		}

		/// <summary>
		/// Where packets go from now on. Looks names up. InvalidParameter: a port outside 1..65535. CantResolve.
		/// </summary>
		public Error SetDestAddress(string host, int port)
		{
			return (Error)Native.netpeer_packet_peer_udp_set_dest_address(handle, Native.Utf8(host), port);
		}

		/// <summary>
		/// Sends a packet; nothing for none or an empty one. Blocks while the system has no room. Unconfigured: no destination.
		/// Failed: too long, no route, or a report that an earlier packet was not taken.
		/// </summary>
		public Error PutPacket(byte[] packet)
		{
			return (Error)Native.netpeer_packet_peer_put_packet(
				handle, ref Native.OrNothing(packet)[0], Native.SizeOf(packet));
		}

		/// <summary>The oldest packet. Empty when there is none: GetPacketError() says why.</summary>
		public byte[] GetPacket()
		{
			return Native.TakePacket(handle, out packetError) ?? new byte[0];
		}

		/// <summary>
		/// Of the last GetPacket(). Unavailable: there was none. Failed: not open, or a report that an earlier packet was not
		/// taken.
		/// </summary>
		public Error GetPacketError()
		{
			return packetError;
		}

		/// <summary>Packets that can be taken now; negative when that cannot be known.</summary>
		public int GetAvailablePacketCount()
		{
			return Native.netpeer_packet_peer_get_available_packet_count(handle);
		}

		/// <summary>Blocks until a packet is there, at most timeoutMs (negative: without limit). Timeout. Unconfigured: not open.</summary>
		public Error Wait(int timeoutMs = -1)
		{
			return (Error)Native.netpeer_packet_peer_udp_wait(handle, timeoutMs);
		}

		/// <summary>Sender of the packet last taken; "" before the first.</summary>
		public string GetPacketIP()
		{
			byte[] room = Native.AddressRoom();
			Native.netpeer_packet_peer_udp_get_packet_ip(handle, room);
			return Native.Address(room);
		}

		/// <summary>Its port; 0 before the first.</summary>
		public int GetPacketPort()
		{
			return Native.netpeer_packet_peer_udp_get_packet_port(handle);
		}

		/// <summary>0 when not open.</summary>
		public int GetLocalPort()
		{
			return Native.netpeer_packet_peer_udp_get_local_port(handle);
		}

		/// <summary>Whether it is open.</summary>
		public bool IsBound()
		{
			return Native.netpeer_packet_peer_udp_is_bound(handle) != 0;
		}

		/// <summary>Whether the other end is fixed.</summary>
		public bool IsSocketConnected()
		{
			return Native.netpeer_packet_peer_udp_is_socket_connected(handle) != 0;
		}

		/// <summary>Whether packets may go to broadcast addresses; not at first. Unavailable: IPv6 only. Failed.</summary>
		public Error SetBroadcastEnabled(bool enabled)
		{
			return (Error)Native.netpeer_packet_peer_udp_set_broadcast_enabled(handle, enabled ? 1 : 0);
		}

		/// <summary>
		/// Joins a group on the interface of that name. Bind first. InvalidParameter: no address, no such interface, wrong family.
		/// Failed: the system refuses.
		/// </summary>
		public Error JoinMulticastGroup(string group, string interfaceName)
		{
			return (Error)Native.netpeer_packet_peer_udp_join_multicast_group(
				handle, Native.Utf8(group), Native.Utf8(interfaceName));
		}

		/// <summary>Leaves it. Errors as above; Unconfigured: not open.</summary>
		public Error LeaveMulticastGroup(string group, string interfaceName)
		{
			return (Error)Native.netpeer_packet_peer_udp_leave_multicast_group(
				handle, Native.Utf8(group), Native.Utf8(interfaceName));
		}

		/// <summary>Closes and frees. More than once is no mistake.</summary>
		public void Dispose()
		{
			Dispose(true);
			GC.SuppressFinalize(this);
		}

		/// <summary>For classes made of this one. The handle has a finalizer; this class needs none.</summary>
		protected virtual void Dispose(bool disposing)
		{
			if (disposing) handle.Dispose();
		}
	}

	/// <summary>PacketPeerUDP as Godot's C# spells it.</summary>
	public class PacketPeerUdp : PacketPeerUDP
	{
	}

	/// <summary>Text as the bytes of packets, under the names it has in Godot's C#.</summary>
	public static class PacketText
	{
		/// <summary>One byte per character; "?" for one that ASCII has not.</summary>
		public static byte[] ToAsciiBuffer(this string text)
		{
			return Encoding.ASCII.GetBytes(text);
		}

		/// <summary>The opposite.</summary>
		public static string GetStringFromAscii(this byte[] bytes)
		{
			return Encoding.ASCII.GetString(bytes);
		}

		/// <summary>The same in the spelling of Godot's examples.</summary>
		public static string GetStringFromASCII(this byte[] bytes)
		{
			return GetStringFromAscii(bytes);
		}

		/// <summary>As UTF-8.</summary>
		public static byte[] ToUtf8Buffer(this string text)
		{
			return Encoding.UTF8.GetBytes(text);
		}

		/// <summary>The opposite.</summary>
		public static string GetStringFromUtf8(this byte[] bytes)
		{
			return Encoding.UTF8.GetString(bytes);
		}
	}
}
