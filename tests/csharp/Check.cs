// What the tests share: checks that count and go on, waiting with an end, and the list of all tests.
using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace NetpeerTests
{
	internal static class Check
	{
		// Longest wait for something that must come; generous, because machines are busy.
		private const int PatienceMs = 30000;

		internal static int Made, Failed;

		internal static bool That(bool held, string what, [CallerLineNumber] int line = 0, [CallerFilePath] string file = "")
		{
			++Made;
			if (held) return true;
			++Failed;
			Console.WriteLine("{0}:{1}: error: does not hold: {2}", file, line, what);
			return false;
		}

		internal static bool Equal<T>(T actual, T wanted, [CallerLineNumber] int line = 0, [CallerFilePath] string file = "")
		{
			++Made;
			if (Equals(actual, wanted)) return true;
			++Failed;
			Console.WriteLine("{0}:{1}: error: it is {2}, not {3}", file, line, actual, wanted);
			return false;
		}

		/// <summary>That a call on something disposed of says so.</summary>
		internal static void IsDisposed(Action call, [CallerLineNumber] int line = 0, [CallerFilePath] string file = "")
		{
			bool thrown = false;
			try
			{
				call();
			}
			catch (ObjectDisposedException)
			{
				thrown = true;
			}
			That(thrown, "it throws ObjectDisposedException", line, file);
		}

		/// <summary>Until it holds; a failure when it never does.</summary>
		internal static bool Comes(
			Func<bool> condition, string what, [CallerLineNumber] int line = 0, [CallerFilePath] string file = "")
		{
			Stopwatch watch = Stopwatch.StartNew();
			while (!condition())
			{
				if (watch.ElapsedMilliseconds > PatienceMs) return That(false, "comes in time: " + what, line, file);
				Thread.Yield();
			}
			return That(true, what, line, file);
		}

		/// <summary>Blocks of memory that the library holds.</summary>
		internal static long LiveAllocations()
		{
			return (long)netpeer_get_live_allocations().ToUInt64();
		}

		[DllImport("netpeer_c", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
		private static extern UIntPtr netpeer_get_live_allocations();
	}

	internal static class Program
	{
		private static int Main()
		{
			Run("Luna: addresses", LunaTests.AddressesAreWhatTheirTextSays);
			Run("Luna: numbers", LunaTests.NumbersAreLunas);
			Run("Luna: resolver", LunaTests.NamesBecomeAddresses);
			Run("Luna: echo", LunaTests.AServerEchoesWhatAClientSends);
			Run("Luna: echo, lower case", LunaLowerCaseTests.AServerEchoesWhatAClientSends);
			Run("Luna: bind", LunaTests.BindAnswers);
			Run("Luna: connect", LunaTests.ConnectAnswers);
			Run("Luna: nobody listens", LunaTests.NobodyListens);
			Run("Luna: 5 seconds", LunaTests.ConnectMayTake5Seconds);
			Run("Luna: end of the stream", LunaTests.TheEndOfTheStreamIsFileEof);
			Run("Luna: not connected", LunaTests.WithoutAConnectionDataFails);
			Run("Luna: taken connections dial again", LunaTests.TakenConnectionsDialAgain);
			Run("Luna: server", LunaTests.ServerAnswers);
			Run("Luna: example", LunaExamples.Run);
			Run("Luna: example, lower case", LunaLowerCaseExamples.Run);
			Run("Luna: example, both namespaces", LunaBothExamples.Run);
			Run("UDP: Godot's example", PacketTests.GodotsExample);
			Run("UDP: there and back", PacketTests.PacketsGoThereAndBack);
			Run("UDP: errors", PacketTests.ErrorsAreGodots);
			Run("ENet: echo", ENetTests.ConnectReceiveDisconnect);
			Run("ENet: peers", ENetTests.OneObjectForOneConnection);
			Run("ENet: choices", ENetTests.ChoicesReachTheLibrary);
			Run("ENet: errors", ENetTests.ErrorsAreGodots);
			Run("library: functions", HandleTests.EveryFunctionIsInTheLibrary);
			Run("handles: dispose", HandleTests.DisposeTwiceAndUseAfter);
			Run("handles: peers outlive their connection", HandleTests.PeersOutliveTheirConnection);
			Run("handles: finalizers", HandleTests.FinalizersRelease);
			Run("handles: threads", HandleTests.FinalizersRunWhileOthersAreUsed);
			Console.WriteLine("{0} checks, {1} failed", Check.Made, Check.Failed);
			return Check.Failed == 0 && Check.Made > 0 ? 0 : 1;
		}

		private static void Run(string name, Action test)
		{
			int made = Check.Made, failed = Check.Failed;
			try
			{
				test();
			}
			catch (Exception thrown)
			{
				Check.That(false, name + " throws nothing: " + thrown);
			}
			Console.WriteLine("{0}: {1} checks, {2} failed", name, Check.Made - made, Check.Failed - failed);
		}
	}
}
