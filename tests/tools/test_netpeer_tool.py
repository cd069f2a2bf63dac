#!/usr/bin/env python3
"""End-to-end tests of the netpeer command over loopback. Only the operating system and the command itself take part.

Usage: test_netpeer_tool.py --netpeer PATH [--without MODE]... [unittest arguments, e.g. EchoAndPing or -v]
No fixed ports; every wait has a limit; everything happens in temporary folders.
"""
import argparse
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

NETPEER = None
MODES = ["none", "range-coder", "fastlz", "zlib", "zstd"]
WITHOUT = []  # modes that are not in this build (--without)
PATIENCE = 60  # seconds; only a hang takes so long

# resent, for nothing, copies, shortest round trip, queue delay, the longest one, bandwidth, MTU
PATH_LINE = (
    r"^path: (\d+) sent again \((\d+) for nothing\), (\d+) copies, round trip at least ([\d.]+) ms, "
    r"queue delay ([\d.]+) ms \(at most ([\d.]+) ms\), bandwidth (unknown|[\d.]+ \w+/s), MTU (\d+) bytes$"
)


class Server:
    """A `netpeer echo` or `netpeer receive` in the background; `with` ends it by Ctrl-C."""

    def __init__(self, *arguments, **popen):
        self.process = subprocess.Popen(
            [NETPEER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **popen
        )
        self.output = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (\S+) port (\d+)\n", self.output)
        if not match:
            self.output += self.process.communicate(timeout=PATIENCE)[0]
            raise AssertionError("no listening line: " + self.output)
        self.address, self.port = match.groups()

    def wait(self):
        """Waits until it ends by itself; the exit code."""
        self.output += self.process.communicate(timeout=PATIENCE)[0]
        return self.process.returncode

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait_for(self, text):
        """Reads on until a line contains `text`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 1)[0]:
                line = self.process.stdout.readline()
                self.output += line
                if text in line:
                    return
                if not line:
                    break
        raise AssertionError(f"no {text!r} in: {self.output}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self.process.stdout.close()


def run(*arguments, timeout=PATIENCE, **options):
    return subprocess.run(
        [NETPEER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, **options
    )


def dead_port():
    with Server("echo", "--port", "0", "--bind", "127.0.0.1") as server:
        return server.port


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="netpeer-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.out = self.path("out")
        os.mkdir(self.out)

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_file(self, name, size, sparse=False):
        path = self.path(name)
        with open(path, "wb") as file:
            if sparse:
                file.truncate(size)
            else:
                file.write(os.urandom(size))
        return path

    def without_privileges(self):
        """Options for run() and Server() under which file permissions count: root drops its rights."""
        if os.geteuid() != 0:
            return {}
        os.chmod(self.folder, 0o755)
        program = self.path("netpeer")
        shutil.copy(NETPEER, program)

        def drop_rights():
            os.setgid(65534)
            os.setuid(65534)

        return {"executable": program, "preexec_fn": drop_rights}

    def receiver(self, *arguments, **popen):
        return Server("receive", "--port", "0", "--bind", "127.0.0.1", "--out", self.out, *arguments, **popen)

    def assertSame(self, path, name):
        with open(path, "rb") as sent, open(os.path.join(self.out, name), "rb") as received:
            self.assertTrue(sent.read() == received.read(), "the received file differs")

    def assertFails(self, result, text):
        self.assertEqual(result.returncode, 1, result)
        self.assertRegex(result.stderr, text)
        self.assertTrue(result.stderr.startswith("error: "), result.stderr)

    def assertNothingStored(self):
        self.assertEqual(os.listdir(self.out), [])


class CommandLine(ToolTest):
    def test_help_and_version(self):
        version = run("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"^netpeer \d+\.\d+\.\d+\n$")
        commands = [[], ["echo"], ["ping"], ["send"], ["receive"], ["sim"], ["var"], ["compress"], ["decompress"], ["tcp"], ["tcp", "listen"], ["tcp", "connect"]]
        commands += [["udp"], ["udp", "listen"], ["udp", "send"], ["udp", "broadcast"], ["udp", "multicast"]]
        commands += [["keygen"], ["tls"]]
        for command in commands:
            shown = run(*command, "--help")
            self.assertEqual(shown.returncode, 0, command)
            self.assertIn("Usage:", shown.stdout)
        options = {
            "echo": ["--port", "--bind", "--peers", "--channels", "--checksum", "--for"],
            "ping": ["HOST", "PORT", "--count", "--size", "--interval", "--unreliable", "--checksum", "--timeout"],
            "receive": ["--port", "--out", "--once", "--bind"],
            "send": ["FILE", "HOST", "PORT", "--timeout"],
            "sim": ["--latency", "--jitter", "--loss", "--burst", "--rate", "--queue", "--duplicate", "--reorder", "--seed"]
            + ["--messages", "--size", "--interval", "--bulk", "--unreliable", "--csv"],
        }
        for command in ["echo", "ping", "receive", "send"]:
            options[command].append("--compress")
        options["compress"] = ["MODE", "RFC 1950", "RFC 8878", "FastLZ block", "1 GiB"]
        options["decompress"] = options["compress"] + ["--limit"]
        for command in ["echo", "receive"]:
            options[command] += ["--dtls-cert", "--dtls-key"]
        for command in ["ping", "send"]:
            options[command] += ["--dtls", "--ca", "--server-name", "--insecure"]
        options["tls"] = ["HOST", "PORT", "--ca", "--name", "--insecure", "--timeout"]
        options["tcp"] = ["listen", "connect"]
        options["tcp listen"] = ["PORT", "--bind", "--no-delay"]
        options["tcp connect"] = ["HOST", "PORT", "--bind", "--no-delay", "--timeout"]
        options["udp"] = ["listen", "send", "broadcast", "multicast"]
        options["udp listen"] = ["PORT", "--bind", "--count", "--timeout", "--var"]
        options["udp send"] = ["HOST", "PORT", "TEXT", "--bind", "--count", "--timeout", "--var"]
        options["udp broadcast"] = ["PORT", "TEXT", "--interface", "--to", "--count", "--timeout", "--var"]
        options["udp multicast"] = ["GROUP", "PORT", "TEXT", "--interface", "--ttl", "--count", "--timeout", "--var"]
        for command, names in options.items():
            text = run(*command.split(), "--help").stdout
            for name in names:
                self.assertIn(name, text, command)

    def test_wrong_arguments_are_exit_code_2(self):
        for arguments in [
            [],
            ["nonsense"],
            ["echo"],
            ["echo", "--port", "65536"],
            ["echo", "--port", "0", "--peers", "0"],
            ["ping", "127.0.0.1"],
            ["ping", "127.0.0.1", "0"],
            ["ping", "127.0.0.1", "9", "--size", "7"],
            ["receive", "--port", "0"],
            ["send", "file"],
            ["echo", "--port", "0", "--compress", "lz4"],
            ["ping", "127.0.0.1", "9", "--compress", "1"],
            ["compress"],
            ["compress", "none"],
            ["compress", "zlib", "file"],
            ["decompress", "gzip"],
            ["decompress", "zlib", "--limit", "0"],
            ["sim", "--loss", "101"],
            ["sim", "--size", "3"],
            ["sim", "here"],
            ["tcp"],
            ["tcp", "send"],
            ["tcp", "listen"],
            ["tcp", "listen", "65536"],
            ["tcp", "listen", "0", "--timeout", "5"],
            ["tcp", "connect", "127.0.0.1"],
            ["tcp", "connect", "127.0.0.1", "0"],
            ["tcp", "connect", "127.0.0.1", "9", "--timeout", "0"],
            ["udp"],
            ["udp", "listen"],
            ["udp", "listen", "65536"],
            ["udp", "listen", "0", "--count", "-1"],
            ["udp", "send", "127.0.0.1", "9"],
            ["udp", "send", "127.0.0.1", "0", "text"],
            ["udp", "send", "127.0.0.1", "9", "text", "--count", "0"],
            ["udp", "broadcast", "9"],
            ["udp", "multicast", "239.1.2.3"],
            ["udp", "multicast", "239.1.2.3", "9", "--ttl", "256"],
            ["tls", "127.0.0.1"],
            ["tls", "127.0.0.1", "0"],
            ["tls", "127.0.0.1", "9", "--timeout", "0"],
        ]:
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertNotEqual(result.stderr + result.stdout, "")


class EchoAndPing(ToolTest):
    def echo(self, *arguments):
        return Server("echo", "--port", "0", "--bind", "127.0.0.1", *arguments)

    def test_ping_prints_its_figures(self):
        with self.echo() as server:
            self.assertEqual(server.address, "127.0.0.1")
            for mode in [[], ["--unreliable"]]:
                result = run("ping", "127.0.0.1", server.port, "--count", "20", "--interval", "5", *mode)
                self.assertEqual(result.returncode, 0, result)
                self.assertRegex(result.stdout, r"20 sent, \d+ received, \d+\.\d % lost")
                figures = re.search(
                    r"min ([\d.]+) ms, median ([\d.]+) ms, p99 ([\d.]+) ms, max ([\d.]+) ms", result.stdout
                )
                self.assertTrue(figures, result.stdout)
                numbers = [float(number) for number in figures.groups()]
                self.assertEqual(numbers, sorted(numbers))
            self.assertEqual(server.interrupt(), 0)
            self.assertEqual(server.output.count("\nconnect 127.0.0.1 port "), 2, server.output)
            self.assertEqual(server.output.count("\ndisconnect 127.0.0.1 port "), 2, server.output)
            self.assertIn("totals: 2 connections", server.output)

    def test_ping_tells_of_its_path(self):
        with self.echo() as server:
            result = run("ping", "127.0.0.1", server.port, "--count", "20", "--interval", "5")
            path = re.search(PATH_LINE, result.stdout, re.M)
            self.assertTrue(path, result.stdout)
            resent, spurious, _, shortest, queue, longest_queue, _, mtu = path.groups()
            self.assertLessEqual(int(spurious), int(resent))
            self.assertGreater(float(shortest), 0)
            self.assertLessEqual(float(queue), float(longest_queue))
            self.assertEqual(mtu, "1392")

    def test_reliable_ping_loses_nothing_whatever_the_size(self):
        with self.echo() as server:
            for size in ["8", "1400", "100000"]:
                result = run("ping", "127.0.0.1", server.port, "--count", "5", "--interval", "0", "--size", size, "-v")
                self.assertIn("5 sent, 5 received, 0.0 % lost", result.stdout)
                self.assertEqual(result.stdout.count(f"{size} bytes back"), 5)

    def test_checksum_on_both_ends_works_and_on_one_does_not(self):
        with self.echo("--checksum") as server:
            arguments = ["ping", "127.0.0.1", server.port, "--count", "3", "--interval", "1", "--timeout", "400"]
            self.assertEqual(run(*arguments, "--checksum").returncode, 0)
            self.assertFails(run(*arguments), "nobody answered")

    def test_dead_port_fails_within_the_timeout(self):
        port = dead_port()
        for timeout in [200, 1000]:
            start = time.monotonic()
            result = run("ping", "127.0.0.1", port, "--timeout", str(timeout))
            took = time.monotonic() - start
            self.assertFails(result, "nobody answered")
            self.assertGreater(took, timeout / 1000 - 0.05)
            self.assertLess(took, timeout / 1000 + 10)  # the machine may be busy; the default would be 31.5 s

    def test_unknown_name_fails(self):
        self.assertFails(run("ping", "no-such-name.invalid", "1234"), "cannot find an address")

    def test_ctrl_c_disconnects_the_peers(self):
        with self.echo() as server:
            pinger = subprocess.Popen(
                [NETPEER, "ping", "127.0.0.1", server.port, "--count", "100000", "--interval", "1", "-v"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            server.wait_for("connect ")
            for line in pinger.stdout:
                if "sequence 5," in line:  # some packets have come back
                    break
            self.assertEqual(server.interrupt(), 0)
            out, errors = pinger.communicate(timeout=PATIENCE)
            self.assertEqual(pinger.returncode, 1)
            self.assertIn("the other end disconnected", errors)
            self.assertIn("round trip min", out)  # what was measured until then

    def test_echo_ends_by_itself(self):
        start = time.monotonic()
        with self.echo("--for", "0.3") as server:
            self.assertEqual(server.wait(), 0)
        self.assertGreaterEqual(time.monotonic() - start, 0.25)
        self.assertIn("totals:", server.output)

    def test_port_in_use_and_bad_bind_address_fail(self):
        with self.echo() as server:
            self.assertFails(run("echo", "--port", server.port, "--bind", "127.0.0.1"), "cannot listen")
        self.assertFails(run("echo", "--port", "0", "--bind", "localhost"), "cannot listen")

    def test_full_server_refuses_the_next_one(self):
        with self.echo("--peers", "1") as server:
            holder = subprocess.Popen(
                [NETPEER, "ping", "127.0.0.1", server.port, "--count", "1000", "--interval", "100"],
                stdout=subprocess.DEVNULL,
            )
            server.wait_for("connect ")
            self.assertFails(run("ping", "127.0.0.1", server.port, "--timeout", "300"), "nobody answered")
            holder.send_signal(signal.SIGINT)
            self.assertEqual(holder.wait(timeout=PATIENCE), 0)


class Compression(ToolTest):
    """--compress, at the same and at different modes of both ends."""

    modes = property(lambda self: [mode for mode in MODES if mode not in WITHOUT])

    def echo(self, mode):
        return Server("echo", "--port", "0", "--bind", "127.0.0.1", "--compress", mode)

    def wire(self, text):
        """Bytes sent, bytes without compression, ratio; out and in."""
        found = re.findall(r"(\d+) bytes for (\d+) \(([\d.]+) : 1\)", text)
        self.assertEqual(len(found), 2, text)
        self.assertRegex(text, r"\bwire out \d.*, in \d")
        for sent, plain, ratio in found:
            self.assertAlmostEqual(int(plain) / int(sent), float(ratio), delta=0.01)
        return [(int(sent), int(plain)) for sent, plain, _ in found]

    def test_ping_prints_what_every_mode_saves(self):
        for mode in self.modes:
            with self.echo(mode) as server:
                arguments = ["--count", "20", "--interval", "0", "--size", "1000", "--compress", mode]
                result = run("ping", "127.0.0.1", server.port, *arguments)
                self.assertEqual(result.returncode, 0, result)
                self.assertIn("20 sent, 20 received, 0.0 % lost", result.stdout)
                for sent, plain in self.wire(result.stdout):
                    self.assertGreater(plain, 20 * 1000)
                    self.assertLess(plain, 20 * 1000 + 5000)
                    if mode == "none":
                        self.assertEqual(sent, plain)
                    else:
                        self.assertLess(sent, plain / 4)
                self.assertEqual(server.interrupt(), 0)
                if mode != "none":
                    self.assertIn("wire out ", server.output)
                self.assertNotIn("note:", server.output)

    def test_files_arrive_in_every_mode(self):
        text = self.path("text.txt")
        with open(text, "w") as file:
            file.writelines(f"line {i}: {{\"x\": {i * 7919 % 1000}, \"name\": \"player\"}}\n" for i in range(20000))
        noise = self.make_file("noise.bin", 300000)
        for mode in self.modes:
            with self.receiver("--overwrite", "--compress", mode) as receiver:
                for path in [text, noise]:
                    result = run("send", path, "127.0.0.1", receiver.port, "--compress", mode)
                    self.assertEqual(result.returncode, 0, result)
                    self.assertSame(path, os.path.basename(path))
                    (sent, plain), _ = self.wire(result.stdout)
                    self.assertGreater(plain, os.path.getsize(path))
                    if path == text and mode != "none":
                        self.assertLess(sent, plain * 0.7, mode)
                    else:
                        self.assertGreater(sent, plain * 0.9, mode)  # short datagrams beside the data shrink
                        self.assertLessEqual(sent, plain, mode)

    def test_different_modes_fail_with_a_question(self):
        for ours in self.modes:
            with self.echo(ours) as server:
                for theirs in self.modes:
                    if theirs == ours:
                        continue
                    arguments = ["--count", "2", "--interval", "1", "--size", "1000", "--timeout", "400"]
                    result = run("ping", "127.0.0.1", server.port, *arguments, "--compress", theirs)
                    self.assertFails(result, "--compress")
                server.interrupt()
                self.assertRegex(server.output, r"(?m)^note: .* \(--compress %s here\): is it the same" % ours)
                self.assertEqual(server.output.count("note:"), 1)

    def test_different_modes_of_a_transfer_fail_with_a_question(self):
        path = self.make_file("a.bin", 1000)
        with self.receiver("--compress", "range-coder") as receiver:
            arguments = ["--timeout", "400", "--name", "a" * 200]
            self.assertFails(run("send", path, "127.0.0.1", receiver.port, *arguments, "--compress", "fastlz"), "--compress")
        self.assertNothingStored()

    def test_modes_that_are_not_built_in_are_refused(self):
        if not WITHOUT:
            self.skipTest("every mode is in this build")
        for mode in WITHOUT:
            refusal = f"{mode} is not in this build"
            self.assertFails(run("echo", "--port", "0", "--compress", mode), refusal)
            self.assertFails(run("receive", "--port", "0", "--out", self.out, "--compress", mode), refusal)
            self.assertFails(run("ping", "127.0.0.1", "9", "--compress", mode), refusal)
            self.assertFails(run("send", self.make_file("a", 1), "127.0.0.1", "9", "--compress", mode), refusal)


class Codecs(ToolTest):
    """compress and decompress, through pipes."""

    modes = property(lambda self: [mode for mode in MODES if mode not in ["none", *WITHOUT]])

    def pipe(self, command, mode, data, *arguments):
        return subprocess.run(
            [NETPEER, command, mode, *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE
        )

    def through(self, command, mode, data, *arguments):
        done = self.pipe(command, mode, data, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, b""), (command, mode))
        return done.stdout

    def refused(self, mode, data, *arguments):
        done = self.pipe("decompress", mode, data, *arguments)
        self.assertEqual((done.returncode, done.stdout), (1, b""), (mode, done))
        self.assertRegex(done.stderr, rb"^error: malformed: not what `netpeer compress ")

    def inputs(self):
        text = b"".join(b'{"id": %d, "x": %d}\n' % (i, i * 7919 % 1000) for i in range(150000))
        return [b"", b"\0", b"a", b"ab" * 8, os.urandom(1392), bytes(3 << 20), text, os.urandom(5 << 20)]

    def test_every_size_comes_back(self):
        for mode in self.modes:
            for data in self.inputs():
                packed = self.through("compress", mode, data)
                self.assertLessEqual(len(packed), len(data) + len(data) // 10 + 64, mode)
                self.assertTrue(self.through("decompress", mode, packed) == data, (mode, len(data)))

    def test_one_into_the_other_by_the_shell(self):
        path, copy = self.make_file("noise.bin", 2 << 20), self.path("copy.bin")
        for mode in self.modes:
            with open(path, "rb") as plain, open(copy, "wb") as result:
                first = subprocess.Popen([NETPEER, "compress", mode], stdin=plain, stdout=subprocess.PIPE)
                second = subprocess.Popen([NETPEER, "decompress", mode], stdin=first.stdout, stdout=result)
                first.stdout.close()
                self.assertEqual((second.wait(PATIENCE), first.wait(PATIENCE)), (0, 0), mode)
            with open(path, "rb") as plain, open(copy, "rb") as result:
                self.assertTrue(plain.read() == result.read(), mode)

    def test_the_bytes_are_those_of_datagrams(self):
        self.assertEqual(self.through("compress", "range-coder", b"ABC").hex(), "42032fdb32")
        self.assertEqual(self.through("compress", "range-coder", bytes(64)).hex(), "0103e85a2adc44")
        vectors = os.path.join(os.path.dirname(__file__), "..", "vectors")
        for mode, end in [("range-coder", "range_coder/json_1400.enet"), ("fastlz", "fastlz/json_1400.lz1")]:
            with open(os.path.join(vectors, end), "rb") as packed:
                restored = self.through("decompress", mode, packed.read())
            with open(os.path.join(vectors, os.path.splitext(end)[0] + ".plain"), "rb") as plain:
                self.assertTrue(restored == plain.read(), mode)

    def test_other_programs_read_zlib_and_zstd(self):
        data = b"position rotation " * 5000
        if "zlib" not in WITHOUT:
            self.assertTrue(zlib.decompress(self.through("compress", "zlib", data)) == data)
            self.assertTrue(self.through("decompress", "zlib", zlib.compress(data, 9)) == data)
        if "zstd" not in WITHOUT and shutil.which("zstd"):
            for command, ours in [(["zstd", "-dc"], "compress"), (["zstd", "-c"], "decompress")]:
                given = self.through("compress", "zstd", data) if ours == "compress" else data
                theirs = subprocess.run(command, input=given, stdout=subprocess.PIPE, timeout=PATIENCE, check=True).stdout
                self.assertTrue((theirs if ours == "compress" else self.through("decompress", "zstd", theirs)) == data)

    def test_malformed_input_is_an_error_and_writes_nothing(self):
        for mode in self.modes:
            packed = self.through("compress", mode, b"some text " * 300)
            for damaged in [b"\xe0", packed[:1], b"\xff" * 50]:
                self.refused(mode, damaged, "--limit", "1")
            if mode in ["zlib", "zstd"]:  # these know their end
                self.refused(mode, packed[:-1])
                self.refused(mode, packed[:3] + bytes([packed[3] ^ 0x80]) + packed[4:])
            for i in range(0, len(packed), 1 + len(packed) // 20):
                done = self.pipe("decompress", mode, packed[:i] + b"\xa5" + packed[i + 1 :], "--limit", "1")
                self.assertIn(done.returncode, [0, 1], (mode, i))  # never a crash

    def test_the_limit_is_kept(self):
        for mode in self.modes:
            packed = self.through("compress", mode, bytes(1 << 20))
            self.assertEqual(len(self.through("decompress", mode, packed, "--limit", "1")), 1 << 20)
            self.refused(mode, self.through("compress", mode, bytes((1 << 20) + 1)), "--limit", "1")

    def test_modes_that_are_not_built_in_are_refused(self):
        for mode in WITHOUT or self.skipTest("every mode is in this build"):
            for command in ["compress", "decompress"]:
                done = self.pipe(command, mode, b"abc")
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertIn(f"{mode} is not in this build".encode(), done.stderr)

    def test_a_reader_that_leaves_is_an_error(self):
        packer = subprocess.Popen(
            [NETPEER, "compress", "fastlz"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        packer.stdout.close()
        _, errors = packer.communicate(os.urandom(1 << 20), timeout=PATIENCE)
        self.assertEqual(packer.returncode, 1)
        self.assertIn(b"cannot write standard output", errors)


class Transfer(ToolTest):
    def test_files_of_all_sizes_arrive(self):
        with self.receiver() as receiver:
            for size in [0, 1, 1343, 1344, 1345, 3 << 20]:
                path = self.make_file(f"sized {size}.bin", size)
                result = run("send", path, "127.0.0.1", receiver.port)
                self.assertEqual(result.returncode, 0, result)
                self.assertIn(f"{size} bytes", result.stdout)
                self.assertSame(path, f"sized {size}.bin")
            self.assertEqual(receiver.interrupt(), 0)
        self.assertIn("totals: 6 received, 0 failed", receiver.output)
        self.assertEqual(len(os.listdir(self.out)), 6)

    def test_sender_tells_of_its_path(self):
        path = self.make_file("long.bin", 3 << 20)
        with self.receiver() as receiver:
            result = run("send", path, "127.0.0.1", receiver.port)
            told = re.search(PATH_LINE, result.stdout, re.M)
            self.assertTrue(told, result.stdout)
            self.assertNotEqual(told.group(7), "unknown", result.stdout)
            self.assertEqual(told.group(8), "1392")

    def test_once_ends_after_one(self):
        path = self.make_file("a.bin", 100000)
        with self.receiver("--once") as receiver:
            self.assertEqual(run("send", path, "127.0.0.1", receiver.port).returncode, 0)
            self.assertEqual(receiver.wait(), 0)
        self.assertRegex(receiver.output, r"received a\.bin, 100000 bytes .* checksum [0-9a-f]{16} agrees")
        self.assertSame(path, "a.bin")

    def test_datagram_checksums_can_be_asked_for(self):
        path = self.make_file("a.bin", 100000)
        with self.receiver("--checksum") as receiver:
            self.assertFails(run("send", path, "127.0.0.1", receiver.port, "--timeout", "300"), "nobody answered")
            self.assertEqual(run("send", path, "127.0.0.1", receiver.port, "--checksum").returncode, 0)
        self.assertSame(path, "a.bin")

    def test_several_senders_at_a_time(self):
        paths = [self.make_file(f"part{i}.bin", 2 << 20) for i in range(4)]
        with self.receiver() as receiver:
            senders = [
                subprocess.Popen([NETPEER, "send", path, "127.0.0.1", receiver.port], stdout=subprocess.DEVNULL)
                for path in paths
            ]
            for sender in senders:
                self.assertEqual(sender.wait(timeout=PATIENCE), 0)
        for path in paths:
            self.assertSame(path, os.path.basename(path))

    def test_existing_file_is_kept_unless_asked(self):
        path = self.make_file("a.bin", 1000)
        with open(os.path.join(self.out, "a.bin"), "wb") as old:
            old.write(b"old")
        with self.receiver() as receiver:
            self.assertFails(run("send", path, "127.0.0.1", receiver.port), "exists already")
        with open(os.path.join(self.out, "a.bin"), "rb") as old:
            self.assertEqual(old.read(), b"old")
        with self.receiver("--overwrite") as receiver:
            self.assertEqual(run("send", path, "127.0.0.1", receiver.port).returncode, 0)
        self.assertSame(path, "a.bin")
        self.assertEqual(os.listdir(self.out), ["a.bin"])

    def test_progress_is_plain_lines_without_a_terminal_and_a_bar_on_one(self):
        path = self.make_file("zeros.bin", 256 << 20, sparse=True)
        with self.receiver("--overwrite") as receiver:
            process = subprocess.Popen([NETPEER, "send", path, "127.0.0.1", receiver.port], stdout=subprocess.PIPE)
            plain = process.stdout.read().decode()
            process.stdout.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            self.assertNotIn("\r", plain)
            # The file was never in memory as a whole (ru_maxrss: KiB on Linux, bytes on macOS).
            unit = 1 if sys.platform == "darwin" else 1024
            self.assertLess(usage.ru_maxrss * unit, 160 << 20)
            try:
                import pty
            except ImportError:
                return
            master, slave = pty.openpty()
            process = subprocess.Popen([NETPEER, "send", path, "127.0.0.1", receiver.port], stdout=slave)
            os.close(slave)
            shown = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # Linux: everybody has closed the other end
                    break
                if not piece:
                    break
                shown += piece
            os.close(master)
            self.assertEqual(process.wait(timeout=PATIENCE), 0)
            self.assertRegex(shown.decode(), r"\rsending \[#*\.*\] +\d+ %  [\d.]+ [KMG]iB/s  ETA ")


class Failures(ToolTest):
    def test_dead_port_fails_within_the_timeout(self):
        path = self.make_file("a.bin", 10)
        start = time.monotonic()
        self.assertFails(run("send", path, "127.0.0.1", dead_port(), "--timeout", "300"), "nobody answered")
        self.assertLess(time.monotonic() - start, 10)

    def test_unreadable_files_fail_before_anything_is_sent(self):
        self.assertFails(run("send", self.path("absent"), "127.0.0.1", "9"), "no such file")
        self.assertFails(run("send", self.folder, "127.0.0.1", "9"), "not a regular file")
        path = self.make_file("secret", 10)
        os.chmod(path, 0)
        self.assertFails(run("send", path, "127.0.0.1", "9", **self.without_privileges()), "cannot read .*secret.*denied")

    def test_file_that_shrinks_is_an_error(self):
        path = self.make_file("big.bin", 1 << 30, sparse=True)
        with self.receiver() as receiver:
            sender = subprocess.Popen(
                [NETPEER, "send", path, "127.0.0.1", receiver.port],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            receiver.wait_for("receiving big.bin")
            os.truncate(path, 1000)
            errors = sender.communicate(timeout=PATIENCE)[1]
            self.assertEqual(sender.returncode, 1)
            self.assertIn("became shorter", errors)
            receiver.wait_for("nothing received")
            self.assertNothingStored()

    def test_names_that_leave_the_folder_are_refused(self):
        path = self.make_file("innocent", 10)
        with self.receiver() as receiver:
            for name in [
                "../escaped",
                "/tmp/escaped",
                "..",
                ".",
                "a/b",
                "a\\b",
                "..\\escaped",
                "C:escaped",
                "C:\\escaped",
                "bell\x07",
                "line\nbreak",
                "del\x7f",
                "NUL",
                "com1.txt",
                "dot.",
                "space ",
                "star*",
                b"not utf-8 \xff",
                b"overlong utf-8 \xc0\xaf",
                "x" * 200 + "y",
            ]:
                result = run("send", path, "127.0.0.1", receiver.port, "--name", name)
                self.assertFails(result, "the receiver gave up: the name|the name must have")
            self.assertNothingStored()
            for name in ["x" * 200, "ok..name", "..ok", "Größe", "-dash"]:
                result = run("send", path, "127.0.0.1", receiver.port, "--name=" + name)
                self.assertEqual(result.returncode, 0, result)
            self.assertEqual(len(os.listdir(self.out)), 5)
        self.assertEqual(sorted(os.listdir(self.folder)), ["innocent", "out"])

    def test_wrong_checksum_is_refused_and_leaves_nothing(self):
        path = self.make_file("a.bin", 100000)
        with self.receiver("--once") as receiver:
            result = run("send", path, "127.0.0.1", receiver.port, "--test-wrong-checksum")
            self.assertFails(result, "checksums differ")
            self.assertEqual(receiver.wait(), 1)
        self.assertIn("checksums differ", receiver.output)
        self.assertNothingStored()

    def test_write_error_is_clear_at_both_ends(self):
        import resource

        path = self.make_file("a.bin", 1 << 20)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))  # a full disk for one process
        with self.receiver("--once", preexec_fn=limit) as receiver:
            self.assertFails(run("send", path, "127.0.0.1", receiver.port), "gave up: cannot write a.bin: File too large")
            self.assertEqual(receiver.wait(), 1)
        self.assertIn("cannot write a.bin: File too large", receiver.output)
        self.assertNothingStored()

    def test_full_disk_is_clear_at_both_ends(self):
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", self.out], stderr=subprocess.PIPE, check=False
        )
        if mounted.returncode != 0:
            self.skipTest("no small disk can be mounted here")
        try:
            paths = [self.make_file(f"half{i}.bin", 700 << 10) for i in range(2)]
            with self.receiver() as receiver:
                # Each alone has room: both are accepted, one runs into the end of the disk.
                senders = [
                    subprocess.Popen(
                        [NETPEER, "send", path, "127.0.0.1", receiver.port],
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE,
                        text=True,
                    )
                    for path in paths
                ]
                errors = "".join(sender.communicate(timeout=PATIENCE)[1] for sender in senders)
                self.assertIn(1, [sender.returncode for sender in senders])
                self.assertRegex(errors, "No space left on device|no room for")
                kept = sorted(os.path.basename(path) for path, s in zip(paths, senders) if s.returncode == 0)
                self.assertEqual(sorted(os.listdir(self.out)), kept)
                result = run("send", self.make_file("large", 2 << 20), "127.0.0.1", receiver.port)
                self.assertFails(result, "no room for")
        finally:
            subprocess.run(["umount", self.out], check=False)

    def test_folder_that_is_not_there_fails(self):
        self.assertFails(run("receive", "--port", "0", "--out", self.path("absent")), "not a folder")

    def test_folder_that_cannot_be_written_is_clear(self):
        path = self.make_file("a.bin", 10)
        os.chmod(self.out, 0o555)
        with self.receiver(**self.without_privileges()) as receiver:
            self.assertFails(run("send", path, "127.0.0.1", receiver.port), "cannot write a.bin: .*denied")

    def test_interrupted_sender_leaves_nothing(self):
        path = self.make_file("big.bin", 1 << 30, sparse=True)
        with self.receiver() as receiver:
            sender = subprocess.Popen(
                [NETPEER, "send", path, "127.0.0.1", receiver.port],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            receiver.wait_for("receiving big.bin")
            end = time.monotonic() + PATIENCE
            while not any(name.endswith(".partial") for name in os.listdir(self.out)):
                self.assertLess(time.monotonic(), end)
            sender.send_signal(signal.SIGINT)
            self.assertIn("interrupted", sender.communicate(timeout=PATIENCE)[1])
            self.assertEqual(sender.returncode, 1)
            receiver.wait_for("left in the middle")
            self.assertNothingStored()

    def test_interrupted_receiver_leaves_nothing_and_the_sender_knows(self):
        path = self.make_file("big.bin", 1 << 30, sparse=True)
        with self.receiver() as receiver:
            sender = subprocess.Popen(
                [NETPEER, "send", path, "127.0.0.1", receiver.port],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            receiver.wait_for("receiving big.bin")
            self.assertEqual(receiver.interrupt(), 0)
            self.assertIn("the other end disconnected", sender.communicate(timeout=PATIENCE)[1])
            self.assertEqual(sender.returncode, 1)
        self.assertNothingStored()

    def test_vanished_receiver_is_noticed_within_the_timeout(self):
        path = self.make_file("big.bin", 1 << 30, sparse=True)
        with self.receiver() as receiver:
            sender = subprocess.Popen(
                [NETPEER, "send", path, "127.0.0.1", receiver.port, "--timeout", "700"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            receiver.wait_for("receiving big.bin")
            receiver.process.kill()
            start = time.monotonic()
            errors = sender.communicate(timeout=PATIENCE)[1]
            self.assertEqual(sender.returncode, 1)
            self.assertIn("stopped answering", errors)
            self.assertLess(time.monotonic() - start, 10)
        # Killed, so what it wrote is still there: under a temporary name, never under the real one.
        self.assertNotIn("big.bin", os.listdir(self.out))

    def test_the_other_end_speaks_something_else(self):
        path = self.make_file("a.bin", 10)
        with Server("echo", "--port", "0", "--bind", "127.0.0.1") as echo:
            self.assertFails(run("send", path, "127.0.0.1", echo.port), "does not speak the transfer protocol")
        with self.receiver() as receiver:
            result = run("ping", "127.0.0.1", receiver.port, "--count", "3", "--timeout", "2000")
            self.assertFails(result, "the other end disconnected")
            self.assertEqual(run("send", path, "127.0.0.1", receiver.port).returncode, 0)  # still at work


class Simulation(ToolTest):
    BAD = ["--latency", "30", "--jitter", "10", "--loss", "3", "--burst", "2", "--duplicate", "2", "--reorder", "2"]

    def sim(self, *arguments):
        result = run("sim", *arguments)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def delays(self, output):
        match = re.search(
            r"one way: min ([\d.]+) ms, p50 ([\d.]+) ms, p95 ([\d.]+) ms, p99 ([\d.]+) ms, p99\.9 ([\d.]+) ms, "
            r"max ([\d.]+) ms",
            output,
        )
        self.assertTrue(match, output)
        numbers = [float(number) for number in match.groups()]
        self.assertEqual(numbers, sorted(numbers))
        return numbers

    def test_the_same_seed_gives_the_same_output_and_another_seed_another(self):
        for mode in [[], ["--unreliable"], ["--csv"], ["--bulk", "200000", "--rate", "200000"]]:
            first = self.sim(*self.BAD, *mode, "--seed", "5")
            self.assertEqual(first, self.sim(*self.BAD, *mode, "--seed", "5"), mode)
            self.assertNotEqual(first, self.sim(*self.BAD, *mode, "--seed", "6"), mode)

    def test_a_clean_link_takes_its_latency_and_a_datagram_each_way(self):
        output = self.sim("--latency", "25", "--messages", "100")
        self.assertEqual(self.delays(output), [25] * 6)
        self.assertIn("messages: 100 sent, 100 arrived, 0 lost", output)
        # And a ping or two, for what came before the messages.
        self.assertRegex(output, r"datagrams per message: 1\.0[0-4]\d there, 1\.0[0-4]\d back")
        self.assertIn("resent: 0 commands", output)

    def test_losses_cost_reliable_messages_time_and_unreliable_ones_themselves(self):
        reliable = self.sim("--loss", "5", "--messages", "2000")
        self.assertIn("2000 arrived, 0 lost", reliable)
        self.assertGreater(self.delays(reliable)[4], 100)
        self.assertNotIn("resent: 0 commands", reliable)
        unreliable = self.sim("--loss", "5", "--messages", "2000", "--unreliable")
        self.assertEqual(self.delays(unreliable), [40] * 6)
        lost = int(re.search(r"arrived, (\d+) lost\n", unreliable).group(1))
        self.assertTrue(60 <= lost <= 140, unreliable)

    def test_loss_on_the_way_back_delays_nothing_that_is_spaced_out(self):
        output = self.sim("--ack-loss", "20", "--messages", "500", "--interval", "100")
        self.assertEqual(self.delays(output), [40] * 6)
        self.assertNotIn("resent: 0 commands", output)

    def test_csv_has_a_row_per_message(self):
        for mode in [[], ["--unreliable"]]:
            lines = self.sim(*self.BAD, *mode, "--messages", "300", "--interval", "10", "--csv").splitlines()
            self.assertEqual(lines[0], "message,sent_ms,arrived_ms,delay_ms")
            self.assertEqual(len(lines), 301)
            lost = 0
            for index, line in enumerate(lines[1:]):
                number, sent, arrived, delay = line.split(",")
                self.assertEqual(int(number), index)
                self.assertEqual(float(sent), index * 10)
                if arrived == "":
                    self.assertEqual(delay, "")
                    lost += 1
                else:
                    self.assertAlmostEqual(float(arrived) - float(sent), float(delay), places=3)
                    self.assertGreaterEqual(float(delay), 30)
            self.assertEqual(lost > 0, bool(mode))

    def test_bulk_goes_no_faster_than_the_link(self):
        output = self.sim("--messages", "0", "--bulk", "1000000", "--rate", "250000")
        match = re.search(r"bulk: 1000000 of 1000000 bytes in ([\d.]+) s, goodput (\d+) bytes/s", output)
        self.assertTrue(match, output)
        self.assertGreater(float(match.group(1)), 4)
        self.assertLess(int(match.group(2)), 250000)
        self.assertNotIn("messages:", output)
        beside = self.sim("--messages", "20", "--bulk", "100000", "--bulk-at-once")
        self.assertIn("20 arrived", beside)
        self.assertIn("bulk: 100000 of 100000 bytes", beside)

    def test_a_link_that_carries_nothing_fails(self):
        self.assertFails(run("sim", "--loss", "100"), "no connection over this link")
        self.assertFails(run("sim", "--messages", "1000000", "--size", "1048576"), "more than 1 GiB")


class TcpTest(ToolTest):
    """What the groups below share: `netpeer tcp` in the background and plain sockets to talk to it."""

    ANSWER = b"\x00\x01\r\n\x1a\xff and the rest\n"  # what text modes would change

    def start(self, command, source=subprocess.DEVNULL, target=subprocess.PIPE, **popen):
        process = subprocess.Popen(command, stdin=source, stdout=target, stderr=subprocess.PIPE, **popen)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in [process.stdin, process.stdout, process.stderr]:
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # unsent input of a program that has gone
                    pass

    def listen(self, *arguments, **popen):
        """`netpeer tcp listen` on an ephemeral port: the process and the port."""
        process = self.start([NETPEER, "tcp", "listen", "0", "--bind", "127.0.0.1", *arguments], **popen)
        line = process.stderr.readline().decode()
        match = re.fullmatch(r"listening on 127\.0\.0\.1 port (\d+)\r?\n", line)
        self.assertTrue(match, line)
        return process, int(match.group(1))

    def connect(self, port, *arguments, **popen):
        return self.start([NETPEER, "tcp", "connect", "127.0.0.1", str(port), *arguments], **popen)

    def server_socket(self):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(PATIENCE)
        self.addCleanup(listener.close)
        return listener

    def connected(self, *arguments, **popen):
        """`netpeer tcp connect` and our end of its connection."""
        listener = self.server_socket()
        process = self.connect(listener.getsockname()[1], *arguments, **popen)
        return process, self.accept(listener)

    def accept(self, listener):
        other = listener.accept()[0]
        other.settimeout(PATIENCE)
        self.addCleanup(other.close)
        return other

    def dialled(self, port):
        other = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.addCleanup(other.close)
        return other

    @staticmethod
    def read_all(other):
        pieces = []
        while piece := other.recv(1 << 16):
            pieces.append(piece)
        return b"".join(pieces)

    def assertEnds(self, process, code=0, text=""):
        """The exit code, and an error line with `text` unless it is 0; what it printed on standard output."""
        out, errors = process.communicate(timeout=PATIENCE)
        errors = errors.decode()
        self.assertEqual(process.returncode, code, errors)
        if code == 0:
            self.assertNotIn("error", errors)
        else:
            self.assertRegex(errors, r"(^|\n)error: .*(" + text + ")")
        return out

    def assertSameFiles(self, first, second):
        with open(first, "rb") as one, open(second, "rb") as other:
            self.assertTrue(one.read() == other.read(), f"{first} and {second} differ")

    def exchange(self, server, client):
        """20 MB each way at once. Both are functions (source, target) that start a process; the server's comes first."""
        sent = [self.make_file(name, 20 << 20) for name in ["from server", "from client"]]
        got = [self.path(name) for name in ["at server", "at client"]]
        processes = []
        for start, source, target in [(server, sent[0], got[0]), (client, sent[1], got[1])]:
            with open(source, "rb") as source_file, open(target, "wb") as target_file:
                processes.append(start(source_file, target_file))
        for process in processes:
            self.assertEnds(process)
        self.assertSameFiles(sent[0], got[1])
        self.assertSameFiles(sent[1], got[0])

    def listening(self, source, target):
        process, self.port = self.listen(source=source, target=target)
        return process

    def connecting(self, source, target):
        return self.connect(self.port, source=source, target=target)

    def connecting_to_a_late_server(self, source, target):
        """Tries until the server of somebody else listens: until then the connection is refused and no input is read."""
        end = time.monotonic() + PATIENCE
        while True:
            process = self.connect(self.port, source=source, target=target)
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                return process
            refused = b"refused" in process.stderr.peek()
            if process.returncode == 0 or not refused or time.monotonic() > end:
                return process

    @staticmethod
    def free_port():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return probe.getsockname()[1]

    @classmethod
    def need(cls, program):
        if shutil.which(program) is not None:
            return
        if os.environ.get("CI") == "true":
            raise AssertionError(f"missing in CI: {program}")
        print(f"SKIPPED: no {program}: netpeer tcp is not tested against it", flush=True)
        raise unittest.SkipTest(f"no {program}")


class Tcp(TcpTest):
    def test_exchanges_20_mb_both_ways_with_itself(self):
        self.exchange(self.listening, self.connecting)

    def test_listening_prints_where_and_who_and_serves_one(self):
        process, port = self.listen("--no-delay")
        other = self.dialled(port)
        line = process.stderr.readline().decode().rstrip()
        self.assertEqual(line, f"connection from 127.0.0.1 port {other.getsockname()[1]}")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        other.sendall(self.ANSWER)
        other.shutdown(socket.SHUT_WR)
        self.assertEqual(self.assertEnds(process), self.ANSWER)

    def test_connecting_is_binary_and_no_delay_is_no_harm(self):
        every_byte = bytes(range(256)) * 3
        process, other = self.connected("--no-delay", "--bind", "127.0.0.1", source=subprocess.PIPE)
        process.stdin.write(every_byte)
        process.stdin.close()
        process.stdin = None
        self.assertEqual(self.read_all(other), every_byte)
        other.sendall(every_byte)
        other.close()
        self.assertEqual(self.assertEnds(process), every_byte)

    def test_name_instead_of_an_address(self):
        listener = self.server_socket()
        process = self.start([NETPEER, "tcp", "connect", "localhost", str(listener.getsockname()[1])])
        other = self.accept(listener)
        other.sendall(self.ANSWER)
        other.close()
        self.assertEqual(self.assertEnds(process), self.ANSWER)

    def test_end_of_the_input_ends_one_half_only(self):
        process, other = self.connected()
        self.assertEqual(self.read_all(other), b"")
        self.assertIsNone(process.poll())
        other.sendall(self.ANSWER)
        other.close()
        self.assertEqual(self.assertEnds(process), self.ANSWER)

    def test_end_of_the_other_half_does_not_stop_the_input(self):
        process, other = self.connected(source=subprocess.PIPE)
        other.sendall(self.ANSWER)
        other.shutdown(socket.SHUT_WR)
        self.assertEqual(process.stdout.read(len(self.ANSWER)), self.ANSWER)
        process.stdin.write(b"late")
        process.stdin.close()
        process.stdin = None
        self.assertEqual(self.read_all(other), b"late")
        self.assertEnds(process)

    def test_output_that_nobody_reads_holds_the_sender_back_and_not_the_input(self):
        process, other = self.connected(source=subprocess.PIPE)
        size = 64 << 20
        data = os.urandom(1 << 20)
        sent = 0
        other.setblocking(False)
        while sent < size and select.select([], [other], [], 1)[1]:
            sent += other.send(data[sent % len(data) :])
        self.assertLess(sent, 32 << 20)  # the system's buffers and ours
        process.stdin.write(b"the other direction")
        process.stdin.close()
        process.stdin = None
        other.settimeout(PATIENCE)
        self.assertEqual(self.read_all(other), b"the other direction")
        other.shutdown(socket.SHUT_WR)
        got = process.stdout.read()
        self.assertEqual(len(got), sent)
        self.assertTrue(got == (data * 64)[:sent], "the bytes differ")
        self.assertEnds(process)

    def test_reader_that_is_slow_holds_the_input_back(self):
        process, other = self.connected(source=subprocess.PIPE)
        size = 64 << 20
        data = os.urandom(1 << 20)
        sent = 0
        os.set_blocking(process.stdin.fileno(), False)
        while sent < size and select.select([], [process.stdin], [], 1)[1]:
            sent += os.write(process.stdin.fileno(), data[sent % len(data) :][:4096])
        self.assertLess(sent, 32 << 20)
        process.stdin.close()
        process.stdin = None
        self.assertTrue(self.read_all(other) == (data * 64)[:sent], "the bytes differ")
        other.close()
        self.assertEnds(process)

    def test_refused_connection_is_an_error(self):
        process = self.connect(self.free_port())
        self.assertEnds(process, 1, r"no connection to 127\.0\.0\.1 port \d+: .*(refused|system error 10061)")

    def test_name_without_an_address_is_an_error(self):
        self.assertFails(run("tcp", "connect", "no-such-name.invalid", "1234"), "cannot find an address for no-such-name")

    def test_port_in_use_and_bad_addresses_are_errors(self):
        port = self.server_socket().getsockname()[1]
        self.assertFails(run("tcp", "listen", str(port), "--bind", "127.0.0.1"), r"cannot listen on 127\.0\.0\.1 port \d+")
        self.assertFails(run("tcp", "listen", "0", "--bind", "localhost"), "cannot listen on localhost")
        self.assertFails(run("tcp", "connect", "127.0.0.1", "9", "--bind", "here"), "cannot bind to here")
        self.assertFails(run("tcp", "connect", "127.0.0.1", "9", "--bind", "192.0.2.1"), r"cannot bind to 192\.0\.2\.1")
        self.assertFails(run("tcp", "connect", "127.0.0.1", "9", "--bind", "::1"), "no connection|cannot bind")


class TcpProcess(TcpTest):
    """What needs a POSIX system: signals, terminals, descriptors, resets."""

    def test_nobody_answers_within_the_timeout(self):
        # A full queue of a server that takes nobody: Linux drops what comes then.
        if not sys.platform.startswith("linux"):
            self.skipTest("other systems answer with a reset")
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                self.addCleanup(filler.close)
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            start = time.monotonic()
            process = self.connect(listener.getsockname()[1], "--timeout", "300")
            self.assertEnds(process, 1, "nobody answered within 300 ms")
            self.assertGreater(time.monotonic() - start, 0.25)

    def test_ctrl_c_ends_it_whatever_it_waits_for(self):
        listening, _ = self.listen()
        relaying, _other = self.connected(source=subprocess.PIPE)
        blocked, other = self.connected(source=subprocess.PIPE)
        other.setblocking(False)
        while select.select([], [other], [], 0.5)[1]:
            other.send(bytes(1 << 16))
        for process in [listening, relaying, blocked]:
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=PATIENCE), 1)
            self.assertIn(b"error: interrupted", process.stderr.read())

    def test_waiting_costs_no_processor_time(self):
        quiet = self.connected(source=subprocess.PIPE)
        half = self.connected(source=subprocess.PIPE)
        half[1].shutdown(socket.SHUT_WR)
        blocked = self.connected(source=subprocess.PIPE)
        blocked[1].setblocking(False)
        while select.select([], [blocked[1]], [], 0.5)[1]:
            blocked[1].send(bytes(1 << 16))
        select.select([quiet[1]], [], [], 1.5)  # nothing comes: a pause
        for process, _ in [quiet, half, blocked]:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            self.assertLess(usage.ru_utime + usage.ru_stime, 0.5)  # a busy loop would need all of the second and a half

    def test_memory_does_not_grow_with_the_data(self):
        path = self.make_file("zeros", 256 << 20, sparse=True)
        with open(path, "rb") as source:
            process, other = self.connected(source=source)
        self.assertEqual(len(self.read_all(other)), 256 << 20)
        other.close()
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        unit = 1 if sys.platform == "darwin" else 1024
        self.assertLess(usage.ru_maxrss * unit, 160 << 20)

    def test_output_ends_with_the_other_half(self):
        process, other = self.connected(source=subprocess.PIPE)
        other.sendall(self.ANSWER)
        other.shutdown(socket.SHUT_WR)
        self.assertEqual(process.stdout.read(), self.ANSWER)  # to its end, which Wine would hold back
        self.assertIsNone(process.poll())
        process.stdin.close()
        process.stdin = None
        self.assertEqual(self.read_all(other), b"")
        self.assertEnds(process)

    def test_reset_in_the_middle_is_an_error(self):
        # Not under Wine: after a sleep in its select() a reset reads as the end of the stream there.
        process, other = self.connected(source=subprocess.PIPE)
        other.sendall(self.ANSWER)
        self.assertEqual(process.stdout.read(len(self.ANSWER)), self.ANSWER)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        process.stdin.close()
        process.stdin = None
        self.assertEnds(process, 1, "the connection broke: ")

    def test_closed_output_is_an_error(self):
        reading, writing = os.pipe()
        os.close(reading)
        process, other = self.connected(source=subprocess.PIPE, target=writing)
        os.close(writing)
        other.sendall(self.ANSWER)
        process.wait(timeout=PATIENCE)
        self.assertEnds(process, 1, "cannot write standard output: Broken pipe")

    def test_input_that_was_never_open_is_an_empty_one(self):
        process, other = self.connected(source=None, preexec_fn=lambda: os.close(0))
        self.assertEqual(self.read_all(other), b"")
        other.sendall(self.ANSWER)
        other.close()
        self.assertEqual(self.assertEnds(process), self.ANSWER)

    def test_unreadable_input_is_an_error(self):
        folder = os.open(self.folder, os.O_RDONLY)
        process, _other = self.connected(source=folder)
        os.close(folder)
        self.assertEnds(process, 1, "cannot read standard input: ")

    def test_at_a_terminal_the_end_of_the_other_half_is_enough(self):
        import pty

        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process, other = self.connected(source=slave)
        os.close(slave)
        other.sendall(self.ANSWER)
        other.close()
        self.assertEqual(self.assertEnds(process), self.ANSWER)


class TcpNetcat(TcpTest):
    @classmethod
    def setUpClass(cls):
        cls.need("nc")

    def exchange_with_nc(self, process, peer, target, theirs):
        """nc stops sending, with input left, when our half has ended: it has to end last."""
        ours = os.urandom(20 << 20)
        feeder = threading.Thread(target=process.stdin.write, args=(ours,))
        feeder.start()
        with open(theirs, "rb") as file:
            self.assertTrue(process.stdout.read() == file.read(), "what came from nc differs")
        feeder.join(PATIENCE)
        process.stdin.close()
        process.stdin = None
        self.assertEnds(process)
        self.assertEnds(peer)
        with open(target, "rb") as file:
            self.assertTrue(file.read() == ours, "what nc got differs")

    def nc(self, *arguments):
        theirs, target = self.make_file("theirs", 20 << 20), self.path("target")
        with open(theirs, "rb") as source_file, open(target, "wb") as target_file:
            return self.start(["nc", "-N", *arguments], source=source_file, target=target_file), target, theirs

    def test_exchanges_20_mb_both_ways_with_nc_as_client(self):
        process, port = self.listen(source=subprocess.PIPE)
        self.exchange_with_nc(process, *self.nc("127.0.0.1", str(port)))

    def test_exchanges_20_mb_both_ways_with_nc_as_server(self):
        self.port = self.free_port()
        peer, target, theirs = self.nc("-l", "127.0.0.1", str(self.port))
        process = self.connecting_to_a_late_server(subprocess.PIPE, subprocess.PIPE)
        self.exchange_with_nc(process, peer, target, theirs)


class TcpSocat(TcpTest):
    @classmethod
    def setUpClass(cls):
        cls.need("socat")

    # -t: how long socat goes on with one half when the other has ended.
    def test_exchanges_20_mb_both_ways_with_socat_as_client(self):
        dial = lambda source, target: self.start(
            ["socat", "-t", str(PATIENCE), "-", f"TCP4:127.0.0.1:{self.port}"], source=source, target=target
        )
        self.exchange(self.listening, dial)

    def test_exchanges_20_mb_both_ways_with_socat_as_server(self):
        self.port = self.free_port()
        place = f"TCP4-LISTEN:{self.port},bind=127.0.0.1,reuseaddr"
        serve = lambda source, target: self.start(["socat", "-t", str(PATIENCE), "-", place], source=source, target=target)
        self.exchange(serve, self.connecting_to_a_late_server)


class Udp(ToolTest):
    def listen(self, *arguments, bind="127.0.0.1"):
        server = Server("udp", "listen", "0", "--bind", bind, *arguments)
        self.addCleanup(server.__exit__)
        return server

    def plain_socket(self):
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(peer.close)
        peer.settimeout(PATIENCE)
        peer.bind(("127.0.0.1", 0))
        return peer, str(peer.getsockname()[1])

    def assertSent(self, result):
        self.assertEqual((result.returncode, result.stdout), (0, ""), result)

    def said(self, server):
        """What a listener printed after its first line, without the senders' ports."""
        self.assertEqual(server.wait(), 0, server.output)
        return re.sub(r" port \d+:", ":", server.output).split("\n", 1)[1].splitlines()

    def test_text_arrives_in_order_with_its_sender(self):
        server = self.listen("--count", "4")
        peer, port = self.plain_socket()
        for text in [b"hello", b"", b"\x1b[2J\n", b"x" * 400]:
            peer.sendto(text, ("127.0.0.1", int(server.port)))
        self.assertEqual(server.wait(), 0)
        lines = [f"127.0.0.1 port {port}: {text}" for text in ["5 bytes: hello", "0 bytes: ", "5 bytes: ?[2J?"]]
        lines.append(f"127.0.0.1 port {port}: 400 bytes: " + "x" * 300 + "...")
        self.assertEqual(server.output.splitlines()[1:], lines)

    def test_sends_what_it_is_told_as_often_as_it_is_told(self):
        peer, port = self.plain_socket()
        self.assertSent(run("udp", "send", "127.0.0.1", port, "three times", "--count", "3"))
        self.assertSent(run("udp", "send", "127.0.0.1", port, ""))
        self.assertSent(run("udp", "send", "localhost", port, "--bind", "127.0.0.1", "--", "-x"))
        self.assertEqual([peer.recv(100) for _ in range(5)], [b"three times"] * 3 + [b"", b"-x"])

    def test_values_go_as_values(self):
        server = self.listen("--var", "--count", "4")
        values = ['{"a": [1, 2.5, null, true], "b": Vector2(3, 4)}', '"two\\nlines"', "-7"]
        for value in values:
            self.assertSent(run("udp", "send", "127.0.0.1", server.port, "--var", "--", value))
        self.assertSent(run("udp", "send", "127.0.0.1", server.port, "text"))
        lines = self.said(server)
        self.assertEqual(lines[:1] + lines[2:3], ["127.0.0.1: " + value for value in [values[0], values[2]]])
        self.assertEqual(lines[1], '127.0.0.1: "two\\nlines"')
        self.assertEqual(lines[3], "127.0.0.1: not a value, ERR_INVALID_DATA: 4 bytes: text")

    def test_value_on_the_wire_is_what_var_encode_prints(self):
        peer, port = self.plain_socket()
        literal = '[1, "two", Vector2(3, 4)]'
        self.assertSent(run("udp", "send", "127.0.0.1", port, "--var", literal))
        self.assertEqual(peer.recv(1000).hex() + "\n", run("var", "encode", literal).stdout)
        server = self.listen("--var", "--count", "1")
        peer.sendto(bytes.fromhex("02000000070000000102"), ("127.0.0.1", int(server.port)))
        self.assertEqual(self.said(server), ["127.0.0.1: 7  (and 2 bytes behind it)"])

    def test_answers_are_printed(self):
        peer, port = self.plain_socket()

        def answer():
            question, sender = peer.recvfrom(100)
            peer.sendto(b"you said " + question, sender)

        thread = threading.Thread(target=answer)
        thread.start()
        result = run("udp", "send", "127.0.0.1", port, "hello", "--timeout", "1500")
        thread.join(PATIENCE)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, f"127.0.0.1 port {port}: 14 bytes: you said hello\n")

    def test_silence_is_an_end_and_a_failure_where_more_was_asked_for(self):
        self.assertEqual(self.said(self.listen("--timeout", "100")), [])
        server = self.listen("--timeout", "300", "--count", "2")
        self.assertSent(run("udp", "send", "127.0.0.1", server.port, "one"))
        self.assertEqual(server.wait(), 1)
        self.assertIn("error: only 1 of 2 datagrams came; none within 300 ms", server.output)

    def test_ctrl_c_ends_a_listener(self):
        server = self.listen()
        self.assertEqual(server.interrupt(), 0)

    def test_broadcast_reaches_who_listens_on_all_addresses(self):
        loopback = self.loopback_name()
        server = self.listen("--count", "2", bind="0.0.0.0")
        for _ in range(2):
            result = run("udp", "broadcast", server.port, "all", "--to", "127.255.255.255", "--interface", loopback)
            self.assertEqual((result.returncode, result.stdout), (0, ""), result)
            self.assertEqual(result.stderr, f"sent from 127.0.0.1 ({loopback})\n")
        self.assertEqual(self.said(server), ["127.0.0.1: 3 bytes: all"] * 2)

    def test_group_is_heard_by_every_member(self):
        loopback = self.loopback_name()
        probe, port = self.plain_socket()
        probe.close()
        group = ["udp", "multicast", "239.255.43.77", port]
        members = [Server(*group, "--interface", loopback, "--count", "3", "--var") for _ in range(2)]
        for member in members:
            self.addCleanup(member.__exit__)
        self.assertSent(run(*group, "[1, 2]", "--var", "--interface", loopback, "--ttl", "0", "--count", "3"))
        for member in members:
            self.assertEqual(member.address, "239.255.43.77")
            self.assertEqual(self.said(member), ["127.0.0.1: [1, 2]"] * 3)

    @staticmethod
    def loopback_name():
        return "lo" if sys.platform.startswith("linux") else "lo0"

    def test_mistakes_are_explained(self):
        server = self.listen()
        self.assertFails(run("udp", "listen", server.port, "--bind", "127.0.0.1"), "cannot listen on 127.0.0.1 port")
        self.assertFails(run("udp", "listen", "0", "--bind", "nonsense"), "cannot listen on nonsense")
        self.assertFails(run("udp", "send", "no-such-name.invalid", "9", "x"), "cannot find an address")
        self.assertFails(run("udp", "send", "127.0.0.1", "9", "x" * 65508), "cannot send to 127.0.0.1 port 9")
        self.assertFails(run("udp", "send", "127.0.0.1", "9", "--var", "[1, nope]"), "not a value: ERR_PARSE_ERROR at byte 9")
        self.assertFails(run("udp", "broadcast", "9", "x", "--interface", "nonsense"), "no interface nonsense")
        self.assertFails(run("udp", "broadcast", "9", "x", "--to", "::1"), "takes an IPv4 address")
        self.assertFails(run("udp", "multicast", "10.1.2.3", "9"), "10.1.2.3 is no multicast address")
        self.assertFails(run("udp", "multicast", "239.1.2.3", "9", "--interface", "nonsense"), "no interface nonsense")


class Var(ToolTest):
    VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")

    def lines(self, name):
        with open(os.path.join(self.VECTORS, name), encoding="utf-8", newline="\n") as file:
            return [line.rstrip("\r\n").split("\t") for line in file]

    def output(self, *arguments):
        result = run("var", *arguments, encoding="utf-8")
        self.assertEqual(result.returncode, 0, (arguments, result))
        self.assertTrue(result.stdout.endswith("\n"))
        return result.stdout[:-1]

    def check(self, literal, bytes_in_hex, *options, literal_differs=False):
        """Both ways, and the literal that decode prints must mean the same bytes again."""
        if not literal_differs:
            self.assertEqual(self.output("encode", *options, "--", literal), bytes_in_hex, literal)
        printed = self.output("decode", *[option for option in options if option != "--double"], bytes_in_hex)
        self.assertEqual(self.output("encode", *options, "--", printed), bytes_in_hex, printed)

    def test_every_literal_of_godot_4(self):
        checked = 0
        for _, literal, bytes_in_hex in self.lines("variant_godot4/vectors.tsv"):
            if literal.startswith("Object ("):
                continue  # an id without a meaning elsewhere
            self.check(literal.split(" read-only")[0], bytes_in_hex)
            checked += 1
        self.assertEqual(checked, 84)

    def test_every_literal_of_godot_3(self):
        lines = self.lines("variant_godot3/vectors.tsv")
        for name, literal, bytes_in_hex, *_ in lines:
            # That engine reads its own text one bit off, and lost the sign before it wrote the bytes.
            self.check(literal, bytes_in_hex, "--godot3", literal_differs=name in ("real_1e39", "real_neg0"))
        self.assertEqual(len(lines), 67)

    def test_every_literal_of_the_rules(self):
        lines = self.lines("variant_spec/vectors.tsv")
        options = {"-": [], "double": ["--double"], "objects": ["--objects"]}
        for _, literal, bytes_in_hex, needs in lines:
            self.check(literal, bytes_in_hex, *options[needs])
        self.assertEqual(len(lines), 66)

    def test_json_is_json(self):
        value = '{"a": [1, 2.5, null, true], &"b": Vector2(3, 4), "text": "x\\n\\"y"}'
        expected = {"a": [1, 2.5, None, True], "b": [3, 4], "text": 'x\n"y'}
        self.assertEqual(json.loads(self.output("encode", "--json", value)), expected)
        self.assertEqual(json.loads(self.output("decode", "--json", self.output("encode", value))), expected)
        for _, literal, bytes_in_hex in self.lines("variant_godot4/vectors.tsv"):
            if not literal.startswith("Object ("):
                json.loads(self.output("decode", "--json", bytes_in_hex))

    def test_hex_may_be_spaced_and_what_follows_is_noted(self):
        result = run("var", "decode", "02 00:00-00 07000000 ff")
        self.assertEqual((result.returncode, result.stdout), (0, "7\n"))
        self.assertIn("1 bytes behind the value", result.stderr)

    def test_mistakes_are_explained(self):
        self.assertFails(run("var", "encode", "[1, nope]"), "not a value: ERR_PARSE_ERROR at byte 9")
        self.assertFails(run("var", "encode", "Object(\"Node\", \"a\": 1)"), "--objects")
        self.assertFails(run("var", "encode", "--godot3", "Vector2i(1, 2)"), "Godot 3 has no such type")
        self.assertFails(run("var", "decode", "0z"), "not hexadecimal at character 2")
        self.assertFails(run("var", "decode", "020"), "not hexadecimal at character 4")
        self.assertFails(run("var", "decode", "02000000"), "not a value: ERR_INVALID_DATA")
        self.assertFails(run("var", "decode", ""), "not a value: ERR_INVALID_DATA")
        with_object = self.output("encode", "--objects", "Object(\"Node\", \"a\": 1)")
        self.assertFails(run("var", "decode", with_object), "--objects")
        self.assertEqual(self.output("decode", "--objects", with_object), "Object(\"Node\", \"a\": 1)")
        for arguments in ([], ["encode"], ["decode"], ["encode", "1", "2"], ["print", "1"]):
            self.assertEqual(run("var", *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--netpeer", required=True)
    parser.add_argument("--without", action="append", default=[])  # a mode of compression that this build has not
    arguments, rest = parser.parse_known_args()
    WITHOUT = arguments.without
    NETPEER = os.path.abspath(arguments.netpeer)
    unittest.main(argv=[sys.argv[0], *rest])
