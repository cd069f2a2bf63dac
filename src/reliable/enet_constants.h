// Every number of the ENet 1.3 protocol, with its unit and reason. Wire limits must equal the other end's; defaults are
// ours to choose and equal stock ENet 1.3.18. Section numbers: docs/enet-protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace netpeer {

// Wire limits
constexpr uint32_t kEnetMinMtu = 576;              // UDP payload bytes
constexpr uint32_t kEnetMaxMtu = 4096;             // also the largest datagram accepted
constexpr size_t kEnetMaxDatagramBytes = 4096 + 4; // a checksum is not in the MTU budget
constexpr size_t kEnetMaxCommands = 32;            // commands per datagram we send; receivers take any number
constexpr uint32_t kEnetMinWindow = 4096;          // reliable payload bytes in flight
constexpr uint32_t kEnetMaxWindow = 65536;         // the same, at most
constexpr size_t kEnetMaxChannels = 255;           // of a connection
constexpr uint8_t kEnetSystemChannel = 0xff;       // channel number of commands that belong to none
constexpr uint16_t kEnetNoPeer = 0xfff;            // "not yet assigned" in headers and slots
constexpr size_t kEnetMaxPeers = 4095;             // of a host
constexpr uint8_t kEnetNoSession = 0xff;           // a slot that was never used
constexpr uint8_t kEnetMaxSession = 3;             // session numbers are 0 to 3

// Sequence windows (section "Reliable windows"): the 16-bit space in 16 windows
constexpr uint32_t kEnetWindowNumbers = 4096; // sequence numbers in a window
constexpr uint32_t kEnetWindows = 16;         // windows in all
constexpr uint32_t kEnetFreeWindows = 8;      // a receiver takes offsets 0..6 from its own window
constexpr uint32_t kEnetMaxWindowsAhead = 6;  // what we dare to send: see kEnetMaxFragments
static_assert(kEnetWindowNumbers * kEnetWindows == 65536, "windows must tile the 16-bit space");
constexpr uint32_t kEnetMaxFragments = kEnetMaxWindowsAhead * kEnetWindowNumbers; // one message of ours
constexpr uint32_t kEnetMaxFragmentsReceived = 65536; // beyond it numbers repeat; stock senders stay below 61,682

// Unsequenced groups: one 1024-bit block, look-ahead 32 blocks
constexpr uint32_t kEnetUnsequencedWindow = 1024;         // groups a receiver remembers
constexpr uint32_t kEnetUnsequencedLookAhead = 32 * 1024; // how many groups ahead one may be

// Defaults
constexpr uint32_t kEnetDefaultMtu = 1392;               // UDP payload bytes
constexpr uint32_t kEnetDtlsMtu = 1352;                  // a record adds up to 40 bytes: on the wire as long as without
constexpr uint32_t kEnetDefaultRttMs = 500;              // what a round trip is taken for before the first is measured
constexpr uint32_t kEnetThrottleScale = 32;              // packet throttle: 32 sends every unreliable packet
constexpr uint32_t kEnetThrottleStep = 7;                // counter step per unreliable packet, modulo the scale
constexpr uint32_t kEnetThrottleAcceleration = 2;        // throttle steps up while round trips are short
constexpr uint32_t kEnetThrottleDeceleration = 2;        // and down while they are long
constexpr uint32_t kEnetThrottleIntervalMs = 5000;       // how often the best round trip is taken afresh
constexpr uint32_t kEnetLossScale = 65536;               // packet loss: 65536 is everything
constexpr uint32_t kEnetLossIntervalMs = 10000;          // how often packet loss is computed
constexpr uint32_t kEnetTimeoutLimit = 32;               // factor by which a resend delay may have grown
constexpr uint32_t kEnetTimeoutMinimumMs = 5000;         // a peer that does not acknowledge is not given up before
constexpr uint32_t kEnetTimeoutMaximumMs = 30000;        // and not kept longer
constexpr uint32_t kEnetPingIntervalMs = 500;            // silence before a ping
constexpr uint32_t kEnetBandwidthIntervalMs = 1000;      // how often bandwidth is shared out and announced
constexpr uint32_t kEnetWindowScale = 65536;             // bytes/s of bandwidth per 4096 bytes of window
constexpr size_t kEnetDefaultMaxPacketSize = 32u << 20;  // bytes
constexpr size_t kEnetDefaultMaxWaitingData = 32u << 20; // payload bytes one peer may have waiting

// Budgets: what strangers can make us hold
constexpr size_t kEnetDefaultPeerMemory = 72u << 20;  // waiting data, one largest message, and the overhead of both
constexpr size_t kEnetDefaultHostMemory = 512u << 20; // the same for all peers of a host together
constexpr size_t kEnetMaxPendingAcks = 8192;       // per peer: one receive pass of 256 datagrams with 32 commands each
constexpr size_t kEnetMaxWaitingUnreliable = 1024; // per channel: unreliable packets behind a missing reliable one
constexpr size_t kEnetReassemblySlack = 64u << 10; // bytes a fragment may lie ahead of twice what has come
constexpr size_t kEnetReassemblyUnearned = 1u
                                           << 20; // bytes a peer's incomplete messages may reserve beyond 4x what came
constexpr uint32_t kEnetUnknownDecompressMax = 128;        // decompressed CONNECT from nobody we know
constexpr uint32_t kEnetUnknownDecompressPerSecond = 1000; // such datagrams tried per second and host
constexpr uint32_t kEnetDecompressBurstMs = 200;           // of one peer's share of work, at once
constexpr uint32_t kEnetPoolTidyMs = 1000; // memory cached this long without use goes back to the allocator
/// Of reliable messages, those of a channel that has more than this waiting, as bytes of commands, are bulk.
constexpr uint32_t kEnetMostPromptBytes = 4096;
/// Of the others so much may be in flight, or as much as the window is, however full that is; and so much overtakes bulk
/// before it has a turn.
constexpr uint32_t kEnetPromptAllowance = 16384;
static_assert(kEnetPromptAllowance + kEnetMaxMtu < 65536, "EnetPeer counts one message beyond it in 16 bits");
// Resends of thin flows leave twice, as far as these bytes go: half of what else is sent adds to them.
constexpr uint32_t kEnetFirstCopies = 1024; // at the beginning
constexpr uint32_t kEnetMostCopies = 4096;  // saved up at most
// On a bad path an acknowledgement leaves again with what goes out anyway, so that the other end goes on hearing from us.
constexpr uint32_t kEnetEchoMs = 50;             // one for each such time
constexpr uint32_t kEnetMostEchoes = 4;          // saved up while no datagram leaves
constexpr uint32_t kEnetEchoPeriodMs = 131072;   // so long after its clock was read, or two, four, eight times as long,
constexpr uint32_t kEnetEchoPauseMs = 1700;      // so much without: the other end asks, and its clock is read again
constexpr unsigned kEnetEchoMostTrust = 3;       // doublings of the period
constexpr uint32_t kEnetEchoToleranceMs = 5;     // besides the variation of the path: what was guessed was right
constexpr uint32_t kEnetMostNumbered = 32767;    // datagrams that may wait for answers, where stamps are their numbers
constexpr unsigned kEnetMostRepeats = 2;         // EnetHost::set_repeats()
constexpr uint32_t kEnetRepeatedBytes = 256;     // of payload, at most
constexpr uint32_t kEnetSpuriousMemoryMs = 2000; // a second acknowledgement within this time is recognised

} // namespace netpeer
