"""Rows of TLS and DTLS for bench/compare/run: ENet over DTLS beside plain ENet, its added cost and handshakes beside mbedTLS
by itself in memory, streams beside OpenSSL's programs, and what a session holds."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

DTLS_RUNS = 9
# name, bytes, per flush, messages that are timed, messages that are counted
DTLS_MESSAGES = (
    ("32 B reliable, 32 per flush", 32, 32, 32000, 3200),
    ("1 KiB reliable, 32 per flush", 1024, 32, 16000, 1600),
)
DTLS_SIDES = ("plain", "dtls", "mbedtls")
ADDED_COST_BAR = 1.25
HANDSHAKE_BAR = 1.15
HANDSHAKES = {"timed": 40, "counted": 4}
SESSIONS = "64"
STREAM_RUNS = 5
STREAM_MIB = 256
STREAM_PATIENCE_S = 120
# sender, receiver: a client, a server
STREAM_PAIRS = (("openssl", "openssl"), ("netpeer", "netpeer"), ("netpeer", "openssl"), ("openssl", "netpeer"))
STREAM_SUITE = "ECDHE-ECDSA-CHACHA20-POLY1305"  # what two ends of ours agree on


def rows(report, programs, timings, run, count_instructions):
    if not os.path.exists(programs + "/compare_dtls"):
        return report.skip("TLS and DTLS", "built without mbedTLS")
    if shutil.which("valgrind"):
        dtls_instructions(report, programs, count_instructions)
        handshake_instructions(report, programs, count_instructions)
    else:
        report.skip("instructions of TLS and DTLS", "valgrind is not installed")
    dtls_calls(report, programs, run)
    session_memory(report, programs, run)
    if timings:
        dtls_times(report, programs, run)
        handshake_times(report, programs, run)
        streams(report, programs, run)


def dtls_rows(report, name, unit, values):
    """Both ends together. mbedTLS has to do with as many records as passed, of the same lengths."""
    report.row("ENet over DTLS beside plain ENet, " + name, unit,
               {"netpeer": values["dtls"], "plain": values["plain"]}, peer="plain")
    bar = ADDED_COST_BAR if unit.startswith("instructions") else None
    report.row("added by DTLS beside mbedTLS in memory, " + name, unit,
               {"netpeer": values["dtls"] - values["plain"], "mbedtls": values["mbedtls"]}, bar, peer="mbedtls")


def dtls_instructions(report, programs, count_instructions):
    for name, size, per_flush, _, messages in DTLS_MESSAGES:
        per_message, per_datagram = {}, {}
        for side in DTLS_SIDES:
            function = "counted_bare_record*" if side == "mbedtls" else "counted_enet_flush*"
            command = (programs + "/compare_dtls", side, str(size), str(per_flush), str(messages), "stepped")
            count, said = count_instructions(function, *command)
            per_message[side] = count / said["messages"]
            per_datagram[side] = count / said["datagrams"]
        dtls_rows(report, name, "instructions/message", per_message)
        dtls_rows(report, name, "instructions/datagram", per_datagram)


def dtls_times(report, programs, run):
    for name, size, per_flush, messages, _ in DTLS_MESSAGES:
        said = {side: [] for side in DTLS_SIDES}
        for _ in range(DTLS_RUNS):
            for side in DTLS_SIDES:
                done = run(programs + "/compare_dtls", side, str(size), str(per_flush), str(messages))
                said[side].append(json.loads(done.stdout)["us_per_message"])
        medians = {side: statistics.median(said[side]) for side in DTLS_SIDES}
        dtls_rows(report, "%s (median of %d)" % (name, DTLS_RUNS), "us of CPU/message", medians)


def dtls_calls(report, programs, run):
    for name, size, per_flush, _, messages in DTLS_MESSAGES:
        said = {}
        for side in ("plain", "dtls"):
            command = (programs + "/compare_dtls_calls", side, str(size), str(per_flush), str(messages), "stepped")
            said[side] = json.loads(run(*command).stdout)
        for key, what, bar in (("socket_calls", "system calls", None), ("allocations", "mallocs", 0)):
            values = {"netpeer": said["dtls"][key], "plain": said["plain"][key]}
            report.row("ENet over DTLS, %s, %s" % (name, what), "calls/message", values, bar, "value", peer="plain")


def handshake_instructions(report, programs, count_instructions):
    count = HANDSHAKES["counted"]
    for protocol in ("tls", "dtls"):
        values = {}
        for side in ("netpeer", "mbedtls"):
            command = (programs + "/compare_handshakes", side, protocol, str(count))
            values[side] = count_instructions("counted_handshake*", *command)[0] / (count + 1)  # and a first one
        report.row("%s handshake, both ends" % protocol.upper(), "instructions", values, HANDSHAKE_BAR, peer="mbedtls")


def handshake_times(report, programs, run):
    for protocol in ("tls", "dtls"):
        said = {"netpeer": [], "mbedtls": []}
        for _ in range(DTLS_RUNS):
            for side in said:
                done = run(programs + "/compare_handshakes", side, protocol, str(HANDSHAKES["timed"]))
                said[side].append(json.loads(done.stdout)["us_per_handshake"])
        times = {side: statistics.median(said[side]) for side in said}
        name = "%s handshake, both ends (median of %d)" % (protocol.upper(), DTLS_RUNS)
        report.row(name, "us of CPU", times, HANDSHAKE_BAR, peer="mbedtls")
        report.row(name, "handshakes/s of CPU", {side: 1e6 / times[side] for side in times}, peer="mbedtls")


def session_memory(report, programs, run):
    for protocol in ("tls", "dtls"):
        values = {}
        for side in ("netpeer", "mbedtls"):
            done = run(programs + "/compare_tls_memory", side, protocol, SESSIONS)
            values[side] = json.loads(done.stdout)
        for end in ("client", "server"):
            held = {side: values[side]["%s_bytes" % end] for side in values}
            report.row("heap of a connected %s session, %s" % (protocol.upper(), end), "bytes", held, peer="mbedtls")


# --- streams ---


def listening_port(process):
    """Of a program that is asked for any port and does not say which it got."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        sockets = set()
        for number in os.listdir("/proc/%d/fd" % process.pid):
            try:
                sockets.add(os.readlink("/proc/%d/fd/%s" % (process.pid, number)))
            except FileNotFoundError:
                pass
        with open("/proc/net/tcp") as table:
            for words in (line.split() for line in list(table)[1:]):
                if words[3] == "0A" and "socket:[%s]" % words[9] in sockets:
                    return int(words[1].split(":")[1], 16)
        time.sleep(0.01)
    sys.exit("nobody listens")


def processor_s(process):
    """Waits for it. Its processor time."""
    _, process.returncode, usage = os.wait4(process.pid, 0)
    if process.returncode != 0:
        sys.exit("a TLS stream: %s ended with %d" % (process.args[0], process.returncode))
    return usage.ru_utime + usage.ru_stime


class Ends:
    """The programs of one stream; none stays when something goes wrong or takes too long."""

    def __init__(self):
        self.started = []
        self.alarm = threading.Timer(STREAM_PATIENCE_S, self.stop)

    def __enter__(self):
        self.alarm.start()
        return self

    def start(self, command, **pipes):
        self.started.append(subprocess.Popen(command, **pipes))
        return self.started[-1]

    def stop(self):
        for process in self.started:
            if process.returncode is None:
                process.kill()

    def __exit__(self, *_):
        self.alarm.cancel()
        self.stop()


def stream_once(programs, folder, sender, receiver):
    """(MB/s, processor seconds of both) from the sender's start to the receiver's end, both handshakes included."""
    ours = programs + "/compare_tls_streams"
    suite = ["-tls1_2", "-cipher", STREAM_SUITE]
    unheard = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with Ends() as ends, open(folder + "/zeros", "rb") as zeros:
        if receiver == "openssl":
            command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-quiet"]
            keys = ["-key", folder + "/key.pem", "-cert", folder + "/cert.pem"]
            server = ends.start(command + keys + suite, stdin=subprocess.PIPE, **unheard)
            port = listening_port(server)
        else:
            server = ends.start([ours, "receive", str(STREAM_MIB)], stdout=subprocess.PIPE, text=True)
            port = int(server.stdout.readline())
        begin = time.monotonic()
        if sender == "openssl":
            command = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-nocommands"]
            client = ends.start(command + suite, stdin=zeros, **unheard)
        else:
            client = ends.start([ours, "send", str(STREAM_MIB), str(port)])
        used = processor_s(client) + processor_s(server)
        took = time.monotonic() - begin
        if receiver == "netpeer" and "CHACHA20" not in server.stdout.read():
            sys.exit("a TLS stream: another suite than the one that is compared")
    return STREAM_MIB * 1.048576 / took, used


def streams(report, programs, run):
    if not shutil.which("openssl"):
        return report.skip("TLS streams beside OpenSSL", "openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([programs + "/compare_tls_streams", "keys", folder], check=True)
        with open(folder + "/zeros", "wb") as file:
            file.truncate(STREAM_MIB << 20)
        said = {pair: [] for pair in STREAM_PAIRS}
        for _ in range(STREAM_RUNS):
            for pair in STREAM_PAIRS:
                said[pair].append(stream_once(programs, folder, *pair))
    bare = [json.loads(run(programs + "/compare_tls_streams", "mbedtls", str(STREAM_MIB)).stdout)["ms_per_mib"]
            for _ in range(STREAM_RUNS)]
    speed = {pair: statistics.median(one[0] for one in said[pair]) for pair in STREAM_PAIRS}
    used = {pair: statistics.median(one[1] for one in said[pair]) / STREAM_MIB * 1e3 for pair in STREAM_PAIRS}
    for pair in STREAM_PAIRS[1:]:
        name = "TLS stream, %s to %s beside openssl to openssl (median of %d)" % (*pair, STREAM_RUNS)
        report.row(name, "MB/s", {"netpeer": speed[pair], "openssl": speed[STREAM_PAIRS[0]]}, peer="openssl")
        report.row(name, "ms of CPU/MiB", {"netpeer": used[pair], "openssl": used[STREAM_PAIRS[0]]}, peer="openssl")
    report.row("TLS stream, netpeer to netpeer beside mbedTLS in memory (median of %d)" % STREAM_RUNS, "ms of CPU/MiB",
               {"netpeer": used[("netpeer", "netpeer")], "mbedtls": statistics.median(bare)}, peer="mbedtls")
