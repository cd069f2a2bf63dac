// Random bytes through the hook, for objects that are given no source of their own.
#include "hooks.h"
#include "never_destroyed.h"
#include "random_source.h"

namespace netpeer {

namespace {

class HookedRandomSource final : public RandomSource {
public:
	Error fill(MutBytes out) override {
		const RandomHooks &random = get_hooks().random;
		return out.size == 0 || random.fill(random.user, out.data, out.size) == 0 ? Error::OK : Error::FAILED;
	}
};

} // namespace

RandomSource &default_random() {
	static NeverDestroyed<HookedRandomSource> hooked;
	return get_hooks().random.fill != nullptr ? hooked.get() : system_random();
}

} // namespace netpeer
