// Replayer: gives a fuzz target every file it is told of, so that each target is also an ordinary test over its corpus.
// Links in place of libFuzzer's main and builds with any compiler.
//
// Usage: fuzz_<thing>_replay <file or folder>...   A folder is read with all below it, in name order. A path that does
// not exist is an error; an input that the target dislikes ends the program, as it does under libFuzzer.
// NETPEER_REPLAY_FILES_ONLY: no folders, for C++ libraries without <filesystem> (tools/build_wasm, tools/build_musl).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#ifndef NETPEER_REPLAY_FILES_ONLY
#include <filesystem>
#include <system_error>
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

void replay(const uint8_t *data, size_t size) { (void)LLVMFuzzerTestOneInput(data, size); }

bool replay_file(const std::string &path) {
	std::FILE *file = std::fopen(path.c_str(), "rb");
	if (file == nullptr) return false;
	std::vector<uint8_t> bytes;
	uint8_t some[4096];
	for (size_t got = 0; (got = std::fread(some, 1, sizeof(some), file)) != 0;) {
		bytes.insert(bytes.end(), some, some + got);
	}
	const bool whole = std::ferror(file) == 0;
	std::fclose(file);
	if (!whole) return false;
	// Printed before the call: after a crash the last line names the input.
	std::printf("%s, %zu bytes\n", path.c_str(), bytes.size());
	std::fflush(stdout);
	// An exactly sized copy, so that a sanitizer sees the first byte read past the end.
	const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
	replay(exact.data(), exact.size());
	return true;
}

// Adds `path`, or all files below it when it is a folder.
void add_files(const char *path, std::vector<std::string> &files) {
#ifdef NETPEER_REPLAY_FILES_ONLY
	files.emplace_back(path);
#else
	std::error_code failure;
	if (!std::filesystem::is_directory(path, failure)) {
		files.emplace_back(path);
		return;
	}
	const size_t before = files.size();
	for (const auto &entry : std::filesystem::recursive_directory_iterator(path, failure)) {
		if (entry.is_regular_file(failure)) files.push_back(entry.path().string());
	}
	std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
#endif
}

} // namespace

int main(int argc, char **argv) {
	replay(nullptr, 0); // libFuzzer starts with the empty input as well
	std::vector<std::string> files;
	for (int i = 1; i < argc; ++i) add_files(argv[i], files);
	for (const std::string &path : files) {
		if (!replay_file(path)) {
			std::fprintf(stderr, "cannot read %s\n", path.c_str());
			return 1;
		}
	}
	std::printf("%zu inputs\n", files.size());
	return argc > 1 && files.empty() ? 1 : 0; // an empty corpus is a mistake, not a success
}
