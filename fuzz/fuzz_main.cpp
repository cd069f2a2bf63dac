// Runs a fuzz target over stored inputs: files and directories (searched to the bottom) from the command line. With
// this main every target is also an ordinary program for compilers without libFuzzer, and a test over its corpus.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

bool replay_file(const std::filesystem::path &path) {
	std::ifstream in(path, std::ios::binary);
	if (!in) return false;
	const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
	// A block of exactly this size, so that a sanitizer sees the first byte past the end.
	const std::unique_ptr<uint8_t[]> input(new uint8_t[bytes.size()]);
	for (size_t i = 0; i < bytes.size(); ++i) input[i] = static_cast<uint8_t>(bytes[i]);
	LLVMFuzzerTestOneInput(input.get(), bytes.size());
	return true;
}

} // namespace

int main(int argc, char **argv) {
	size_t ran = 0;
	for (int i = 1; i < argc; ++i) {
		if (argv[i][0] == '-') continue; // libFuzzer's options mean nothing here
		const std::filesystem::path root = argv[i];
		std::vector<std::filesystem::path> files;
		std::error_code error;
		if (std::filesystem::is_directory(root, error)) {
			for (const auto &entry : std::filesystem::recursive_directory_iterator(root, error)) {
				if (entry.is_regular_file()) files.push_back(entry.path());
			}
		} else {
			files.push_back(root);
		}
		for (const std::filesystem::path &file : files) {
			if (!replay_file(file)) {
				std::fprintf(stderr, "cannot read %s\n", file.string().c_str());
				return 1;
			}
			++ran;
		}
	}
	std::printf("%zu inputs ran\n", ran);
	return ran != 0 ? 0 : 1;
}
