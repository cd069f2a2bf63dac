// A cookie: [seconds of the injected clock u32][HMAC-SHA-256 of seconds and client id, its first 28 bytes]. Not mbedTLS's
// own cookies: those ask the system's clock.
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../tls_session.h"
#include "mbedtls_compat.h"

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>

#include <new>

namespace netpeer {

namespace {

constexpr size_t kCookieSecretBytes = 32;
constexpr size_t kCookieStampBytes = 4;
constexpr size_t kCookieProofBytes = DtlsCookies::kCookieBytes - kCookieStampBytes;
constexpr size_t kSha256Bytes = 32;

class MbedtlsCookies final : public DtlsCookies {
public:
	explicit MbedtlsCookies(Duration lifetime) : lifetime_s_(lifetime.us <= 0 ? 0 : lifetime.us / 1000000) {
		mbedtls_md_init(&hmac_);
	}
	~MbedtlsCookies() override { mbedtls_md_free(&hmac_); } // wipes

	bool set_up(RandomSource &random) {
		uint8_t secret[kCookieSecretBytes];
		bool done = random.fill(MutBytes(secret, sizeof(secret))) == Error::OK;
		done = done && mbedtls_md_setup(&hmac_, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0;
		done = done && mbedtls_md_hmac_starts(&hmac_, secret, sizeof(secret)) == 0;
		mbedtls_platform_zeroize(secret, sizeof(secret));
		return done;
	}
	Error write(Instant now, ByteView client_id, MutBytes cookie) override {
		if (cookie.size != kCookieBytes) return Error::ERR_INVALID_PARAMETER;
		ByteWriter out(cookie);
		out.u32_be(seconds(now));
		uint8_t proof[kSha256Bytes];
		if (!prove(out.written(), client_id, proof)) return Error::ERR_OUT_OF_MEMORY;
		out.bytes(ByteView(proof, kCookieProofBytes));
		return Error::OK;
	}
	bool check(Instant now, ByteView client_id, ByteView cookie) override {
		if (cookie.size != kCookieBytes) return false;
		uint8_t proof[kSha256Bytes];
		if (!prove(cookie.first(kCookieStampBytes), client_id, proof)) return false;
		uint8_t difference = 0;
		for (size_t i = 0; i < kCookieProofBytes; ++i)
			difference = static_cast<uint8_t>(difference | (proof[i] ^ cookie[kCookieStampBytes + i]));
		// By subtraction: the counter of seconds may wrap.
		const uint32_t age = seconds(now) - ByteReader(cookie).u32_be();
		return difference == 0 && age <= lifetime_s_;
	}

private:
	static uint32_t seconds(Instant now) { return static_cast<uint32_t>(static_cast<uint64_t>(now.us / 1000000)); }
	bool prove(ByteView stamp, ByteView client_id, uint8_t *proof) {
		return mbedtls_md_hmac_reset(&hmac_) == 0 && mbedtls_md_hmac_update(&hmac_, stamp.data, stamp.size) == 0 &&
		       mbedtls_md_hmac_update(&hmac_, client_id.data, client_id.size) == 0 &&
		       mbedtls_md_hmac_finish(&hmac_, proof) == 0;
	}

	mbedtls_md_context_t hmac_;
	int64_t lifetime_s_;
};

} // namespace

std::unique_ptr<DtlsCookies> DtlsCookies::create(RandomSource *random, Duration lifetime) {
	if (!mbedtls_is_ready()) return nullptr;
	std::unique_ptr<MbedtlsCookies> made(new (std::nothrow) MbedtlsCookies(lifetime));
	if (made == nullptr || !made->set_up(random != nullptr ? *random : default_random())) return nullptr;
	return made;
}

} // namespace netpeer

#endif
