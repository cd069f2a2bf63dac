// The names of Luna.cs once more, for programs that say "using luna". Its classes are those of Luna, so they go wherever
// those are wanted; what they answer is of this namespace.
using Netpeer;

namespace luna
{
	/// <summary>As Luna.Status.</summary>
	public enum Status
	{
		STATUS_NONE = 0,
		STATUS_CONNECTING = 1,
		STATUS_CONNECTED = 2,
		STATUS_ERROR = 3
	}

	/// <summary>As Luna.SocketError.</summary>
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

	/// <summary>As Luna.IpAddress, and equal to it.</summary>
	public class IpAddress : Luna.IpAddress
	{
		/// <summary>Nothing: not valid.</summary>
		public IpAddress()
		{
		}

		/// <summary>Of "127.0.0.1", "::1", or "*" for the wildcard; anything else, a name for one, is not valid.</summary>
		public IpAddress(string address) : base(address)
		{
		}

		/// <summary>A.B.C.D; with v6, four times 32 bits of an IPv6 address. An octet above 255 is not valid.</summary>
		public IpAddress(uint a, uint b, uint c, uint d, bool v6 = false) : base(a, b, c, d, v6)
		{
		}

		/// <summary>The same.</summary>
		public IpAddress(int a, int b, int c, int d, bool v6 = false) : base(a, b, c, d, v6)
		{
		}
	}

	/// <summary>As Luna.Ip.</summary>
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
			return Luna.Ip.ResolveHostname(host, (Luna.Ip.Type)type);
		}

		/// <summary>The same as an address, which is not valid when there is none.</summary>
		public static IpAddress ResolveHostnameAddress(string host, Type type = Type.ANY)
		{
			return new IpAddress(ResolveHostname(host, type));
		}
	}

	/// <summary>As Luna.StreamPeerTCP, call by call.</summary>
	public class StreamPeerTCP : Luna.StreamPeerTCP
	{
		/// <summary>Not connected.</summary>
		public StreamPeerTCP()
		{
		}

		internal StreamPeerTCP(StreamHandle accepted) : base(accepted)
		{
		}

		/// <summary>As Luna.StreamPeerTCP.Bind.</summary>
		public new SocketError Bind(int Port, Luna.IpAddress Host)
		{
			return (SocketError)base.Bind(Port, Host);
		}

		/// <summary>As Luna.StreamPeerTCP.ConnectToHost.</summary>
		public new SocketError ConnectToHost(Luna.IpAddress Host, int Port)
		{
			return (SocketError)base.ConnectToHost(Host, Port);
		}

		/// <summary>As Luna.StreamPeerTCP.Poll.</summary>
		public new SocketError Poll()
		{
			return (SocketError)base.Poll();
		}

		/// <summary>As Luna.StreamPeerTCP.GetStatus.</summary>
		public new Status GetStatus()
		{
			return (Status)base.GetStatus();
		}

		/// <summary>As Luna.StreamPeerTCP.GetConnectedHost.</summary>
		public new IpAddress GetConnectedHost()
		{
			return new IpAddress(ConnectedHostText());
		}

		/// <summary>As Luna.StreamPeerTCP.PutData.</summary>
		public new SocketError PutData(byte[] Data)
		{
			return (SocketError)base.PutData(Data);
		}

		/// <summary>As Luna.StreamPeerTCP.PutPartialData.</summary>
		public new SocketError PutPartialData(byte[] Data, out int BytesSent)
		{
			return (SocketError)base.PutPartialData(Data, out BytesSent);
		}

		/// <summary>As Luna.StreamPeerTCP.GetData.</summary>
		public new SocketError GetData(byte[] Buffer)
		{
			return (SocketError)base.GetData(Buffer);
		}

		/// <summary>As Luna.StreamPeerTCP.GetPartialData.</summary>
		public new SocketError GetPartialData(byte[] Buffer, out int Received)
		{
			return (SocketError)base.GetPartialData(Buffer, out Received);
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

	/// <summary>As Luna.TCPServer.</summary>
	public class TCPServer : Luna.TCPServer
	{
		/// <summary>As Luna.TCPServer.Listen.</summary>
		public new SocketError Listen(int Port, Luna.IpAddress Host)
		{
			return (SocketError)base.Listen(Port, Host);
		}

		/// <summary>As Luna.TCPServer.TakeConnection.</summary>
		public new streamPeerTCP TakeConnection()
		{
			StreamHandle accepted = Accept();
			return accepted == null ? null : new streamPeerTCP(accepted);
		}
	}
}
