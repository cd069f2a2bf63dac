#!/usr/bin/env python3
"""Runs the examples: the TCP echo server and clients against it, those over UDP, those of the tutorial, and the HTTPS
client against openssl.

Usage: test_examples.py --folder FOLDER [unittest arguments]
"""
import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
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


class Tutorial(unittest.TestCase):
    """The programs of docs/tutorial.md do what it says."""

    def test_what_one_says_everybody_hears(self):
        server = subprocess.Popen(
            [os.path.join(FOLDER, "tutorial_server"), "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(TcpEcho.end, server)
        match = re.fullmatch(r"listening on port (\d+)\n", server.stdout.readline())
        for text in ("good day", "grüße"):
            client = run("tutorial_client", text, match.group(1))
            self.assertEqual((client.returncode, client.stdout, client.stderr), (0, "welcome\n" + text + "\n", ""))
            self.assertEqual(server.stdout.readline(), "somebody left\n")

    def test_messages_are_read_as_they_were_written(self):
        program = run("tutorial_messages")
        self.assertEqual((program.returncode, program.stdout), (0, "10 bytes, as they should be\n"))

    def test_the_lossy_network_gives_the_figure_of_the_page(self):
        program = run("tutorial_loss")
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "docs", "tutorial.md"), encoding="utf-8") as page:
            self.assertIn("```text\n" + program.stdout + "```\n", page.read())
        self.assertEqual(program.returncode, 0)


class Udp(unittest.TestCase):
    def start(self, name, *arguments, line=None):
        """A program with a pipe as its input, and the number behind `line` if it prints that first."""
        process = subprocess.Popen(
            [os.path.join(FOLDER, name), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.addCleanup(TcpEcho.end, process)
        if line is None:
            return process, None
        first = process.stdout.readline()
        match = re.fullmatch(line + r" (\d+)\n", first)
        self.assertTrue(match, first)
        return process, match.group(1)

    def assertEnds(self, process, output):
        out, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors, out), (0, "", output))

    def test_the_pill_ends_the_worker(self):
        done = run("udp_death_pill")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "got: life\ngot: goes\ngot: on\nthe worker has ended\n")

    def test_two_chat_until_one_leaves(self):
        waiting, port = self.start("udp_chat", "Ann", line="waiting on port")
        # Typed before anybody is there: kept.
        waiting.stdin.write("hello, whoever you are\n")
        waiting.stdin.flush()
        calling, _ = self.start("udp_chat", "Bob", "127.0.0.1", port)
        self.assertEqual(waiting.stdout.readline(), "Bob: is here\n")
        self.assertEqual(calling.stdout.readline(), "Ann: hello, whoever you are\n")
        calling.stdin.write("grüße\n\n")
        calling.stdin.flush()
        self.assertEqual(waiting.stdout.readline(), "Bob: grüße\n")
        self.assertEqual(waiting.stdout.readline(), "Bob: \n")
        calling.stdin.close()
        calling.stdin = None
        self.assertEqual(waiting.stdout.readline(), "Bob has left\n")
        self.assertEqual(waiting.wait(timeout=PATIENCE), 0)  # though its input goes on
        self.assertEnds(calling, "")

    def test_chat_ignores_what_is_no_message(self):
        waiting, port = self.start("udp_chat", "Ann", line="waiting on port")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for garbage in [b"", b"hello", b"\x1c\x00\x00\x00\xff\xff\xff\x7f"]:
                stranger.sendto(garbage, ("127.0.0.1", int(port)))
        calling, _ = self.start("udp_chat", "Bob", "127.0.0.1", port)
        self.assertEqual(waiting.stdout.readline(), "Bob: is here\n")
        self.assertEqual(run("udp_chat").returncode, 1)

    def test_a_server_is_found_by_broadcast(self):
        server, port = self.start("lan_discovery", "serve", "Our server", "0", "2", line="listening on port")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"something else", ("127.0.0.1", int(port)))
        for _ in range(2):
            found = run("lan_discovery", "find", port, "127.255.255.255")
            self.assertEqual((found.returncode, found.stderr), (0, ""))
            self.assertEqual(found.stdout, "Our server at 127.0.0.1, game on port 7777\n")
        self.assertEnds(server, "")
        self.assertEqual(run("lan_discovery", "find", port, "127.255.255.255").returncode, 1)
        self.assertEqual(run("lan_discovery").returncode, 2)


class EncryptedChat(unittest.TestCase):
    """encrypted_chat with a certificate that openssl has made."""

    def start(self, *arguments):
        process = subprocess.Popen(
            [os.path.join(FOLDER, "encrypted_chat"), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        self.addCleanup(TcpEcho.end, process)
        return process

    def test_lines_pass_and_another_name_is_refused(self):
        if shutil.which("openssl") is None:
            if os.environ.get("CI") == "true":
                self.fail("missing in CI: openssl")
            print("SKIPPED: openssl is not installed", flush=True)
            self.skipTest("no openssl")
        folder = tempfile.mkdtemp(prefix="netpeer-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
             "-out", certificate, "-days", "2", "-subj", "/CN=chat.test", "-addext", "subjectAltName=DNS:chat.test"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
        )  # fmt: skip
        self.assertEqual(made.returncode, 0, made.stdout)
        server = self.start("serve", "0", key, certificate)
        first = server.stdout.readline()
        if first == "" and "Unavailable" in server.stderr.read():
            print("SKIPPED: this netpeer was built without mbedTLS", flush=True)
            self.skipTest("no mbedTLS")
        self.assertRegex(first, r"^serving on port \d+\n$")
        port = first.split()[-1]
        ann = self.start("join", "127.0.0.1", port, certificate, "chat.test")
        self.assertEqual(ann.stdout.readline(), "joined\n")
        bob = self.start("join", "127.0.0.1", port, certificate, "chat.test")
        self.assertEqual(bob.stdout.readline(), "joined\n")
        bob.stdin.write("hello Ann\n")
        bob.stdin.flush()
        self.assertEqual(ann.stdout.readline(), "hello Ann\n")
        ann.stdin.write("hello Bob\n")
        ann.stdin.flush()
        self.assertEqual(bob.stdout.readline(), "hello Bob\n")
        ann.stdin.close()
        ann.stdin = None
        self.assertEqual(ann.wait(timeout=PATIENCE), 0)
        stranger = self.start("join", "127.0.0.1", port, certificate, "another.test")
        self.assertEqual(stranger.wait(timeout=PATIENCE), 1)
        self.assertIn("the certificate is for another name", stranger.stderr.read())


class HttpsGet(unittest.TestCase):
    """https_get against `openssl s_server -www`, which answers every request with a page about the connection."""

    def setUp(self):
        if shutil.which("openssl") is None:
            if os.environ.get("CI") == "true":
                self.fail("missing in CI: openssl")
            print("SKIPPED: openssl is not installed", flush=True)
            self.skipTest("no openssl")
        self.folder = tempfile.mkdtemp(prefix="netpeer-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key.pem"), "-out",
             self.path("cert.pem"), "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
        )  # fmt: skip
        self.assertEqual(made.returncode, 0, made.stdout)
        self.server = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", self.path("cert.pem"), "-key",
             self.path("key.pem")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.addCleanup(self.end)
        line = ""
        while not line.startswith("ACCEPT "):
            line = self.server.stdout.readline()
            self.assertNotEqual(line, "", "openssl has ended")
        self.port = line.rsplit(":", 1)[1].strip()

    def end(self):
        self.server.kill()
        self.server.communicate()

    def path(self, name):
        return os.path.join(self.folder, name)

    def get(self, *arguments):
        return run("https_get", *arguments)

    def test_the_page_is_fetched_whole(self):
        result = self.get("localhost", self.port, "/", self.path("cert.pem"))
        if "Unavailable" in result.stderr:
            print("SKIPPED: this netpeer was built without mbedTLS", flush=True)
            self.skipTest("no mbedTLS")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertTrue(result.stdout.startswith("HTTP/1.0 200 ok"), result.stdout)
        self.assertIn("TLSv1.2", result.stdout)
        self.assertTrue(result.stdout.rstrip().lower().endswith("</html>"), result.stdout)

    def test_an_unknown_server_is_refused(self):
        result = self.get("localhost", self.port, "/")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertNotEqual(result.stderr, "")

    def test_wrong_arguments_and_files_are_told(self):
        self.assertEqual(self.get("localhost", self.port).returncode, 2)
        result = self.get("localhost", self.port, "/", self.path("missing"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("missing", result.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--folder", required=True)
    arguments, rest = parser.parse_known_args()
    FOLDER = os.path.abspath(arguments.folder)
    unittest.main(argv=[sys.argv[0], *rest])
