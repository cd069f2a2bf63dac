// How long a test with real sockets waits for what must come.
#pragma once

#include <chrono>

namespace netpeer_test {

/// Only a hang takes so long. Shorter where what a test waits for is known not to come (tests/failing_memory).
inline std::chrono::milliseconds patience{20000};

} // namespace netpeer_test
