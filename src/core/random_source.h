// RandomSource: bytes nobody can guess. Keys and connection ids come from here; engines decide with a SeededRng.
#pragma once

#include "bytes.h"
#include "error_list.h"

namespace netpeer {

/// A source of unpredictable bytes.
class RandomSource {
public:
	virtual ~RandomSource() = default;
	/// Fills all of `out`, or answers an error and leaves its contents unspecified (do not use them).
	virtual Error fill(MutBytes out) = 0;
};

/// The operating system's entropy. FAILED when the system gives none. Any thread; lives for ever.
RandomSource &system_random();

/// What everything uses that is given no source of its own: the random hook, or system_random() without. Any thread; lives for
/// ever.
RandomSource &default_random();

} // namespace netpeer
