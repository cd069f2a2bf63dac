// Three machines in one process: network namespaces of the kernel's, joined by veth pairs. Sockets stay in the namespace
// they were opened in, so one thread plays all machines and nothing has to be waited for that a datagram does not tell.
//
//     left: eth0 ======== left0 :home: right0 ======== eth0 :right
//
// IPv4: home is 10.77.1.1 and 10.77.2.1 (/24), left 10.77.1.2, right 10.77.2.2. IPv6: fd77:1::1, fd77:2::1 (/64) and so on,
// and link-local fe80::1 for home, fe80::2 for left and right alike. No default routes.
//
// Nothing is named and nothing is left behind: the namespaces go with the last descriptor, also when the test crashes.
#pragma once

#include <string>

namespace netns {

/// A network namespace; the calling thread enters and leaves it.
class Machine {
public:
	Machine() = default;
	~Machine();
	Machine(const Machine &) = delete;
	Machine &operator=(const Machine &) = delete;

	/// Makes the namespace. "" or what went wrong.
	std::string make();
	/// A path that is the namespace, for `ip`.
	std::string path() const;
	/// Runs lines of `ip -batch` in it. "" or what went wrong.
	std::string configure(const std::string &lines);

private:
	friend class Inside;
	int handle_ = -1;
};

/// This thread works in that namespace while this object lives: sockets that it opens then and interfaces that it lists
/// are that machine's. May be nested.
class Inside {
public:
	explicit Inside(const Machine &machine);
	~Inside();
	Inside(const Inside &) = delete;
	Inside &operator=(const Inside &) = delete;

private:
	int former_ = -1;
};

struct NetWorld {
	Machine home, left, right;

	/// Makes it all and waits until every link carries both families both ways. "" or what went wrong; is_lacking says
	/// whether that was a permission, a kernel without veth pairs, or `ip` not installed.
	std::string build();
	bool is_lacking = false;

private:
	std::string try_links();
};

} // namespace netns
