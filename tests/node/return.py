# SPDX-License-Identifier: MIT
"""A node that was away comes back: what it missed. Prints TAP.

ROLLS in the environment is how many rolls a node misses (40).
"""

import os
import re
import time

import nodes
from nodes import expect, until

SEATS = [nodes.Node(name) for name in ("ann", "bob", "cleo", "dan")]
DAN, OTHERS = SEATS[3], SEATS[:3]
WINDOW_MSEC = 100
ROLLS = int(os.environ.get("ROLLS", "40"))
PROGRESS = re.compile(r"catching up: block (\d+) of (\d+)")


def bot(node, rolls=None):
    node.call("bot", strategy="pass-odds", **({"rolls": rolls} if rolls else {}))


def rolls_done(node):
    return node.show()["rolls_done"]


def others_play(count):
    last = rolls_done(SEATS[0]) + count
    for some in [*range(rolls_done(SEATS[0]) + 20, last, 20), last]:
        until(f"the others come to roll {some}", lambda some=some: rolls_done(SEATS[0]) >= some)
    return last


def four_nodes_sit_down_and_play():
    nodes.seat(SEATS, WINDOW_MSEC)
    for node in SEATS:
        bot(node)
    until("three rolls", lambda: rolls_done(SEATS[0]) >= 3)


def a_node_that_missed_one_roll_returns():
    expect(DAN.stop() == 0, "dan did not end well")
    last = others_play(1)
    DAN.start(OTHERS)
    until("dan knows what it missed", lambda: rolls_done(DAN) >= last)


def a_node_that_missed_many_rolls_returns_with_progress_and_resumes():
    height = DAN.show()["height"]
    DAN.stop()
    last = others_play(ROLLS)
    ahead = SEATS[0].show()["height"]
    before = len(DAN.log())
    DAN.launch(OTHERS)
    # In the middle of it the power fails; what was verified and final then is not asked for again.
    shown = until("dan tells how far it is", lambda: PROGRESS.search(DAN.log()[before:]))
    DAN.kill()
    expect(height <= int(shown[1]) < int(shown[2]) and int(shown[2]) >= ahead - 8, shown[0])
    began = time.monotonic()
    DAN.start(OTHERS)
    expect(DAN.show()["height"] >= height, "dan began anew")
    until("dan has it all", lambda: rolls_done(DAN) >= last)
    print(f"# {ROLLS} rolls, {ahead - height} blocks: {time.monotonic() - began:.1f} s")
    # It may have been away for so long that it was stood up; then it comes back first.
    until("it is said no more",
          lambda: [DAN.show()[key] for key in ("state", "reason")] == ["playing", ""])
    bot(DAN)
    until("dan plays", lambda: rolls_done(DAN) >= last + 3)


def records_agree():
    nodes.records_agree(SEATS)


def all_stop_when_asked():
    for node in SEATS:
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    four_nodes_sit_down_and_play,
    a_node_that_missed_one_roll_returns,
    a_node_that_missed_many_rolls_returns_with_progress_and_resumes,
    records_agree,
    all_stop_when_asked,
], SEATS)
