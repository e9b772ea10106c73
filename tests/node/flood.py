# SPDX-License-Identifier: MIT
"""Four nodes at a table while a neighbour of one of them sends as much as it can. Prints TAP.

What is expected: the table plays on, orders become final, the memory of every node stays within a
bound, and whoever offers a table is heard. How much longer orders take is printed, not judged.
"""

import os
import statistics
import subprocess
import time

import nodes
from nodes import expect, until

SEATS = [nodes.Node(name) for name in ("ann", "bob", "cleo", "dan")]
VICTIM = SEATS[0]
HONEST = nodes.Node("eve")
FLOODER = os.path.join(nodes.BUILD, "tests", "node", "flooder")
WINDOW_MSEC = 60000
ORDERS = 20
REPORTS = 20  # Of the flooder, 1000 datagrams each; but a few of one whose links are closed.
GROWTH_KB_MAX = 16384  # What a flood may add to the memory that a node used at its most before.
QUIET = {}  # Of each node, the memory that it used before.

# What a sanitizer keeps of released memory is not the node's.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"


def memory(node):
    """The most that its process had in memory, in kB."""
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def order_msec(node):
    """Half of the time in which a bet is made and taken back, each until it is final."""
    began = time.monotonic()
    node.call("bet", bet="field", amount=10)
    node.call("take_down", bet="field")
    return (time.monotonic() - began) * 500


def latency():
    return statistics.median(order_msec(node) for _ in range(ORDERS) for node in SEATS[:2])


def plays(rolls):
    last = VICTIM.show()["rolls_done"] + rolls
    for node in SEATS:
        node.call("bot", strategy="pass-odds", rolls=last)
    for node in SEATS:
        until(f"{node.name} sees roll {last}", lambda node=node: node.show()["rolls_done"] >= last)
    for node in SEATS:
        node.call("bot", strategy=None)


def four_nodes_play():
    nodes.seat(SEATS, WINDOW_MSEC)
    plays(30)
    QUIET.update({node: memory(node) for node in SEATS})
    print(f"# a node has at most {max(QUIET.values())} kB")


def flood(kind):
    process = subprocess.Popen(
        [FLOODER, VICTIM.address, kind, VICTIM.show()["table"]], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, preexec_fn=nodes.die_with_parent)
    nodes.RUNNING.append(process)
    expect(process.stdout.readline() == "flooding\n", "the flooder does not start")
    return process


def reports(process, count):
    for _ in range(count):
        line = process.stdout.readline()
        expect(line, "the flooder ended")
    return line.strip()


def played_through(kind):
    quiet = latency()
    process = flood(kind)
    reports(process, 1)
    msec = latency()
    plays(5)
    told = reports(process, 2 if kind == "nonsense" else REPORTS)
    process.kill()
    process.wait()
    grown = max(memory(node) - QUIET[node] for node in SEATS)
    print(f"# {told}: an order takes {msec:.1f} ms, {quiet:.1f} before ({msec / quiet:.2f} times); "
          f"memory grew by {grown} kB")
    expect(grown < GROWTH_KB_MAX, f"a node grew by {grown} kB")


def during(kind, what):
    def test():
        played_through(kind)

    test.__name__ = f"the table plays through {what}"
    return test


def an_offer_is_heard_among_a_flood_of_offers():
    process = flood("announce")
    reports(process, 1)
    HONEST.start(SEATS[1:2])
    HONEST.call("table.new", name="honest", seats=2, player="eve")
    for node in SEATS:
        until(f"{node.name} hears of the honest table", lambda node=node: any(
            table["name"] == "honest" for table in node.call("table.list")["tables"]))
    process.kill()
    process.wait()
    names = [table["name"] for table in VICTIM.call("table.list")["tables"]]
    print(f"# the victim knows {len(names)} tables")
    expect("test" in names, "the own table is forgotten")


def all_agree_afterwards():
    plays(3)
    ledgers = [node.json("ledger", "--settle") for node in SEATS]
    expect(all(ledger == ledgers[0] for ledger in ledgers), "the ledgers differ")
    for node in [*SEATS, HONEST]:
        expect(node.stop() == 0, f"{node.name} does not stop in order")


nodes.run([
    four_nodes_play,
    during("garbage", "noise from nobody"),
    during("nonsense", "noise from a neighbour"),
    during("storm", "a storm of handshakes"),
    during("replay", "replays"),
    during("status", "the largest status messages"),
    during("pieces", "objects that never end"),
    during("announce", "offers of tables that do not exist"),
    an_offer_is_heard_among_a_flood_of_offers,
    all_agree_afterwards,
], [*SEATS, HONEST])
