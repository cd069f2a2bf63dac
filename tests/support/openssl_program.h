// The openssl program as somebody else to ask, and a folder of its own for the files.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#if defined(_WIN32)
#define NETPEER_TEST_POPEN _popen
#define NETPEER_TEST_PCLOSE _pclose
#else
#define NETPEER_TEST_POPEN popen
#define NETPEER_TEST_PCLOSE pclose
#endif

namespace netpeer {

class TestFolder {
public:
	TestFolder() {
		static int count = 0;
		const auto base = std::filesystem::temp_directory_path();
		do path_ = base / ("netpeer_test_" + std::to_string(std::rand()) + "_" + std::to_string(count++));
		while (!std::filesystem::create_directory(path_));
	}
	~TestFolder() {
		std::error_code ignored;
		std::filesystem::remove_all(path_, ignored);
	}
	TestFolder(const TestFolder &) = delete;
	TestFolder &operator=(const TestFolder &) = delete;

	std::string path(const std::string &name) const { return (path_ / name).string(); }
	void write(const std::string &name, const std::string &bytes) const {
		std::ofstream file(path(name), std::ios::binary);
		file << bytes;
	}
	std::string read(const std::string &name) const {
		std::ifstream file(path(name), std::ios::binary);
		return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
	}

private:
	std::filesystem::path path_;
};

struct OpensslAnswer {
	int exit_code = -1; // as the shell's helper gives it: 0 means well
	std::string output; // both of its outputs
};

// Waits for it; the commands used here end by themselves.
inline OpensslAnswer run_openssl(const std::string &arguments) {
	OpensslAnswer answer;
	std::FILE *pipe = NETPEER_TEST_POPEN(("openssl " + arguments + " 2>&1 </dev/null").c_str(), "r");
	if (pipe == nullptr) return answer;
	char block[4096];
	for (size_t got = 0; (got = std::fread(block, 1, sizeof(block), pipe)) > 0;) answer.output.append(block, got);
	answer.exit_code = NETPEER_TEST_PCLOSE(pipe);
	return answer;
}

inline bool has_openssl() {
	static const bool found = run_openssl("version").exit_code == 0;
	return found;
}

// Where CI=true it must be there.
#define NETPEER_NEEDS_OPENSSL()                                                                                        \
	do {                                                                                                               \
		if (::netpeer::has_openssl()) break;                                                                           \
		const char *np_ci_ = std::getenv("CI");                                                                        \
		if (np_ci_ != nullptr && std::string(np_ci_) == "true") FAIL() << "missing in CI: the openssl program";        \
		GTEST_SKIP() << "the openssl program is not installed";                                                        \
	} while (0)

} // namespace netpeer
