#include "../netpeer_config.h"

#if NETPEER_OS_WINDOWS

#include "../small_file.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

namespace netpeer {

namespace {

class SmallFileHandle {
public:
	SmallFileHandle(const char *path, DWORD access, DWORD disposition) {
		// Longer paths need a prefix of their own, which whoever has them may write.
		wchar_t wide[1024];
		if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, 1024) == 0) return;
		value = CreateFileW(wide, access, FILE_SHARE_READ, nullptr, disposition, FILE_ATTRIBUTE_NORMAL, nullptr);
	}
	~SmallFileHandle() {
		if (value != INVALID_HANDLE_VALUE) CloseHandle(value);
	}
	SmallFileHandle(const SmallFileHandle &) = delete;
	SmallFileHandle &operator=(const SmallFileHandle &) = delete;

	HANDLE value = INVALID_HANDLE_VALUE;
};

} // namespace

Error read_small_file(const char *path, SecretBytes &out) {
	const SmallFileHandle file(path, GENERIC_READ, OPEN_EXISTING);
	if (file.value == INVALID_HANDLE_VALUE) return Error::ERR_FILE_CANT_OPEN;
	NETPEER_TRY(out.resize(0));
	uint8_t block[4096];
	Error error = Error::OK;
	for (;;) {
		DWORD got = 0;
		if (!ReadFile(file.value, block, sizeof(block), &got, nullptr)) error = Error::ERR_FILE_CANT_READ;
		if (error != Error::OK || got == 0) break;
		const ByteView read_now = ByteView(block, got);
		if (read_now.size > out.max_bytes() - out.size())
			error = Error::ERR_FILE_UNRECOGNIZED;
		else
			error = out.append(read_now);
		if (error != Error::OK) break;
	}
	wipe_bytes(block, sizeof(block));
	return error;
}

Error write_small_file(const char *path, ByteView bytes, SmallFileReaders readers) {
	(void)readers;
	const SmallFileHandle file(path, GENERIC_WRITE, CREATE_ALWAYS);
	if (file.value == INVALID_HANDLE_VALUE) return Error::ERR_FILE_CANT_OPEN;
	while (!bytes.empty()) {
		const DWORD count = bytes.size < 1u << 20 ? static_cast<DWORD>(bytes.size) : 1u << 20;
		DWORD written = 0;
		if (!WriteFile(file.value, bytes.data, count, &written, nullptr) || written == 0)
			return Error::ERR_FILE_CANT_WRITE;
		bytes = bytes.after(written);
	}
	return Error::OK;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
