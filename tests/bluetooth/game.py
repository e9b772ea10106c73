# SPDX-License-Identifier: MIT
"""Four nodes that have nothing but Bluetooth find each other and play. Prints TAP.

Runs in the virtual machine of machine.sh: each node has a virtual controller of its own, and no
node is told another's address.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "node"))

import nodes  # noqa: E402: from the folder above.
from nodes import expect, until  # noqa: E402

nodes.DEADLINE_SEC = 240  # The machine is emulated, and others may use the processor.
ROOM = "/run/air"
ROLLS = 6


class RadioNode(nodes.Node):
    """A node with one Bluetooth adapter and an UDP port that nobody knows."""

    def __init__(self, name, adapter):
        super().__init__(name)
        self.words = ("--bluetooth", f"hci{adapter}", "--log", "debug")

    def peers(self):
        """Who is linked, by id: over what address."""
        return {peer["id"]: peer["address"] for peer in self.call("peers")["peers"]
                if peer["state"] == "up"}


SEATS = [RadioNode(name, i) for i, name in enumerate(("ann", "bob", "cleo", "dan"))]


def room(line):
    """Changes the air."""
    with open(ROOM, "w", encoding="ascii") as fifo:
        fifo.write(line + "\n")


def rolls_done(node):
    return node.show()["rolls_done"]


def linked_to(node, others):
    return all(other.id in node.peers() for other in others if other is not node)


def agree(last):
    """All stop at one roll and have the same books."""
    for node in SEATS:
        until(f"{node.name} sees roll {last}", lambda: rolls_done(node) >= last)
    until("the ledgers agree", lambda: len({str(node.json("ledger", "--settle"))
                                            for node in SEATS}) == 1)
    ledger = SEATS[0].json("ledger", "--settle")
    expect(ledger["sum"] == 0, f"what was won and lost sums to {ledger['sum']}")
    expect(sum(seat["net"] for seat in ledger["seats"]) == 0, "the nets do not sum to 0")


def play(rolls):
    """Everybody plays so many rolls more; returns the last one."""
    last = max(rolls_done(node) for node in SEATS) + rolls
    for node, strategy in zip(SEATS, ("pass-odds", "dont-pass", "place-6-8", "pass-odds")):
        node.call("bot", strategy=strategy, rolls=last)
    return last


def four_nodes_find_each_other_without_an_address():
    for node in SEATS:
        node.start()
    for node in SEATS:
        until(f"{node.name} is linked to all", lambda: linked_to(node, SEATS))
        for address in node.peers().values():
            expect(address.startswith("02:B7:A1:00:00:"), f"linked by {address}, no radio")


def they_play_a_whole_game():
    SEATS[0].call("table.new", name="train", seats=4, player="ann", window_msec=1000, most=4)
    for i, node in enumerate(SEATS[1:], 2):
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
        node.call("table.join", table="train", player=node.name)
        if i < 4:
            until(f"{node.name} has a seat",
                  lambda: SEATS[0].call("table.list")["tables"][0]["taken"] == i)
    for node in SEATS:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")
    agree(play(ROLLS))


def two_go_out_of_range_and_the_game_goes_on_around_them():
    ann, bob = SEATS[:2]
    room("range 0 1 0")
    until("ann has lost bob", lambda: bob.id not in ann.peers())
    agree(play(ROLLS))
    expect(bob.id not in ann.peers(), "there was a link out of range")
    room("range 0 1 -60")
    until("ann has bob again", lambda: bob.id in ann.peers() and ann.id in bob.peers())


def a_node_is_killed_and_comes_back():
    dan = SEATS[3]
    dan.kill()
    for node in SEATS[:3]:
        until(f"{node.name} has lost dan", lambda: dan.id not in node.peers())
    dan.start()
    until("dan is linked to all", lambda: linked_to(dan, SEATS))
    agree(play(ROLLS))


def an_adapter_is_switched_off_and_on():
    cleo = SEATS[2]
    power = ["btmgmt", "--index", "2", "power"]
    subprocess.run([*power, "off"], stdin=subprocess.DEVNULL, capture_output=True, check=True,
                   timeout=nodes.DEADLINE_SEC)
    until("cleo has lost all", lambda: not cleo.peers())
    until("cleo says so", lambda: "hci2 was switched off" in cleo.log())
    subprocess.run([*power, "on"], stdin=subprocess.DEVNULL, capture_output=True, check=True,
                   timeout=nodes.DEADLINE_SEC)
    until("cleo is linked to all", lambda: linked_to(cleo, SEATS))
    agree(play(ROLLS))


def all_stop_when_asked():
    for node in SEATS:
        expect(node.stop() == 0, f"{node.name} ended with {node.process.returncode}")


if __name__ == "__main__":
    nodes.run([four_nodes_find_each_other_without_an_address,
               they_play_a_whole_game,
               two_go_out_of_range_and_the_game_goes_on_around_them,
               a_node_is_killed_and_comes_back,
               an_adapter_is_switched_off_and_on,
               all_stop_when_asked], SEATS)
