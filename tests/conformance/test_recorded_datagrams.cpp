// Every recorded datagram parses to the last byte, says what its recording says it says, and is written back to the same
// bytes; checksums are recomputed.
#include "parsed_datagram.h"
#include "recorded_session.h"

#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <map>
#include <ostream>

using namespace netpeer;
using namespace netpeer_test;

namespace {

struct RecordedFile {
	const char *path;
	bool checksum;
	int datagrams;
	int compressed;
};

// Keeps addresses out of test names.
void PrintTo(const RecordedFile &file, std::ostream *out) { *out << file.path; }

std::string file_name(const testing::TestParamInfo<RecordedFile> &info) {
	std::string name = info.param.path;
	name = name.substr(name.find('/') + 1);
	return name.substr(0, name.find('.'));
}

class RecordedDatagrams : public testing::TestWithParam<RecordedFile> {};

// The connection a datagram belongs to, for its checksum: each client has at most one at a time in these recordings.
class ConnectIds {
public:
	uint32_t of(const RecordedItem &item, const ParsedDatagram &datagram) {
		const char client = item.host == 'S' ? item.to : item.host;
		for (const ParsedCommand &command : datagram.commands)
			if (command.is(EnetCommand::kConnect)) ids_[client] = command.connect.connect_id;
		return ids_[client];
	}

private:
	std::map<char, uint32_t> ids_;
};

} // namespace

TEST_P(RecordedDatagrams, ParseAsDecodedAndAreWrittenBackToTheSameBytes) {
	int datagrams = 0, compressed = 0;
	ConnectIds ids;
	for (const RecordedItem &item : read_recording(GetParam().path)) {
		if (item.kind != RecordedKind::kDatagram) continue;
		SCOPED_TRACE("line " + std::to_string(item.line));
		ParsedDatagram datagram;
		ASSERT_TRUE(parse_datagram(view_of_bytes(item.wire), GetParam().checksum, view_of_bytes(item.plain), datagram));
		++datagrams;
		compressed += datagram.header.compressed ? 1 : 0;

		EXPECT_EQ(datagram.left_over, 0u);
		ASSERT_EQ(datagram.commands.size(), item.decoded_commands.size());
		for (size_t i = 0; i < datagram.commands.size(); ++i)
			EXPECT_EQ(describe(datagram.commands[i]), item.decoded_commands[i]);
		const std::string header = describe(datagram.header);
		EXPECT_TRUE((item.decoded_header + " ").compare(0, header.size() + 1, header + " ") == 0)
		        << header << " against " << item.decoded_header;

		const std::vector<uint8_t> body = write_commands(datagram.commands);
		if (datagram.header.compressed) {
			EXPECT_EQ(bytes_to_hex(body), bytes_to_hex(item.plain));
		} else {
			const uint32_t connect_id = ids.of(item, datagram);
			EXPECT_EQ(bytes_to_hex(write_datagram(datagram, GetParam().checksum, connect_id)), bytes_to_hex(item.wire));
		}
		if (GetParam().checksum) {
			EXPECT_EQ(checksum_of(datagram, ids.of(item, datagram)), datagram.checksum);
		}
	}
	EXPECT_EQ(datagrams, GetParam().datagrams);
	EXPECT_EQ(compressed, GetParam().compressed);
}

TEST_P(RecordedDatagrams, NoTruncationReadsPastTheEnd) {
	for (const RecordedItem &item : read_recording(GetParam().path)) {
		if (item.kind != RecordedKind::kDatagram || item.wire.size() > 300) continue;
		for (size_t count = 0; count < item.wire.size(); ++count) {
			const std::vector<uint8_t> cut(item.wire.begin(), item.wire.begin() + static_cast<long>(count));
			ParsedDatagram datagram;
			if (!parse_datagram(view_of_bytes(cut), GetParam().checksum, ByteView(), datagram)) continue;
			const size_t written = write_commands(datagram.commands).size() + datagram.left_over;
			EXPECT_LE(written, count);
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Stock, RecordedDatagrams,
        testing::Values(RecordedFile{"sessions/s01_basic.txt", false, 63, 0},
                RecordedFile{"sessions/s02_checksum.txt", true, 20, 0},
                RecordedFile{"sessions/s03_range_coder.txt", false, 20, 9},
                RecordedFile{"sessions/s04_checksum_range_coder.txt", true, 20, 9},
                RecordedFile{"sessions/s05_full_host.txt", false, 57, 0},
                RecordedFile{"sessions/s06_dup_reorder.txt", false, 226, 0},
                RecordedFile{"sessions/s07_disconnect_variants.txt", false, 46, 0},
                RecordedFile{"sessions/s08_session_ids.txt", false, 52, 0},
                RecordedFile{"sessions/s09_bandwidth.txt", false, 120, 0},
                RecordedFile{"sessions/s10_idle.txt", false, 34, 0},
                RecordedFile{"sessions/s11_timeout.txt", false, 30, 0},
                RecordedFile{"sessions/s12_connect_retry.txt", false, 20, 0}),
        file_name);
INSTANTIATE_TEST_SUITE_P(Godot, RecordedDatagrams,
        testing::Values(RecordedFile{"sessions_godot4/g0_none.txt", false, 52, 0},
                RecordedFile{"sessions_godot4/g1_range.txt", false, 60, 33},
                RecordedFile{"sessions_godot4/g2_fastlz.txt", false, 58, 28},
                RecordedFile{"sessions_godot4/g3_zlib.txt", false, 57, 26},
                RecordedFile{"sessions_godot4/g4_zstd.txt", false, 54, 23}),
        file_name);
