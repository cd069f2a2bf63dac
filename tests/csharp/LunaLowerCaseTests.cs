// The namespace luna: its own types come out, and Luna's go in.
using luna;

namespace NetpeerTests
{
	internal static class LunaLowerCaseTests
	{
		internal static void AServerEchoesWhatAClientSends()
		{
			using (TCPServer server = new TCPServer())
			using (StreamPeerTCP client = new streamPeerTCP())
			{
				Check.Equal(server.Listen(0, new IpAddress()), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(server.Listen(0, new Luna.IpAddress("127.0.0.1")), SocketError.SUCCESS);
				Check.Equal(client.Bind(65536, new IpAddress("*")), SocketError.FAILED);
				Check.Equal(client.ConnectToHost(new IpAddress(127, 0, 0, 1), server.GetLocalPort()), SocketError.SUCCESS);
				Check.Comes(() => client.Poll() == SocketError.SUCCESS && client.GetStatus() == Status.STATUS_CONNECTED,
					"the connection");
				Check.Comes(() => server.IsConnectionAvailable(), "a connection to take");
				using (streamPeerTCP taken = server.TakeConnection())
				{
					IpAddress from = taken.GetConnectedHost();
					Check.Equal(from.ToString(), "127.0.0.1");
					Check.Equal(taken.GetConnectedPort(), client.GetLocalPort());
					int count;
					byte[] room = new byte[4];
					Check.Equal(client.PutData(new byte[] { 7 }), SocketError.SUCCESS);
					Check.Equal(taken.GetData(new byte[1]), SocketError.SUCCESS);
					Check.Equal(taken.PutPartialData(new byte[] { 8, 9 }, out count), SocketError.SUCCESS);
					Check.Equal(count, 2);
					taken.DisconnectFromHost();
					Check.Comes(() => client.GetPartialData(room, out count) != SocketError.SUCCESS || count > 0, "an answer");
					Check.That(room[0] == 8, "and it is right");
					Check.Comes(() => client.GetPartialData(room, out count) == SocketError.FILE_EOF, "the end");

					// As one of Luna it answers in Luna's numbers.
					Luna.StreamPeerTCP same = taken;
					Check.Equal(same.GetStatus(), Luna.Status.STATUS_NONE);
				}
			}
			using (TCPServer idle = new TCPServer()) Check.That(idle.TakeConnection() == null, "nobody");
		}
	}
}
