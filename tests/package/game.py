# SPDX-License-Identifier: MIT
"""Four nodes over UDP, one of them a witness, play to the end, and both verifiers take the record.

Small enough to run where every instruction is emulated: tools/package.sh runs it with the programs
of another processor. Prints TAP."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "node"))

import nodes  # noqa: E402: it lies beside the other tests of real processes.
from nodes import expect, until  # noqa: E402

NAMES = ("ann", "bob", "cleo", "shelf")
NODES = [nodes.Node(name) for name in NAMES]
ANN, WITNESS = NODES[0], NODES[3]
ROLLS = 4
VERIFIER = os.path.join(os.environ.get("srcdir", "."), "tools", "verify.py")


def three_players_and_a_witness_sit_down():
    for i, node in enumerate(NODES):
        node.start(NODES[:i])
    ANN.call("table.new", name="bar", seats=4, player="ann", window_msec=1000)
    for node in NODES[1:]:
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
    for node in NODES[1:3]:
        node.call("table.join", table="bar", player=node.name)
    ran = WITNESS.client("witness", "bar")
    expect(ran.returncode == 0, ran.stderr)
    for node in NODES:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")


def bets_are_made_and_dice_rolled():
    watch = ANN.watch()
    ANN.call("bot", strategy="pass-odds")
    NODES[1].call("bot", strategy="dont-pass")
    watch.rolls(ROLLS)
    watch.close()
    for node in NODES[:2]:
        node.call("bot", strategy=None)


def all_four_hold_the_same_record():
    rolls = ANN.show()["rolls_done"]
    expect(rolls >= ROLLS, f"only {rolls} rolls")
    for node in NODES:
        until(f"{node.name} has roll {rolls}", lambda: node.show()["rolls_done"] >= rolls)
    seats = WITNESS.show()["seats"]
    expect(sum(1 for seat in seats if seat["witness"]) == 1, str(seats))


def both_verifiers_take_it():
    for node in (ANN, WITNESS):
        path = node.state + ".bitcraps"
        node.json("export", "bar", path)
        verdict = node.json("verify", path)
        expect(verdict["verified"] is True, str(verdict))
        ran = subprocess.run([sys.executable, VERIFIER, path], capture_output=True, text=True,
                             timeout=nodes.DEADLINE_SEC, check=False)
        expect(ran.returncode == 0, ran.stdout[-300:] + ran.stderr[-300:])


def they_stop_in_order():
    for node in NODES:
        expect(node.stop() == 0, f"{node.name}: {node.log()[-300:]}")


nodes.run([
    three_players_and_a_witness_sit_down,
    bets_are_made_and_dice_rolled,
    all_four_hold_the_same_record,
    both_verifiers_take_it,
    they_stop_in_order,
], NODES)
