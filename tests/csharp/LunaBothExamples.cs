// A file that names both namespaces says once which of the two it means by each name.
using Luna;
using luna;
using IpAddress = Luna.IpAddress;
using SocketError = Luna.SocketError;
using Status = Luna.Status;
using streamPeerTCP = Luna.streamPeerTCP;

namespace NetpeerTests
{
	internal static class LunaBothExamples
	{
		internal static void Run()
		{
			using (streamPeerTCP peer = new streamPeerTCP())
			{
				Check.Equal(peer.ConnectToHost(new IpAddress(), 80), SocketError.INVALID_IP_ADDRESS);
				Check.Equal(peer.GetStatus(), Status.STATUS_NONE);
			}
		}
	}
}
