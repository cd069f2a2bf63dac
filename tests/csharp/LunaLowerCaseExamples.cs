// The same in the other spelling of the namespace, and with both at once.
using System.Collections.Generic;
using System.Text;

namespace luna
{
	public class Node
	{
	}

	public static class Log
	{
		public static readonly List<string> Lines = new List<string>();

		public static void Info(string line)
		{
			Lines.Add(line);
		}
	}
}

namespace NetpeerTests
{
	using luna;

	public class LowerCaseScript : Node
	{
		private readonly StreamPeerTCP peer = new StreamPeerTCP();

		public void Ready(int port)
		{
			if (peer.Bind(0, new IpAddress("127.0.0.1")) == SocketError.SUCCESS)
			{
				peer.ConnectToHost(new IpAddress(127, 0, 0, 1, false), port);
			}
		}

		public bool Update()
		{
			if (peer.Poll() != SocketError.SUCCESS) Log.Info("failed");
			if (peer.GetStatus() != Status.STATUS_CONNECTED) return false;
			Log.Info("connected to " + peer.GetConnectedHost());
			peer.PutData(Encoding.UTF8.GetBytes("bye"));
			peer.DisconnectFromHost();
			return true;
		}
	}

	internal static class LunaLowerCaseExamples
	{
		internal static void Run()
		{
			using (TCPServer server = new TCPServer())
			{
				Check.Equal(server.Listen(0, new IpAddress("127.0.0.1")), SocketError.SUCCESS);
				LowerCaseScript script = new LowerCaseScript();
				script.Ready(server.GetLocalPort());
				Check.Comes(script.Update, "the end of the example");
				Check.Equal(string.Join("; ", Log.Lines), "connected to 127.0.0.1");
				Check.Comes(() => server.IsConnectionAvailable(), "its connection");
				using (streamPeerTCP taken = server.TakeConnection())
				{
					byte[] data = new byte[3];
					Check.Equal(taken.GetData(data), SocketError.SUCCESS);
					Check.Equal(Encoding.UTF8.GetString(data), "bye");
				}
			}
		}
	}
}
