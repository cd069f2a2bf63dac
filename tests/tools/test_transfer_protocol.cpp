// The messages of the file transfer and the check of names: what comes from strangers.
#include "../../tools/transfer_protocol.cpp" // the command's sources are no library
#include "../../tools/transfer_protocol.h"

#include <gtest/gtest.h>

#include <vector>

using namespace netpeer;
using namespace netpeer_tool;

namespace {

TransferMessage read_text(const std::string &message) {
	return read_transfer_message(ByteView(reinterpret_cast<const uint8_t *>(message.data()), message.size()));
}

TEST(TransferProtocol, MessagesSurviveTheirRoundTrip) {
	const std::string offered = make_offer(0x0102030405060708, "name"); // outlives the views into it
	const TransferMessage offer = read_text(offered);
	EXPECT_EQ(offer.type, TransferType::kOffer);
	EXPECT_EQ(offer.bytes, 0x0102030405060708u);
	EXPECT_EQ(std::string(reinterpret_cast<const char *>(offer.data.data), offer.data.size), "name");
	const TransferMessage end = read_text(make_end(0xfedcba9876543210));
	EXPECT_EQ(end.type, TransferType::kEnd);
	EXPECT_EQ(end.hash, 0xfedcba9876543210u);
	const TransferMessage done = read_text(make_done(5, 6));
	EXPECT_EQ(done.type, TransferType::kDone);
	EXPECT_EQ(done.bytes, 5u);
	EXPECT_EQ(done.hash, 6u);
	EXPECT_EQ(read_text(make_accept()).type, TransferType::kAccept);
	EXPECT_EQ(read_text(make_refuse("no")).data.size, 2u);
	EXPECT_EQ(read_text(make_refuse(std::string(5000, 'x'))).data.size, kTransferMaxTextBytes);
}

TEST(TransferProtocol, TruncationsAndExcessAreMalformed) {
	for (const std::string &whole : {make_end(1), make_done(1, 2)}) {
		for (size_t length = 0; length < whole.size(); ++length)
			EXPECT_EQ(read_text(whole.substr(0, length)).type, TransferType::kNone) << length;
		EXPECT_EQ(read_text(whole + "x").type, TransferType::kNone);
	}
	EXPECT_EQ(read_text(make_accept() + "x").type, TransferType::kNone);
	const std::string offer = make_offer(1, "n");
	for (size_t length = 0; length < offer.size(); ++length)
		EXPECT_EQ(read_text(offer.substr(0, length)).type, TransferType::kNone) << length;
	EXPECT_EQ(read_text(make_offer(1, std::string(kTransferMaxNameBytes, 'n'))).type, TransferType::kOffer);
	EXPECT_EQ(read_text(make_offer(1, std::string(kTransferMaxNameBytes + 1, 'n'))).type, TransferType::kNone);
	std::string version = offer;
	version[1] = 2;
	EXPECT_EQ(read_text(version).type, TransferType::kNone);
	EXPECT_EQ(read_text("\x02").type, TransferType::kNone);
	EXPECT_EQ(read_text("\x02" + std::string(kTransferChunkBytes, 'd')).type, TransferType::kData);
	EXPECT_EQ(read_text("\x02" + std::string(kTransferChunkBytes + 1, 'd')).type, TransferType::kNone);
	for (unsigned type = 0; type < 256; ++type) {
		if ((type >= 1 && type <= 3) || (type >= 129 && type <= 131)) continue;
		EXPECT_EQ(read_text(std::string(1, static_cast<char>(type))).type, TransferType::kNone) << type;
	}
}

TEST(TransferProtocol, HashIsFnv1aInAnyPieces) {
	// Published test values of 64-bit FNV-1a.
	EXPECT_EQ(TransferHash().value(), 0xcbf29ce484222325u);
	TransferHash one;
	one.add(view_of("a"));
	EXPECT_EQ(one.value(), 0xaf63dc4c8601ec8cu);
	TransferHash pieces;
	pieces.add(view_of("foo"));
	pieces.add(ByteView());
	pieces.add(view_of("bar"));
	EXPECT_EQ(pieces.value(), 0x85944171f73967e8u);
}

TEST(TransferProtocol, NamesThatCouldLeaveTheFolderAreRefused) {
	const std::string bad[] = {"", ".", "..", "../x", "/x", "x/", "a\\b", "\\", "C:", "C:x", "x:stream",
	        std::string("a\0b", 3), "a\nb", "\x7f", "*", "a?", "<", ">", "|", "\"", "x.", "x ", "nul", "NUL.txt", "Con",
	        "aux .c", "COM1", "lpt9.x", "COM\xc2\xb9", "\xff", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
	        "\xf4\x90\x80\x80", "\xe2\x82", std::string(201, 'x')};
	for (const std::string &name : bad) EXPECT_NE(problem_with_name(name), nullptr) << name;
	const std::string good[] = {"x", "..x", "x..y", ".hidden", "a b", "-x", "nul2", "company", "com10", "COM",
	        "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", std::string(200, 'x')};
	for (const std::string &name : good) EXPECT_EQ(problem_with_name(name), nullptr) << name;
}

} // namespace
