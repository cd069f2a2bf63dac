// Luna's interface, row by row as docs/luna-parity.md has it, on real sockets.
using System;
using System.Diagnostics;
using Luna;
using Netpeer;

namespace NetpeerTests
{
	internal static class LunaTests
	{
		private static readonly IpAddress Here = new IpAddress("127.0.0.1");

		/// <summary>A connection over loopback, both ends connected.</summary>
		internal static void Pair(out streamPeerTCP client, out streamPeerTCP accepted)
		{
			using (TCPServer server = new TCPServer())
			{
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				streamPeerTCP dialled = new streamPeerTCP();
				Check.Equal(dialled.ConnectToHost(Here, server.GetLocalPort()), SocketError.SUCCESS);
				Check.Comes(() =>
				{
					Check.Equal(dialled.Poll(), SocketError.SUCCESS);
					return dialled.GetStatus() == Status.STATUS_CONNECTED;
				}, "the connection");
				Check.Comes(() => server.IsConnectionAvailable(), "a connection to take");
				client = dialled;
				accepted = server.TakeConnection();
				Check.That(server.TakeConnection() == null, "there is one only");
			}
		}

		internal static void AddressesAreWhatTheirTextSays()
		{
			Check.That(!new IpAddress().IsValid(), "the empty one is none");
			Check.Equal(new IpAddress().ToString(), "");
			Check.That(Here.IsValid(), "text");
			Check.Equal(Here.ToString(), "127.0.0.1");
			Check.Equal(new IpAddress(127, 0, 0, 1), Here);
			Check.Equal(new IpAddress(127, 0, 0, 1, false).GetHashCode(), Here.GetHashCode());
			Check.That(new IpAddress("::ffff:127.0.0.1") == Here, "an IPv4 address as an IPv6 one");
			Check.That(new IpAddress("::1") != Here, "another");
			Check.That(new IpAddress("::1") == new IpAddress("0:0:0:0:0:0:0:1"), "two ways to write one");
			Check.That(new IpAddress(0, 0, 0, 1, true) == new IpAddress("::1"), "in four parts");
			Check.That(new IpAddress(0xfe800000, 0, 0x12345678, 1, true) == new IpAddress("fe80::1234:5678:0:1"), "of 32 bits");
			Check.That(new IpAddress("*").IsWildcard() && !new IpAddress("*").IsValid(), "the wildcard is none");
			foreach (string bad in new[] { null, "", "localhost", "1.2.3", "1.2.3.4\0", "256.0.0.1", "fe80::1%lo" })
			{
				Check.That(!new IpAddress(bad).IsValid() && !new IpAddress(bad).IsWildcard(), "no address: " + bad);
			}
			Check.That(!new IpAddress(256, 0, 0, 1).IsValid() && !new IpAddress(-1, 0, 0, 1).IsValid(), "no octets");
			IpAddress cleared = new IpAddress(10, 0, 0, 1);
			cleared.Clear();
			Check.That(!cleared.IsValid() && cleared == new IpAddress(), "cleared");
			IpAddress none = null;
			Check.That(none == null && none != Here && !Here.Equals((object)"127.0.0.1"), "null and others");
		}

		internal static void NumbersAreLunas()
		{
			string[] errors = { "SUCCESS", "FAILED", "INIT_FAILED", "BIND_FAILED", "CONNECT_FAILED", "INVALID_IP_ADDRESS",
				"ALREADY_INIT", "CONNECTION_CLOSED", "OUT_OF_BUFFER_MEMORY", "BUSY", "SOCKET_INVALID", "FILE_EOF" };
			string[] states = { "STATUS_NONE", "STATUS_CONNECTING", "STATUS_CONNECTED", "STATUS_ERROR" };
			for (int i = 0; i < errors.Length; ++i)
			{
				Check.Equal(((SocketError)i).ToString(), errors[i]);
				Check.Equal(((luna.SocketError)i).ToString(), errors[i]);
			}
			for (int i = 0; i < states.Length; ++i)
			{
				Check.Equal(((Status)i).ToString(), states[i]);
				Check.Equal(((luna.Status)i).ToString(), states[i]);
			}
			Check.Equal(Enum.GetValues(typeof(SocketError)).Length, errors.Length);
			Check.Equal(Enum.GetValues(typeof(luna.Status)).Length, states.Length);
		}

		internal static void NamesBecomeAddresses()
		{
			Check.Equal(Ip.ResolveHostname("localhost", Ip.Type.IPV4), "127.0.0.1");
			Check.Equal(Ip.ResolveHostnameAddress("localhost", Ip.Type.IPV4), Here);
			Check.That(Ip.ResolveHostnameAddress("localhost").IsValid(), "of any family");
			Check.Equal(Ip.ResolveHostnameAddress("192.0.2.7"), new IpAddress(192, 0, 2, 7));
			Check.Equal(Ip.ResolveHostnameAddress("::1", Ip.Type.IPV6), new IpAddress("::1"));
			foreach (string bad in new[] { null, "", "no name at all" })
			{
				Check.Equal(Ip.ResolveHostname(bad), "");
				Check.That(!Ip.ResolveHostnameAddress(bad).IsValid(), "no name: " + bad);
			}
			luna.IpAddress small = luna.Ip.ResolveHostnameAddress("localhost", luna.Ip.Type.IPV4);
			Check.That(small == Here, "the same in the other namespace");
		}

		internal static void AServerEchoesWhatAClientSends()
		{
			streamPeerTCP client, server;
			Pair(out client, out server);
			using (client)
			using (server)
			{
				Check.Equal(server.GetStatus(), Status.STATUS_CONNECTED);
				Check.Equal(client.GetConnectedHost(), Here);
				Check.Equal(server.GetConnectedHost(), Here);
				Check.Equal(client.GetLocalPort(), server.GetConnectedPort());
				Check.Equal(server.GetLocalPort(), client.GetConnectedPort());
				client.SetNoDelay(true);

				int count = 9;
				byte[] room = new byte[16];
				Check.Equal(server.GetPartialData(room, out count), SocketError.SUCCESS);
				Check.Equal(count, 0);
				Check.Equal(server.GetAvailableBytes(), 0);
				Check.Equal(client.PutData(new byte[] { 1, 2, 3, 4, 5 }), SocketError.SUCCESS);
				byte[] three = new byte[3];
				Check.Equal(server.GetData(three), SocketError.SUCCESS);
				Check.That(three[0] == 1 && three[1] == 2 && three[2] == 3, "the first three");
				Check.Equal(server.GetAvailableBytes(), 2);
				Check.Equal(server.GetPartialData(room, out count), SocketError.SUCCESS);
				Check.Equal(count, 2);
				Check.That(room[0] == 4 && room[1] == 5 && room[2] == 0, "and the others");

				// More than the system takes at once, back again in pieces.
				byte[] much = new byte[1 << 20];
				for (int i = 0; i < much.Length; ++i) much[i] = (byte)(i * 7 + i / 251);
				int sent = 0, received = 0;
				bool same = true;
				byte[] piece = new byte[65536];
				Check.Comes(() =>
				{
					if (sent < much.Length)
					{
						byte[] rest = new byte[Math.Min(much.Length - sent, 100000)];
						Array.Copy(much, sent, rest, 0, rest.Length);
						same = same && server.PutPartialData(rest, out count) == SocketError.SUCCESS;
						sent += count;
					}
					same = same && client.GetPartialData(piece, out count) == SocketError.SUCCESS;
					for (int i = 0; i < count; ++i) same = same && piece[i] == much[received + i];
					received += count;
					return !same || received == much.Length;
				}, "a mebibyte");
				Check.That(same && received == much.Length, "it is what was sent");

				// Nothing, and nothing of nothing.
				Check.Equal(client.PutData(new byte[0]), SocketError.SUCCESS);
				Check.Equal(client.PutData(null), SocketError.SUCCESS);
				Check.Equal(client.GetData(new byte[0]), SocketError.SUCCESS);
			}
		}

		internal static void BindAnswers()
		{
			using (TCPServer server = new TCPServer())
			using (streamPeerTCP peer = new streamPeerTCP())
			{
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				foreach (int port in new[] { -1, 65536 })
				{
					Check.Equal(peer.Bind(port, Here), SocketError.FAILED);
					Check.Equal(peer.Bind(port, new IpAddress()), SocketError.FAILED);
				}
				Check.Equal(peer.Bind(0, new IpAddress()), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.Bind(0, null), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.Bind(server.GetLocalPort(), Here), SocketError.BIND_FAILED);
				Check.Equal(peer.GetLocalPort(), 0);
				Check.Equal(peer.Bind(0, new IpAddress("*")), SocketError.SUCCESS);
				Check.That(peer.GetLocalPort() > 0, "a port");
				Check.Equal(peer.Bind(0, Here), SocketError.ALREADY_INIT);
				peer.DisconnectFromHost();
				Check.Equal(peer.Bind(0, Here), SocketError.SUCCESS);
				int bound = peer.GetLocalPort();
				Check.Equal(peer.ConnectToHost(Here, server.GetLocalPort()), SocketError.SUCCESS);
				Check.Equal(peer.GetLocalPort(), bound);
			}
		}

		internal static void ConnectAnswers()
		{
			using (TCPServer server = new TCPServer())
			using (streamPeerTCP peer = new streamPeerTCP())
			{
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				foreach (int port in new[] { -1, 0, 65536 }) Check.Equal(peer.ConnectToHost(Here, port), SocketError.FAILED);
				Check.Equal(peer.ConnectToHost(new IpAddress(), 80), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.ConnectToHost(new IpAddress("*"), 80), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.ConnectToHost(null, 0), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.GetStatus(), Status.STATUS_NONE);
				Check.Equal(peer.ConnectToHost(Host: Here, Port: server.GetLocalPort()), SocketError.SUCCESS);
				Check.Equal(peer.ConnectToHost(Here, server.GetLocalPort()), SocketError.ALREADY_INIT);
				Check.Equal(peer.ConnectToHost(new IpAddress(), 0), SocketError.ALREADY_INIT);
				Check.Equal(peer.GetConnectedPort(), server.GetLocalPort());
				peer.DisconnectFromHost();
				Check.Equal(peer.GetStatus(), Status.STATUS_NONE);
				Check.That(!peer.GetConnectedHost().IsValid(), "no host");
				Check.Equal(peer.GetConnectedPort(), 0);
				Check.Equal(peer.GetLocalPort(), 0);
			}
		}

		internal static void NobodyListens()
		{
			using (TCPServer server = new TCPServer())
			using (streamPeerTCP peer = new streamPeerTCP())
			{
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				int port = server.GetLocalPort();
				server.Stop();
				SocketError error = peer.ConnectToHost(Here, port);
				if (error == SocketError.FAILED)
				{
					Check.Equal(peer.GetStatus(), Status.STATUS_NONE); // the system knew at once
					return;
				}
				Check.Equal(error, SocketError.SUCCESS);
				Check.Comes(() => (error = peer.Poll()) != SocketError.SUCCESS, "a refusal");
				Check.Equal(error, SocketError.CONNECT_FAILED);
				Check.Equal(peer.GetStatus(), Status.STATUS_ERROR);
				Check.Equal(peer.ConnectToHost(Here, port), SocketError.ALREADY_INIT);
				peer.DisconnectFromHost();
				Check.Equal(peer.GetStatus(), Status.STATUS_NONE);
			}
		}

		internal static void ConnectMayTake5Seconds()
		{
			// Nobody takes what waits: at some point the system does not answer any more.
			using (TCPServer server = new TCPServer())
			using (PacketPeerUDP silence = new PacketPeerUDP())
			{
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				Check.Equal(silence.Bind(0, "127.0.0.1"), Error.Ok);
				streamPeerTCP[] diallers = new streamPeerTCP[16];
				Stopwatch watch = Stopwatch.StartNew();
				for (int i = 0; i < diallers.Length; ++i)
				{
					diallers[i] = new streamPeerTCP();
					Check.Equal(diallers[i].ConnectToHost(Here, server.GetLocalPort()), SocketError.SUCCESS);
				}
				streamPeerTCP last = diallers[diallers.Length - 1];
				SocketError error = SocketError.SUCCESS;
				Check.Comes(() =>
				{
					silence.Wait(20); // gives the processor to others
					error = last.Poll();
					return error != SocketError.SUCCESS || last.GetStatus() != Status.STATUS_CONNECTING;
				}, "the end of the attempt");
				if (last.GetStatus() == Status.STATUS_CONNECTED)
				{
					Console.WriteLine("note: this system lets in more than it was told; no attempt runs out of time");
				}
				else
				{
					Check.Equal(error, SocketError.FAILED);
					Check.Equal(last.GetStatus(), Status.STATUS_ERROR);
					Check.That(watch.ElapsedMilliseconds >= 4990, "not before: " + watch.ElapsedMilliseconds);
					Check.Equal(last.Poll(), SocketError.SUCCESS);
				}
				foreach (streamPeerTCP dialler in diallers) dialler.Dispose();
			}
		}

		internal static void TheEndOfTheStreamIsFileEof()
		{
			streamPeerTCP client, server;
			Pair(out client, out server);
			using (client)
			using (server)
			{
				int count = 9;
				byte[] room = new byte[8];
				Check.Equal(server.PutData(new byte[] { 1, 2, 3 }), SocketError.SUCCESS);
				server.DisconnectFromHost();
				Check.Equal(client.GetData(room), SocketError.FILE_EOF);
				Check.Equal(client.GetPartialData(room, out count), SocketError.FILE_EOF);
				Check.Equal(count, 0);
				Check.Equal(client.Poll(), SocketError.SUCCESS);
				Check.Equal(client.GetStatus(), Status.STATUS_NONE);
				Check.Equal(client.GetPartialData(room, out count), SocketError.FILE_EOF);
				Check.Equal(client.GetAvailableBytes(), -1);
			}
		}

		internal static void WithoutAConnectionDataFails()
		{
			using (streamPeerTCP peer = new streamPeerTCP())
			{
				int count = 9;
				Check.Equal(peer.Poll(), SocketError.SUCCESS);
				Check.Equal(peer.PutData(new byte[1]), SocketError.FAILED);
				Check.Equal(peer.PutPartialData(new byte[1], out count), SocketError.FAILED);
				Check.Equal(count, 0);
				count = 9;
				Check.Equal(peer.GetData(new byte[1]), SocketError.FAILED);
				Check.Equal(peer.GetPartialData(new byte[1], out count), SocketError.FAILED);
				Check.Equal(count, 0);
				Check.Equal(peer.GetAvailableBytes(), -1);
				peer.SetNoDelay(true);
				peer.DisconnectFromHost();
			}
		}

		internal static void TakenConnectionsDialAgain()
		{
			streamPeerTCP client, server;
			Pair(out client, out server);
			using (TCPServer other = new TCPServer())
			using (client)
			using (server)
			{
				Check.Equal(other.Listen(0, Here), SocketError.SUCCESS);
				Check.Equal(server.ConnectToHost(Here, other.GetLocalPort()), SocketError.ALREADY_INIT);
				Check.Equal(server.Bind(0, Here), SocketError.ALREADY_INIT);
				server.DisconnectFromHost();
				Check.Equal(server.ConnectToHost(Here, other.GetLocalPort()), SocketError.SUCCESS);
				Check.Comes(() => other.IsConnectionAvailable(), "it dials");
			}
		}

		internal static void ServerAnswers()
		{
			using (TCPServer server = new TCPServer())
			using (TCPServer other = new TCPServer())
			{
				Check.That(!server.IsListening() && !server.IsConnectionAvailable(), "not yet");
				Check.Equal(server.GetLocalPort(), 0);
				Check.That(server.TakeConnection() == null, "nobody");
				Check.Equal(server.Listen(65536, Here), SocketError.FAILED);
				Check.Equal(server.Listen(-1, Here), SocketError.FAILED);
				Check.Equal(server.Listen(0, new IpAddress()), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(server.Listen(0, null), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(server.Listen(0, Here), SocketError.SUCCESS);
				Check.Equal(server.Listen(0, Here), SocketError.ALREADY_INIT);
				Check.Equal(other.Listen(server.GetLocalPort(), Here), SocketError.BIND_FAILED);
				server.Stop();
				Check.That(!server.IsListening(), "stopped");
				Check.Equal(server.Listen(0, new IpAddress("*")), SocketError.SUCCESS);
			}
		}
	}
}
