#include "netpeer_assert.h"

#include "installed_hooks.h"

#include <cstdio>
#include <cstdlib>

namespace netpeer {

namespace {

void default_assert_handler(const char *expression, const char *file, int line) {
	std::fprintf(stderr, "netpeer: %s:%d: invariant broken: %s\n", file, line, expression);
	std::abort();
}

void hooked_assert_handler(const char *expression, const char *file, int line) {
	const AssertHooks &asserts = get_hooks().asserts;
	asserts.failed(asserts.user, expression, file, line);
}

AssertHandler assert_handler = default_assert_handler;

} // namespace

AssertHandler set_assert_handler(AssertHandler handler) {
	const AssertHandler former = assert_handler;
	assert_handler = handler != nullptr ? handler : default_assert_handler;
	return former;
}

void follow_assert_hooks() {
	if (get_hooks().asserts.failed != nullptr)
		assert_handler = hooked_assert_handler;
	else if (assert_handler == hooked_assert_handler)
		assert_handler = default_assert_handler;
}

void report_assert(const char *expression, const char *file, int line) { assert_handler(expression, file, line); }

} // namespace netpeer
