// Handles: given back once, by Dispose or by the finalizer; used after that, an exception and no crash.
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using Luna;
using Netpeer;

namespace NetpeerTests
{
	internal static class HandleTests
	{
		internal static void EveryFunctionIsInTheLibrary()
		{
			Type native = typeof(PacketPeerUDP).Assembly.GetType("Netpeer.Native", true);
			int functions = 0;
			foreach (MethodInfo method in native.GetMethods(BindingFlags.Static | BindingFlags.NonPublic))
			{
				if ((method.Attributes & MethodAttributes.PinvokeImpl) == 0) continue;
				++functions;
				Marshal.Prelink(method); // throws when there is no such function
			}
			Check.That(functions > 70, "functions: " + functions);
		}

		internal static void DisposeTwiceAndUseAfter()
		{
			Collect(); // what earlier tests have left
			long before = Check.LiveAllocations();
			int count;
			streamPeerTCP stream = new streamPeerTCP();
			luna.streamPeerTCP small = new luna.streamPeerTCP();
			TCPServer server = new TCPServer();
			PacketPeerUDP udp = new PacketPeerUDP();
			ENetConnection host = new ENetConnection();
			Check.Equal(host.CreateHost(1), Error.Ok);
			Check.Equal(udp.Bind(0, "127.0.0.1"), Error.Ok);
			Check.Equal(server.Listen(0, new IpAddress("127.0.0.1")), SocketError.SUCCESS);
			Check.That(Check.LiveAllocations() > before, "memory is held");
			for (int i = 0; i < 2; ++i)
			{
				stream.Dispose();
				small.Dispose();
				server.Dispose();
				udp.Dispose();
				host.Dispose();
			}
			Check.Equal(Check.LiveAllocations(), before);

			Check.IsDisposed(() => stream.Poll());
			Check.IsDisposed(() => stream.GetStatus());
			Check.IsDisposed(() => stream.Bind(0, new IpAddress("*")));
			Check.IsDisposed(() => stream.ConnectToHost(new IpAddress("127.0.0.1"), 80));
			Check.IsDisposed(() => stream.PutData(new byte[1]));
			Check.IsDisposed(() => stream.GetData(new byte[1]));
			Check.IsDisposed(() => stream.GetPartialData(new byte[1], out count));
			Check.IsDisposed(() => stream.GetAvailableBytes());
			Check.IsDisposed(() => stream.GetConnectedHost());
			Check.IsDisposed(() => stream.DisconnectFromHost());
			Check.IsDisposed(() => small.Poll());
			Check.IsDisposed(() => server.TakeConnection());
			Check.IsDisposed(() => server.Listen(0, new IpAddress("*")));
			Check.IsDisposed(() => udp.Wait(0));
			Check.IsDisposed(() => udp.GetPacket());
			Check.IsDisposed(() => udp.PutPacket(new byte[1]));
			Check.IsDisposed(() => host.Service(0));
			Check.IsDisposed(() => host.GetPeers());
			Check.IsDisposed(() => host.ConnectToHost("127.0.0.1", 9));
		}

		internal static void PeersOutliveTheirConnection()
		{
			ENetPacketPeer kept, unread;
			using (ENetConnection client = new ENetConnection())
			using (ENetConnection server = new ENetConnection())
			{
				Check.Equal(server.CreateHostBound("127.0.0.1", 0), Error.Ok);
				Check.Equal(client.CreateHost(), Error.Ok);
				kept = client.ConnectToHost("127.0.0.1", server.GetLocalPort());
				ENetTests.Until(server, client, ENetEventType.Connect);
				ENetTests.Until(client, server, ENetEventType.Connect);
				Check.Equal(kept.PutPacket(new byte[] { 5, 6 }), Error.Ok);
				unread = ENetTests.Until(server, client, ENetEventType.Receive).Peer;
			}
			Check.That(!kept.IsActive() && !unread.IsActive(), "over");
			Check.Equal(kept.GetDropReason(), ENetDropReason.HostDestroyed);
			Check.Equal(kept.GetRemoteAddress(), "");
			Check.Equal(kept.Send(0, new byte[1], ENetPacketFlags.Reliable), Error.Unconfigured);
			kept.PeerDisconnect();
			kept.Reset();
			Check.Equal(unread.GetPacket().Length, 2);
		}

		private static void MakeAndForget(int count)
		{
			for (int i = 0; i < count; ++i)
			{
				PacketPeerUDP udp = new PacketPeerUDP();
				ENetConnection host = new ENetConnection();
				TCPServer server = new TCPServer();
				Check.Equal(udp.Bind(0, "127.0.0.1"), Error.Ok);
				Check.Equal(host.CreateHost(1), Error.Ok);
				Check.That(host.ConnectToHost("127.0.0.1", udp.GetLocalPort()) != null, "a peer");
				Check.Equal(server.Listen(0, new IpAddress("127.0.0.1")), SocketError.SUCCESS);
				Check.That(new streamPeerTCP().GetStatus() == Status.STATUS_NONE, "a stream");
			}
		}

		// On a thread that ends, so that no stack refers to what it made.
		private static void OnAnotherThread(ThreadStart body)
		{
			Thread thread = new Thread(body);
			thread.Start();
			thread.Join();
		}

		private static void Collect()
		{
			for (int i = 0; i < 3; ++i)
			{
				GC.Collect();
				GC.WaitForPendingFinalizers();
			}
		}

		internal static void FinalizersRelease()
		{
			const int Rounds = 20;
			Collect();
			long before = Check.LiveAllocations();
			long held = 0;
			OnAnotherThread(() =>
			{
				MakeAndForget(Rounds);
				held = Check.LiveAllocations() - before;
			});
			Check.That(held >= Rounds * 4, "memory was held: " + held);
			Check.Comes(() =>
			{
				Collect();
				return Check.LiveAllocations() <= before;
			}, "all of it given back");
		}

		internal static void FinalizersRunWhileOthersAreUsed()
		{
			streamPeerTCP client, server;
			LunaTests.Pair(out client, out server);
			using (client)
			using (server)
			{
				OnAnotherThread(() => MakeAndForget(5));
				byte[] room = new byte[4];
				for (int i = 0; i < 200; ++i)
				{
					if (i % 50 == 0) GC.Collect();
					Check.Equal(client.PutData(new byte[] { 1, 2, 3, (byte)i }), SocketError.SUCCESS);
					Check.Equal(server.GetData(room), SocketError.SUCCESS);
					Check.Equal(room[3], (byte)i);
				}
			}
			Collect();
		}
	}
}
