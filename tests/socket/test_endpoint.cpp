#include "../../src/socket/endpoint.h"

#include <gtest/gtest.h>

#include <set>

using netpeer::Endpoint;
using netpeer::hash_address;
using netpeer::hash_endpoint;
using netpeer::HashKey;
using netpeer::IPAddress;

namespace {

Endpoint endpoint_at(const char *address, uint16_t port) {
	Endpoint endpoint;
	endpoint.address = IPAddress(address);
	endpoint.port = port;
	return endpoint;
}

} // namespace

TEST(Endpoint, EqualityNeedsAddressAndPort) {
	EXPECT_EQ(endpoint_at("1.2.3.4", 5), endpoint_at("::ffff:1.2.3.4", 5));
	EXPECT_NE(endpoint_at("1.2.3.4", 5), endpoint_at("1.2.3.4", 6));
	EXPECT_NE(endpoint_at("1.2.3.4", 5), endpoint_at("1.2.3.5", 5));
	EXPECT_NE(endpoint_at("*", 5), endpoint_at("", 5));
}

TEST(Endpoint, AScopeTellsNeighboursApartAndAnUnknownOneIsAny) {
	Endpoint known = endpoint_at("fe80::1", 5), other = known;
	const Endpoint unknown = known;
	known.scope = 2;
	other.scope = 3;
	EXPECT_NE(known, other);
	EXPECT_EQ(known, unknown);
	EXPECT_EQ(unknown, other);
	EXPECT_EQ(hash_endpoint(HashKey(), known), hash_endpoint(HashKey(), other)) << "equal ones must hash alike";
}

TEST(Endpoint, HashIsSipHash13) {
	// What CPython 3.11 (hash algorithm siphash13, PYTHONHASHSEED=0, i.e. an all-zero key) says for the same bytes.
	const HashKey zero;
	EXPECT_EQ(hash_address(zero, IPAddress("0001:0203:0405:0607:0809:0a0b:0c0d:0e0f")), 0x8972188433a5c5b7u);
	EXPECT_EQ(hash_address(zero, IPAddress("127.0.0.1")), 0x35cb71afaf9748e6u);
	// Address and port, low byte first: the 16 bytes followed by 34 12.
	EXPECT_EQ(hash_endpoint(zero, endpoint_at("127.0.0.1", 0x1234)), 0xd3fb43144e52d143u);
}

TEST(Endpoint, EqualEndpointsHashAlikeAndTheKeyMatters) {
	HashKey key;
	key.k0 = 0x0706050403020100u;
	key.k1 = 0x0f0e0d0c0b0a0908u;
	const Endpoint a = endpoint_at("10.0.0.1", 7777);
	EXPECT_EQ(hash_endpoint(key, a), hash_endpoint(key, endpoint_at("::ffff:10.0.0.1", 7777)));
	EXPECT_NE(hash_endpoint(key, a), hash_endpoint(HashKey(), a));
	HashKey other = key;
	other.k1 ^= 1;
	EXPECT_NE(hash_endpoint(key, a), hash_endpoint(other, a));
}

TEST(Endpoint, NeighbouringPortsSpreadOverASmallTable) {
	HashKey key;
	key.k0 = 1;
	key.k1 = 2;
	std::set<uint64_t> hashes;
	unsigned buckets[16] = {};
	for (unsigned port = 0; port < 4096; ++port) {
		const uint64_t hash = hash_endpoint(key, endpoint_at("192.0.2.1", static_cast<uint16_t>(port)));
		hashes.insert(hash);
		++buckets[hash & 15];
	}
	EXPECT_EQ(hashes.size(), 4096u);
	for (const unsigned bucket : buckets) {
		EXPECT_GT(bucket, 128u);
		EXPECT_LT(bucket, 512u);
	}
}
