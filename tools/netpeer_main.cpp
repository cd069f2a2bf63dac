// The netpeer command: an echo server, a ping, file transfer, a simulator, bytes over TCP and TLS, datagrams over UDP,
// values, codecs and keys, to try a network and the library.
#include "../src/core/netpeer_version.h"
#include "netpeer_commands.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char **argv) {
	CLI::App app("Echo, ping, file transfer and simulation over ENet (the protocol of Godot's ENetConnection); bytes "
	             "over TCP and TLS, datagrams over UDP.",
	        "netpeer");
	app.set_version_flag("--version", "netpeer " NETPEER_VERSION_STRING);
	app.require_subcommand(1);
	app.allow_windows_style_options(false); // there /folder/file would be an option; passed on to the sub-commands
	app.footer("Exit codes: 0 done, 1 failed, 2 wrong arguments. `netpeer COMMAND --help` explains a command.");
	int exit_code = 0;
	netpeer_tool::add_echo_command(app, exit_code);
	netpeer_tool::add_ping_command(app, exit_code);
	netpeer_tool::add_send_command(app, exit_code);
	netpeer_tool::add_receive_command(app, exit_code);
	netpeer_tool::add_sim_command(app, exit_code);
	netpeer_tool::add_tcp_command(app, exit_code);
	netpeer_tool::add_tls_command(app, exit_code);
	netpeer_tool::add_keygen_command(app, exit_code);
	netpeer_tool::add_udp_command(app, exit_code);
	netpeer_tool::add_var_command(app, exit_code);
	netpeer_tool::add_compress_command(app, exit_code);
	netpeer_tool::add_decompress_command(app, exit_code);
	netpeer_tool::catch_signals();
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		return app.exit(error) == 0 ? 0 : 2; // --help and --version arrive here too
	} catch (const std::exception &error) {
		return netpeer_tool::fail(error.what());
	}
	return exit_code;
}
