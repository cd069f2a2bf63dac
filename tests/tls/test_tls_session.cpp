// TlsSession over a stream: handshake, data, every failure, every way the wire may be cut. DTLS is test_dtls_session.cpp.
#include "../../src/tls/tls_session.h"
#include "../support/tls_support.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

#if NETPEER_WITH_MBEDTLS
#define SKIP_WITHOUT_TLS() (void)0
#else
#define SKIP_WITHOUT_TLS() GTEST_SKIP() << "built without mbedTLS"
#endif

std::string pattern(size_t size, uint64_t seed) {
	SeededRng rng(seed);
	std::string text(size, 0);
	for (char &c : text) c = static_cast<char>(rng.u32());
	return text;
}

TEST(TlsSession, ClientAndServerShakeHandsAndAgree) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected()) << pair.client->failure_detail() << pair.server->failure_detail();
	EXPECT_STREQ(pair.client->protocol(), "TLSv1.2");
	EXPECT_STREQ(pair.client->cipher_suite(), pair.server->cipher_suite());
	EXPECT_EQ(pair.client->failure(), TlsFailure::kNone);
	EXPECT_TRUE(pair.client->next_timeout().is_never());
	ASSERT_NE(pair.client->peer_certificate(), nullptr);
	EXPECT_EQ(pair.client->peer_certificate()->count(), 1u);
	EXPECT_EQ(pair.server->peer_certificate(), nullptr);
}

TEST(TlsSession, DataOfEverySizeArrivesInBothDirections) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected());
	for (size_t size : {1u, 2u, 15u, 16u, 17u, 255u, 1400u, 4096u, 16383u, 16384u, 16385u, 40000u, 300000u}) {
		const std::string text = pattern(size, size);
		EXPECT_EQ(pair.carry(*pair.client, *pair.server, text), text) << size;
		EXPECT_EQ(pair.carry(*pair.server, *pair.client, text), text) << size;
	}
}

TEST(TlsSession, CloseIsAnOrderlyEndAtBothSides) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected());
	size_t taken = 0, got = 0;
	ASSERT_EQ(pair.client->write(pair.now, view_of("last words"), taken), Error::OK);
	pair.client->close(pair.now);
	EXPECT_EQ(pair.client->state(), TlsSession::State::kClosed);
	pair.move(*pair.client, *pair.server);
	uint8_t buffer[64];
	EXPECT_EQ(pair.server_read, "last words"); // they came with the notice, and first
	EXPECT_EQ(pair.server->state(), TlsSession::State::kClosed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kClosed);
	EXPECT_EQ(pair.server->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::ERR_FILE_EOF);
	EXPECT_EQ(pair.client->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::ERR_UNCONFIGURED);
	EXPECT_FALSE(pair.server->drain().empty()) << "the notice is answered";
}

// --- setting up ---

Error error_of_client(const std::shared_ptr<TLSOptions> &options, const char *host_name) {
	TlsSessionConfig config;
	config.options = options;
	config.host_name = host_name;
	Error error = Error::OK;
	const bool made = TlsSession::create(config, error) != nullptr;
	EXPECT_EQ(made, error == Error::OK);
	return error;
}

Error error_of_server(const std::shared_ptr<TLSOptions> &options) { return error_of_client(options, ""); }

TEST(TlsSessionSetup, ClientsMustHaveATrustedChainAndAName) {
	SKIP_WITHOUT_TLS();
	const auto authority = tls_chain(tls_keys::kAuthority);
	const auto empty = std::make_shared<X509Certificate>();
	EXPECT_EQ(error_of_client(TLSOptions::client(authority), "server.test"), Error::OK);
	EXPECT_EQ(error_of_client(TLSOptions::client(authority, "other.test"), ""), Error::OK);
	EXPECT_EQ(error_of_client(TLSOptions::client_unsafe(), ""), Error::OK);
	EXPECT_EQ(error_of_client(TLSOptions::client_unsafe(authority), ""), Error::OK);
	EXPECT_EQ(error_of_client(nullptr, "server.test"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_client(TLSOptions::client(authority), ""), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_client(TLSOptions::client(authority), nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_client(TLSOptions::client(empty), "server.test"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_client(TLSOptions::client_unsafe(empty), ""), Error::ERR_INVALID_PARAMETER);
	const std::string longest(255, 'a');
	EXPECT_EQ(error_of_client(TLSOptions::client(authority), longest.c_str()), Error::OK);
	EXPECT_EQ(error_of_client(TLSOptions::client(authority), (longest + "a").c_str()), Error::ERR_INVALID_PARAMETER);
	set_default_trust_path("/nowhere/at/all.pem");
	EXPECT_EQ(error_of_client(TLSOptions::client(), "server.test"), Error::ERR_UNCONFIGURED);
	set_default_trust_path(nullptr);
}

TEST(TlsSessionSetup, ServersMustHaveAKeyThatBelongsToTheirCertificate) {
	SKIP_WITHOUT_TLS();
	const auto key = tls_key(tls_keys::kServerKey);
	const auto own = tls_chain(tls_keys::kServer);
	EXPECT_EQ(error_of_server(TLSOptions::server(key, own)), Error::OK);
	EXPECT_EQ(error_of_server(TLSOptions::server(nullptr, own)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_server(TLSOptions::server(key, nullptr)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_server(TLSOptions::server(std::make_shared<CryptoKey>(), own)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_server(TLSOptions::server(key, std::make_shared<X509Certificate>())),
	        Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_server(tls_server_options(tls_keys::kServer, tls_keys::kRsaKey)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(error_of_server(tls_server_options(tls_keys::kOtherAuthority)), Error::ERR_INVALID_PARAMETER);
	const auto public_half = std::make_shared<CryptoKey>();
	ASSERT_EQ(public_half->load_from_string(key->save_to_string(true).c_str(), true), Error::OK);
	EXPECT_EQ(error_of_server(TLSOptions::server(public_half, own)), Error::ERR_INVALID_PARAMETER);
}

TEST(TlsSessionSetup, KeysAndChainsAreLockedAsLongAsASessionUsesThem) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	const auto key = tls_key(tls_keys::kServerKey);
	const auto own = tls_chain(tls_keys::kServer);
	const auto authority = tls_chain(tls_keys::kAuthority);
	pair.client_config.options = TLSOptions::client(authority);
	pair.server_config.options = TLSOptions::server(key, own);
	ASSERT_TRUE(pair.make());
	EXPECT_EQ(key->load_from_string(tls_keys::kServerKey), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(own->load_from_string(tls_keys::kServer), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(authority->load_from_string(tls_keys::kAuthority), Error::ERR_ALREADY_IN_USE);
	pair.client.reset();
	pair.server.reset();
	EXPECT_EQ(key->load_from_string(tls_keys::kServerKey), Error::OK);
	EXPECT_EQ(own->load_from_string(tls_keys::kServer), Error::OK);
	EXPECT_EQ(authority->load_from_string(tls_keys::kAuthority), Error::OK);
}

// --- every failure ---

struct Meeting {
	const char *what;
	std::string chain = tls_keys::kServer;
	const char *key = tls_keys::kServerKey;
	const char *authority = tls_keys::kAuthority;
	const char *host_name = "server.test";
	int64_t unix_time = kTestUnixTime;
	TlsFailure client_failure = TlsFailure::kNone;
	const char *word = ""; // of the detail
};

class TlsMeeting : public ::testing::TestWithParam<bool> {};

void expect_meeting(const Meeting &meeting, bool datagrams) {
	SCOPED_TRACE(meeting.what);
	TlsPair pair(datagrams);
	pair.client_config.options = tls_client_options(meeting.authority);
	pair.client_config.host_name = meeting.host_name;
	pair.client_config.unix_time = meeting.unix_time;
	pair.server_config.options = tls_server_options(meeting.chain, meeting.key);
	ASSERT_TRUE(pair.make());
	pair.run();
	EXPECT_EQ(pair.client->failure(), meeting.client_failure) << pair.client->failure_detail();
	EXPECT_NE(std::string(pair.client->failure_detail()).find(meeting.word), std::string::npos)
	        << pair.client->failure_detail();
	if (meeting.client_failure == TlsFailure::kNone) {
		EXPECT_TRUE(pair.connected());
		return;
	}
	EXPECT_EQ(pair.client->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kAlert) << pair.server->failure_detail();
	EXPECT_EQ(pair.client->peer_certificate(), nullptr);
	EXPECT_STREQ(pair.client->protocol(), "");
	uint8_t byte = 0;
	size_t count = 0;
	EXPECT_EQ(pair.client->read(pair.now, MutBytes(&byte, 1), count), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.client->write(pair.now, ByteView(&byte, 1), count), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.client->feed(pair.now, ByteView(&byte, 1), count), Error::ERR_UNCONFIGURED);
	EXPECT_TRUE(pair.client->next_timeout().is_never());
}

TEST_P(TlsMeeting, EveryFaultOfACertificateIsNamed) {
	SKIP_WITHOUT_TLS();
	const std::string through = std::string(tls_keys::kByIntermediate) + tls_keys::kIntermediate;
	std::vector<Meeting> meetings;
	const auto add = [&](const char *what, TlsFailure failure, const char *word) -> Meeting & {
		meetings.emplace_back();
		meetings.back().what = what;
		meetings.back().client_failure = failure;
		meetings.back().word = word;
		return meetings.back();
	};
	add("all is well", TlsFailure::kNone, "");
	add("a name by wildcard", TlsFailure::kNone, "").host_name = "a.wild.test";
	add("a name in capitals", TlsFailure::kNone, "").host_name = "SERVER.TEST";
	add("through an intermediate", TlsFailure::kNone, "").chain = through;
	add("a long certificate", TlsFailure::kNone, "").chain = tls_keys::kLong;
	Meeting &rsa = add("RSA", TlsFailure::kNone, "");
	rsa.chain = tls_keys::kRsaServer;
	rsa.key = tls_keys::kRsaKey;
	add("expired", TlsFailure::kExpired, "expired").unix_time = 2524608001;       // 2050
	add("not valid yet", TlsFailure::kNotYetValid, "yet").unix_time = 1500000000; // 2017
	add("another name", TlsFailure::kNameMismatch, "name").host_name = "other.test";
	add("deeper than the wildcard", TlsFailure::kNameMismatch, "name").host_name = "a.b.wild.test";
	add("unknown authority", TlsFailure::kNotTrusted, "not trusted").authority = tls_keys::kOtherAuthority;
	add("missing intermediate", TlsFailure::kNotTrusted, "not trusted").chain = tls_keys::kByIntermediate;
	Meeting &weak = add("a weak key", TlsFailure::kWeak, "short");
	weak.chain = tls_keys::kWeakServer;
	weak.key = tls_keys::kWeakKey;
	Meeting &both = add("untrusted and another name", TlsFailure::kNameMismatch, "name, not trusted");
	both.host_name = "other.test";
	both.authority = tls_keys::kOtherAuthority;
	Meeting &past = add("expired by the system's clock", TlsFailure::kExpired, "expired");
	past.chain = tls_keys::kPastServer;
	past.unix_time = 0;
	Meeting &future = add("not valid yet by the system's clock", TlsFailure::kNotYetValid, "yet");
	future.chain = tls_keys::kFutureServer;
	future.unix_time = 0;
	Meeting &later = add("not valid yet today, but then", TlsFailure::kNone, "");
	later.chain = tls_keys::kFutureServer;
	later.unix_time = 2480000000; // August 2048
	for (const Meeting &meeting : meetings) expect_meeting(meeting, GetParam());
}

TEST_P(TlsMeeting, AnUnsafeClientTakesWhatItIsTold) {
	SKIP_WITHOUT_TLS();
	for (const bool chain : {false, true}) {
		TlsPair pair(GetParam());
		pair.client_config.options = TLSOptions::client_unsafe(chain ? tls_chain(tls_keys::kAuthority) : nullptr);
		pair.client_config.host_name = "quite.another.test";
		ASSERT_TRUE(pair.make());
		pair.run();
		EXPECT_TRUE(pair.connected()) << pair.client->failure_detail();
		ASSERT_NE(pair.client->peer_certificate(), nullptr);
		EXPECT_EQ(pair.client->peer_certificate()->save_to_string(), tls_chain(tls_keys::kServer)->save_to_string());
	}
	TlsPair strict(GetParam());
	strict.client_config.options = TLSOptions::client_unsafe(tls_chain(tls_keys::kOtherAuthority));
	ASSERT_TRUE(strict.make());
	strict.run();
	EXPECT_EQ(strict.client->failure(), TlsFailure::kNotTrusted) << "a chain is a chain";
}

TEST_P(TlsMeeting, WithoutEntropyNothingBegins) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(GetParam());
	ASSERT_TRUE(pair.make());
	pair.client_random.fail(true);
	pair.run();
	EXPECT_EQ(pair.client->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.client->failure(), TlsFailure::kInternal) << pair.client->failure_detail();
}

TEST_P(TlsMeeting, RandomnessAndTimeDecideEveryByte) {
	SKIP_WITHOUT_TLS();
	std::string first;
	for (int round = 0; round < 2; ++round) {
		TlsPair pair(GetParam(), 77);
		ASSERT_TRUE(pair.make());
		pair.start();
		std::string hello(reinterpret_cast<const char *>(pair.client->drain().data), pair.client->drain().size);
		// mbedTLS puts the system's clock into the first four bytes of the random.
		const size_t random_at = GetParam() ? 27 : 11;
		hello.erase(random_at, 4);
		if (round == 0) first = hello;
		EXPECT_EQ(hello, first);
	}
}

INSTANTIATE_TEST_SUITE_P(Wires, TlsMeeting, ::testing::Values(false, true),
        [](const ::testing::TestParamInfo<bool> &wire) { return wire.param ? "Datagrams" : "Stream"; });

TEST(TlsFailureText, IsThereForEveryFailure) {
	std::string seen;
	for (int i = 0; i <= static_cast<int>(TlsFailure::kInternal); ++i) {
		const std::string text = tls_failure_text(static_cast<TlsFailure>(i));
		EXPECT_NE(text, "unknown") << i;
		EXPECT_EQ(seen.find("|" + text + "|"), std::string::npos) << text;
		seen += "|" + text + "|";
	}
}

// --- protocol: records one by one ---

/// A whole handshake, record by record, with somebody in the middle.
class RecordWalk {
public:
	enum class Do { kPass, kStop, kAlert, kCorrupt, kReplace };

	/// What happens at record `at` of the walk (counted from 0, both directions).
	RecordWalk(TlsPair &pair, Do what, size_t at, const std::string &other = "") :
	        pair_(pair), what_(what), at_(at), other_(other) {}

	/// False: nothing moves any more.
	bool run() {
		pair_.start();
		for (bool moved = true; moved && !stopped_;) {
			const bool there = side(*pair_.client, *pair_.server);
			moved = side(*pair_.server, *pair_.client) || there;
		}
		return reached_;
	}
	size_t count() const { return count_; }

private:
	bool side(TlsSession &from, TlsSession &to) {
		const std::string bytes(reinterpret_cast<const char *>(from.drain().data), from.drain().size);
		from.drained(bytes.size());
		for (size_t at = 0; at + 5 <= bytes.size() && !stopped_;) {
			const size_t size =
			        5 + ((static_cast<unsigned char>(bytes[at + 3]) << 8) | static_cast<unsigned char>(bytes[at + 4]));
			pass(bytes.substr(at, size), to);
			at += size;
		}
		return !bytes.empty();
	}
	void pass(std::string record, TlsSession &to) {
		if (count_++ == at_) {
			reached_ = true;
			if (what_ == Do::kAlert) record = std::string("\x15\x03\x03\x00\x02\x02\x50", 7); // internal_error
			if (what_ == Do::kCorrupt) record.back() = static_cast<char>(record.back() ^ 1);
			if (what_ == Do::kReplace) record = other_;
			if (what_ == Do::kStop) stopped_ = true;
		}
		if (stopped_) return;
		size_t taken = 0;
		(void)to.feed(pair_.now, ByteView(reinterpret_cast<const uint8_t *>(record.data()), record.size()), taken);
	}

	TlsPair &pair_;
	Do what_;
	size_t at_;
	std::string other_;
	size_t count_ = 0;
	bool reached_ = false;
	bool stopped_ = false;
};

TEST(TlsSession, AHandshakeThatStallsAtAnyRecordWaitsWithoutATimerAndEndsWithTheWire) {
	SKIP_WITHOUT_TLS();
	size_t at = 0;
	for (;; ++at) {
		TlsPair pair(false);
		ASSERT_TRUE(pair.make());
		if (!RecordWalk(pair, RecordWalk::Do::kStop, at).run()) break;
		EXPECT_FALSE(pair.connected());
		for (TlsSession *side : {pair.client.get(), pair.server.get()}) {
			EXPECT_TRUE(side->next_timeout().is_never());
			side->handle_timeout(pair.now + Duration::from_s(1000));
			if (side->state() == TlsSession::State::kConnected) continue;
			EXPECT_EQ(side->state(), TlsSession::State::kHandshaking) << at;
			side->end_of_wire(pair.now);
			EXPECT_EQ(side->state(), TlsSession::State::kFailed) << at;
			EXPECT_EQ(side->failure(), TlsFailure::kTruncated) << at << side->failure_detail();
		}
	}
	EXPECT_GE(at, 8u);
}

TEST(TlsSession, AnAlertInPlaceOfAnyRecordEndsTheHandshake) {
	SKIP_WITHOUT_TLS();
	for (size_t at = 0;; ++at) {
		TlsPair pair(false);
		ASSERT_TRUE(pair.make());
		if (!RecordWalk(pair, RecordWalk::Do::kAlert, at).run()) break;
		const TlsFailure client = pair.client->failure(), server = pair.server->failure();
		// In the clear where the other end expects encryption it is a bad record instead.
		EXPECT_TRUE(client == TlsFailure::kAlert || server == TlsFailure::kAlert || client == TlsFailure::kProtocol ||
		            server == TlsFailure::kProtocol)
		        << at;
		EXPECT_FALSE(pair.connected()) << at;
	}
}

TEST(TlsSession, ACorruptedRecordNeverLeadsToASession) {
	SKIP_WITHOUT_TLS();
	for (size_t at = 0;; ++at) {
		TlsPair pair(false);
		ASSERT_TRUE(pair.make());
		if (!RecordWalk(pair, RecordWalk::Do::kCorrupt, at).run()) break;
		EXPECT_FALSE(pair.connected()) << at;
		EXPECT_TRUE(pair.client->state() == TlsSession::State::kFailed ||
		            pair.server->state() == TlsSession::State::kFailed)
		        << at;
	}
}

std::string bytes_of_pem(const std::string &pem) {
	const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	std::string bytes;
	unsigned bits = 0, value = 0;
	for (size_t i = pem.find('\n'); i < pem.rfind("-----END"); ++i) {
		const size_t digit = digits.find(pem[i]);
		if (digit == std::string::npos) continue;
		value = (value << 6) | static_cast<unsigned>(digit);
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		bytes += static_cast<char>((value >> bits) & 0xff);
	}
	return bytes;
}

std::string with_u24_size(const std::string &bytes) {
	return std::string(1, '\0') + static_cast<char>(bytes.size() >> 8) + static_cast<char>(bytes.size()) + bytes;
}

TEST(TlsSession, ACertificateForAnotherPurposeIsNamed) {
	SKIP_WITHOUT_TLS();
	// Our own server would not show it, so it is put in place of the server's.
	const std::string message =
	        std::string(1, 11) + with_u24_size(with_u24_size(with_u24_size(bytes_of_pem(tls_keys::kClientOnly))));
	const std::string size{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	ASSERT_TRUE(RecordWalk(pair, RecordWalk::Do::kReplace, 2, "\x16\x03\x03" + size + message).run());
	EXPECT_EQ(pair.client->failure(), TlsFailure::kWrongPurpose) << pair.client->failure_detail();
	EXPECT_EQ(pair.server->failure(), TlsFailure::kAlert);
}

TEST(TlsSession, AServerDoesNotShowACertificateForClients) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	pair.server_config.options = tls_server_options(tls_keys::kClientOnly);
	ASSERT_TRUE(pair.make());
	pair.run();
	EXPECT_EQ(pair.server->failure(), TlsFailure::kNoCommonProtocol) << pair.server->failure_detail();
	EXPECT_EQ(pair.client->failure(), TlsFailure::kAlert);
}

TEST(TlsSession, ASignatureByAnotherKeyIsNamed) {
	SKIP_WITHOUT_TLS();
	// The last byte of the server's key exchange (its third record) belongs to the signature.
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	ASSERT_TRUE(RecordWalk(pair, RecordWalk::Do::kCorrupt, 3).run());
	EXPECT_EQ(pair.client->failure(), TlsFailure::kBadSignature) << pair.client->failure_detail();
	EXPECT_EQ(pair.server->failure(), TlsFailure::kAlert);
	TlsPair rsa(false);
	rsa.server_config.options = tls_server_options(tls_keys::kRsaServer, tls_keys::kRsaKey);
	ASSERT_TRUE(rsa.make());
	ASSERT_TRUE(RecordWalk(rsa, RecordWalk::Do::kCorrupt, 3).run());
	EXPECT_EQ(rsa.client->failure(), TlsFailure::kBadSignature) << rsa.client->failure_detail();
}

/// A hello of TLS with one suite, offering a curve and a signature.
std::string stream_hello(unsigned version_minor, const char *suite) {
	const std::string extensions("\x00\x0a\x00\x04\x00\x02\x00\x17\x00\x0d\x00\x04\x00\x02\x04\x03", 16);
	std::string body = std::string(1, 3) + static_cast<char>(version_minor) + std::string(32, 'r') +
	                   std::string(1, '\0') + std::string("\x00\x02", 2) + std::string(suite, 2) +
	                   std::string("\x01\x00", 2) + std::string(1, '\0') + static_cast<char>(extensions.size()) +
	                   extensions;
	body = std::string("\x01\x00\x00", 3) + static_cast<char>(body.size()) + body;
	return std::string("\x16\x03\x01\x00", 4) + static_cast<char>(body.size()) + body;
}

TlsFailure failure_of_server(const std::string &hello) {
	TlsPair pair(false);
	EXPECT_TRUE(pair.make());
	size_t taken = 0;
	(void)pair.server->feed(pair.now, ByteView(reinterpret_cast<const uint8_t *>(hello.data()), hello.size()), taken);
	EXPECT_EQ(pair.server->drain().empty(), pair.server->failure() == TlsFailure::kTruncated);
	return pair.server->failure();
}

TEST(TlsSession, WithoutAVersionOrSuiteInCommonTheServerSaysSo) {
	SKIP_WITHOUT_TLS();
	EXPECT_EQ(failure_of_server(stream_hello(3, "\xc0\x2b")), TlsFailure::kNone) << "ECDHE-ECDSA-AES-128-GCM";
	EXPECT_EQ(failure_of_server(stream_hello(2, "\xc0\x2b")), TlsFailure::kNoCommonProtocol) << "TLS 1.1";
	EXPECT_EQ(failure_of_server(stream_hello(1, "\xc0\x2b")), TlsFailure::kNoCommonProtocol) << "TLS 1.0";
	EXPECT_EQ(failure_of_server(stream_hello(3, "\xc0\x09")), TlsFailure::kNoCommonProtocol) << "CBC";
	EXPECT_EQ(failure_of_server(stream_hello(3, "\xc0\xae")), TlsFailure::kNoCommonProtocol) << "CCM with a short tag";
	EXPECT_EQ(failure_of_server(stream_hello(3, "\xc0\x2f")), TlsFailure::kNoCommonProtocol) << "for RSA certificates";
	EXPECT_EQ(failure_of_server(stream_hello(3, "\x00\x9c")), TlsFailure::kNoCommonProtocol) << "no forward secrecy";
}

TEST(TlsSession, TheClientOffersOnlyAuthenticatedEncryptionWithFreshKeys) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.start();
	ByteReader in(pair.client->drain().after(5 + 4 + 2 + 32));
	(void)in.take(in.u8());
	ByteReader suites(in.take(in.u16_be()));
	size_t count = 0;
	while (suites.left() != 0) {
		const unsigned suite = suites.u16_be();
		const bool accepted = suite == 0xcca8 || suite == 0xcca9 || suite == 0xc02b || suite == 0xc02c ||
		                      suite == 0xc02f || suite == 0xc030 || suite == 0xc0ac || suite == 0xc0ad ||
		                      (suite >> 8) == 0x13;
		EXPECT_TRUE(accepted || suite == 0x00ff) << std::hex << suite; // 00ff: no renegotiation of the old kind
		++count;
	}
	EXPECT_GE(count, 6u);
}

// --- the wire in pieces ---

TEST(TlsSession, AWireOfSingleBytesServesAsWell) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.start();
	const auto trickle = [&](TlsSession &from, TlsSession &to) {
		bool moved = false;
		while (!from.drain().empty()) {
			const uint8_t byte = from.drain()[0];
			from.drained(1);
			size_t taken = 0;
			while (taken == 0) {
				if (to.feed(pair.now, ByteView(&byte, 1), taken) != Error::OK) return false;
				if (taken == 0 && !pair.keep_plain(to)) return false;
			}
			moved = true;
		}
		return moved;
	};
	for (bool moved = true; moved;) {
		const bool there = trickle(*pair.client, *pair.server);
		moved = trickle(*pair.server, *pair.client) || there;
	}
	ASSERT_TRUE(pair.connected());
	const std::string text = pattern(40000, 3);
	size_t taken = 0;
	ASSERT_EQ(
	        pair.client->write(pair.now, ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()), taken),
	        Error::OK);
	ASSERT_EQ(taken, text.size());
	trickle(*pair.client, *pair.server);
	while (pair.keep_plain(*pair.server)) {
	}
	EXPECT_EQ(pair.server_read, text);
}

TEST(TlsSession, PlaintextThatIsNotReadHoldsTheWireBack) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	size_t taken = 0, got = 0;
	const std::string text = pattern(50000, 5);
	ASSERT_EQ(
	        pair.client->write(pair.now, ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()), taken),
	        Error::OK);
	const ByteView wire = pair.client->drain();
	ASSERT_EQ(pair.server->feed(pair.now, wire, taken), Error::OK);
	EXPECT_LT(taken, 17000u) << "one record";
	EXPECT_EQ(pair.server->available(), 16384u);
	size_t more = 1;
	ASSERT_EQ(pair.server->feed(pair.now, wire.after(taken), more), Error::OK);
	EXPECT_EQ(more, 0u);
	uint8_t piece[1000];
	ASSERT_EQ(pair.server->read(pair.now, MutBytes(piece, sizeof(piece)), got), Error::OK);
	EXPECT_EQ(got, 1000u);
	EXPECT_EQ(std::memcmp(piece, text.data(), 1000), 0);
	EXPECT_EQ(pair.server->available(), 15384u);
}

TEST(TlsSession, WritesTakeNothingWhileTooMuchWaits) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	const std::string text = pattern(1000000, 5);
	const ByteView all(reinterpret_cast<const uint8_t *>(text.data()), text.size());
	size_t taken = 1;
	EXPECT_EQ(pair.client->write(pair.now, all, taken), Error::ERR_UNCONFIGURED) << "not connected";
	EXPECT_EQ(taken, 0u);
	pair.run();
	ASSERT_EQ(pair.client->write(pair.now, all, taken), Error::OK);
	EXPECT_GE(pair.client->drain().size, TlsSession::kMostOutputBytes);
	EXPECT_LE(pair.client->drain().size, TlsSession::kMostOutputBytes + 16384 + 64);
	const size_t first = taken;
	ASSERT_EQ(pair.client->write(pair.now, all.after(first), taken), Error::OK);
	EXPECT_EQ(taken, 0u);
	pair.client->drained(20000);
	ASSERT_EQ(pair.client->write(pair.now, all.after(first), taken), Error::OK);
	EXPECT_GT(taken, 0u);
}

TEST(TlsSession, AWireThatEndsWithoutANoticeIsATruncationOnceAllIsRead) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	size_t taken = 0, got = 0;
	ASSERT_EQ(pair.client->write(pair.now, view_of("unfinished"), taken), Error::OK);
	const ByteView wire = pair.client->drain();
	ASSERT_EQ(pair.server->feed(pair.now, wire, taken), Error::OK);
	pair.server->end_of_wire(pair.now);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kConnected) << "there is something to read";
	uint8_t buffer[64];
	ASSERT_EQ(pair.server->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::OK);
	EXPECT_EQ(got, 10u);
	EXPECT_EQ(pair.server->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kTruncated);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kFailed);
}

TEST(TlsSession, AWireThatEndsWithinARecordIsATruncation) {
	SKIP_WITHOUT_TLS();
	for (size_t cut : {1u, 4u, 5u, 6u, 20u}) {
		TlsPair pair(false);
		ASSERT_TRUE(pair.make());
		pair.run();
		size_t taken = 0;
		ASSERT_EQ(pair.client->write(pair.now, view_of("unfinished"), taken), Error::OK);
		ASSERT_EQ(pair.server->feed(pair.now, pair.client->drain().first(cut), taken), Error::OK);
		pair.server->end_of_wire(pair.now);
		EXPECT_EQ(pair.server->failure(), TlsFailure::kTruncated) << cut;
	}
}

TEST(TlsSession, ADamagedRecordEndsTheSession) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	size_t taken = 0;
	ASSERT_EQ(pair.client->write(pair.now, view_of("damaged"), taken), Error::OK);
	std::vector<uint8_t> wire(pair.client->drain().data, pair.client->drain().data + pair.client->drain().size);
	wire.back() ^= 1;
	ASSERT_EQ(pair.server->feed(pair.now, ByteView(wire.data(), wire.size()), taken), Error::OK);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kProtocol) << pair.server->failure_detail();
	pair.move(*pair.server, *pair.client);
	EXPECT_EQ(pair.client->failure(), TlsFailure::kAlert);
}

TEST(TlsSession, ANoticeInTheMiddleOfTheHandshakeIsAFailure) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.start();
	const uint8_t notice[] = {0x15, 3, 3, 0, 2, 1, 0};
	size_t taken = 0;
	ASSERT_EQ(pair.client->feed(pair.now, ByteView(notice, sizeof(notice)), taken), Error::OK);
	EXPECT_EQ(pair.client->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.client->failure(), TlsFailure::kClosed);
}

TEST(TlsSession, CloseBeforeTheHandshakeIsOverDoesNothing) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.start();
	pair.client->close(pair.now);
	EXPECT_EQ(pair.client->state(), TlsSession::State::kHandshaking);
	pair.run();
	EXPECT_TRUE(pair.connected());
}

} // namespace
