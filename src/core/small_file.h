// Whole files in one call, for keys and certificates. Paths are UTF-8 on every system.
#pragma once

#include "bytes.h"
#include "error_list.h"
#include "secret_bytes.h"

namespace netpeer {

/// Replaces what `out` holds by the file's bytes. Blocks. ERR_FILE_CANT_OPEN; ERR_FILE_CANT_READ (a folder, a device's error);
/// ERR_FILE_UNRECOGNIZED: longer than out.max_bytes(); ERR_OUT_OF_MEMORY. After an error `out` holds a part.
Error read_small_file(const char *path, SecretBytes &out);

enum class SmallFileReaders { kEveryone, kOwnerOnly };

/// Creates or replaces the file. Blocks. With kOwnerOnly the mode is 0600 before the first byte is written, also when the file
/// was there (Windows: as the folder's access list says). ERR_FILE_CANT_OPEN: it cannot be created or not be made private;
/// ERR_FILE_CANT_WRITE: it is incomplete now.
Error write_small_file(const char *path, ByteView bytes, SmallFileReaders readers);

} // namespace netpeer
