#!/usr/bin/env python3
"""Two builds of the netpeer command talk to each other over loopback, each in both roles: echo and ping, receive and send.

Usage: test_across_platforms.py COMMAND COMMAND     e.g. "build/netpeer" "wine build-mingw/netpeer.exe"
A COMMAND is a command line. The last line counts: "N passed, N failed, N skipped".
No fixed ports; every wait has a limit; everything happens in a temporary folder.
"""
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import traceback

PATIENCE = 60  # seconds; only a hang takes so long


class Server:
    """A `netpeer echo` or `netpeer receive` in the background. It leads a process group, which is killed at the end."""

    def __init__(self, command, *arguments):
        # A wait for the first line has no limit of its own: without one, the server ends by itself or the caller kills us.
        self.process = subprocess.Popen(
            [*command, *arguments, "--port", "0", "--bind", "127.0.0.1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = self.process.stdout.readline()
        match = re.fullmatch(r"listening on 127\.0\.0\.1 port (\d+)\n", self.output)
        if not match:
            self.kill()
            raise AssertionError("no listening line: " + self.output)
        self.port = match.group(1)

    def wait(self):
        """Waits until it ends by itself; the exit code."""
        self.output += self.process.communicate(timeout=PATIENCE)[0]
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.output += self.process.communicate()[0]
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def run(command, *arguments, expect=0):
    done = subprocess.run(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == expect, (done.args, done.returncode, done.stdout)
    return done.stdout


def make_file(folder, name, size):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(os.urandom(size))
    return path


def echoes_of_every_size_come_back(server, client, _):
    with Server(server, "echo") as echo:
        for size in ["8", "1400", "100000"]:
            shown = run(client, "ping", "127.0.0.1", echo.port, "--count", "20", "--interval", "1", "--size", size, "-v")
            assert "20 sent, 20 received, 0.0 % lost" in shown, shown
            assert shown.count(size + " bytes back") == 20, shown


def unreliable_echoes_come_back(server, client, _):
    with Server(server, "echo") as echo:
        shown = run(client, "ping", "127.0.0.1", echo.port, "--count", "50", "--interval", "2", "--unreliable")
        # The throttle may drop some.
        assert int(re.search(r"50 sent, (\d+) received", shown).group(1)) > 0, shown


def checksums_on_both_ends_agree(server, client, _):
    with Server(server, "echo", "--checksum") as echo:
        arguments = ["ping", "127.0.0.1", echo.port, "--count", "3", "--interval", "1"]
        assert "3 sent, 3 received" in run(client, *arguments, "--checksum")
        assert "nobody answered" in run(client, *arguments, "--timeout", "300", expect=1)


def server_sees_the_client_come_and_go(server, client, _):
    with Server(server, "echo", "--for", "4") as echo:
        run(client, "ping", "127.0.0.1", echo.port, "--count", "3", "--interval", "1")
        assert echo.wait() == 0, echo.output
    assert "\nconnect 127.0.0.1 port " in echo.output, echo.output
    assert re.search(r"\ndisconnect 127\.0\.0\.1 .*the other end disconnected\n", echo.output), echo.output
    assert "totals: 1 connections, 3 packets" in echo.output, echo.output


def client_notices_that_the_server_leaves(server, client, _):
    with Server(server, "echo", "--for", "2") as echo:
        shown = run(client, "ping", "127.0.0.1", echo.port, "--count", "100000", "--interval", "1", expect=1)
        assert "the other end disconnected" in shown, shown
        assert "round trip min" in shown, shown
        assert echo.wait() == 0, echo.output


def files_of_all_sizes_arrive(server, client, folder):
    out = os.path.join(folder, "out")
    os.mkdir(out)
    with Server(server, "receive", "--out", out) as receiver:
        for size in [0, 1, 1344, 1345, 3 << 20]:
            path = make_file(folder, "sized %d.bin" % size, size)
            run(client, "send", path, "127.0.0.1", receiver.port)
            with open(path, "rb") as sent, open(os.path.join(out, os.path.basename(path)), "rb") as received:
                assert sent.read() == received.read(), "the received file of %d bytes differs" % size
    assert len(os.listdir(out)) == 5, os.listdir(out)


def receiver_ends_after_one_file_and_tells_its_checksum(server, client, folder):
    path = make_file(folder, "a.bin", 100000)
    with Server(server, "receive", "--once", "--out", folder, "--overwrite") as receiver:
        sent = run(client, "send", path, "127.0.0.1", receiver.port, "--name", "b.bin")
        assert receiver.wait() == 0, receiver.output
    assert re.search(r"received b\.bin, 100000 bytes .* checksum [0-9a-f]{16} agrees", receiver.output), receiver.output
    assert "100000 bytes" in sent, sent


def names_that_leave_the_folder_are_refused(server, client, folder):
    path = make_file(folder, "innocent", 10)
    out = os.path.join(folder, "out")
    os.mkdir(out)
    with Server(server, "receive", "--out", out) as receiver:
        for name in ["../escaped", "..\\escaped", "C:escaped", "NUL", "a/b"]:
            shown = run(client, "send", path, "127.0.0.1", receiver.port, "--name", name, expect=1)
            assert "the receiver gave up: the name" in shown, shown
        run(client, "send", path, "127.0.0.1", receiver.port)  # still at work
    assert os.listdir(out) == ["innocent"], os.listdir(out)
    assert sorted(os.listdir(folder)) == ["innocent", "out"], os.listdir(folder)


CHECKS = [
    echoes_of_every_size_come_back,
    unreliable_echoes_come_back,
    checksums_on_both_ends_agree,
    server_sees_the_client_come_and_go,
    client_notices_that_the_server_leaves,
    files_of_all_sizes_arrive,
    receiver_ends_after_one_file_and_tells_its_checksum,
    names_that_leave_the_folder_are_refused,
]


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    first, second = [shlex.split(command) for command in sys.argv[1:]]
    passed = failed = 0
    for server, client in [(first, second), (second, first)]:
        for check in CHECKS:
            start = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="netpeer-test-") as folder:
                try:
                    check(server, client, folder)
                    passed += 1
                    verdict = "ok"
                except (AssertionError, OSError, AttributeError, subprocess.SubprocessError):
                    traceback.print_exc(file=sys.stdout)
                    failed += 1
                    verdict = "error: failed"
            name = "%s (server: %s)" % (check.__name__, os.path.basename(server[-1]))
            print("%-90s %s, %.1f s" % (name, verdict, time.monotonic() - start), flush=True)
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
