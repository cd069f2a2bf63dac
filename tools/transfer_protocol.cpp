#include "transfer_protocol.h"

#include <cstring>

namespace netpeer_tool {

namespace {

bool is_utf8(const std::string &text) {
	size_t i = 0;
	while (i < text.size()) {
		const unsigned char lead = static_cast<unsigned char>(text[i]);
		size_t more = 0;
		uint32_t point = lead;
		uint32_t smallest = 0;
		if (lead >= 0x80) {
			if (lead >= 0xc2 && lead <= 0xdf) {
				more = 1;
				point = lead & 0x1fu;
				smallest = 0x80;
			} else if (lead >= 0xe0 && lead <= 0xef) {
				more = 2;
				point = lead & 0x0fu;
				smallest = 0x800;
			} else if (lead >= 0xf0 && lead <= 0xf4) {
				more = 3;
				point = lead & 0x07u;
				smallest = 0x10000;
			} else {
				return false;
			}
		}
		if (text.size() - i <= more) return false;
		for (size_t k = 1; k <= more; ++k) {
			const unsigned char next = static_cast<unsigned char>(text[i + k]);
			if ((next & 0xc0u) != 0x80u) return false;
			point = (point << 6) | (next & 0x3fu);
		}
		if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
		i += more + 1;
	}
	return true;
}

// CON, PRN, AUX, NUL, COM0..9, LPT0..9, alone or before a dot, open a device on Windows.
bool is_device_name(const std::string &name) {
	std::string stem = name.substr(0, name.find('.'));
	while (!stem.empty() && stem.back() == ' ') stem.pop_back();
	for (char &c : stem)
		if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
	for (const char *device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"})
		if (stem == device) return true;
	if (stem.size() < 4 || (stem.compare(0, 3, "COM") != 0 && stem.compare(0, 3, "LPT") != 0)) return false;
	const std::string number = stem.substr(3);
	// Also the superscript digits one to three.
	return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || number == "\xc2\xb9" ||
	       number == "\xc2\xb2" || number == "\xc2\xb3";
}

} // namespace

const char *problem_with_name(const std::string &name) {
	if (name.empty()) return "the name is empty";
	if (name.size() > kTransferMaxNameBytes) return "the name is too long";
	if (name == "." || name == "..") return "the name is a folder";
	for (const char c : name) {
		const unsigned char byte = static_cast<unsigned char>(c);
		if (byte < 0x20 || byte == 0x7f) return "the name has control characters";
		if (c == '/' || c == '\\') return "the name has a path separator";
		if (c == ':') return "the name has a colon (a drive or a stream on some systems)";
		if (std::strchr("<>\"|?*", c) != nullptr) return "the name has characters some systems do not allow";
	}
	if (name.back() == '.' || name.back() == ' ') return "the name ends in a dot or a space";
	if (!is_utf8(name)) return "the name is not UTF-8";
	if (is_device_name(name)) return "the name means a device on some systems";
	return nullptr;
}

} // namespace netpeer_tool
