// Host names: no text crashes, what passes obeys the rules it was checked by, and what is queued or cached survives it.
#include "../src/socket/host_name.h"
#include "../src/socket/ip_address.h"
#include "../src/socket/resolver_cache.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_host_name: broken: %s\n", what);
	std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	using namespace netpeer;

	// Without a terminator, so that a sanitizer sees the first byte read past the end.
	const std::vector<char> bytes(data, data + size);
	const std::string_view name(bytes.data(), bytes.size());
	const HostNameFault fault = check_host_name(name);
	must_hold(std::strcmp(host_name_fault_text(fault), "unknown fault") != 0, "every fault has a text");
	must_hold(check_host_name(name) == fault, "the same text is judged the same");
	if (fault != HostNameFault::NONE) return 0;

	must_hold(!name.empty() && name.size() <= kMaxHostNameBytes + 1, "a good name has a length DNS can carry");
	must_hold(name.find_first_of(std::string_view(":%[] \0", 6)) == std::string_view::npos,
	        "a good name is no address text");
	must_hold(name.front() != '.' && name.find("..") == std::string_view::npos, "a good name has no empty label");
	if (name.back() != '.') {
		const std::vector<char> absolute = [&] {
			std::vector<char> text(name.begin(), name.end());
			text.push_back('.');
			return text;
		}();
		must_hold(check_host_name(std::string_view(absolute.data(), absolute.size())) == HostNameFault::NONE,
		        "a good name stays good as an absolute one");
	}

	HostNameText text;
	must_hold(text.assign(name) && text.view() == name && text.text[name.size()] == '\0', "a good name fits");
	// A name is cached under any case of its letters.
	ResolverCache cache(*default_allocator());
	AddressList addresses;
	addresses.add(IPAddress::v4(10, 0, 0, 1), IPType::ANY);
	cache.store(name, IPType::ANY, addresses, Instant::never());
	HostNameText upper = text;
	for (size_t i = 0; i < upper.size; ++i) {
		if (upper.text[i] >= 'a' && upper.text[i] <= 'z') upper.text[i] = static_cast<char>(upper.text[i] - 32);
	}
	must_hold(cache.find(upper.view(), IPType::ANY, Instant()) != nullptr, "a cached name is found again");
	must_hold(cache.find(name, IPType::IPV4, Instant()) == nullptr, "under its own type");
	cache.clear(upper.view());
	must_hold(cache.find(name, IPType::ANY, Instant()) == nullptr, "and forgotten");
	return 0;
}
