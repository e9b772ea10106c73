# SPDX-License-Identifier: MIT
"""One node whose bot runs every program of the library at a live table. Prints TAP."""

import nodes
from nodes import expect, until

SOLO = nodes.Node("solo")

# They come first: chips that another program left on the table may win or lose what they stop at,
# and no program plays a seat that was left.
STOPPING = ("color-up", "stop-rules")


def rolls_done():
    return SOLO.show()["rolls_done"]


def plays(strategy, rolls):
    last = rolls_done() + rolls
    SOLO.call("bot", strategy=strategy, rolls=last)
    until(f"{strategy} plays", lambda: rolls_done() >= last)


def every_program_plays_a_seat():
    SOLO.start()
    SOLO.call("table.new", name="test", seats=1, player="solo", window_msec=2000,
              buy_in=1000000, bank=10000000)
    until("it plays", lambda: SOLO.show()["state"] == "playing")
    names = [one["name"] for one in SOLO.json("strategies")["strategies"]]
    expect(len(names) > 50, f"the library has only {names}")
    for name in sorted(names, key=lambda name: name not in STOPPING):
        plays(name, 3)


def a_program_bets_what_it_says():
    watch = SOLO.watch()
    SOLO.call("bot", strategy="Iron Cross")
    for bet in ("field", "place 5", "place 6", "place 8"):
        watch.event(lambda event, bet=bet: event["event"] == "bet" and event["bet"] == bet)
    watch.close()
    SOLO.call("bot", strategy=None)


def a_program_that_is_not_there_is_named():
    ran = SOLO.client("bot", "irn-cross")
    expect(ran.returncode == 6, f"it ended with {ran.returncode}")
    for part in ("irn-cross", "bitcraps strategies"):
        expect(part in ran.stderr, f"{part!r} is not in {ran.stderr!r}")


def a_program_that_stops_leaves_the_table():
    SOLO.call("bot", strategy="stop-rules")
    until("it leaves", lambda: SOLO.show()["seats"][0]["left"])
    expect(not SOLO.show()["seats"][0]["bets"], "it left chips on the table")


def the_record_is_good():
    path = SOLO.state + ".bitcraps"
    SOLO.json("export", "test", path)
    verdict = SOLO.json("verify", path)
    expect(verdict["verified"] is True, str(verdict))
    expect(SOLO.stop() == 0, "it does not stop in order")


nodes.run([
    every_program_plays_a_seat,
    a_program_bets_what_it_says,
    a_program_that_is_not_there_is_named,
    a_program_that_stops_leaves_the_table,
    the_record_is_good,
], [SOLO])
