// NeverDestroyed: for the one object of a kind that the process has. A function's static is destroyed at exit, before
// objects that were made earlier and may still call it, and while threads still run.
#pragma once

#include <new>

namespace netpeer {

/// Constructs a T and never destroys it. Use as a function's static.
template <class T> class NeverDestroyed {
public:
	NeverDestroyed() : object_(new (memory_) T) {}
	NeverDestroyed(const NeverDestroyed &) = delete;
	NeverDestroyed &operator=(const NeverDestroyed &) = delete;

	T &get() { return *object_; }

private:
	alignas(T) unsigned char memory_[sizeof(T)];
	T *object_;
};

} // namespace netpeer
