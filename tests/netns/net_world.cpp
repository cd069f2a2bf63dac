#include "net_world.h"

#include "../support/udp_support.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace netns {

namespace {

constexpr char kThisNamespace[] = "/proc/thread-self/ns/net";

std::string system_reason(const char *what) { return std::string(what) + ": " + std::strerror(errno); }

bool write_text(const char *path, const std::string &text) {
	const int handle = open(path, O_WRONLY | O_CLOEXEC);
	if (handle < 0) return false;
	const bool good = write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size());
	return close(handle) == 0 && good;
}

// Namespaces need the rights of root. Who lacks them may have them inside a user namespace, where the system allows it;
// the network namespace the process was started in could not be entered again from there, so it gets one to come back to.
std::string gain_rights() {
	static const std::string outcome = [] {
		if (geteuid() == 0) return std::string();
		const unsigned user = geteuid(), group = getegid();
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return system_reason("unshare(CLONE_NEWUSER)");
		if (!write_text("/proc/self/setgroups", "deny") ||
		        !write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
		        !write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1"))
			return system_reason("mapping the user into a user namespace");
		return std::string();
	}();
	return outcome;
}

// The order of datagrams on a veth pair is that of the sending processor's queue: with two of them there would be two.
void stay_on_one_processor() {
	cpu_set_t allowed;
	CPU_ZERO(&allowed);
	const int here = sched_getcpu();
	if (here < 0) return;
	CPU_SET(static_cast<size_t>(here), &allowed);
	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
}

} // namespace

Machine::~Machine() {
	if (handle_ >= 0) close(handle_);
}

std::string Machine::make() {
	const int former = open(kThisNamespace, O_RDONLY | O_CLOEXEC);
	if (former < 0) return system_reason(kThisNamespace);
	std::string problem;
	if (unshare(CLONE_NEWNET) != 0) {
		problem = system_reason("unshare(CLONE_NEWNET)");
	} else {
		handle_ = open(kThisNamespace, O_RDONLY | O_CLOEXEC);
		if (handle_ < 0) problem = system_reason(kThisNamespace);
		if (setns(former, CLONE_NEWNET) != 0) problem = system_reason("setns");
	}
	close(former);
	return problem;
}

std::string Machine::path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(handle_); }

std::string Machine::configure(const std::string &lines) {
	std::FILE *const input = std::tmpfile(), *const output = std::tmpfile();
	if (input == nullptr || output == nullptr) return system_reason("tmpfile");
	std::fwrite(lines.data(), 1, lines.size(), input);
	std::rewind(input);

	char program[] = "ip", option[] = "-batch", file[] = "-";
	char *argv[] = {program, option, file, nullptr};
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(output), STDERR_FILENO);
	pid_t child = -1;
	int code = 0, status = 0;
	{
		const Inside inside(*this); // the child begins where the thread is
		code = posix_spawnp(&child, program, &actions, nullptr, argv, environ);
	}
	posix_spawn_file_actions_destroy(&actions);
	std::string problem;
	if (code != 0) {
		problem = std::string("cannot run ip: ") + std::strerror(code);
	} else if (waitpid(child, &status, 0) != child || status != 0) {
		char text[2000];
		std::rewind(output);
		const size_t size = std::fread(text, 1, sizeof(text), output);
		problem = "ip: " + std::string(text, size);
	}
	std::fclose(input);
	std::fclose(output);
	return problem;
}

Inside::Inside(const Machine &machine) : former_(open(kThisNamespace, O_RDONLY | O_CLOEXEC)) {
	if (former_ < 0 || setns(machine.handle_, CLONE_NEWNET) != 0) std::perror("entering a network namespace");
}

Inside::~Inside() {
	if (setns(former_, CLONE_NEWNET) != 0) {
		std::perror("leaving a network namespace");
		std::abort();
	}
	close(former_);
}

std::string NetWorld::build() {
	stay_on_one_processor();
	std::string problem = gain_rights();
	for (Machine *machine : {&home, &left, &right}) {
		if (problem.empty()) problem = machine->make();
	}
	is_lacking = !problem.empty();
	if (!problem.empty()) return problem;

	// Link-local addresses by hand, and none of them on trial for a second as IPv6 would have it (nodad).
	std::string at_home = "link set lo up\n";
	const struct {
		const char *name;
		Machine &far;
		char net;
	} links[] = {{"left0", left, '1'}, {"right0", right, '2'}};
	for (const auto &link : links) {
		const std::string name = link.name;
		at_home += "link add " + name + " type veth peer name eth0 netns " + link.far.path() + "\n";
		at_home += "link set " + name + " addrgenmode none\nlink set " + name + " up\n";
		at_home += std::string("addr add 10.77.") + link.net + ".1/24 broadcast 10.77." + link.net + ".255 dev " +
		           name + "\n";
		at_home += std::string("addr add fd77:") + link.net + "::1/64 dev " + name + " nodad\n";
		at_home += "addr add fe80::1/64 dev " + name + " nodad\n";
	}
	problem = home.configure(at_home);
	is_lacking = !problem.empty();
	for (const auto &link : links) {
		if (!problem.empty()) return problem;
		problem = link.far.configure(std::string("link set lo up\nlink set eth0 addrgenmode none\nlink set eth0 up\n") +
		                             "addr add 10.77." + link.net + ".2/24 broadcast 10.77." + link.net +
		                             ".255 dev eth0\n" + "addr add fd77:" + link.net +
		                             "::2/64 dev eth0 nodad\naddr add fe80::2/64 dev eth0 nodad\n");
	}
	return problem.empty() ? try_links() : problem;
}

// A link is up some time after it was told to be. A datagram that has arrived is the proof, and then the neighbours'
// addresses are known, too.
std::string NetWorld::try_links() {
	using netpeer::Error;
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(netpeer_test::kUdpPatienceMs);
	const struct {
		const Machine &from, &to;
		const char *address;
	} ways[] = {{home, left, "10.77.1.2"}, {home, left, "fd77:1::2"}, {home, right, "10.77.2.2"},
	        {home, right, "fd77:2::2"}, {left, home, "10.77.1.1"}, {left, home, "fd77:1::1"},
	        {right, home, "10.77.2.1"}, {right, home, "fd77:2::1"}};
	for (const auto &way : ways) {
		netpeer::PacketPeerUDP sender, receiver;
		{
			const Inside inside(way.to);
			if (receiver.bind(0) != Error::OK) return "cannot bind";
		}
		const Inside inside(way.from);
		if (sender.set_dest_address(way.address, receiver.get_local_port()) != Error::OK) return "no destination";
		do {
			if (std::chrono::steady_clock::now() >= end) return std::string("nothing gets through to ") + way.address;
			(void)sender.put_packet(netpeer_test::bytes_of("are you there?")); // refused while the link is down
		} while (receiver.wait(10) != Error::OK);
	}
	return std::string();
}

} // namespace netns
