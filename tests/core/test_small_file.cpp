#include "../../src/core/small_file.h"
#include "../support/openssl_program.h" // TestFolder
#include "../support/watching_allocator.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace netpeer {
namespace {

ByteView bytes_of_text(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

TEST(SmallFile, WhatIsWrittenIsRead) {
	const TestFolder folder;
	const std::string path = folder.path("file");
	SecretBytes bytes;
	for (const size_t size : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{4097}, size_t{3000000}}) {
		std::string content(size, 'x');
		for (size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7 + i / 251);
		for (const SmallFileReaders readers : {SmallFileReaders::kEveryone, SmallFileReaders::kOwnerOnly}) {
			ASSERT_EQ(write_small_file(path.c_str(), bytes_of_text(content), readers), Error::OK) << size;
			ASSERT_EQ(read_small_file(path.c_str(), bytes), Error::OK) << size;
			EXPECT_TRUE(bytes.view() == bytes_of_text(content)) << size;
		}
	}
	// Nothing of a longer one stays behind a shorter one.
	ASSERT_EQ(write_small_file(path.c_str(), view_of("short"), SmallFileReaders::kEveryone), Error::OK);
	ASSERT_EQ(read_small_file(path.c_str(), bytes), Error::OK);
	EXPECT_EQ(bytes.view(), view_of("short"));
}

TEST(SmallFile, NamesAreUtf8) {
	const TestFolder folder;
	const std::string path = folder.path("") + "schl\xc3\xbcssel-\xe9\x8d\xb5.pem";
	ASSERT_EQ(write_small_file(path.c_str(), view_of("content"), SmallFileReaders::kEveryone), Error::OK);
	EXPECT_TRUE(std::filesystem::exists(std::filesystem::u8path(path)));
	SecretBytes bytes;
	ASSERT_EQ(read_small_file(path.c_str(), bytes), Error::OK);
	EXPECT_EQ(bytes.view(), view_of("content"));
}

TEST(SmallFile, WhatCannotBeOpenedSaysSo) {
	const TestFolder folder;
	SecretBytes bytes;
	EXPECT_EQ(read_small_file("", bytes), Error::ERR_FILE_CANT_OPEN);
	EXPECT_EQ(read_small_file(folder.path("missing").c_str(), bytes), Error::ERR_FILE_CANT_OPEN);
	EXPECT_EQ(read_small_file(folder.path("missing/file").c_str(), bytes), Error::ERR_FILE_CANT_OPEN);
	for (const char *name : {"missing/file", "."})
		EXPECT_EQ(write_small_file(folder.path(name).c_str(), view_of("x"), SmallFileReaders::kOwnerOnly),
		        Error::ERR_FILE_CANT_OPEN);
	EXPECT_EQ(write_small_file("", view_of("x"), SmallFileReaders::kEveryone), Error::ERR_FILE_CANT_OPEN);
}

TEST(SmallFile, LongerThanTheCapIsUnrecognized) {
	const TestFolder folder;
	folder.write("file", std::string(10000, 'x'));
	for (const size_t cap : {0, 1, 4096, 9999}) {
		SecretBytes bytes(cap);
		EXPECT_EQ(read_small_file(folder.path("file").c_str(), bytes), Error::ERR_FILE_UNRECOGNIZED) << cap;
	}
	SecretBytes just(10000);
	EXPECT_EQ(read_small_file(folder.path("file").c_str(), just), Error::OK);
	EXPECT_EQ(just.size(), 10000u);
}

TEST(SmallFile, OutOfMemoryIsSaid) {
	const TestFolder folder;
	folder.write("file", "content");
	WatchingAllocator memory;
	memory.refuses = true;
	SecretBytes bytes;
	EXPECT_EQ(read_small_file(folder.path("file").c_str(), bytes), Error::ERR_OUT_OF_MEMORY);
}

#if !defined(_WIN32)

TEST(SmallFile, AFolderCannotBeRead) {
	const TestFolder folder;
	SecretBytes bytes;
	EXPECT_EQ(read_small_file(folder.path("").c_str(), bytes), Error::ERR_FILE_CANT_READ);
}

TEST(SmallFile, AFullDeviceIsNoticed) {
	if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
	EXPECT_EQ(write_small_file("/dev/full", view_of("x"), SmallFileReaders::kEveryone), Error::ERR_FILE_CANT_WRITE);
}

TEST(SmallFile, ADeviceIsWrittenAsItIs) {
	EXPECT_EQ(write_small_file("/dev/null", view_of("x"), SmallFileReaders::kOwnerOnly), Error::OK);
	EXPECT_NE(std::filesystem::status("/dev/null").permissions() & std::filesystem::perms::others_write,
	        std::filesystem::perms::none);
}

#endif

} // namespace
} // namespace netpeer
