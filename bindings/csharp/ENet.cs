// ENet with Godot's names.
using System;
using System.Collections.Generic;

namespace Netpeer
{
	/// <summary>What service() reports.</summary>
	public enum ENetEventType
	{
		/// <summary>Not active, or the socket failed in this call; a later call may succeed.</summary>
		Error = -1,
		/// <summary>Nothing happened.</summary>
		None = 0,
		/// <summary>A connection is up.</summary>
		Connect = 1,
		/// <summary>A connection or an attempt is over.</summary>
		Disconnect = 2,
		/// <summary>One packet has been added to the peer's queue.</summary>
		Receive = 3
	}

	/// <summary>How a packet is sent; None is unreliable and in sequence.</summary>
	[Flags]
	public enum ENetPacketFlags
	{
		None = 0,
		/// <summary>Delivered once and in order, or the connection ends.</summary>
		Reliable = 1,
		/// <summary>Delivered at once, in any order, maybe not at all.</summary>
		Unsequenced = 2,
		/// <summary>Longer than a datagram: unreliable fragments, not reliable ones.</summary>
		UnreliableFragment = 8
	}

	/// <summary>Codecs, the same at both ends.</summary>
	public enum ENetCompressionMode
	{
		None = 0,
		RangeCoder = 1,
		FastLZ = 2,
		Zlib = 3,
		Zstd = 4
	}

	/// <summary>Totals of a host.</summary>
	public enum ENetHostStatistic
	{
		/// <summary>Bytes of UDP payload.</summary>
		SentData = 0,
		SentPackets = 1,
		ReceivedData = 2,
		ReceivedPackets = 3
	}

	/// <summary>Numbers of a connection; times in milliseconds.</summary>
	public enum ENetPeerStatistic
	{
		/// <summary>65536 is everything.</summary>
		PacketLoss = 0,
		PacketLossVariance = 1,
		PacketLossEpoch = 2,
		RoundTripTime = 3,
		RoundTripTimeVariance = 4,
		LastRoundTripTime = 5,
		LastRoundTripTimeVariance = 6,
		/// <summary>32: every unreliable packet is sent.</summary>
		PacketThrottle = 7,
		PacketThrottleLimit = 8,
		PacketThrottleCounter = 9,
		PacketThrottleEpoch = 10,
		PacketThrottleAcceleration = 11,
		PacketThrottleDeceleration = 12,
		PacketThrottleInterval = 13
	}

	/// <summary>Where a connection is.</summary>
	public enum ENetPeerState
	{
		Disconnected = 0,
		Connecting = 1,
		AcknowledgingConnect = 2,
		ConnectionPending = 3,
		ConnectionSucceeded = 4,
		Connected = 5,
		DisconnectLater = 6,
		Disconnecting = 7,
		AcknowledgingDisconnect = 8,
		Zombie = 9
	}

	/// <summary>Why a connection is over.</summary>
	public enum ENetDropReason
	{
		/// <summary>It is not.</summary>
		None = 0,
		RemoteAsked = 1,
		WeAsked = 2,
		TimedOut = 3,
		/// <summary>Never answered.</summary>
		ConnectTimedOut = 4,
		Refused = 5,
		WeLeft = 6,
		HostDestroyed = 7,
		Undecodable = 8,
		SessionLost = 9
	}

	/// <summary>How much reliable data may be on its way to a peer at once.</summary>
	public enum ENetCongestionControl
	{
		/// <summary>What a model of the path says; paced.</summary>
		RateModel = 0,
		/// <summary>As TCP does (RFC 9438); paced.</summary>
		Cubic = 1,
		/// <summary>As ENet does: at most 64 KiB.</summary>
		Stock = 2
	}

	/// <summary>
	/// What of a channel's reliable packets is bulk. When not everything may leave at once, bulk waits for everything else.
	/// </summary>
	public enum ENetChannelPriority
	{
		/// <summary>Packets in fragments, and what makes more than 4096 bytes wait on the channel.</summary>
		Automatic = 0,
		/// <summary>Nothing is bulk.</summary>
		Prompt = 1,
		/// <summary>Everything is.</summary>
		Bulk = 2
	}

	/// <summary>What ENetConnection.Service() answers.</summary>
	public struct ENetEvent
	{
		/// <summary>What happened.</summary>
		public ENetEventType Type;
		/// <summary>To whom; null for None and Error.</summary>
		public ENetPacketPeer Peer;
		/// <summary>Of Connect: the dialler's number; of Disconnect: what the other end passed.</summary>
		public uint Data;
		/// <summary>Of Receive.</summary>
		public int Channel;
		/// <summary>Of Disconnect.</summary>
		public ENetDropReason Reason;
	}

	/// <summary>
	/// A host on one UDP socket with all its connections, which are ENetPacketPeer. It belongs to one thread, its peers
	/// included. Call Service() each frame until it answers None. After Dispose() every call throws ObjectDisposedException.
	/// Origin: Godot ENetConnection.
	/// </summary>
	public class ENetConnection : IDisposable
	{
		private readonly ENetConnectionHandle handle = NativeHandle.Checked(Native.netpeer_enet_connection_new());

		// One object for one connection. Each keeps its handle, so no address here is used twice.
		private readonly Dictionary<IntPtr, ENetPacketPeer> peers = new Dictionary<IntPtr, ENetPacketPeer>();

		// Ended without an event: out of GetPeers() after the next Service().
		private readonly List<IntPtr> ended = new List<IntPtr>();

		/// <summary>
		/// Opens a socket for a host that dials. maxChannels 0: 255. Bandwidths in bytes per second, 0: unlimited. AlreadyInUse:
		/// active. InvalidParameter: maxPeers outside 1..4095, maxChannels outside 0..255, a negative bandwidth. CantCreate.
		/// </summary>
		public Error CreateHost(int maxPeers = 32, int maxChannels = 0, int inBandwidth = 0, int outBandwidth = 0)
		{
			return (Error)Native.netpeer_enet_connection_create_host(
				handle, maxPeers, maxChannels, inBandwidth, outBandwidth);
		}

		/// <summary>
		/// The same, bound to an address of this machine, or to all of them ("*"); port 0: the system's choice. CantCreate also:
		/// the port is in use.
		/// </summary>
		public Error CreateHostBound(string bindAddress, int bindPort, int maxPeers = 32, int maxChannels = 0,
			int inBandwidth = 0, int outBandwidth = 0)
		{
			return (Error)Native.netpeer_enet_connection_create_host_bound(
				handle, Native.Utf8(bindAddress), bindPort, maxPeers, maxChannels, inBandwidth, outBandwidth);
		}

		/// <summary>Closes the socket; the other ends are not told. It can be created again.</summary>
		public void Destroy()
		{
			Native.netpeer_enet_connection_destroy(handle);
			ForgetAll();
		}

		/// <summary>Whether there is a host.</summary>
		public bool IsActive()
		{
			return Native.netpeer_enet_connection_is_active(handle) != 0;
		}

		/// <summary>
		/// Starts to dial; looks names up, which blocks. Connect or Disconnect follows. channels 0: 255. data reaches the other
		/// end's Connect. Null: not active, a port outside 1..65535, no such name, no free peer.
		/// </summary>
		public ENetPacketPeer ConnectToHost(string address, int port, int channels = 0, uint data = 0)
		{
			return PeerOf(Native.netpeer_enet_connection_connect_to_host(
				handle, Native.Utf8(address), port, channels, data));
		}

		/// <summary>
		/// The oldest event. If there is none, sends, receives and lets timers run: nothing moves outside of this call. With a
		/// timeout above 0 it blocks until there is an event or the time is up.
		/// </summary>
		public ENetEvent Service(int timeoutMs = 0)
		{
			NativeENetEvent native;
			Native.netpeer_enet_connection_service(handle, timeoutMs, out native);
			foreach (IntPtr peer in ended) peers.Remove(peer);
			ended.Clear();
			ENetEvent happened = new ENetEvent();
			happened.Type = (ENetEventType)native.Type;
			happened.Peer = PeerOf(native.Peer);
			happened.Data = native.Data;
			happened.Channel = native.Channel;
			happened.Reason = (ENetDropReason)native.Reason;
			if (happened.Type == ENetEventType.Disconnect) peers.Remove(native.Peer);
			return happened;
		}

		/// <summary>Sends what is queued.</summary>
		public void Flush()
		{
			Native.netpeer_enet_connection_flush(handle);
		}

		/// <summary>Bytes per second, 0: unlimited. InvalidParameter: negative.</summary>
		public Error BandwidthLimit(int inBandwidth = 0, int outBandwidth = 0)
		{
			return (Error)Native.netpeer_enet_connection_bandwidth_limit(handle, inBandwidth, outBandwidth);
		}

		/// <summary>Channels of future incoming connections, 1..255; anything else means 255.</summary>
		public void ChannelLimit(int limit)
		{
			Native.netpeer_enet_connection_channel_limit(handle, limit);
		}

		/// <summary>0 when not active.</summary>
		public int GetMaxChannels()
		{
			return Native.netpeer_enet_connection_get_max_channels(handle);
		}

		/// <summary>0 when not active.</summary>
		public int GetLocalPort()
		{
			return Native.netpeer_enet_connection_get_local_port(handle);
		}

		/// <summary>
		/// All peers, oldest first, those included that are connecting or disconnecting. A peer leaves with its Disconnect, or at
		/// the next Service() after it ended without one.
		/// </summary>
		public ENetPacketPeer[] GetPeers()
		{
			UIntPtr count;
			Native.netpeer_enet_connection_get_peers(handle, null, UIntPtr.Zero, out count);
			IntPtr[] lent = new IntPtr[(int)count.ToUInt32()];
			if (lent.Length == 0) return new ENetPacketPeer[0];
			Native.netpeer_enet_connection_get_peers(handle, lent, (UIntPtr)(uint)lent.Length, out count);
			return Array.ConvertAll(lent, PeerOf);
		}

		/// <summary>The total since the last call; 0 when not active.</summary>
		public double PopStatistic(ENetHostStatistic statistic)
		{
			return Native.netpeer_enet_connection_pop_statistic(handle, (int)statistic);
		}

		/// <summary>
		/// Queues a packet for every connected peer that has the channel. Unconfigured: not active. InvalidParameter: no such
		/// channel, unknown flags. Failed: too long.
		/// </summary>
		public Error Broadcast(int channel, byte[] packet, ENetPacketFlags flags)
		{
			return (Error)Native.netpeer_enet_connection_broadcast(
				handle, channel, ref Native.OrNothing(packet)[0], Native.SizeOf(packet), (int)flags);
		}

		/// <summary>Chooses the codec, the same at both ends. Unconfigured: not active. Unavailable: not in this library.</summary>
		public Error Compress(ENetCompressionMode mode)
		{
			return (Error)Native.netpeer_enet_connection_compress(handle, (int)mode);
		}

		/// <summary>
		/// How much reliable data may be on its way to peers that are not told otherwise; RateModel at first. Kept for hosts
		/// created later. AlreadyInUse: active. InvalidParameter: unknown.
		/// </summary>
		public Error SetCongestionControl(ENetCongestionControl control)
		{
			return (Error)Native.netpeer_enet_connection_set_congestion_control(handle, (int)control);
		}

		/// <summary>
		/// Stamps datagrams with their numbers instead of milliseconds, so that each acknowledgement names one transmission; off
		/// at first. The other end need not know. Kept for hosts created later. AlreadyInUse: active.
		/// </summary>
		public Error SetNumberDatagrams(bool enabled)
		{
			return (Error)Native.netpeer_enet_connection_set_number_datagrams(handle, enabled ? 1 : 0);
		}

		/// <summary>
		/// On a path that loses much, says the last acknowledgement again now and then, so that a stock ENet does not give the
		/// connection up; on at first. Kept for hosts created later. AlreadyInUse: active.
		/// </summary>
		public Error SetEchoAcknowledgements(bool enabled)
		{
			return (Error)Native.netpeer_enet_connection_set_echo_acknowledgements(handle, enabled ? 1 : 0);
		}

		/// <summary>Destroys the host and frees. More than once is no mistake. Peers that are kept say that they are disconnected.</summary>
		public void Dispose()
		{
			Dispose(true);
			GC.SuppressFinalize(this);
		}

		/// <summary>For classes made of this one. The handle has a finalizer; this class needs none.</summary>
		protected virtual void Dispose(bool disposing)
		{
			if (!disposing) return;
			ForgetAll();
			handle.Dispose();
		}

		internal void NoteEnd(IntPtr peer)
		{
			if (peers.ContainsKey(peer)) ended.Add(peer);
		}

		private void ForgetAll()
		{
			peers.Clear();
			ended.Clear();
		}

		private ENetPacketPeer PeerOf(IntPtr lent)
		{
			ENetPacketPeer peer;
			if (lent == IntPtr.Zero) return null;
			if (peers.TryGetValue(lent, out peer)) return peer;
			peer = new ENetPacketPeer(this, lent);
			peers.Add(lent, peer);
			return peer;
		}
	}

	/// <summary>
	/// One connection of an ENetConnection: always the same object, as long as it lasts. It may be kept for longer: then it is
	/// disconnected, and packets that were not taken can still be. Nothing needs to be disposed of.
	/// Origin: Godot ENetPacketPeer.
	/// </summary>
	public sealed class ENetPacketPeer
	{
		private readonly ENetConnection connection;
		private readonly ENetPeerHandle handle;
		private readonly IntPtr address;
		private Error packetError = Error.Ok;

		internal ENetPacketPeer(ENetConnection connection, IntPtr lent)
		{
			this.connection = connection;
			address = lent;
			handle = ENetPeerHandle.Keep(lent);
		}

		/// <summary>Anything of yours.</summary>
		public object UserData { get; set; }

		/// <summary>
		/// Queues a copy of a packet, which may be empty. Unconfigured: over. InvalidParameter: no such channel, unknown flags.
		/// Failed: not connected, or too long.
		/// </summary>
		public Error Send(int channel, byte[] packet, ENetPacketFlags flags)
		{
			return Alive((Error)Native.netpeer_enet_packet_peer_send(
				handle, channel, ref Native.OrNothing(packet)[0], Native.SizeOf(packet), (int)flags));
		}

		/// <summary>Queues a reliable packet on channel 0; nothing for none or an empty one. Errors as of Send().</summary>
		public Error PutPacket(byte[] packet)
		{
			return Alive((Error)Native.netpeer_packet_peer_put_packet(
				handle, ref Native.OrNothing(packet)[0], Native.SizeOf(packet)));
		}

		/// <summary>The oldest packet. Empty when there is none, or for an empty one: GetPacketError() says which.</summary>
		public byte[] GetPacket()
		{
			lock (ENetHandle.ReleaseLock) return Alive(Native.TakePacket(handle, out packetError) ?? new byte[0]);
		}

		/// <summary>Of the last GetPacket(). Unavailable: there was none.</summary>
		public Error GetPacketError()
		{
			return packetError;
		}

		/// <summary>Flags of the packet that GetPacket() will give; None when there is none.</summary>
		public ENetPacketFlags GetPacketFlags()
		{
			return Alive((ENetPacketFlags)Native.netpeer_enet_packet_peer_get_packet_flags(handle));
		}

		/// <summary>Packets that can be taken.</summary>
		public int GetAvailablePacketCount()
		{
			return Alive(Native.netpeer_packet_peer_get_available_packet_count(handle));
		}

		/// <summary>Ends the connection and tells the other end data. Disconnect follows here, unless it was not up yet.</summary>
		public void PeerDisconnect(uint data = 0)
		{
			Native.netpeer_enet_packet_peer_peer_disconnect(handle, data);
			NoteEnd();
		}

		/// <summary>The same.</summary>
		public void Disconnect(uint data = 0)
		{
			PeerDisconnect(data);
		}

		/// <summary>The same when everything queued has been acknowledged.</summary>
		public void PeerDisconnectLater(uint data = 0)
		{
			Native.netpeer_enet_packet_peer_peer_disconnect_later(handle, data);
			NoteEnd();
		}

		/// <summary>Tells the other end in one datagram; no event here.</summary>
		public void PeerDisconnectNow(uint data = 0)
		{
			Native.netpeer_enet_packet_peer_peer_disconnect_now(handle, data);
			NoteEnd();
		}

		/// <summary>Forgets the connection: nothing is sent, no event here.</summary>
		public void Reset()
		{
			Native.netpeer_enet_packet_peer_reset(handle);
			NoteEnd();
		}

		/// <summary>Queues a ping.</summary>
		public void Ping()
		{
			Native.netpeer_enet_packet_peer_ping(handle);
			GC.KeepAlive(connection);
		}

		/// <summary>Silence before a ping goes out by itself; 0: 500 ms.</summary>
		public void PingInterval(int intervalMs = 500)
		{
			Native.netpeer_enet_packet_peer_ping_interval(handle, intervalMs);
			GC.KeepAlive(connection);
		}

		/// <summary>
		/// When a silent connection is given up: after maxMs; or sooner, once both minMs have passed and the time a
		/// resend delay that doubles takes to grow by factor; 0 for a default (32, 5000, 30000). Unconfigured: over.
		/// InvalidParameter: negative, or not in order.
		/// </summary>
		public Error SetTimeout(int factor, int minMs, int maxMs)
		{
			return Alive((Error)Native.netpeer_enet_packet_peer_set_timeout(handle, factor, minMs, maxMs));
		}

		/// <summary>
		/// Reliable packets of at most 256 bytes, sent from now on through channel (-1: all), leave again with the next count
		/// datagrams that go out anyway: 0, at first, to 2. Unconfigured: over. InvalidParameter: a count outside 0 to 2, a
		/// channel below -1. Failed: no such channel, or none yet. OutOfMemory. On error nothing has changed.
		/// </summary>
		public Error SetRepeats(int count, int channel = -1)
		{
			return Alive((Error)Native.netpeer_enet_packet_peer_set_repeats(handle, count, channel));
		}

		/// <summary>
		/// What is bulk of the reliable packets sent from now on through channel (-1: all). Nothing overtakes what waits in
		/// its own channel.
		/// Unconfigured: over. InvalidParameter: unknown, a channel below -1. Failed: no such channel, or none yet. OutOfMemory.
		/// On error nothing has changed.
		/// </summary>
		public Error SetChannelPriority(int channel, ENetChannelPriority priority)
		{
			return Alive((Error)Native.netpeer_enet_packet_peer_set_channel_priority(handle, channel, (int)priority));
		}

		/// <summary>
		/// How much reliable data may be on its way to this peer, from now on. Unconfigured: over. InvalidParameter: unknown.
		/// On error nothing has changed.
		/// </summary>
		public Error SetCongestionControl(ENetCongestionControl control)
		{
			return Alive((Error)Native.netpeer_enet_packet_peer_set_congestion_control(handle, (int)control));
		}

		/// <summary>0 when over.</summary>
		public double GetStatistic(ENetPeerStatistic statistic)
		{
			return Alive(Native.netpeer_enet_packet_peer_get_statistic(handle, (int)statistic));
		}

		/// <summary>Disconnected when over.</summary>
		public ENetPeerState GetState()
		{
			return Alive((ENetPeerState)Native.netpeer_enet_packet_peer_get_state(handle));
		}

		/// <summary>0 when over.</summary>
		public int GetChannels()
		{
			return Alive(Native.netpeer_enet_packet_peer_get_channels(handle));
		}

		/// <summary>"" when over.</summary>
		public string GetRemoteAddress()
		{
			byte[] room = Native.AddressRoom();
			Native.netpeer_enet_packet_peer_get_remote_address(handle, room);
			GC.KeepAlive(connection);
			return Native.Address(room);
		}

		/// <summary>0 when over.</summary>
		public int GetRemotePort()
		{
			return Alive(Native.netpeer_enet_packet_peer_get_remote_port(handle));
		}

		/// <summary>Whether it is not over.</summary>
		public bool IsActive()
		{
			return Alive(Native.netpeer_enet_packet_peer_is_active(handle) != 0);
		}

		/// <summary>Why it is over.</summary>
		public ENetDropReason GetDropReason()
		{
			return Alive((ENetDropReason)Native.netpeer_enet_packet_peer_get_drop_reason(handle));
		}

		/// <summary>The connection must not be finalized while a call of its peer runs.</summary>
		private T Alive<T>(T answer)
		{
			GC.KeepAlive(connection);
			return answer;
		}

		private void NoteEnd()
		{
			if (!IsActive()) connection.NoteEnd(address);
		}
	}
}
