// Variants for tests: the vector files, values from text, bytes of values, and random values of every type.
#pragma once

#include "../../src/core/seeded_rng.h"
#include "../../src/core/variant_codec.h"
#include "../../src/core/variant_text.h"
#include "hex_bytes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace netpeer_test {

/// Lines of a tab-separated file below tests/vectors.
inline std::vector<std::vector<std::string>> variant_vector_lines(const std::string &file) {
	std::ifstream in(std::string(NETPEER_REPO_DIR) + "/tests/vectors/" + file, std::ios::binary);
	EXPECT_TRUE(in) << file;
	std::vector<std::vector<std::string>> lines;
	std::string line;
	while (std::getline(in, line)) {
		if (!line.empty() && line.back() == '\r') line.pop_back();
		std::vector<std::string> fields;
		std::istringstream parts(line);
		std::string field;
		while (std::getline(parts, field, '\t')) fields.push_back(field);
		if (!fields.empty()) lines.push_back(fields);
	}
	return lines;
}

struct VariantVector {
	std::string name;
	std::string literal;
	std::vector<uint8_t> bytes;
	netpeer::VariantDialect dialect = netpeer::VariantDialect::kGodot4;
};

/// Every vector of both engines, the lone header of an object by id excepted.
inline std::vector<VariantVector> all_variant_vectors() {
	std::vector<VariantVector> all;
	for (const auto &line : variant_vector_lines("variant_godot4/vectors.tsv")) {
		if (line[1].find("Object (") == 0) continue;
		VariantVector vector{line[1], line[1], hex_to_bytes(line[2]), netpeer::VariantDialect::kGodot4};
		const size_t remark = vector.literal.find(" read-only");
		if (remark != std::string::npos) vector.literal.resize(remark);
		all.push_back(vector);
	}
	for (const auto &line : variant_vector_lines("variant_godot3/vectors.tsv"))
		all.push_back({line[0], line[1], hex_to_bytes(line[2]), netpeer::VariantDialect::kGodot3});
	EXPECT_EQ(all.size(), 84u + 67u);
	return all;
}

inline netpeer::Variant variant_of(const std::string &literal) {
	netpeer::VariantParseOptions options;
	options.allow_objects = true;
	netpeer::Variant value;
	size_t offset = 0;
	EXPECT_EQ(netpeer::parse_variant(netpeer::view_of(literal.c_str()), value, options, &offset), netpeer::Error::OK)
	        << literal << " at " << offset;
	return value;
}

inline std::string text_of(const netpeer::Variant &value) {
	netpeer::ByteBuffer out;
	EXPECT_EQ(netpeer::print_variant(value, out), netpeer::Error::OK);
	return std::string(reinterpret_cast<const char *>(out.data()), out.size());
}

inline std::vector<uint8_t> encoded(const netpeer::Variant &value, const netpeer::VariantEncodeOptions &options = {}) {
	netpeer::ByteBuffer out;
	EXPECT_EQ(netpeer::encode_variant(value, out, options), netpeer::Error::OK) << text_of(value);
	return std::vector<uint8_t>(out.data(), out.data() + out.size());
}

/// Random values. Never a null object inside (it is written as nil), so that everything round-trips.
class RandomVariant {
public:
	explicit RandomVariant(uint64_t seed) : rng_(seed) {}

	netpeer::Variant next() { return value(0); }
	netpeer::Variant of(netpeer::VariantType type) { return of_type(type, 3); }

private:
	using Variant = netpeer::Variant;
	using VariantType = netpeer::VariantType;
	static void must(netpeer::Error error) { ASSERT_EQ(error, netpeer::Error::OK); }

	Variant value(int depth) { return of_type(static_cast<VariantType>(rng_.below(netpeer::kVariantTypes)), depth); }
	size_t count(int depth) { return depth >= 4 ? rng_.below(2) : rng_.below(rng_.below(20) == 0 ? 40 : 6); }
	float real() {
		uint32_t bits = rng_.u32();
		float made;
		std::memcpy(&made, &bits, 4);
		return rng_.below(4) != 0 || made != made ? static_cast<float>(static_cast<int>(rng_.below(2001)) - 1000) / 8
		                                          : made;
	}
	std::string text(bool plain = false) {
		static const char *const parts[] = {"a", "bc", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x98\x80", "\"", "\\", "\n",
		        "\x01", "longer than that", " ", "\x7f"};
		std::string made;
		for (uint64_t i = rng_.below(7); i > 0; --i) made += parts[rng_.below(plain ? 5 : 12)];
		return made;
	}
	netpeer::ByteView view(const std::string &from) { return netpeer::view_of(from.c_str()); }
	template <class T> Variant math() {
		T made;
		float reals[16];
		int32_t ints[16];
		for (int i = 0; i < 16; ++i) {
			reals[i] = real();
			ints[i] = static_cast<int32_t>(rng_.u32()) >> rng_.below(32);
		}
		const VariantType type = netpeer::variant_type_of<T>::value;
		const bool whole = type == VariantType::kVector2i || type == VariantType::kRect2i ||
		                   type == VariantType::kVector3i || type == VariantType::kVector4i;
		std::memcpy(
		        static_cast<void *>(&made), whole ? static_cast<void *>(ints) : static_cast<void *>(reals), sizeof(T));
		Variant result;
		must(result.set_math(made));
		return result;
	}
	Variant of_type(VariantType type, int depth) {
		Variant made;
		switch (type) {
		case VariantType::kNil: break;
		case VariantType::kBool: return Variant(rng_.below(2) == 0);
		case VariantType::kInt: return Variant(static_cast<int64_t>(rng_.u64()) >> rng_.below(64));
		case VariantType::kFloat: {
			const uint64_t bits = rng_.u64();
			double wide;
			std::memcpy(&wide, &bits, 8);
			switch (rng_.below(6)) {
			case 0: return Variant(wide);
			case 1: return Variant(1e300 * 1e300);
			case 2: return Variant(-0.0);
			default: return Variant(real());
			}
		}
		case VariantType::kString: must(made.set_string(view(text()))); break;
		case VariantType::kStringName: must(made.set_string_name(view(text()))); break;
#define NETPEER_RANDOM_MATH(T)                                                                                         \
	case VariantType::k##T: return math<netpeer::T>();
			NETPEER_VARIANT_MATH_LIST(NETPEER_RANDOM_MATH)
#undef NETPEER_RANDOM_MATH
		case VariantType::kNodePath: {
			std::string path = rng_.below(2) == 0 ? "/" : "";
			for (uint64_t i = rng_.below(4); i > 0; --i) path += text(true) + "/";
			for (uint64_t i = rng_.below(3); i > 0; --i) path += ":" + text(true);
			must(made.set_node_path(view(path)));
			break;
		}
		case VariantType::kRid: return Variant::rid(rng_.u64() >> rng_.below(64));
		case VariantType::kObject: {
			if (rng_.below(2) == 0) return Variant::object(rng_.u64() | 1);
			must(made.set_object_data(view("Thing" + text())));
			for (size_t i = count(depth); i > 0; --i) must(made.add_property(view(text()), value(depth + 1)));
			break;
		}
		case VariantType::kCallable: return Variant::callable();
		case VariantType::kSignal: must(made.set_signal(view(text()), rng_.below(3))); break;
		case VariantType::kDictionary: {
			made = Variant::dictionary();
			const VariantType key = some_type(), element = some_type();
			must(made.set_pair_types(key, some_class(key), element, some_class(element)));
			for (size_t i = count(depth); i > 0; --i) must(made.insert(fitting(key, depth), fitting(element, depth)));
			break;
		}
		case VariantType::kArray: {
			made = Variant::array();
			const VariantType element = some_type();
			must(made.set_element_type(element, some_class(element)));
			for (size_t i = count(depth); i > 0; --i) must(made.push_back(fitting(element, depth)));
			break;
		}
		case VariantType::kPackedStringArray: {
			std::vector<Variant> texts(count(depth));
			for (Variant &each : texts) must(each.set_string(view(text())));
			must(made.set_packed(type, texts.data(), texts.size()));
			break;
		}
		default: {
			std::vector<float> elements(count(depth) * 4 + 4);
			for (float &each : elements) each = real();
			const size_t each = netpeer::packed_element_bytes(type);
			const bool doubles = type == VariantType::kPackedFloat64Array;
			std::vector<double> wide(elements.begin(), elements.end());
			const void *from = doubles ? static_cast<const void *>(wide.data()) : elements.data();
			must(made.set_packed(type, from, elements.size() * 4 / each));
		}
		}
		return made;
	}
	VariantType some_type() {
		return rng_.below(3) != 0 ? VariantType::kNil : static_cast<VariantType>(rng_.below(netpeer::kVariantTypes));
	}
	netpeer::ByteView some_class(VariantType type) {
		return type == VariantType::kObject ? netpeer::view_of(rng_.below(2) == 0 ? "Node" : "res://a b.gd")
		                                    : netpeer::ByteView();
	}
	Variant fitting(VariantType type, int depth) {
		return type == VariantType::kNil ? value(depth + 1) : of_type(type, depth + 1);
	}

	netpeer::SeededRng rng_;
};

} // namespace netpeer_test
