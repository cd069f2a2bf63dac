// netpeer var: values as bytes and bytes as values, in Godot's binary format.
#include "../src/core/variant_codec.h"
#include "../src/core/variant_text.h"
#include "netpeer_commands.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace netpeer_tool {

namespace {

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::Variant;

struct VarOptions {
	std::string text; // literal or hex
	bool godot3 = false;
	bool json = false;
	bool objects = false;
	bool double_reals = false;

	netpeer::VariantDialect dialect() const {
		return godot3 ? netpeer::VariantDialect::kGodot3 : netpeer::VariantDialect::kGodot4;
	}
};

ByteView view_of_argument(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

int print_line(const ByteBuffer &text) {
	std::fwrite(text.data(), 1, text.size(), stdout);
	std::fputc('\n', stdout);
	return std::fflush(stdout) == 0 ? 0 : fail("cannot write the result");
}

int print_value(const Variant &value, bool json) {
	ByteBuffer text;
	const auto style = json ? netpeer::VariantTextStyle::kJson : netpeer::VariantTextStyle::kGdscript;
	const Error error = netpeer::print_variant(value, text, style);
	return error == Error::OK ? print_line(text) : fail(std::string("cannot print: ") + netpeer::error_name(error));
}

// Pairs of digits; blanks, ':' and '-' may stand between them. False where that is not so, with `at` set.
bool bytes_of_hex(const std::string &hex, ByteBuffer &out, size_t &at) {
	int high = -1;
	for (at = 0; at < hex.size(); ++at) {
		const char c = hex[at];
		const bool apart = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':' || c == '-';
		if (apart && high < 0) continue;
		const int digit = c >= '0' && c <= '9'   ? c - '0'
		                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
		                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                         : -1;
		if (digit < 0) return false;
		if (high < 0) {
			high = digit;
			continue;
		}
		const uint8_t byte = static_cast<uint8_t>(high * 16 + digit);
		if (out.append(ByteView(&byte, 1)) != Error::OK) return false;
		high = -1;
	}
	return high < 0;
}

int run_var_encode(const VarOptions &options) {
	netpeer::VariantParseOptions parsing;
	parsing.allow_objects = options.objects;
	Variant value;
	size_t offset = 0;
	const Error parsed = netpeer::parse_variant(view_of_argument(options.text), value, parsing, &offset);
	if (parsed == Error::ERR_UNAUTHORIZED) return fail("objects with properties need --objects");
	if (parsed != Error::OK)
		return fail("not a value: " + std::string(netpeer::error_name(parsed)) + " at byte " +
		            std::to_string(offset + 1) + ": " + printable(options.text.substr(offset)));
	if (options.json) return print_value(value, true);
	netpeer::VariantEncodeOptions writing;
	writing.dialect = options.dialect();
	writing.full_objects = options.objects;
	writing.double_reals = options.double_reals;
	ByteBuffer bytes;
	const Error error = netpeer::encode_variant(value, bytes, writing);
	if (error == Error::ERR_INVALID_PARAMETER && options.godot3) return fail("Godot 3 has no such type");
	if (error != Error::OK) return fail(std::string("cannot encode: ") + netpeer::error_name(error));
	for (size_t i = 0; i < bytes.size(); ++i) std::printf("%02x", bytes.view()[i]);
	std::printf("\n");
	return std::fflush(stdout) == 0 ? 0 : fail("cannot write the result");
}

int run_var_decode(const VarOptions &options) {
	ByteBuffer bytes;
	size_t at = 0;
	if (!bytes_of_hex(options.text, bytes, at)) return fail("not hexadecimal at character " + std::to_string(at + 1));
	netpeer::VariantDecodeOptions reading;
	reading.dialect = options.dialect();
	reading.allow_objects = options.objects;
	Variant value;
	size_t consumed = 0;
	const Error error = netpeer::decode_variant(bytes.view(), value, consumed, reading);
	if (error == Error::ERR_UNAUTHORIZED) return fail("objects with properties need --objects");
	if (error != Error::OK) return fail(std::string("not a value: ") + netpeer::error_name(error));
	const int printed = print_value(value, options.json);
	if (consumed < bytes.size())
		std::fprintf(stderr, "note: %zu bytes behind the value were ignored\n", bytes.size() - consumed);
	return printed;
}

} // namespace

void add_var_command(CLI::App &app, int &exit_code) {
	CLI::App *command = app.add_subcommand("var", "Values to bytes and back, as put_var and var_to_bytes write them");
	command->require_subcommand(1);
	const auto add = [&](const char *name, const char *about, const char *argument, const char *argument_about,
	                         int (*run)(const VarOptions &)) {
		const auto options = std::make_shared<VarOptions>();
		CLI::App *verb = command->add_subcommand(name, about);
		verb->add_option(argument, options->text, argument_about)->required();
		verb->add_flag("--godot3", options->godot3, "The format of Godot 3");
		verb->add_flag("--json", options->json, "Print the value as JSON instead, for reading");
		verb->add_flag("--objects", options->objects, "Take objects with properties, as data");
		verb->callback([options, run, &exit_code] { exit_code = run(*options); });
		return std::make_pair(verb, options);
	};
	const auto encode = add("encode", "Print the bytes of a value in hexadecimal", "LITERAL",
	        "As GDScript writes it: '[1, \"two\", Vector2(3, 4)]'; behind -- if it begins with '-'", run_var_encode);
	encode.first->add_flag("--double", encode.second->double_reals, "64-bit components in vectors and the like");
	add("decode", "Print the value that bytes mean", "HEX", "Blanks, ':' and '-' may separate bytes", run_var_decode);
}

} // namespace netpeer_tool
