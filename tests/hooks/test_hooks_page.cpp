// docs/hooks.md shows examples/console_hooks.cpp, so that what a reader copies is what is built.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string whole_file(const std::string &path) {
	std::ifstream file(std::string(NETPEER_REPO_DIR) + "/" + path, std::ios::binary);
	return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

} // namespace

TEST(HooksPage, ShowsTheExampleThatIsBuilt) {
	const std::string page = whole_file("docs/hooks.md");
	const std::string example = whole_file("examples/console_hooks.cpp");
	ASSERT_FALSE(example.empty());
	EXPECT_NE(page.find("```cpp\n" + example + "```\n"), std::string::npos);
}
