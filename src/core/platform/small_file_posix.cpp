#include "../netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netpeer {

namespace {

class SmallFileHandle {
public:
	SmallFileHandle(const char *path, int flags, mode_t mode) {
#if defined(O_CLOEXEC)
		flags |= O_CLOEXEC;
#endif
		do number = open(path, flags, mode);
		while (number < 0 && errno == EINTR);
	}
	~SmallFileHandle() {
		if (number >= 0) (void)close(number);
	}
	SmallFileHandle(const SmallFileHandle &) = delete;
	SmallFileHandle &operator=(const SmallFileHandle &) = delete;

	// False: what was written before may not be there.
	bool finish() {
		const int status = close(number);
		number = -1;
		return status == 0 || errno == EINTR;
	}

	int number = -1;
};

} // namespace

Error read_small_file(const char *path, SecretBytes &out) {
	const SmallFileHandle file(path, O_RDONLY, 0);
	if (file.number < 0) return Error::ERR_FILE_CANT_OPEN;
	NETPEER_TRY(out.resize(0));
	uint8_t block[4096];
	Error error = Error::OK;
	for (;;) {
		const ssize_t got = read(file.number, block, sizeof(block));
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) error = Error::ERR_FILE_CANT_READ;
		if (got <= 0) break;
		const ByteView read_now = ByteView(block, static_cast<size_t>(got));
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
	const bool owner_only = readers == SmallFileReaders::kOwnerOnly;
	// Emptied only when it is known to be ours to write.
	SmallFileHandle file(path, O_WRONLY | O_CREAT, owner_only ? 0600 : 0666);
	if (file.number < 0) return Error::ERR_FILE_CANT_OPEN;
	struct stat about;
	if (fstat(file.number, &about) != 0) return Error::ERR_FILE_CANT_OPEN;
	if (S_ISREG(about.st_mode)) { // not a terminal or a pipe
		if (owner_only && (about.st_mode & 0777) != 0600 && fchmod(file.number, 0600) != 0)
			return Error::ERR_FILE_CANT_OPEN;
		if (ftruncate(file.number, 0) != 0) return Error::ERR_FILE_CANT_OPEN;
	}
	while (!bytes.empty()) {
		const ssize_t written = write(file.number, bytes.data, bytes.size);
		if (written < 0 && errno == EINTR) continue;
		if (written <= 0) return Error::ERR_FILE_CANT_WRITE;
		bytes = bytes.after(static_cast<size_t>(written));
	}
	return file.finish() ? Error::OK : Error::ERR_FILE_CANT_WRITE;
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
