// Instant and Duration: 64-bit microseconds as value types. Nothing here reads a clock (that is clock.h).
#pragma once

#include <cstdint>

namespace netpeer {

/// A span of time in microseconds; may be negative.
struct Duration {
	int64_t us = 0; // microseconds

	/// @{
	/// From a number of microseconds, milliseconds or seconds. Not checked for overflow.
	static constexpr Duration from_us(int64_t value) { return Duration{value}; }
	static constexpr Duration from_ms(int64_t value) { return Duration{value * 1000}; }
	static constexpr Duration from_s(int64_t value) { return Duration{value * 1000000}; }
	/// @}
	constexpr int64_t ms() const { return us / 1000; } // whole milliseconds, cut towards zero
};

/// A point on a monotonic clock of arbitrary origin, in microseconds. Default: the origin.
struct Instant {
	int64_t us = 0; // microseconds since the origin

	/// @{
	/// From a number of microseconds or milliseconds since the origin. Not checked for overflow.
	static constexpr Instant from_us(int64_t value) { return Instant{value}; }
	static constexpr Instant from_ms(int64_t value) { return Instant{value * 1000}; }
	/// @}
	/// Later than every real instant: "no deadline".
	static constexpr Instant never() { return Instant{INT64_MAX}; }
	constexpr bool is_never() const { return us == INT64_MAX; } // is it never()
	/// Whole milliseconds, cut to 32 bits: the clock ENet computes with.
	constexpr uint32_t ms32() const { return static_cast<uint32_t>(static_cast<uint64_t>(us / 1000)); }
};

/// @{
/// Compares lengths of time, with their signs.
constexpr bool operator==(Duration a, Duration b) { return a.us == b.us; }
constexpr bool operator!=(Duration a, Duration b) { return a.us != b.us; }
constexpr bool operator<(Duration a, Duration b) { return a.us < b.us; }
constexpr bool operator<=(Duration a, Duration b) { return a.us <= b.us; }
constexpr bool operator>(Duration a, Duration b) { return a.us > b.us; }
constexpr bool operator>=(Duration a, Duration b) { return a.us >= b.us; }
/// @}
/// @{
/// Sum and difference. Not checked for overflow.
constexpr Duration operator+(Duration a, Duration b) { return Duration{a.us + b.us}; }
constexpr Duration operator-(Duration a, Duration b) { return Duration{a.us - b.us}; }
/// @}

/// @{
/// Compares points in time of one clock; never() comes last.
constexpr bool operator==(Instant a, Instant b) { return a.us == b.us; }
constexpr bool operator!=(Instant a, Instant b) { return a.us != b.us; }
constexpr bool operator<(Instant a, Instant b) { return a.us < b.us; }
constexpr bool operator<=(Instant a, Instant b) { return a.us <= b.us; }
constexpr bool operator>(Instant a, Instant b) { return a.us > b.us; }
constexpr bool operator>=(Instant a, Instant b) { return a.us >= b.us; }
/// @}
/// The time from `b` to `a`. Means nothing for never().
constexpr Duration operator-(Instant a, Instant b) { return Duration{a.us - b.us}; }
/// Saturates at never() instead of overflowing.
constexpr Instant operator+(Instant a, Duration d) {
	return (d.us > 0 && a.us > INT64_MAX - d.us) ? Instant::never() : Instant{a.us + d.us};
}
/// The one that comes first.
constexpr Instant earlier_of(Instant a, Instant b) { return b < a ? b : a; }

} // namespace netpeer
