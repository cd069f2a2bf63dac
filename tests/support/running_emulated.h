// Whether the test program runs under an emulator (tools/run_emulated says so), which does not pass every system call on to
// the kernel and whose program the kernel cannot start by itself.
#pragma once

#include <cstdlib>

namespace netpeer_test {

inline bool running_emulated() { return std::getenv("NETPEER_EMULATED") != nullptr; }

} // namespace netpeer_test
