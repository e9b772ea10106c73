# SPDX-License-Identifier: MIT
"""Real nodes on loopback, for tests that break them.

A Node is a bitcrapsd process with a state directory; it can be killed and started again. Nothing
here waits for a length of time: every wait is for something to become true, with a deadline that
only a broken node reaches. All processes end with the test, however it ends.
"""

import atexit
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("builddir", ".")
DAEMON = os.path.join(BUILD, "bitcrapsd")
CLIENT = os.path.join(BUILD, "bitcraps")
DISK = os.path.join(BUILD, "tests", "node", ".libs", "disk.so")
DEADLINE_SEC = 90
LOOK_AGAIN_SEC = 0.05
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None)
FOLDER = tempfile.mkdtemp(prefix="bitcraps-test.")
RUNNING = []


def clean_up():
    for process in RUNNING:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(clean_up)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(1))


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def with_disk(fault):
    """The environment of a process whose disk fails as disk.c says; None: as it is."""
    if fault is None:
        return None
    expect(os.path.exists(DISK), f"no {DISK}: make check builds it")
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {**os.environ, "LD_PRELOAD": DISK, "DISK": fault, "ASAN_OPTIONS": asan}


class Failure(Exception):
    """What was expected did not happen."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def until(what, true):
    """Looks again and again; returns the first answer that is true."""
    deadline = time.monotonic() + DEADLINE_SEC
    while True:
        answer = true()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"not within {DEADLINE_SEC} s: {what}")
        select.select([], [], [], LOOK_AGAIN_SEC)


class Control:
    """A connection to a control socket."""

    def __init__(self, state):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.input = b""
        self.last_id = 0
        self.events = []
        try:
            self.socket.connect(os.path.join(state, "control.sock"))
        except OSError:
            self.socket.close()
            raise

    def close(self):
        self.socket.close()

    def message(self, deadline):
        while b"\n" not in self.input:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise Failure(f"the control socket was silent for {DEADLINE_SEC} s")
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the daemon closed its control socket")
            self.input += more
        line, self.input = self.input.split(b"\n", 1)
        return json.loads(line)

    def call(self, method, **params):
        """The result object; an error is raised as a Failure with its sentence."""
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + DEADLINE_SEC
        while True:
            message = self.message(deadline)
            if "method" in message:
                self.events.append(message["params"])
            elif message.get("id") == self.last_id:
                expect("result" in message, f"{method}: {message.get('error')}")
                return message["result"]

    def event(self, matches=lambda event: True):
        """The next event that matches."""
        deadline = time.monotonic() + DEADLINE_SEC
        while True:
            event = self.events.pop(0) if self.events else self.message(deadline).get("params")
            if event is not None and matches(event):
                return event

    def rolls(self, count):
        for _ in range(count):
            self.event(lambda event: event["event"] == "roll")


class Node:
    def __init__(self, name):
        self.name = name
        self.state = os.path.join(FOLDER, name)
        self.log_path = self.state + ".log"
        self.process = None
        self.address = None
        self.id = None
        self.words = ()  # Further options of the daemon.

    def way_to(self, peer):
        """The address at which this node reaches another."""
        return peer.address

    def launch(self, peers=(), disk=None, words=()):
        """Starts the process without waiting for it; disk: see disk.c; words: more options."""
        connects = [word for peer in peers for word in ("--connect", self.way_to(peer))]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [DAEMON, "--state", self.state, "--listen", "127.0.0.1:0",
                 "--bluetooth", "off", *connects, *words, *self.words],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent, env=with_disk(disk))
        RUNNING.append(self.process)

    def answers(self):
        expect(self.process.poll() is None,
               f"{self.name} ended with {self.process.returncode}: {self.log()[-300:]}")
        try:
            return self.call("status")
        except OSError:
            return None

    def start(self, peers=(), disk=None, words=()):
        self.launch(peers, disk, words)
        status = until(f"{self.name} answers", self.answers)
        self.address = status["listen"]
        expect(self.id in (None, status["id"]), f"{self.name} came back as another: {status['id']}")
        self.id = status["id"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks it to end; returns its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self):
        return self.process.wait(DEADLINE_SEC)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def call(self, method, **params):
        control = Control(self.state)
        try:
            return control.call(method, **params)
        finally:
            control.close()

    def watch(self):
        control = Control(self.state)
        control.call("watch")
        return control

    def show(self):
        return self.call("table.show")

    def client(self, *words):
        """Runs bitcraps for this node."""
        return subprocess.run([CLIENT, "--state", self.state, *words], capture_output=True,
                              text=True, timeout=DEADLINE_SEC, check=False)

    def json(self, *words):
        """What a reading command says with --json: exactly one object with a schema."""
        ran = self.client(*words, "--json")
        expect(ran.returncode == 0, f"bitcraps {' '.join(words)}: {ran.stderr.strip()}")
        value = strict_json(ran.stdout)
        expect(isinstance(value, dict) and isinstance(value.get("schema"), str),
               f"bitcraps {' '.join(words)} --json says no object with a schema")
        return value


def unique(pairs):
    value = dict(pairs)
    expect(len(value) == len(pairs), "a key stands twice in one object")
    return value


def no_constant(name):
    raise Failure(f"{name} is not JSON")


def strict_json(text):
    """One value and nothing else; no key twice, no NaN."""
    return json.loads(text, object_pairs_hook=unique, parse_constant=no_constant)


def seat(nodes, window_msec, name="test", most=0):
    """Links the nodes and seats them at one table; returns when all are playing."""
    for i, node in enumerate(nodes):
        node.start(nodes[:i])
    nodes[0].call("table.new", name=name, seats=len(nodes), player=nodes[0].name,
                  window_msec=window_msec, most=most or len(nodes))
    for i, node in enumerate(nodes[1:], 2):
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
        node.call("table.join", table=name, player=node.name)
        if i < len(nodes):
            until(f"{node.name} has a seat", lambda: nodes[0].call("table.list")["tables"][0]
                  ["taken"] == i)
    for node in nodes:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")


def fields(packed):
    """The (number, value) pairs of a packed message: integers and bytes."""
    found, at = [], 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = packed[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(packed):
        key = varint()
        value = varint()
        if key & 7 == 2:
            at += value
            value = packed[at - value:at]
        found.append((key >> 3, value))
    return found


def blocks(export):
    """The packed blocks of an export, in order: its fields of number 3."""
    return [value for number, value in fields(export) if number == 3]


def records_agree(seats, table="test", rolls=None):
    """Exports what each has of a table and verifies it; returns how many blocks all have alike."""
    chains = []
    for node in seats:
        path = node.state + ".bitcraps"
        node.json("export", table, path)
        verdict = node.json("verify", path)
        expect(verdict["verified"] is True and rolls in (None, verdict["rolls"]),
               f"{node.name}'s record: {verdict}")
        with open(path, "rb") as file:
            chains.append(blocks(file.read()))
    shortest = min(map(len, chains))
    expect(shortest > 0, "a record has no blocks")
    for node, chain in zip(seats, chains):
        expect(chain[:shortest] == chains[0][:shortest], f"{node.name} has other blocks")
    return shortest


def run(tests, nodes=()):
    """Runs the tests in order and prints TAP; after a failure the rest is not tried."""
    print(f"1..{len(tests)}", flush=True)
    failed = None
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        if failed:
            print(f"not ok {number} - {name} # not tried: {failed} failed", flush=True)
            continue
        began = time.monotonic()
        try:
            test()
            print(f"ok {number} - {name}")
            print(f"# {time.monotonic() - began:.1f} s", flush=True)
        except Exception as error:  # A test that fails in any way must be told as TAP.
            failed = name
            print(f"not ok {number} - {name}")
            print(f"# {type(error).__name__}: {error}")
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            for node in nodes:
                if os.path.exists(node.log_path):
                    for line in node.log().splitlines()[-12:]:
                        print(f"# {node.name}: {line}")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)
