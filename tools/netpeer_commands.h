// The sub-commands of the netpeer command. Each adds itself to the parser; when it is chosen it runs inside parse() and
// leaves the process' exit code in `exit_code`: 0 done, 1 failed (a line on standard error says why).
#pragma once

namespace CLI {
class App;
}

namespace netpeer_tool {

void add_echo_command(CLI::App &app, int &exit_code);
void add_ping_command(CLI::App &app, int &exit_code);
void add_send_command(CLI::App &app, int &exit_code);
void add_receive_command(CLI::App &app, int &exit_code);
void add_sim_command(CLI::App &app, int &exit_code);
void add_tcp_command(CLI::App &app, int &exit_code);
void add_tls_command(CLI::App &app, int &exit_code);
void add_keygen_command(CLI::App &app, int &exit_code);
void add_udp_command(CLI::App &app, int &exit_code);
void add_var_command(CLI::App &app, int &exit_code);
void add_compress_command(CLI::App &app, int &exit_code);
void add_decompress_command(CLI::App &app, int &exit_code);

} // namespace netpeer_tool
