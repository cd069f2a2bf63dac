// The hooks in force, and the log, which is only handed through. Memory is in allocator.cpp, invariants in netpeer_assert.cpp,
// random bytes in default_random.cpp, threads in socket/platform/resolver_threads.cpp, sockets in socket/hooked_net_socket.cpp.
#include "hooks.h"

#include "installed_hooks.h"
#include "log_sink.h"

namespace netpeer {

namespace {

Hooks installed_hooks;

bool hooks_are_complete(const MemoryHooks &memory) {
	const bool some = memory.allocate != nullptr || memory.reallocate != nullptr || memory.release != nullptr;
	return !some || (memory.allocate != nullptr && memory.release != nullptr);
}

bool hooks_are_complete(const ThreadHooks &threads) { return (threads.create != nullptr) == (threads.join != nullptr); }

bool hooks_are_complete(const SocketHooks &sockets) {
	const bool some = sockets.open || sockets.close || sockets.bind || sockets.local_address || sockets.poll ||
	                  sockets.send_to || sockets.receive_from || sockets.connect || sockets.connect_result ||
	                  sockets.listen || sockets.accept || sockets.send || sockets.receive || sockets.shutdown ||
	                  sockets.remote_address || sockets.available || sockets.bind_path || sockets.connect_path ||
	                  sockets.set_option || sockets.join_group || sockets.set_multicast_interface || sockets.resolve ||
	                  sockets.list_interfaces;
	return !some || (sockets.open && sockets.close && sockets.bind && sockets.local_address && sockets.poll &&
	                        sockets.send_to && sockets.receive_from);
}

} // namespace

Error set_hooks(const Hooks &hooks) {
	if (!hooks_are_complete(hooks.memory) || !hooks_are_complete(hooks.threads) || !hooks_are_complete(hooks.sockets))
		return Error::ERR_INVALID_PARAMETER;
	if (get_live_allocations() != 0) return Error::ERR_ALREADY_IN_USE;
	installed_hooks = hooks;
	follow_memory_hooks();
	follow_assert_hooks();
	return Error::OK;
}

const Hooks &get_hooks() { return installed_hooks; }

void log_to_hook(LogLevel level, const char *text) {
	const LogHooks &log = installed_hooks.log;
	if (log.write != nullptr) log.write(log.user, static_cast<int>(level), text);
}

} // namespace netpeer
