// Whether a Windows test program really runs on Wine, which differs from Windows in places.
#pragma once

#include "../../src/core/netpeer_config.h"

#if NETPEER_OS_WINDOWS
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
// Annotations, spelled like enumerators of ours.
#undef IN
#undef OUT
#endif

namespace netpeer_test {

inline bool running_under_wine() {
#if NETPEER_OS_WINDOWS
	const HMODULE ntdll = GetModuleHandleA("ntdll.dll");
	return ntdll != nullptr && GetProcAddress(ntdll, "wine_get_version") != nullptr;
#else
	return false;
#endif
}

} // namespace netpeer_test
