// Entropy on Windows: the system-preferred generator of CNG (link bcrypt).
#include "../netpeer_config.h"

#if NETPEER_OS_WINDOWS

#include "../never_destroyed.h"
#include "../random_source.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <bcrypt.h>
#if defined(_MSC_VER)
#pragma comment(lib, "bcrypt.lib")
#endif

namespace netpeer {

namespace {

class CngRandomSource final : public RandomSource {
public:
	Error fill(MutBytes out) override {
		constexpr size_t kMostPerCall = size_t{1} << 20; // the length is a ULONG
		while (out.size != 0) {
			const MutBytes part = out.first(kMostPerCall);
			const auto status =
			        BCryptGenRandom(nullptr, part.data, static_cast<ULONG>(part.size), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
			if (status < 0) return Error::FAILED; // an NTSTATUS: negative means failure
			out = out.after(part.size);
		}
		return Error::OK;
	}
};

} // namespace

RandomSource &system_random() {
	static NeverDestroyed<CngRandomSource> source;
	return source.get();
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
