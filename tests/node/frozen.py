# SPDX-License-Identifier: MIT
"""Four nodes on a cable that is cut to two of them when betting is closed everywhere, so that their
parts of the roll are lost on the way: the table is frozen, says why, and the same roll is made when
one of them is back. Prints TAP.
"""

import json
import os
import subprocess
import sys

import nodes
from nodes import expect, until

SOURCE = os.environ.get("srcdir", ".")
CABLE = os.path.join(SOURCE, "tests", "node", "cable.py")
VERIFIER = os.path.join(SOURCE, "tools", "verify.py")
LEAST_MSEC = 100  # What is said takes so long: time enough to cut the cable under it.
TRIES = 20
WINDOW_MSEC = 300


class Far(nodes.Node):
    """A node that others reach only through the cable."""

    def way_to(self, peer):
        return WAYS[self, peer]

    def start(self, peers=(), disk=None):
        super().start(peers, disk)
        for number, (_, peer) in enumerate(LINKS):
            if peer is self:
                order("to", number, self.address)


SEATS = [Far(name) for name in ("ann", "bob", "cleo", "dan")]
ANN, BOB, CLEO, DAN = SEATS
LINKS = [(node, peer) for i, node in enumerate(SEATS) for peer in SEATS[:i]]
WAYS = {}
PROCESS = subprocess.Popen([sys.executable, "-B", CABLE, "1", str(len(LINKS))],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                           preexec_fn=nodes.die_with_parent)
nodes.RUNNING.append(PROCESS)
WAYS.update(zip(LINKS, json.loads(PROCESS.stdout.readline())))


def order(*words):
    print(*words, file=PROCESS.stdin, flush=True)


def cut(gone):
    """Loses everything from and to these nodes; with none of them the cable is whole."""
    order("cut", *(number for number, link in enumerate(LINKS) if set(link) & set(gone)))


def rolls_done(node):
    return node.show()["rolls_done"]


def sees_more(node, rolls):
    last = rolls_done(node) + rolls
    until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def ledger(node):
    return node.json("ledger")


def four_nodes_sit_down_and_play():
    nodes.seat(SEATS, WINDOW_MSEC)
    order("weather", 0, 0, 0, LEAST_MSEC)
    for node in SEATS[1:]:  # Ann lets the window run out.
        node.call("bot", strategy="pass-odds")
    sees_more(ANN, 2)


def waits(node):
    show = node.show()
    return show if show["state"] in ("frozen", "paused") else None


def cut_at_a_close():
    """What Ann shows once the table waits."""
    watches = [node.watch() for node in SEATS]
    for watch in watches:
        watch.event(lambda event: event["event"] == "closed")
    cut((CLEO, DAN))
    for watch in watches:
        watch.close()
    return until("the table waits", lambda: waits(ANN))


def two_vanish_when_betting_is_closed_and_the_table_is_frozen():
    for _ in range(TRIES):  # The test may be too slow, or a node not have heard of the close.
        show = cut_at_a_close()
        if show["state"] == "frozen":
            break
        cut(())
        until("the table goes on", lambda: not waits(ANN))
    for node in (ANN, BOB):
        said = (f"frozen: 2 of 4 seats have revealed their part of roll {show['roll']}, 3 are "
                "needed: waiting for cleo or dan")
        until(f"{node.name} says: {said}", lambda node=node: node.show()["reason"] == said)
    expect(show["phase"] == "rolling", show["phase"])
    waiting = ANN.json("table", "show")["waiting"]
    expect((waiting["for"], waiting["roll"], waiting["have"], waiting["needed"], waiting["of"]) ==
           ("roll", show["roll"], 2, 3, 4), str(waiting))
    text = ANN.client("table", "show").stdout
    expect(f"the dice of roll {show['roll']} are determined" in text, text)
    expect(f": frozen: 2 of 4 seats have revealed their part of roll {show['roll']}" in ANN.log(),
           "the log does not say so")


def one_of_them_comes_back_and_the_same_roll_is_made():
    roll = ANN.show()["roll"]
    before = ledger(ANN)
    expect(before == ledger(BOB), "the ledgers differ while the table is frozen")
    watch = ANN.watch()
    DAN.kill()
    CLEO.kill()
    cut(())
    CLEO.start((ANN, BOB))
    CLEO.call("bot", strategy="pass-odds")
    event = watch.event(lambda event: event["event"] == "roll")
    expect(event["roll"] == roll, f"roll {event['roll']} was made, not {roll}")
    watch.close()
    sees_more(ANN, 2)


def the_other_too_and_all_records_agree():
    DAN.start((ANN, BOB, CLEO))
    known = rolls_done(ANN)
    until("dan catches up", lambda: rolls_done(DAN) >= known)
    sees_more(DAN, 1)
    nodes.records_agree(SEATS)
    ran = subprocess.run([sys.executable, "-B", VERIFIER, "--quiet", ANN.state + ".bitcraps"],
                         capture_output=True, text=True, timeout=nodes.DEADLINE_SEC, check=False)
    expect(ran.returncode == 0, f"the second verifier: {ran.stdout}{ran.stderr}")


nodes.run([
    four_nodes_sit_down_and_play,
    two_vanish_when_betting_is_closed_and_the_table_is_frozen,
    one_of_them_comes_back_and_the_same_roll_is_made,
    the_other_too_and_all_records_agree,
], SEATS)
