// UTF-8: is it well-formed, and one code point at a time.
#pragma once

#include "bytes.h"

namespace netpeer {

/// How many bytes of `text` come before the first zero byte, if those are well-formed UTF-8 (no overlong forms, no
/// surrogates, nothing above U+10FFFF); else false. Bytes after the zero are not looked at.
bool utf8_text_length(ByteView text, size_t &length);

/// Writes `code_point` to `out` (at most 4 bytes) and returns how many; 0 for a surrogate or above U+10FFFF.
size_t utf8_encode(uint32_t code_point, uint8_t *out);

/// The code point at the start of well-formed, non-empty `text`, and its length.
uint32_t utf8_decode(ByteView text, size_t &length);

} // namespace netpeer
