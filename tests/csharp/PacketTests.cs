// UDP.
using System;
using Netpeer;
using static Netpeer.Error;

namespace NetpeerTests
{
	internal static class PacketTests
	{
		// Godot's page of PacketPeerUDP.wait, both ends in one process.
		internal static void GodotsExample()
		{
			using (var socket = new PacketPeerUdp())
			using (var server = new PacketPeerUdp())
			{
				socket.Bind(0, "127.0.0.1");
				int port = socket.GetLocalPort();

				// Server
				server.SetDestAddress("127.0.0.1", port);
				server.PutPacket("Time to stop".ToAsciiBuffer());

				// Client
				bool stopped = false;
				while (socket.Wait() == OK)
				{
					string data = socket.GetPacket().GetStringFromASCII();
					if (data == "Time to stop")
					{
						stopped = true;
						break;
					}
				}
				Check.That(stopped, "it was told to stop");
			}
		}

		internal static void PacketsGoThereAndBack()
		{
			using (PacketPeerUDP client = new PacketPeerUDP())
			using (PacketPeerUDP server = new PacketPeerUDP())
			{
				Check.Equal(server.Bind(0, "127.0.0.1"), Error.Ok);
				Check.That(server.IsBound() && !server.IsSocketConnected(), "bound");
				Check.Equal(client.ConnectToHost("127.0.0.1", server.GetLocalPort()), Error.Ok);
				Check.That(client.IsSocketConnected(), "connected");
				byte[] longOne = new byte[8000];
				for (int i = 0; i < longOne.Length; ++i) longOne[i] = (byte)(i * 3);
				foreach (byte[] packet in new[] { "first \u00e9".ToUtf8Buffer(), longOne })
				{
					Check.Equal(client.PutPacket(packet), Error.Ok);
					Check.Equal(server.Wait(30000), Error.Ok);
					Check.Equal(server.GetAvailablePacketCount(), 1);
					byte[] got = server.GetPacket();
					Check.Equal(server.GetPacketError(), Error.Ok);
					Check.Equal(Convert.ToBase64String(got), Convert.ToBase64String(packet));
					Check.Equal(server.GetPacketIP(), "127.0.0.1");
					Check.Equal(server.GetPacketPort(), client.GetLocalPort());
					Check.Equal(server.SetDestAddress(server.GetPacketIP(), server.GetPacketPort()), Error.Ok);
					Check.Equal(server.PutPacket(got), Error.Ok);
					Check.Equal(client.Wait(30000), Error.Ok);
					Check.Equal(client.GetPacket().Length, packet.Length);
				}
				Check.Equal(client.PutPacket(new byte[0]), Error.Ok);
				Check.Equal(client.PutPacket(null), Error.Ok);
				Check.Equal(server.SetBroadcastEnabled(true), Error.Ok);
				server.Close();
				Check.That(!server.IsBound(), "closed");
			}
			Check.Equal("\u00e9\u4e16".ToUtf8Buffer().GetStringFromUtf8(), "\u00e9\u4e16");
			Check.Equal("a\u00e9".ToAsciiBuffer().GetStringFromAscii(), "a?");
		}

		internal static void ErrorsAreGodots()
		{
			using (PacketPeerUDP peer = new PacketPeerUDP())
			using (PacketPeerUDP other = new PacketPeerUDP())
			{
				Check.Equal(peer.Wait(0), Unconfigured);
				Check.Equal(peer.PutPacket(new byte[1]), Unconfigured);
				Check.Equal(peer.GetPacket().Length, 0);
				Check.That(peer.GetPacketError() != Error.Ok, "no packet");
				Check.Equal(peer.Bind(65536), InvalidParameter);
				Check.Equal(peer.Bind(0, "nowhere"), InvalidParameter);
				Check.Equal(peer.Bind(0, "127.0.0.1\0"), InvalidParameter);
				Check.Equal(peer.SetDestAddress("127.0.0.1", 0), InvalidParameter);
				Check.Equal(peer.SetDestAddress("no name at all", 9), CantResolve);
				Check.Equal(peer.Bind(0, "127.0.0.1"), Error.Ok);
				Check.Equal(peer.Bind(0, "127.0.0.1"), AlreadyInUse);
				Check.Equal(other.Bind(peer.GetLocalPort(), "127.0.0.1"), Unavailable);
				Check.Equal(peer.Wait(0), Netpeer.Error.Timeout);
				Check.Equal(peer.GetPacket().Length, 0);
				Check.Equal(peer.GetPacketError(), Unavailable);
				Check.Equal(peer.GetPacketIP(), "");
				Check.Equal(peer.JoinMulticastGroup("nowhere", "lo"), InvalidParameter);
				Check.Equal(peer.LeaveMulticastGroup("nowhere", null), InvalidParameter);
			}
		}
	}
}
