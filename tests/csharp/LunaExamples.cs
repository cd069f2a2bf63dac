// Programs as the pages of Luna write them: a script of a node that polls once per frame and looks at the status. Only Node
// and Log are not ours; they stand in for the engine's.
using System.Collections.Generic;
using System.Text;
using Luna;

namespace Luna
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
	public class LunaServerScript : Node
	{
		private readonly TCPServer server = new TCPServer();
		private streamPeerTCP client;

		public int Ready()
		{
			if (server.Listen(0, new IpAddress("127.0.0.1")) != SocketError.SUCCESS) Log.Info("cannot listen");
			return server.GetLocalPort();
		}

		public void Update()
		{
			if (client == null)
			{
				client = server.TakeConnection();
				return;
			}
			client.Poll();
			int received;
			byte[] buffer = new byte[64];
			if (client.GetPartialData(buffer, out received) == SocketError.SUCCESS && received > 0)
			{
				byte[] answer = new byte[received];
				System.Array.Copy(buffer, answer, received);
				client.PutData(answer);
			}
		}
	}

	public class LunaClientScript : Node
	{
		private readonly streamPeerTCP peer = new streamPeerTCP();
		private bool asked;
		public bool Done;

		public void Ready(int port)
		{
			IpAddress host = Ip.ResolveHostnameAddress("localhost", Ip.Type.IPV4);
			SocketError error = peer.ConnectToHost(host, port);
			Log.Info("connecting: " + error);
		}

		public void Update()
		{
			peer.Poll();
			Status status = peer.GetStatus();
			switch (status)
			{
				case Status.STATUS_CONNECTING:
					break;
				case Status.STATUS_CONNECTED:
					if (!asked)
					{
						int sent;
						asked = peer.PutPartialData(Encoding.UTF8.GetBytes("hello"), out sent) == SocketError.SUCCESS && sent == 5;
					}
					else if (peer.GetAvailableBytes() >= 5)
					{
						byte[] data = new byte[5];
						peer.GetData(data);
						Log.Info("received: " + Encoding.UTF8.GetString(data));
						peer.DisconnectFromHost();
					}
					break;
				case Status.STATUS_NONE:
				case Status.STATUS_ERROR:
					Log.Info("over: " + status);
					Done = true;
					break;
			}
		}
	}

	internal static class LunaExamples
	{
		internal static void Run()
		{
			LunaServerScript server = new LunaServerScript();
			LunaClientScript client = new LunaClientScript();
			client.Ready(server.Ready());
			Check.Comes(() =>
			{
				server.Update();
				client.Update();
				return client.Done;
			}, "the end of the example");
			Check.Equal(string.Join("; ", Log.Lines), "connecting: SUCCESS; received: hello; over: STATUS_NONE");
		}
	}
}
