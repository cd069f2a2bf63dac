// Makes handshakes cheap that repeat each other. Nearly all that one costs is four functions of mbedTLS without a state of
// their own: products of points of elliptic curves, and inverses. With seeded randomness one run after the other asks them
// the same, so what they answered is remembered by all of their arguments. What an input changes is computed as ever:
// nothing is left out and no check is weakened, and now and then an answer is computed again and must be the same.
//
// How: a shared library calls its own functions through the linker's table, in which the program's come first. Where mbedTLS
// is not shared, NETPEER_FUZZ_REMEMBERS_PRODUCTS is not set, and here is nothing. For one file of a program.
#pragma once

#if NETPEER_FUZZ_REMEMBERS_PRODUCTS

#include <mbedtls/version.h>

#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>

namespace tls_fuzzing {

using ProductRandom = int (*)(void *, unsigned char *, size_t);

constexpr size_t kMostProducts = 4096;       // some hundred bytes each
constexpr size_t kLongestFactor = 256;       // bytes; RSA's numbers are longer, and each is used once
constexpr uint32_t kHitsBetweenChecks = 997; // with the handshake's share of the time, still cheap

class RememberedProducts {
public:
	/// What was answered, or what `compute` answers now: the value as bytes, empty when there is none to be remembered.
	template <class Compute, class TakeOver>
	static int answer(const std::string &question, Compute compute, TakeOver take_over) {
		RememberedProducts &all = instance();
		const auto known = all.answers_.find(question);
		const bool is_known = known != all.answers_.end();
		if (is_known && ++all.hits_ % kHitsBetweenChecks != 0) return take_over(known->second);
		std::string value;
		const int code = compute(value);
		if (is_known && value != known->second) {
			std::fprintf(stderr, "broken: another product than before\n");
			std::abort();
		}
		if (is_known || value.empty()) return code;
		if (all.answers_.size() >= kMostProducts) all.answers_.clear();
		all.answers_[question] = value;
		return code;
	}

private:
	static RememberedProducts &instance() {
		static RememberedProducts products;
		return products;
	}

	std::unordered_map<std::string, std::string> answers_;
	uint32_t hits_ = 0;
};

template <class Function> Function *next_function(const char *name) {
	void *found = dlsym(RTLD_NEXT, name);
	if (found == nullptr) std::abort();
	return reinterpret_cast<Function *>(found);
}

/// Against timing attacks mbedTLS multiplies by random numbers on the way; the answer does not depend on them. They must
/// not come from the session's source, which would go on differently after an answer that was remembered.
inline int blinding_random(void *, unsigned char *out, size_t size) {
	static uint32_t state = 1;
	for (size_t i = 0; i < size; ++i) {
		state = state * 1664525u + 1013904223u;
		out[i] = static_cast<unsigned char>(state >> 24);
	}
	return 0;
}

inline const unsigned char *octets_of(const std::string &bytes) {
	return reinterpret_cast<const unsigned char *>(bytes.data());
}
/// Empty: too long, or not to be written.
inline std::string value_of(const mbedtls_mpi *number) {
	unsigned char bytes[kLongestFactor];
	const size_t size = mbedtls_mpi_size(number);
	if (mbedtls_mpi_cmp_int(number, 0) < 0 || size > sizeof(bytes)) return "";
	if (mbedtls_mpi_write_binary(number, bytes, size) != 0) return "";
	return std::string(reinterpret_cast<const char *>(bytes), size);
}
inline std::string value_of(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point) {
	unsigned char bytes[kLongestFactor];
	size_t size = 0;
	if (mbedtls_ecp_point_write_binary(group, point, MBEDTLS_ECP_PF_UNCOMPRESSED, &size, bytes, sizeof(bytes)) != 0)
		return "";
	return std::string(reinterpret_cast<const char *>(bytes), size);
}
/// Whether the point is as it comes from the wire: (x, y, 1). Others are not told apart by their bytes.
inline bool is_plain(const mbedtls_ecp_point *point) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return mbedtls_mpi_cmp_int(&point->MBEDTLS_PRIVATE(Z), 1) == 0;
#else
	return mbedtls_mpi_cmp_int(&point->Z, 1) == 0;
#endif
}

/// All arguments of a call in one text.
class Question {
public:
	explicit Question(const char *kind) : text_(kind) {}
	Question(const char *kind, const mbedtls_ecp_group *group) :
	        text_(kind + std::to_string(static_cast<int>(group->id))), is_whole_(group->id != MBEDTLS_ECP_DP_NONE) {}
	Question &add(const mbedtls_mpi *number) { return add(value_of(number)); }
	Question &add(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point) {
		return add(is_plain(point) ? value_of(group, point) : "");
	}
	/// False: something in it cannot be remembered.
	bool is_whole() const { return is_whole_; }
	const std::string &text() const { return text_; }

private:
	Question &add(const std::string &value) {
		is_whole_ = is_whole_ && !value.empty();
		text_ += ' ' + std::to_string(value.size()) + ':' + value;
		return *this;
	}

	std::string text_;
	bool is_whole_ = true;
};

template <class Compute>
int remembered_point(const Question &question, mbedtls_ecp_group *group, mbedtls_ecp_point *result, Compute compute) {
	return RememberedProducts::answer(
	        question.text(),
	        [&](std::string &value) {
		        const int code = compute();
		        if (code == 0) value = value_of(group, result);
		        return code;
	        },
	        [&](const std::string &value) {
		        return mbedtls_ecp_point_read_binary(group, result, octets_of(value), value.size());
	        });
}

} // namespace tls_fuzzing

extern "C" {

int mbedtls_ecp_mul_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *result, const mbedtls_mpi *m,
        const mbedtls_ecp_point *point, tls_fuzzing::ProductRandom random, void *source,
        mbedtls_ecp_restart_ctx *restart) {
	using namespace tls_fuzzing;
	static const auto real = next_function<decltype(mbedtls_ecp_mul_restartable)>("mbedtls_ecp_mul_restartable");
	const Question question = Question("mul", group).add(m).add(group, point);
	if (restart != nullptr || !question.is_whole()) return real(group, result, m, point, random, source, restart);
	return remembered_point(
	        question, group, result, [&] { return real(group, result, m, point, blinding_random, nullptr, nullptr); });
}

int mbedtls_ecp_mul(mbedtls_ecp_group *group, mbedtls_ecp_point *result, const mbedtls_mpi *m,
        const mbedtls_ecp_point *point, tls_fuzzing::ProductRandom random, void *source) {
	return mbedtls_ecp_mul_restartable(group, result, m, point, random, source, nullptr);
}

int mbedtls_ecp_muladd_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *result, const mbedtls_mpi *m,
        const mbedtls_ecp_point *point, const mbedtls_mpi *n, const mbedtls_ecp_point *other,
        mbedtls_ecp_restart_ctx *restart) {
	using namespace tls_fuzzing;
	static const auto real = next_function<decltype(mbedtls_ecp_muladd_restartable)>("mbedtls_ecp_muladd_restartable");
	const Question question = Question("muladd", group).add(m).add(group, point).add(n).add(group, other);
	if (restart != nullptr || !question.is_whole()) return real(group, result, m, point, n, other, restart);
	return remembered_point(question, group, result, [&] { return real(group, result, m, point, n, other, nullptr); });
}

int mbedtls_mpi_inv_mod(mbedtls_mpi *result, const mbedtls_mpi *number, const mbedtls_mpi *modulus) {
	using namespace tls_fuzzing;
	static const auto real = next_function<decltype(mbedtls_mpi_inv_mod)>("mbedtls_mpi_inv_mod");
	const Question question = Question("inverse").add(number).add(modulus);
	if (!question.is_whole()) return real(result, number, modulus);
	return RememberedProducts::answer(
	        question.text(),
	        [&](std::string &value) {
		        const int code = real(result, number, modulus);
		        if (code == 0) value = value_of(result);
		        return code;
	        },
	        [&](const std::string &value) { return mbedtls_mpi_read_binary(result, octets_of(value), value.size()); });
}

} // extern "C"

#endif
