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


class Dtls(unittest.TestCase):
    """echo and ping, send and receive over DTLS, between two netpeers."""

    path = classmethod(lambda cls, name: os.path.join(cls.folder, name))

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="netpeer-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name in ("localhost", "other.example"):
            made = run("keygen", "--key", cls.path(name + ".key"), "--cert", cls.path(name + ".pem"), "--name", name)
            assert made.returncode == 0, made

    def serve(self, command, *arguments, name="localhost"):
        """A netpeer server that speaks DTLS; its port."""
        identity = ["--dtls-cert", self.path(name + ".pem"), "--dtls-key", self.path(name + ".key")]
        self.server = subprocess.Popen(
            [NETPEER, command, "--port", "0", "--bind", "127.0.0.1", *arguments, *(identity if name else [])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.addCleanup(self.server.communicate)
        self.addCleanup(self.server.kill)
        line = self.server.stdout.readline()
        self.assertRegex(line, r"^listening on .* port \d+\n$")
        return line.split()[-1]

    def ping(self, port, *arguments):
        return run("ping", "127.0.0.1", port, "--count", "3", "--interval", "0", *arguments)

    def believing(self, name="localhost"):
        return ["--dtls", "--ca", self.path("localhost.pem"), "--server-name", name]

    def assertFails(self, result, text):
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(text, result.stderr.decode())

    def test_packets_come_back(self):
        port = self.serve("echo")
        for extra in ([], ["--compress", "range-coder"]):
            if extra:
                port = self.serve("echo", *extra)
            done = self.ping(port, *self.believing(), *extra)
            self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.ping(port, "--dtls", "--insecure", "--compress", "range-coder").returncode, 0)

    def test_a_file_arrives(self):
        folder = self.path("in")
        os.mkdir(folder)
        content = os.urandom(300000)
        with open(self.path("file.bin"), "wb") as file:
            file.write(content)
        port = self.serve("receive", "--out", folder, "--once")
        done = run("send", self.path("file.bin"), "127.0.0.1", port, *self.believing())
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.server.wait(timeout=PATIENCE), 0)
        with open(os.path.join(folder, "file.bin"), "rb") as file:
            self.assertEqual(file.read(), content)

    def test_who_is_not_believed_gets_nothing(self):
        port = self.serve("echo", name="other.example")
        self.assertFails(self.ping(port, *self.believing("other.example")), "trusted")
        port = self.serve("echo")
        self.assertFails(self.ping(port, *self.believing("elsewhere.example")), "another name")

    def test_plain_and_encrypted_do_not_mix(self):
        port = self.serve("echo")
        self.assertFails(self.ping(port, "--timeout", "300"), "DTLS?")
        port = self.serve("echo", name="")
        self.assertFails(self.ping(port, *self.believing(), "--timeout", "300"), "no connection")

    def test_what_is_wrong_with_files_is_said(self):
        missing, key = self.path("missing.pem"), self.path("localhost.key")
        bad = run("echo", "--port", "0", "--dtls-cert", missing, "--dtls-key", key)
        self.assertFails(bad, "cannot be opened")
        bad = run("echo", "--port", "0", "--dtls-cert", key, "--dtls-key", key)
        self.assertFails(bad, "not such a file")
        other = self.path("other.example.pem")
        bad = run("echo", "--port", "0", "--dtls-cert", other, "--dtls-key", key)
        self.assertFails(bad, "does not belong")
        self.assertFails(self.ping("9", "--dtls", "--ca", missing), "cannot be opened")
        for wrong in (["--ca", missing], ["--insecure"], ["--server-name", "x"]):
            self.assertEqual(self.ping("9", *wrong).returncode, 2)
        self.assertEqual(run("echo", "--port", "0", "--dtls-cert", other).returncode, 2)


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
