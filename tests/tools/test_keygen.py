#!/usr/bin/env python3
"""netpeer keygen, checked by the openssl program.

Usage: test_keygen.py --netpeer PATH [unittest arguments]
"SKIPPED:" where netpeer has no mbedTLS, or openssl is missing; the latter is a failure where CI=true.
"""
import argparse
import datetime
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

NETPEER = None
PATIENCE = 120  # seconds; only a hang takes so long


def run(*arguments):
    return subprocess.run(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE
    )


class Keygen(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="netpeer-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.key = self.path("key.pem")
        self.certificate = self.path("cert.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def keygen(self, *arguments):
        return run(NETPEER, "keygen", "--key", self.key, "--cert", self.certificate, *arguments)

    def openssl(self, *arguments):
        result = run("openssl", *arguments)
        self.assertEqual(result.returncode, 0, (arguments, result))
        return result.stdout + result.stderr

    def made(self, *arguments):
        """Runs it; the certificate as openssl shows it."""
        result = self.keygen(*arguments)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(result.stderr, "")
        return self.openssl("x509", "-noout", "-text", "-in", self.certificate)

    def test_a_p256_key_for_localhost_without_options(self):
        text = self.made()
        self.assertIn("NIST CURVE: P-256", text)
        self.assertIn("DNS:localhost", text)
        self.assertRegex(text, r"Subject: CN ?= ?localhost")
        self.assertRegex(text, r"Issuer: CN ?= ?localhost")
        self.assertIn("TLS Web Server Authentication", text)
        self.assertIn("CA:FALSE", text)
        self.assertIn("Key is valid", self.openssl("pkey", "-check", "-noout", "-in", self.key))
        self.assertEqual(
            self.openssl("pkey", "-pubout", "-in", self.key), self.openssl("x509", "-pubkey", "-noout", "-in", self.certificate)
        )

    def test_who_is_given_the_certificate_trusts_it(self):
        self.made("--name", "game.example.org")
        verify = ["verify", "-CAfile", self.certificate, "-purpose", "sslserver"]
        self.assertIn(": OK", self.openssl(*verify, "-verify_hostname", "game.example.org", self.certificate))
        refused = run("openssl", *verify, "-verify_hostname", "other.example.org", self.certificate)
        self.assertNotEqual(refused.returncode, 0)

    def test_several_names_and_addresses(self):
        text = self.made("--name", "game.example.org", "--name", "*.game.example.org", "--name", "192.0.2.1", "--name", "::1")
        for name in ("DNS:game.example.org", "DNS:*.game.example.org", "IP Address:192.0.2.1", "IP Address:0:0:0:0:0:0:0:1"):
            self.assertIn(name, text)
        self.assertNotIn("localhost", text)
        verify = ["verify", "-CAfile", self.certificate]
        for check in (["-verify_ip", "192.0.2.1"], ["-verify_ip", "::1"], ["-verify_hostname", "a.game.example.org"]):
            self.assertIn(": OK", self.openssl(*verify, *check, self.certificate))

    def test_long_names_stand_beside_the_subject(self):
        name = "a" * 60 + ".example.org"
        text = self.made("--name", name)
        self.assertIn("DNS:" + name, text)
        self.assertRegex(text, r"Subject: CN ?= ?netpeer")

    def test_rsa_on_request(self):
        text = self.made("--rsa", "2048")
        self.assertRegex(text, r"Public-Key: \(2048 bit\)")
        self.assertIn("sha256WithRSAEncryption", text)
        with open(self.key, encoding="ascii") as file:
            self.assertEqual(file.readline(), "-----BEGIN RSA PRIVATE KEY-----\n")

    def test_days_are_counted_from_today(self):
        text = self.made("--days", "30")
        dates = re.findall(r"Not (?:Before|After ): (.*) GMT", text)
        first, last = (datetime.datetime.strptime(date, "%b %d %H:%M:%S %Y") for date in dates)
        self.assertEqual(last - first, datetime.timedelta(days=31))
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        self.assertLess(abs(last - now - datetime.timedelta(days=30)), datetime.timedelta(minutes=10))
        # Beyond 2049 a date is written in another form.
        self.made("--days", "36500", "--overwrite")

    @unittest.skipIf(os.name == "nt", "files have no mode there")
    def test_only_the_owner_may_read_the_key(self):
        former = os.umask(0)
        try:
            self.made()
        finally:
            os.umask(former)
        self.assertEqual(stat.S_IMODE(os.stat(self.key).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.certificate).st_mode), 0o666)
        os.chmod(self.key, 0o644)
        self.made("--overwrite")
        self.assertEqual(stat.S_IMODE(os.stat(self.key).st_mode), 0o600)

    def test_existing_files_are_kept_unless_asked(self):
        for existing in (self.key, self.certificate):
            with open(existing, "w", encoding="ascii") as file:
                file.write("precious")
            result = self.keygen()
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, "^error: .* exists already")
            with open(existing, encoding="ascii") as file:
                self.assertEqual(file.read(), "precious")
            os.remove(existing)
            self.assertEqual(os.listdir(self.folder), [])
        self.made()
        with open(self.key, encoding="ascii") as file:
            before = file.read()
        self.made("--overwrite")
        with open(self.key, encoding="ascii") as file:
            self.assertNotEqual(file.read(), before)

    def test_failures_are_exit_code_1_with_a_reason(self):
        for name in ("two words", "", "m\u00fcller.example"):
            result = self.keygen("--name", name)
            self.assertEqual(result.returncode, 1, name)
            self.assertIn("a name is not one of a host", result.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        self.certificate = self.path("no such folder/cert.pem")
        result = self.keygen()
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write", result.stderr)
        self.certificate = os.path.join(self.folder, ".", "key.pem")
        result = self.keygen("--overwrite")
        self.assertEqual(result.returncode, 1)
        self.assertIn("a file each", result.stderr)

    def test_wrong_arguments_are_exit_code_2(self):
        for arguments in (["--rsa", "1024"], ["--rsa", "2049"], ["--days", "0"], ["--days", "36501"], ["here"]):
            self.assertEqual(self.keygen(*arguments).returncode, 2, arguments)
        self.assertEqual(run(NETPEER, "keygen", "--key", self.key).returncode, 2)
        self.assertEqual(run(NETPEER, "keygen", "--cert", self.certificate).returncode, 2)
        shown = run(NETPEER, "keygen", "--help")
        self.assertEqual(shown.returncode, 0)
        for option in ("--key", "--cert", "--name", "--rsa", "--days", "--overwrite"):
            self.assertIn(option, shown.stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--netpeer", required=True)
    arguments, rest = parser.parse_known_args()
    NETPEER = os.path.abspath(arguments.netpeer)
    with tempfile.TemporaryDirectory() as folder:
        probe = run(NETPEER, "keygen", "--key", os.path.join(folder, "k"), "--cert", os.path.join(folder, "c"))
    if "without mbedTLS" in probe.stderr:
        print("SKIPPED: this netpeer was built without mbedTLS")
        sys.exit(0)
    if shutil.which("openssl") is None:
        if os.environ.get("CI") == "true":
            sys.exit("missing in CI: openssl")
        print("SKIPPED: openssl is not installed")
        sys.exit(0)
    unittest.main(argv=[sys.argv[0], *rest])
