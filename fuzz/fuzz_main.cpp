// Replayer: gives a fuzz target every file it is told of, so that each target is also an ordinary test over its corpus.
// Links in place of libFuzzer's main and builds with any compiler.
//
// Usage: fuzz_<thing>_replay <file or folder>...   A folder is read with all below it, in name order. A path that does
// not exist is an error; an input that the target dislikes ends the program, as it does under libFuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

void replay(const uint8_t *data, size_t size) { (void)LLVMFuzzerTestOneInput(data, size); }

bool replay_file(const std::filesystem::path &path) {
	std::ifstream file(path, std::ios::binary);
	if (!file) return false;
	std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
	// Printed before the call: after a crash the last line names the input.
	std::printf("%s, %zu bytes\n", path.string().c_str(), bytes.size());
	std::fflush(stdout);
	// An exactly sized copy, so that a sanitizer sees the first byte read past the end.
	std::vector<uint8_t> exact(bytes.begin(), bytes.end());
	exact.shrink_to_fit();
	replay(exact.data(), exact.size());
	return true;
}

} // namespace

int main(int argc, char **argv) {
	replay(nullptr, 0); // libFuzzer starts with the empty input as well
	std::vector<std::filesystem::path> files;
	for (int i = 1; i < argc; ++i) {
		const std::filesystem::path path(argv[i]);
		std::error_code failure;
		if (!std::filesystem::is_directory(path, failure)) {
			files.push_back(path);
			continue;
		}
		const size_t before = files.size();
		for (const auto &entry : std::filesystem::recursive_directory_iterator(path, failure)) {
			if (entry.is_regular_file(failure)) files.push_back(entry.path());
		}
		std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
	}
	for (const std::filesystem::path &path : files) {
		if (!replay_file(path)) {
			std::fprintf(stderr, "cannot read %s\n", path.string().c_str());
			return 1;
		}
	}
	std::printf("%zu inputs\n", files.size());
	return argc > 1 && files.empty() ? 1 : 0; // an empty corpus is a mistake, not a success
}
