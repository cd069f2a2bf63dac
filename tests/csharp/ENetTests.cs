// ENet.
using System;
using System.Collections.Generic;
using Netpeer;

namespace NetpeerTests
{
	internal static class ENetTests
	{
		// Events of one host that came while a test waited for the other's.
		private static readonly List<KeyValuePair<ENetConnection, ENetEvent>> SetAside =
			new List<KeyValuePair<ENetConnection, ENetEvent>>();

		/// <summary>Serves both ends until this event has come to `host`, and gives it. Its other events are dropped.</summary>
		internal static ENetEvent Until(ENetConnection host, ENetConnection other, ENetEventType type)
		{
			ENetEvent happened = new ENetEvent();
			Check.Comes(() =>
			{
				ENetEvent aside = other.Service(0);
				if (aside.Type > ENetEventType.None) SetAside.Add(new KeyValuePair<ENetConnection, ENetEvent>(other, aside));
				int kept = SetAside.FindIndex(pair => ReferenceEquals(pair.Key, host));
				if (kept >= 0)
				{
					happened = SetAside[kept].Value;
					SetAside.RemoveAt(kept);
				}
				else
				{
					happened = host.Service(1);
				}
				return happened.Type == type;
			}, "the event " + type);
			return happened;
		}

		internal static void ConnectReceiveDisconnect()
		{
			using (ENetConnection server = new ENetConnection())
			using (ENetConnection client = new ENetConnection())
			{
				Check.Equal(server.CreateHostBound("127.0.0.1", 0, 4, 2), Error.Ok);
				Check.Equal(client.CreateHost(1, 2), Error.Ok);
				Check.Equal(server.Compress(ENetCompressionMode.RangeCoder), Error.Ok);
				Check.Equal(client.Compress(ENetCompressionMode.RangeCoder), Error.Ok);
				Check.Equal(server.GetMaxChannels(), 2);
				ENetPacketPeer there = client.ConnectToHost("127.0.0.1", server.GetLocalPort(), 2, 42);
				Check.That(there != null, "a peer");
				Check.Equal(there.GetState(), ENetPeerState.Connecting);

				List<ENetEventType> seen = new List<ENetEventType>();
				string echoed = "";
				uint told = 0, goodbye = 0;
				ENetDropReason reason = ENetDropReason.None;
				bool over = false;
				byte[] question = "question".ToUtf8Buffer();
				Check.Comes(() =>
				{
					for (ENetEvent e = server.Service(1); e.Type > ENetEventType.None; e = server.Service(0))
					{
						seen.Add(e.Type);
						if (e.Type == ENetEventType.Connect) told = e.Data;
						if (e.Type == ENetEventType.Disconnect)
						{
							goodbye = e.Data;
							reason = e.Reason;
						}
						if (e.Type != ENetEventType.Receive) continue;
						Check.Equal(e.Channel, 1);
						Check.Equal(e.Peer.GetAvailablePacketCount(), 1);
						ENetPacketFlags flags = e.Peer.GetPacketFlags();
						Check.Equal(flags, ENetPacketFlags.Reliable);
						Check.Equal(e.Peer.Send(e.Channel, e.Peer.GetPacket(), flags), Error.Ok);
					}
					for (ENetEvent e = client.Service(1); e.Type > ENetEventType.None; e = client.Service(0))
					{
						Check.That(ReferenceEquals(e.Peer, there), "the object that connecting gave");
						if (e.Type == ENetEventType.Connect)
						{
							Check.Equal(there.GetChannels(), 2);
							Check.Equal(there.GetRemoteAddress(), "127.0.0.1");
							Check.Equal(there.GetRemotePort(), server.GetLocalPort());
							Check.Equal(there.Send(1, question, ENetPacketFlags.Reliable), Error.Ok);
						}
						else if (e.Type == ENetEventType.Receive)
						{
							echoed = there.GetPacket().GetStringFromUtf8();
							Check.That(there.GetStatistic(ENetPeerStatistic.RoundTripTime) > 0, "a round trip");
							there.Disconnect(7);
						}
						else
						{
							over = true;
						}
					}
					return over && seen.Count >= 3;
				}, "the whole conversation");
				Check.Equal(string.Join(" ", seen), "Connect Receive Disconnect");
				Check.Equal(echoed, "question");
				Check.Equal(told, 42u);
				Check.Equal(goodbye, 7u);
				Check.Equal(reason, ENetDropReason.RemoteAsked);
				Check.Equal(there.GetDropReason(), ENetDropReason.WeAsked);
				Check.Equal(there.GetState(), ENetPeerState.Disconnected);
				Check.That(!there.IsActive(), "over");
				Check.Equal(there.Send(0, question, ENetPacketFlags.None), Error.Unconfigured);
				Check.That(server.PopStatistic(ENetHostStatistic.ReceivedPackets) > 0, "counted");
			}
		}

		internal static void OneObjectForOneConnection()
		{
			using (ENetConnection server = new ENetConnection())
			using (ENetConnection client = new ENetConnection())
			{
				Check.Equal(server.CreateHostBound("127.0.0.1", 0), Error.Ok);
				Check.Equal(client.CreateHost(), Error.Ok);
				Check.Equal(client.GetPeers().Length, 0);
				ENetPacketPeer there = client.ConnectToHost("127.0.0.1", server.GetLocalPort());
				there.UserData = "mine";
				ENetPacketPeer here = Until(server, client, ENetEventType.Connect).Peer;
				Until(client, server, ENetEventType.Connect);
				Check.That(ReferenceEquals(client.GetPeers()[0], there), "of the client");
				Check.That(ReferenceEquals(server.GetPeers()[0], here), "of the server");
				Check.Equal(client.GetPeers()[0].UserData, "mine");
				Check.Equal(here.SetTimeout(32, 5000, 30000), Error.Ok);
				Check.Equal(here.SetTimeout(32, 5000, 1), Error.InvalidParameter);
				here.PingInterval();
				here.Ping();

				// To everybody, an empty packet too.
				Check.Equal(server.Broadcast(3, new byte[0], ENetPacketFlags.Reliable), Error.Ok);
				Check.Equal(Until(client, server, ENetEventType.Receive).Channel, 3);
				Check.Equal(there.GetPacket().Length, 0);
				Check.Equal(there.GetPacketError(), Error.Ok);
				Check.Equal(there.GetPacket().Length, 0);
				Check.Equal(there.GetPacketError(), Error.Unavailable);

				// What ends without an event is forgotten, and another connection is another object.
				there.PeerDisconnectNow(5);
				Check.That(!there.IsActive(), "gone");
				client.Service(0);
				Check.Equal(client.GetPeers().Length, 0);
				ENetEvent gone = Until(server, client, ENetEventType.Disconnect);
				Check.That(ReferenceEquals(gone.Peer, here) && gone.Data == 5, "the other end knows");
				ENetPacketPeer again = client.ConnectToHost("127.0.0.1", server.GetLocalPort());
				Check.That(!ReferenceEquals(again, there) && again.UserData == null, "a new one");
				Until(client, server, ENetEventType.Connect);
				Check.Equal(again.PutPacket(new byte[] { 1 }), Error.Ok);
				Check.Equal(Until(server, client, ENetEventType.Receive).Channel, 0);
				again.Reset();
				Check.Equal(again.GetDropReason(), ENetDropReason.WeLeft);
				server.Destroy();
				Check.That(!server.IsActive() && server.GetPeers().Length == 0, "destroyed");
			}
		}

		internal static void ChoicesReachTheLibrary()
		{
			using (ENetConnection server = new ENetConnection())
			using (ENetConnection client = new ENetConnection())
			{
				Check.Equal(client.SetCongestionControl((ENetCongestionControl)3), Error.InvalidParameter);
				Check.Equal(client.SetCongestionControl(ENetCongestionControl.Stock), Error.Ok);
				Check.Equal(client.SetNumberDatagrams(true), Error.Ok);
				Check.Equal(server.SetEchoAcknowledgements(false), Error.Ok);
				Check.Equal(server.CreateHostBound("127.0.0.1", 0, 1), Error.Ok);
				Check.Equal(client.CreateHost(1), Error.Ok);
				Check.Equal(client.SetCongestionControl(ENetCongestionControl.Cubic), Error.AlreadyInUse);
				Check.Equal(client.SetNumberDatagrams(false), Error.AlreadyInUse);
				Check.Equal(server.SetEchoAcknowledgements(true), Error.AlreadyInUse);

				ENetPacketPeer there = client.ConnectToHost("127.0.0.1", server.GetLocalPort(), 2);
				Check.Equal(there.SetChannelPriority(0, ENetChannelPriority.Bulk), Error.Failed);
				Check.Equal(there.SetRepeats(1), Error.Ok);
				Until(server, client, ENetEventType.Connect);
				Until(client, server, ENetEventType.Connect);
				Check.Equal(there.SetChannelPriority(0, ENetChannelPriority.Bulk), Error.Ok);
				Check.Equal(there.SetChannelPriority(-1, ENetChannelPriority.Prompt), Error.Ok);
				Check.Equal(there.SetChannelPriority(2, ENetChannelPriority.Prompt), Error.Failed);
				Check.Equal(there.SetChannelPriority(0, (ENetChannelPriority)3), Error.InvalidParameter);
				Check.Equal(there.SetRepeats(3), Error.InvalidParameter);
				Check.Equal(there.SetRepeats(0, 1), Error.Ok);
				Check.Equal(there.SetCongestionControl((ENetCongestionControl)(-1)), Error.InvalidParameter);
				Check.Equal(there.SetCongestionControl(ENetCongestionControl.Cubic), Error.Ok);
				Check.Equal(there.Send(1, new byte[300000], ENetPacketFlags.Reliable), Error.Ok);
				Check.Equal(Until(server, client, ENetEventType.Receive).Peer.GetPacket().Length, 300000);
				there.Reset();
				Check.Equal(there.SetChannelPriority(0, ENetChannelPriority.Bulk), Error.Unconfigured);
				Check.Equal(there.SetRepeats(1), Error.Unconfigured);
				Check.Equal(there.SetCongestionControl(ENetCongestionControl.Stock), Error.Unconfigured);
			}
		}

		internal static void ErrorsAreGodots()
		{
			using (ENetConnection host = new ENetConnection())
			{
				Check.Equal(host.Service(0).Type, ENetEventType.Error);
				Check.That(host.ConnectToHost("127.0.0.1", 9) == null, "not active");
				Check.Equal(host.Broadcast(0, new byte[1], ENetPacketFlags.None), Error.Unconfigured);
				Check.Equal(host.Compress(ENetCompressionMode.FastLZ), Error.Unconfigured);
				Check.Equal(host.CreateHost(0), Error.InvalidParameter);
				Check.Equal(host.CreateHost(4096), Error.InvalidParameter);
				Check.Equal(host.CreateHost(1, 256), Error.InvalidParameter);
				Check.Equal(host.CreateHostBound("nowhere", 0), Error.InvalidParameter);
				Check.Equal(host.CreateHostBound("127.0.0.1", 65536), Error.InvalidParameter);
				Check.Equal(host.CreateHostBound("127.0.0.1", 0, 1), Error.Ok);
				Check.Equal(host.CreateHost(1), Error.AlreadyInUse);
				using (ENetConnection second = new ENetConnection())
				{
					Check.Equal(second.CreateHostBound("127.0.0.1", host.GetLocalPort()), Error.CantCreate);
				}
				Check.That(host.ConnectToHost("127.0.0.1", 0) == null, "port 0");
				Check.That(host.ConnectToHost(null, 9) == null, "no address");
				Check.Equal(host.BandwidthLimit(-1), Error.InvalidParameter);
				Check.Equal(host.BandwidthLimit(0, 100000), Error.Ok);
				host.ChannelLimit(3);
				Check.Equal(host.GetMaxChannels(), 3);
				Check.Equal(host.Service(0).Type, ENetEventType.None);
				ENetPacketPeer dialling = host.ConnectToHost("127.0.0.1", 9);
				Check.Equal(dialling.Send(0, new byte[1], ENetPacketFlags.None), Error.Failed);
				Check.That(host.ConnectToHost("127.0.0.1", 9) == null, "no free peer");
				dialling.PeerDisconnect();
				host.Flush();
			}
		}
	}
}
