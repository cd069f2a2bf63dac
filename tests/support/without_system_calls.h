// Runs a test body as if the kernel lacked or refused some system calls. Linux only.
#pragma once

#include "../../src/core/netpeer_config.h"

#if NETPEER_OS_LINUX

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include <functional>
#include <thread>
#include <vector>

namespace netpeer_test {

/// Runs `body` on a thread of its own under a seccomp filter, which ends with the thread. False when the machine does
/// not allow filters; `body` has not run then.
inline bool run_filtered(std::vector<sock_filter> program, const std::function<void()> &body) {
	sock_fprog filter{};
	filter.len = static_cast<unsigned short>(program.size());
	filter.filter = program.data();
	bool filtered = false;
	std::thread thread([&] {
		filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
		if (filtered) body();
	});
	thread.join();
	return filtered;
}

/// Each of `calls` (SYS_...) answers `error`.
inline bool run_without_calls(const std::vector<long> &calls, unsigned error, const std::function<void()> &body) {
	std::vector<sock_filter> program;
	program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
	for (const long call : calls) {
		program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
		program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
	}
	program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	return run_filtered(program, body);
}

/// `call` answers `error` when its first argument is `argument`. Little-endian machines only.
inline bool run_without_call_with(long call, unsigned argument, unsigned error, const std::function<void()> &body) {
	return run_filtered(
	        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
	                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 3),
	                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
	                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1),
	                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
	        body);
}

} // namespace netpeer_test

#endif // NETPEER_OS_LINUX
