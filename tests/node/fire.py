# SPDX-License-Identifier: MIT
"""Tables of four and of seven nodes over a cable that loses, delays, overtakes and doubles what they
say, while they are killed, frozen and given broken disks. Prints TAP.

The environment variable SEED draws what happens: to whom, at which event of another node, in which
weather; STEPS says how often at each table. Afterwards ledgers, records and journals are compared:
no fork, no lost chip, no stuck table, and nothing said that is not on its author's disk.
"""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import namedtuple

import nodes
from nodes import expect, until

SEED = os.environ.get("SEED", "1")
STEPS = int(os.environ.get("STEPS", "3"))
SOURCE = os.environ.get("srcdir", ".")
CABLE = os.path.join(SOURCE, "tests", "node", "cable.py")
VERIFIER = os.path.join(SOURCE, "tools", "verify.py")
DRAW = random.Random(SEED)
WINDOW_MSEC = 300
STRATEGIES = ("pass-odds", "dont-pass", "place-6-8", "random-legal")
NAMES = ("ann", "bob", "cleo", "dan", "eve", "fay", "gus")


# ---- Tables -----------------------------------------------------------------------------------

class Far(nodes.Node):
    """A node that others reach only through its table's cable."""

    def __init__(self, table, name):
        super().__init__(f"{name}-{table.size}")
        self.table = table

    def way_to(self, peer):
        return self.table.ways[self, peer]

    def start(self, peers=(), disk=None):
        super().start(peers, disk)
        self.table.lead_to(self)

    def rolls_done(self):
        return self.show()["rolls_done"]

    def bot(self, rolls=None):
        strategy = STRATEGIES[self.table.nodes.index(self) % len(STRATEGIES)]
        self.call("bot", strategy=strategy, **({"rolls": rolls} if rolls else {}))

    def sees_more(self, rolls):
        last = self.rolls_done() + rolls
        until(f"{self.name} sees {rolls} rolls more", lambda: self.rolls_done() >= last)

    def ledger(self):
        return self.json("ledger", "--settle")


class Table:
    """Nodes around a ring, each joined by paths of the cable to the two next on either side."""

    def __init__(self, size):
        self.size = size
        self.faulty = (size - 1) // 3
        self.nodes = [Far(self, name) for name in NAMES[:size]]
        self.links = [(node, peer) for node in self.nodes for peer in self.around(node)]
        self.ways = {}
        self.cable = None

    def around(self, node):
        at = self.nodes.index(node)
        near = {self.nodes[(at + step) % self.size] for step in (-2, -1, 1, 2)}
        return [peer for peer in self.nodes if peer in near and peer is not node]

    def others(self, down):
        return [node for node in self.nodes if node not in down]

    def lay(self):
        """Lays the cable."""
        self.cable = subprocess.Popen(
            [sys.executable, "-B", CABLE, SEED, str(len(self.links))], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=nodes.die_with_parent)
        nodes.RUNNING.append(self.cable)
        self.ways = dict(zip(self.links, json.loads(self.cable.stdout.readline())))

    def order(self, *words):
        print(*words, file=self.cable.stdin, flush=True)

    def lead_to(self, node):
        """The node listens at a new address."""
        for number, (_, peer) in enumerate(self.links):
            if peer is node:
                self.order("to", number, node.address)

    def rolls_done(self, down=()):
        return max(node.rolls_done() for node in self.others(down))

    def comes_back(self, node, known):
        """Starts a node again and waits until it knows what the others knew."""
        node.start(self.around(node))
        node.bot()
        until(f"{node.name} catches up with roll {known}", lambda: node.rolls_done() >= known)


# ---- What is drawn ----------------------------------------------------------------------------

Step = namedtuple("Step", "deed down witness events rolls disk weather")


def draw_step(table):
    deed = DRAW.choice((die, freeze, spoil, die, freeze, spoil, outnumber))
    count = table.faulty + 1 if deed is outnumber else DRAW.randint(1, table.faulty)
    down = DRAW.sample(table.nodes, count)
    disk = f"{DRAW.choice(('sync', 'write'))}:{DRAW.randint(12, 80)}"
    weather = (DRAW.randrange(31) / 100, DRAW.randrange(11) / 100, DRAW.choice((0, 5, 20, 50)))
    return Step(deed, down, DRAW.choice(table.others(down)), DRAW.randrange(1, 40),
                DRAW.randint(1, 2), disk, weather)


def sentence(table, step):
    loss, double, delay = step.weather
    names = " and ".join(node.name for node in step.down)
    verb = {die: "killed", freeze: "frozen", spoil: f"given a broken disk ({step.disk})",
            outnumber: "killed, too many to lose"}[step.deed]
    return (f"{table.size} nodes, {loss:.0%} lost, {double:.0%} twice, 0 to {delay} ms: at event "
            f"{step.events} of {step.witness.name}, {names} {verb}")


def await_event(step):
    watch = step.witness.watch()
    for _ in range(step.events):
        watch.event()
    watch.close()


def die(table, step):
    for node in step.down:
        os.kill(node.process.pid, signal.SIGKILL)
    for node in step.down:
        node.wait()
    table.others(step.down)[0].sees_more(step.rolls)
    known = table.rolls_done(step.down)
    for node in step.down:
        table.comes_back(node, known)


def freeze(table, step):
    for node in step.down:
        os.kill(node.process.pid, signal.SIGSTOP)
    try:
        table.others(step.down)[0].sees_more(step.rolls)
        known = table.rolls_done(step.down)
    finally:
        for node in step.down:
            os.kill(node.process.pid, signal.SIGCONT)
    for node in step.down:
        until(f"{node.name} catches up", lambda node=node: node.rolls_done() >= known)


def spoil(table, step):
    """The node ends by itself with one error that says why; with a good disk it comes back."""
    for node in step.down:
        node.kill()
        said = len(node.log())
        node.launch(table.around(node), step.disk)
        try:
            until(f"{node.name} answers", node.answers)
            table.lead_to(node)
        except (nodes.Failure, ConnectionError):
            expect(node.process.poll() is not None, f"{node.name} is there, but silent")
        expect(node.wait() == 1, f"{node.name} ended with {node.process.returncode}")
        errors = [line for line in node.log()[said:].splitlines()
                  if " error " in line or line.startswith("bitcrapsd: ")]
        expect(len(errors) == 1, f"{node.name} does not say one error: {errors}")
    table.others(step.down)[0].sees_more(step.rolls)
    known = table.rolls_done(step.down)
    for node in step.down:
        table.comes_back(node, known)


def outnumber(table, step):
    """More than may be gone: the others wait, say so, and go on when enough are back."""
    for node in step.down:
        os.kill(node.process.pid, signal.SIGKILL)
    for node in step.down:
        node.wait()
    left = table.others(step.down)
    for node in left:
        until(f"{node.name} says that the table waits",
              lambda node=node: node.show()["state"] in ("paused", "frozen"))
    known = table.rolls_done(step.down)
    for node in step.down:
        node.start(table.around(node))
        node.bot()
    for node in table.nodes:
        until(f"{node.name} plays on", lambda node=node: node.rolls_done() > known)


# ---- What is compared -------------------------------------------------------------------------

def agree(table):
    """Stops the bots, all at one roll that is well ahead, and compares what everyone has."""
    last = table.rolls_done() + 12
    for node in table.nodes:
        node.bot(last)
    for node in table.nodes:
        until(f"{node.name} sees roll {last}", lambda node=node: node.rolls_done() >= last)
    first = table.nodes[0]
    until("the ledgers agree",
          lambda: all(node.ledger() == first.ledger() for node in table.nodes[1:]))
    final = first.ledger()
    expect(final["rolls_done"] == last, f"the bots stopped at {final['rolls_done']}, not {last}")
    expect(final["sum"] == 0, f"what was won and lost sums to {final['sum']}")
    chips = sum(seat["rail"] + seat["staked"] - seat["bought"] for seat in final["seats"])
    expect(chips + final["bank"] == final["bank_funded"], "chips came from nowhere or went there")
    records_agree(table, last)


def records_agree(table, rolls):
    nodes.records_agree(table.nodes, rolls=rolls)
    path = DRAW.choice(table.nodes).state + ".bitcraps"
    ran = subprocess.run([sys.executable, "-B", VERIFIER, "--quiet", path], capture_output=True,
                         text=True, timeout=nodes.DEADLINE_SEC, check=False)
    expect(ran.returncode == 0, f"the second verifier: {ran.stdout}{ran.stderr}")


# ---- Journals ---------------------------------------------------------------------------------
#
# Numbers are those of proto/table.proto; rows are chained as src/journal/journal.h says.

MESSAGE = 2
VOTE, CERTIFICATE, PROPOSAL, ACTION, PARTIAL, SEATING = 1, 2, 3, 9, 10, 13
NOTARIZE, NULLIFY, FINALIZE = 1, 2, 3


def rows_of(node):
    """What a node's journal holds, its chain checked."""
    database = sqlite3.connect(f"file:{node.state}/journal.db?mode=ro", uri=True)
    rows = database.execute("SELECT seq, scope, kind, body, chain FROM rows ORDER BY seq").fetchall()
    database.close()
    before = bytes(32)
    for at, (number, scope, kind, body, chain) in enumerate(rows, 1):
        link = hashlib.blake2b(before + scope + kind.to_bytes(4, "big") + body, digest_size=32)
        expect(number == at and chain == link.digest(), f"{node.name}'s journal breaks at {at}")
        before = chain
    return [body for _, _, kind, body, _ in rows if kind == MESSAGE]


def statement(fields):
    """(epoch, view, type, digest) of a vote or certificate, whose first four fields are alike."""
    return fields.get(2, 0), fields.get(3, 0), fields.get(1, 0), fields.get(4, b"")


class Diary:
    """What a node wrote down: what it said, by what it may say only once, and what others proved."""

    def __init__(self, node, seat):
        self.node = node
        self.seat = seat
        self.said = {}
        self.votes = set()
        self.proofs = []
        for body in rows_of(node):
            (kind, message), = nodes.fields(body)
            self.read(kind, dict(nodes.fields(message)))

    def say(self, once, what):
        before = self.said.setdefault(once, what)
        expect(before == what, f"{self.node.name} said two things as {once}")

    def vote(self, epoch, view, kind, digest):
        self.votes.add((epoch, view, kind, digest))
        if kind != NULLIFY:
            self.say(("vote", kind, epoch, view), digest)
        if kind != NOTARIZE:
            self.say(("end of view", epoch, view), kind)

    def read(self, kind, fields):
        own = fields.get({VOTE: 5, PARTIAL: 4}.get(kind), 0) == self.seat
        if kind == VOTE and own:
            self.vote(*statement(fields))
        elif kind == PROPOSAL:
            header = dict(nodes.fields(fields[1]))[1]
            digest = hashlib.blake2b(header, digest_size=32).digest()
            self.votes.add((int.from_bytes(header[36:44], "big"),
                            int.from_bytes(header[44:52], "big"), NOTARIZE, digest))
        elif kind == CERTIFICATE:
            self.proofs.append((statement(fields), fields.get(5, 0)))
        elif kind == PARTIAL and own:
            self.say(("partial", fields.get(1, 0), fields.get(2, 0)), fields[3])
        elif kind == ACTION:
            body = dict(nodes.fields(fields[1]))
            if body.get(2, 0) == self.seat:
                self.say(("action", body.get(1, 0), body[3]), fields[1])


def journals_agree(table):
    """Nobody signed two things where one is allowed, or anything that its journal does not hold."""
    seats = {node: node.show()["you"] - 1 for node in table.nodes}
    for node in table.nodes:
        expect(node.stop() == 0, f"{node.name} does not stop in order")
    diaries = [Diary(node, seats[node]) for node in table.nodes]
    ends, checked = {}, 0
    for diary in diaries:
        for (epoch, view, kind, digest), bitmap in diary.proofs:
            if kind == FINALIZE:
                before = ends.setdefault((epoch, view), digest)
                expect(before == digest, f"two blocks are final in view {view}")
            for author in diaries:
                if bitmap >> author.seat & 1:
                    checked += 1
                    expect((epoch, view, kind, digest) in author.votes,
                           f"{author.node.name} said in view {view} what its journal does not hold")
    expect(ends and checked, "the journals hold no proofs")


# ---- The tests --------------------------------------------------------------------------------

def sit_down(table):
    table.lay()
    table.order("weather", 0.05, 0.05, 5)
    for node in table.nodes:
        node.start(table.around(node))
    host, *guests = table.nodes
    host.call("table.new", name="test", seats=table.size, player=host.name, window_msec=WINDOW_MSEC)
    for taken, node in enumerate(guests, 2):
        until(f"{node.name} hears of the table", lambda node=node: node.call("table.list")["tables"])
        node.call("table.join", table="test", player=node.name)
        if taken < table.size:
            until(f"{node.name} has a seat", lambda taken=taken: host.call("table.list")["tables"][0]
                  ["taken"] == taken)
    for node in table.nodes:
        until(f"{node.name} plays", lambda node=node: node.show()["state"] == "playing")
        node.bot()


def named(name, function, *arguments):
    def test():
        function(*arguments)

    test.__name__ = name
    return test


def take_step(table, step):
    table.order("weather", *step.weather)
    await_event(step)
    step.deed(table, step)
    table.nodes[0].sees_more(1)


def end(table):
    table.order("weather", 0.05, 0.05, 5)
    agree(table)
    journals_agree(table)
    table.cable.stdin.close()
    print(f"# {table.size} nodes, the cable: {table.cable.stdout.readline().strip()}")


def story(size):
    table = Table(size)
    steps = [draw_step(table) for _ in range(STEPS)]
    return table, [
        named(f"{size} nodes sit down over the cable", sit_down, table),
        *(named(sentence(table, step), take_step, table, step) for step in steps),
        named(f"{size} nodes: ledgers, records and journals agree", end, table)]


STORIES = [story(size) for size in (4, 7)]
print(f"# SEED={SEED} STEPS={STEPS}")
nodes.run([test for _, tests in STORIES for test in tests],
          [node for table, _ in STORIES for node in table.nodes])
