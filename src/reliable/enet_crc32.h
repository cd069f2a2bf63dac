// CRC-32 as in Ethernet and zlib: ENet's optional datagram checksum. Follows docs/enet-protocol.md, "Checksum".
#pragma once

#include "../core/bytes.h"

#include <cstdint>

namespace netpeer {

/// CRC-32 (reflected, polynomial 0xEDB88320, start and final complement) of `bytes`; 0 for none.
uint32_t enet_crc32(ByteView bytes);

} // namespace netpeer
