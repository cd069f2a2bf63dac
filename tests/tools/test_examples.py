#!/usr/bin/env python3
"""Runs the examples: the TCP echo server on an ephemeral port, and clients against it.

Usage: test_examples.py --folder FOLDER [unittest arguments]
"""
import argparse
import os
import re
import subprocess
import sys
import unittest

FOLDER = None
PATIENCE = 60  # seconds; only a hang takes so long


def run(name, *arguments):
    return subprocess.run(
        [os.path.join(FOLDER, name), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )


class TcpEcho(unittest.TestCase):
    def serve(self, clients):
        """The server, which ends after so many clients, and its port."""
        server = subprocess.Popen(
            [os.path.join(FOLDER, "tcp_echo_server"), "0", str(clients)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.end, server)
        line = server.stdout.readline()
        match = re.fullmatch(r"listening on port (\d+)\n", line)
        self.assertTrue(match, line)
        return server, match.group(1)

    @staticmethod
    def end(server):
        if server.poll() is None:
            server.kill()
        server.communicate()

    def test_every_client_gets_its_text_back(self):
        texts = ["hello", "a longer text " * 5000, "grüße"]
        server, port = self.serve(len(texts))
        for text in texts:
            client = run("tcp_echo_client", "127.0.0.1", port, text)
            self.assertEqual((client.returncode, client.stdout, client.stderr), (0, text + "\n", ""))
        out, errors = server.communicate(timeout=PATIENCE)
        self.assertEqual((server.returncode, errors), (0, ""))
        self.assertEqual(out, "127.0.0.1 has come\n" * len(texts))

    def test_clients_at_the_same_time(self):
        server, port = self.serve(8)
        command = [os.path.join(FOLDER, "tcp_echo_client"), "127.0.0.1", port]
        clients = [subprocess.Popen([*command, f"client {i}"], stdout=subprocess.PIPE, text=True) for i in range(8)]
        for i, client in enumerate(clients):
            self.assertEqual(client.communicate(timeout=PATIENCE)[0], f"client {i}\n")
            self.assertEqual(client.returncode, 0)
        server.communicate(timeout=PATIENCE)
        self.assertEqual(server.returncode, 0)

    def test_errors_have_an_exit_code_and_a_line(self):
        server, port = self.serve(1)
        second = run("tcp_echo_server", port)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"cannot listen on port {port}", second.stderr)
        self.assertEqual(run("tcp_echo_client", "127.0.0.1", port, "last").returncode, 0)
        server.communicate(timeout=PATIENCE)
        refused = run("tcp_echo_client", "127.0.0.1", port, "nobody there")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no connection to 127.0.0.1", refused.stderr)
        self.assertEqual(run("tcp_echo_client", "no-such-name.invalid", port, "x").returncode, 1)
        self.assertEqual(run("tcp_echo_client").returncode, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--folder", required=True)
    arguments, rest = parser.parse_known_args()
    FOLDER = os.path.abspath(arguments.folder)
    unittest.main(argv=[sys.argv[0], *rest])
