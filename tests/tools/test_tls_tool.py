#!/usr/bin/env python3
"""netpeer tls, against TLS servers in Python whose certificates netpeer keygen has made.

Usage: test_tls_tool.py --netpeer PATH [unittest arguments]
"SKIPPED:" where netpeer has no mbedTLS.
"""
import argparse
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

NETPEER = None
PATIENCE = 120  # seconds; only a hang takes so long


def run(*arguments, **options):
    return subprocess.run(
        [NETPEER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, **options
    )


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="netpeer-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name in ("localhost", "other.example"):
            made = run("keygen", "--key", cls.path(name + ".key"), "--cert", cls.path(name + ".pem"), "--name", name)
            assert made.returncode == 0, made

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def serve(self, talk, name="localhost"):
        """A server for one client, which `talk` talks to; its port."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(name + ".pem"), self.path(name + ".key"))
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(PATIENCE)
        self.problems = []

        def serve_one():
            try:
                with listener, listener.accept()[0] as plain:
                    plain.settimeout(PATIENCE)
                    with context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as client:
                        talk(client)
            except (ssl.SSLError, OSError) as problem:
                self.problems.append(problem)

        thread = threading.Thread(target=serve_one)
        thread.start()
        self.addCleanup(thread.join)
        self.thread = thread
        return str(listener.getsockname()[1])

    @staticmethod
    def answer_and_close(client):
        """Answers one line with its reverse, and says goodbye."""
        line = b""
        while not line.endswith(b"\n"):
            line += client.recv(4096)
        client.sendall(line[-2::-1] + b"\n")
        client.unwrap()

    def tls(self, port, *arguments, text=b"hello\n", host="127.0.0.1"):
        return run("tls", host, port, *arguments, input=text)

    def assertFails(self, result, text):
        self.assertEqual(result.returncode, 1, result)
        self.assertIn("error: ", result.stderr.decode())
        self.assertIn(text, result.stderr.decode())
        self.assertEqual(result.stdout, b"")

    def test_input_goes_there_and_output_comes_back(self):
        port = self.serve(self.answer_and_close)
        result = self.tls(port, "--ca", self.path("localhost.pem"), "--name", "localhost")
        self.assertEqual((result.returncode, result.stdout), (0, b"olleh\n"), result)
        shown = result.stderr.decode().splitlines()
        self.assertEqual(shown[0], f"connected to 127.0.0.1 port {port}")
        self.assertTrue(shown[1].startswith("TLSv1.") and ", TLS" in shown[1], shown)
        self.assertRegex(shown[2], r"^certificate 1: CN=localhost; for localhost; issued by CN=localhost; valid from 20")
        self.assertEqual(shown[3], f"trusted by {self.path('localhost.pem')}, for localhost")
        self.assertEqual(len(shown), 4)
        self.thread.join()
        self.assertEqual(self.problems, [])

    def test_the_name_is_the_host_unless_told_otherwise(self):
        port = self.serve(self.answer_and_close)
        result = self.tls(port, "--ca", self.path("localhost.pem"), host="localhost")
        self.assertEqual((result.returncode, result.stdout), (0, b"olleh\n"), result)

    def test_a_wrong_name_is_refused(self):
        port = self.serve(self.answer_and_close)
        result = self.tls(port, "--ca", self.path("localhost.pem"), "--name", "other.example")
        self.assertFails(result, "the server is not believed: the certificate is for another name")
        self.thread.join()
        self.assertEqual(len(self.problems), 1)

    def test_an_unknown_authority_is_refused(self):
        port = self.serve(self.answer_and_close)
        result = self.tls(port, "--ca", self.path("other.example.pem"), "--name", "localhost")
        self.assertFails(result, "the server is not believed")

    def test_insecure_shows_who_it_is(self):
        port = self.serve(self.answer_and_close, "other.example")
        result = self.tls(port, "--insecure")
        self.assertEqual((result.returncode, result.stdout), (0, b"olleh\n"), result)
        self.assertIn("certificate 1: CN=other.example", result.stderr.decode())
        self.assertIn("not checked", result.stderr.decode())

    def test_insecure_with_authorities_checks_all_but_the_name(self):
        port = self.serve(self.answer_and_close, "other.example")
        result = self.tls(port, "--insecure", "--ca", self.path("other.example.pem"))
        self.assertEqual((result.returncode, result.stdout), (0, b"olleh\n"), result)
        self.assertIn("the name was not checked", result.stderr.decode())
        port = self.serve(self.answer_and_close)
        self.assertFails(self.tls(port, "--insecure", "--ca", self.path("other.example.pem")), "not believed")

    def test_megabytes_cross_both_ways(self):
        data = os.urandom(5 << 20)

        def echo(client):
            left = len(data)
            while left > 0:
                piece = client.recv(1 << 16)
                left -= len(piece)
                client.sendall(piece)
            client.unwrap()

        port = self.serve(echo)
        result = self.tls(port, "--ca", self.path("localhost.pem"), "--name", "localhost", text=data)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout == data)

    def test_an_end_without_a_word_fails_after_what_came(self):
        def leave(client):
            client.recv(4096)
            client.sendall(b"cut")
            client.shutdown(socket.SHUT_RDWR)

        port = self.serve(leave)
        result = self.tls(port, "--ca", self.path("localhost.pem"), "--name", "localhost")
        self.assertEqual((result.returncode, result.stdout), (1, b"cut"), result)
        self.assertIn("error: the connection broke", result.stderr.decode())

    def test_what_is_no_tls_fails(self):
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            process = subprocess.Popen(
                [NETPEER, "tls", "127.0.0.1", str(listener.getsockname()[1]), "--insecure"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            with listener.accept()[0] as other:
                other.sendall(b"220 mail.example ESMTP\r\n")
                out, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, out), (1, b""))
        self.assertIn("error: no TLS with this server", errors.decode())

    def test_a_silent_server_has_the_time_it_is_given(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            result = self.tls(str(listener.getsockname()[1]), "--insecure", "--timeout", "200")
        self.assertFails(result, "no answer to the handshake within 200 ms")

    def test_nobody_there_and_no_such_file_fail(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = str(probe.getsockname()[1])
        self.assertFails(self.tls(port), "no connection to 127.0.0.1")
        port = self.serve(lambda client: None)
        self.assertFails(self.tls(port, "--ca", self.path("missing")), "cannot read certificates from")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--netpeer", required=True)
    arguments, rest = parser.parse_known_args()
    NETPEER = os.path.abspath(arguments.netpeer)
    with tempfile.TemporaryDirectory() as folder:
        probe = run("keygen", "--key", os.path.join(folder, "k"), "--cert", os.path.join(folder, "c"))
    if b"without mbedTLS" in probe.stderr:
        print("SKIPPED: this netpeer was built without mbedTLS")
        sys.exit(0)
    unittest.main(argv=[sys.argv[0], *rest])
