// The version of netpeer, in this one place: CMake and everything that prints it read it from here.
// Semantic versioning; before 1.0 a minor version may break (CHANGELOG.md says what).
#pragma once

/// @{
/// The parts of the version, as numbers.
#define NETPEER_VERSION_MAJOR 0
#define NETPEER_VERSION_MINOR 1
#define NETPEER_VERSION_PATCH 0
/// @}
/// For the preprocessor to compare: 0.1.0 is 100, 1.2.3 is 10203.
#define NETPEER_VERSION_NUMBER (NETPEER_VERSION_MAJOR * 10000 + NETPEER_VERSION_MINOR * 100 + NETPEER_VERSION_PATCH)

/// @cond
#define NETPEER_VERSION_TEXT_OF_(x) #x
#define NETPEER_VERSION_TEXT_(a, b, c)                                                                                 \
	NETPEER_VERSION_TEXT_OF_(a) "." NETPEER_VERSION_TEXT_OF_(b) "." NETPEER_VERSION_TEXT_OF_(c)
/// @endcond
/// "0.1.0"
#define NETPEER_VERSION_STRING                                                                                         \
	NETPEER_VERSION_TEXT_(NETPEER_VERSION_MAJOR, NETPEER_VERSION_MINOR, NETPEER_VERSION_PATCH)
