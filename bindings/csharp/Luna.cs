// The interface of the Luna engine, as docs/luna-parity.md gives it row by row. The namespace luna, in LunaLowerCase.cs, has
// the same names.
using System;
using Netpeer;

namespace Luna
{
	/// <summary>Of a stream: what GetStatus() answers.</summary>
	public enum Status
	{
		STATUS_NONE = 0,
		STATUS_CONNECTING = 1,
		STATUS_CONNECTED = 2,
		STATUS_ERROR = 3
	}

	/// <summary>What calls answer.</summary>
	public enum SocketError
	{
		SUCCESS = 0,
		FAILED = 1,
		INIT_FAILED = 2,
		BIND_FAILED = 3,
		CONNECT_FAILED = 4,
		INVALID_IP_ADDRESS = 5,
		ALREADY_INIT = 6,
		CONNECTION_CLOSED = 7,
		OUT_OF_BUFFER_MEMORY = 8,
		BUSY = 9,
		SOCKET_INVALID = 10,
		FILE_EOF = 11
	}

	/// <summary>An IPv4 or IPv6 address, the wildcard "*", or nothing.</summary>
	public class IpAddress : IEquatable<IpAddress>
	{
		private string text = "";

		/// <summary>Nothing: not valid.</summary>
		public IpAddress()
		{
		}

		/// <summary>Of "127.0.0.1", "::1", or "*" for the wildcard; anything else, a name for one, is not valid.</summary>
		public IpAddress(string address)
		{
			text = Written(address);
		}

		/// <summary>A.B.C.D; with v6, four times 32 bits of an IPv6 address. An octet above 255 is not valid.</summary>
		public IpAddress(uint a, uint b, uint c, uint d, bool v6 = false)
		{
			if (v6)
			{
				text = Written(Groups(a) + ":" + Groups(b) + ":" + Groups(c) + ":" + Groups(d));
			}
			else if (a < 256 && b < 256 && c < 256 && d < 256)
			{
				text = a + "." + b + "." + c + "." + d;
			}
		}

		/// <summary>The same.</summary>
		public IpAddress(int a, int b, int c, int d, bool v6 = false)
			: this(unchecked((uint)a), unchecked((uint)b), unchecked((uint)c), unchecked((uint)d), v6)
		{
		}

		/// <summary>Whether it is an address; the wildcard is none.</summary>
		public bool IsValid()
		{
			return text.Length > 0 && !IsWildcard();
		}

		/// <summary>Whether it is "*".</summary>
		public bool IsWildcard()
		{
			return text == "*";
		}

		/// <summary>Makes it nothing.</summary>
		public void Clear()
		{
			text = "";
		}

		/// <summary>"127.0.0.1", or eight hexadecimal groups; "*"; "" for nothing.</summary>
		public override string ToString()
		{
			return text;
		}

		/// <summary>Whether both are the same address.</summary>
		public bool Equals(IpAddress other)
		{
			return !ReferenceEquals(other, null) && text == other.text;
		}

		/// <summary>Whether both are the same address.</summary>
		public override bool Equals(object other)
		{
			return Equals(other as IpAddress);
		}

		/// <summary>Of the address as it is now.</summary>
		public override int GetHashCode()
		{
			return text.GetHashCode();
		}

		/// <summary>Whether both are the same address, or null.</summary>
		public static bool operator ==(IpAddress left, IpAddress right)
		{
			return ReferenceEquals(left, null) ? ReferenceEquals(right, null) : left.Equals(right);
		}

		/// <summary>The opposite.</summary>
		public static bool operator !=(IpAddress left, IpAddress right)
		{
			return !(left == right);
		}

		/// <summary>For a call; null counts as nothing.</summary>
		internal static string TextOf(IpAddress address)
		{
			return ReferenceEquals(address, null) ? "" : address.text;
		}

		private static string Groups(uint bits)
		{
			return (bits >> 16).ToString("x") + ":" + (bits & 0xffff).ToString("x");
		}

		// One text for one address, so that texts can be compared: the resolver's for a literal, which it does not look up.
		private static string Written(string address)
		{
			if (address == "*") return address;
			byte[] literal = Native.Utf8(address);
			if (Native.netpeer_is_valid_ip_address(literal) == 0) return "";
			byte[] room = Native.AddressRoom();
			int error = Native.netpeer_ip_resolve_hostname(
				Native.netpeer_ip_get_singleton(), literal, (int)Ip.Type.ANY, room);
			return error == 0 ? Native.Address(room) : "";
		}
	}

	/// <summary>Names to addresses. Both calls block while a name is looked up, and may be made by any thread.</summary>
	public static class Ip
	{
		/// <summary>Which family an address shall be of.</summary>
		public enum Type
		{
			NONE = 0,
			IPV4 = 1,
			IPV6 = 2,
			ANY = 3
		}

		/// <summary>The first address of a name, as text; "" when there is none.</summary>
		public static string ResolveHostname(string host, Type type = Type.ANY)
		{
			byte[] room = Native.AddressRoom();
			int error = Native.netpeer_ip_resolve_hostname(
				Native.netpeer_ip_get_singleton(), Native.Utf8(host), (int)type, room);
			return error == 0 ? Native.Address(room) : "";
		}

		/// <summary>The same as an address, which is not valid when there is none.</summary>
		public static IpAddress ResolveHostnameAddress(string host, Type type = Type.ANY)
		{
			return new IpAddress(ResolveHostname(host, type));
		}
	}

	/// <summary>
	/// A TCP connection, dialled or taken from a TCPServer. Belongs to one thread. Call Poll() once per frame, then look at
	/// GetStatus(). After Dispose() every call throws ObjectDisposedException.
	/// </summary>
	public class StreamPeerTCP : IDisposable
	{
		private const int ConnectSeconds = 5;
		private const int HighestPort = 65535;

		// netpeer_luna_socket_error() wants to know which call has answered.
		private const int BindCall = 0, ConnectCall = 1, PollCall = 2, DataCall = 3;

		private StreamHandle handle;
		private bool taken; // from a server; those have no time limit of ours

		/// <summary>Not connected.</summary>
		public StreamPeerTCP()
		{
			handle = NewHandle();
		}

		internal StreamPeerTCP(StreamHandle accepted)
		{
			handle = accepted;
			taken = true;
		}

		/// <summary>
		/// Chooses the local address and port (0: the system's choice) of the coming connection. ALREADY_INIT: open. FAILED: a
		/// port outside 0..65535, or no socket. INVALID_IP_ADDRESS: neither valid nor the wildcard. BIND_FAILED: the system
		/// refuses.
		/// </summary>
		public SocketError Bind(int Port, IpAddress Host)
		{
			ForgetServer();
			string address = IpAddress.TextOf(Host);
			int error = Native.netpeer_stream_peer_tcp_bind(handle, Port, Native.Utf8(address));
			if (error == (int)Error.InvalidParameter && address.Length == 0 && Port >= 0 && Port <= HighestPort)
			{
				return SocketError.INVALID_IP_ADDRESS;
			}
			return Told(error, BindCall);
		}

		/// <summary>
		/// Starts to connect, which may take 5 seconds. SUCCESS: connected or under way. ALREADY_INIT: the status is not
		/// STATUS_NONE. INVALID_IP_ADDRESS: no address, or the wildcard. FAILED: a port outside 1..65535, or the system refuses
		/// at once.
		/// </summary>
		public SocketError ConnectToHost(IpAddress Host, int Port)
		{
			ForgetServer();
			if (GetStatus() != Status.STATUS_NONE) return SocketError.ALREADY_INIT;
			if (ReferenceEquals(Host, null) || !Host.IsValid()) return SocketError.INVALID_IP_ADDRESS;
			return Told(
				Native.netpeer_stream_peer_tcp_connect_to_host(handle, Native.Utf8(Host.ToString()), Port), ConnectCall);
		}

		/// <summary>
		/// Moves the status on. CONNECT_FAILED: refused or unreachable. FAILED: out of time, or the connection broke. SUCCESS
		/// else; at the end of the stream too, with STATUS_NONE.
		/// </summary>
		public SocketError Poll()
		{
			int error = Native.netpeer_stream_peer_socket_poll(handle);
			if (error != 0 && Native.netpeer_stream_peer_socket_get_connect_error(handle) == (int)Error.Timeout)
			{
				return SocketError.FAILED;
			}
			return Told(error, PollCall);
		}

		/// <summary>As the last Poll() left it.</summary>
		public Status GetStatus()
		{
			return (Status)Native.netpeer_stream_peer_socket_get_status(handle);
		}

		/// <summary>The other end's address; not valid when there is none.</summary>
		public IpAddress GetConnectedHost()
		{
			return new IpAddress(ConnectedHostText());
		}

		/// <summary>0 when there is none.</summary>
		public int GetConnectedPort()
		{
			return Native.netpeer_stream_peer_tcp_get_connected_port(handle);
		}

		/// <summary>0 when not open.</summary>
		public int GetLocalPort()
		{
			return Native.netpeer_stream_peer_tcp_get_local_port(handle);
		}

		/// <summary>Closes, whatever the status.</summary>
		public void DisconnectFromHost()
		{
			Native.netpeer_stream_peer_socket_disconnect_from_host(handle);
		}

		/// <summary>Sends all of it; blocks until it has gone. FAILED: not connected, or broken.</summary>
		public SocketError PutData(byte[] Data)
		{
			return Told(
				Native.netpeer_stream_peer_put_data(handle, ref Native.OrNothing(Data)[0], Native.SizeOf(Data)), DataCall);
		}

		/// <summary>Sends what goes without blocking, which may be nothing. FAILED as above, with BytesSent 0.</summary>
		public SocketError PutPartialData(byte[] Data, out int BytesSent)
		{
			UIntPtr sent;
			int error = Native.netpeer_stream_peer_put_partial_data(
				handle, ref Native.OrNothing(Data)[0], Native.SizeOf(Data), out sent);
			BytesSent = (int)sent.ToUInt32();
			return Told(error, DataCall);
		}

		/// <summary>
		/// Fills all of Buffer; blocks until it is full. FILE_EOF: the other end closed first. FAILED: not connected, or broken.
		/// </summary>
		public SocketError GetData(byte[] Buffer)
		{
			UIntPtr received;
			return Told(Native.netpeer_stream_peer_get_data(
				handle, ref Native.OrNothing(Buffer)[0], Native.SizeOf(Buffer), out received), DataCall);
		}

		/// <summary>
		/// Takes what is there, which may be nothing, without blocking. FILE_EOF: the other end has closed, also when Poll() has
		/// found that before. FAILED as above. Received is 0 with both.
		/// </summary>
		public SocketError GetPartialData(byte[] Buffer, out int Received)
		{
			UIntPtr received;
			int error = Native.netpeer_stream_peer_get_partial_data(
				handle, ref Native.OrNothing(Buffer)[0], Native.SizeOf(Buffer), out received);
			Received = (int)received.ToUInt32();
			if (error == (int)Error.Failed && GetStatus() == Status.STATUS_NONE &&
				Native.netpeer_stream_peer_socket_is_read_eof(handle) != 0)
			{
				return SocketError.FILE_EOF;
			}
			return Told(error, DataCall);
		}

		/// <summary>Bytes that can be taken without blocking; -1 when closed.</summary>
		public int GetAvailableBytes()
		{
			return Native.netpeer_stream_peer_get_available_bytes(handle);
		}

		/// <summary>Sends small writes at once, or collects them. After Bind() or ConnectToHost().</summary>
		public void SetNoDelay(bool Enabled)
		{
			Native.netpeer_stream_peer_tcp_set_no_delay(handle, Enabled ? 1 : 0);
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

		internal string ConnectedHostText()
		{
			byte[] room = Native.AddressRoom();
			Native.netpeer_stream_peer_tcp_get_connected_host(handle, room);
			return Native.Address(room);
		}

		// A connection that was taken from a server and is over may dial, like any other.
		private void ForgetServer()
		{
			if (!taken || GetStatus() != Status.STATUS_NONE) return;
			StreamHandle old = handle;
			handle = NewHandle();
			taken = false;
			old.Dispose();
		}

		private static StreamHandle NewHandle()
		{
			return NativeHandle.Checked(Native.netpeer_stream_peer_tcp_new_with_connect_timeout(ConnectSeconds));
		}

		private static SocketError Told(int error, int call)
		{
			return (SocketError)Native.netpeer_luna_socket_error(error, call);
		}
	}

	/// <summary>StreamPeerTCP as Luna spells it.</summary>
	public class streamPeerTCP : StreamPeerTCP
	{
		/// <summary>Not connected.</summary>
		public streamPeerTCP()
		{
		}

		internal streamPeerTCP(StreamHandle accepted) : base(accepted)
		{
		}
	}

	/// <summary>
	/// Listens, and gives the connections that come. Luna's pages name such a class and do not describe it: this is Godot's, in
	/// Luna's spelling. Belongs to one thread. After Dispose() every call throws ObjectDisposedException.
	/// </summary>
	public class TCPServer : IDisposable
	{
		private readonly ServerHandle handle = NativeHandle.Checked(Native.netpeer_tcp_server_new());

		/// <summary>
		/// Listens on an address of this machine, or on all of them (the wildcard); port 0: the system's choice. ALREADY_INIT:
		/// listening. FAILED: a port outside 0..65535, or no socket. INVALID_IP_ADDRESS: neither valid nor the wildcard.
		/// BIND_FAILED: the system refuses.
		/// </summary>
		public SocketError Listen(int Port, IpAddress Host)
		{
			if (IsListening()) return SocketError.ALREADY_INIT;
			if (Port < 0 || Port > 65535) return SocketError.FAILED;
			string address = IpAddress.TextOf(Host);
			if (address.Length == 0) return SocketError.INVALID_IP_ADDRESS;
			switch ((Error)Native.netpeer_tcp_server_listen(handle, Port, Native.Utf8(address), 0))
			{
				case Error.Ok: return SocketError.SUCCESS;
				case Error.AlreadyInUse: return SocketError.BIND_FAILED;
				default: return SocketError.FAILED;
			}
		}

		/// <summary>Whether TakeConnection() has one to give.</summary>
		public bool IsConnectionAvailable()
		{
			return Native.netpeer_socket_server_is_connection_available(handle) != 0;
		}

		/// <summary>The oldest connection that waits, STATUS_CONNECTED and yours; null when none does.</summary>
		public streamPeerTCP TakeConnection()
		{
			StreamHandle accepted = Accept();
			return accepted == null ? null : new streamPeerTCP(accepted);
		}

		/// <summary>Whether it listens.</summary>
		public bool IsListening()
		{
			return Native.netpeer_socket_server_is_listening(handle) != 0;
		}

		/// <summary>0 when not listening.</summary>
		public int GetLocalPort()
		{
			return Native.netpeer_tcp_server_get_local_port(handle);
		}

		/// <summary>Closes; connections that were taken live on. It may listen again.</summary>
		public void Stop()
		{
			Native.netpeer_socket_server_stop(handle);
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

		internal StreamHandle Accept()
		{
			StreamHandle accepted = Native.netpeer_socket_server_take_connection(handle);
			if (accepted != null && !accepted.IsInvalid) return accepted;
			if (accepted != null) accepted.Dispose();
			return null;
		}
	}
}
