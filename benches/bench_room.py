# SPDX-License-Identifier: MIT
"""Rolls of a table whose seats have nothing but Bluetooth, all near. In the machine of
tests/bluetooth/machine.sh, with a controller for each seat and one more:

    tests/bluetooth/machine.sh run -i 0 -n 7 -p tests/bluetooth/air -a '-a 100' -t 1800 \\
        -E builddir=$PWD -E srcdir=$PWD python3 benches/bench_room.py 6

With --bulk somebody comes late, who has to fetch the log meanwhile; a controller has five links, so
at five seats or fewer. With --each every roll is told, with --log what the first seat's node says.
"""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "bluetooth"))

import game  # noqa: E402: from the folder above.
from game import RadioNode, linked_to, room  # noqa: E402
from nodes import until  # noqa: E402

ROLLS = 8
LOG_ROLLS = 60  # Before the late one comes: what it has to fetch.
STRATEGIES = ("pass-odds", "dont-pass", "place-6-8", "pass-odds", "dont-pass", "place-6-8")


def sit_down(seats):
    host = seats[0]
    host.call("table.new", name="room", seats=len(seats), player=host.name, window_msec=60000,
              most=len(seats), admission="approval")
    for node in seats[1:]:
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
        node.call("table.join", table="room", player=node.name)
        until(f"{node.name} is let in", lambda: approved(host, node))
    for node in seats:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")


def approved(host, node):
    try:
        host.call("table.approve", who=node.name)
    except game.nodes.Failure as failure:
        print(f"# {failure}", flush=True)
        return False
    return True


def link_up(seats):
    """Starts all; seconds from each one's start to its first link, and until all are linked."""
    started = {}
    first = {}

    def have_links():
        for node in seats:
            if node not in first and node.peers():
                first[node] = time.monotonic() - started[node]
        return len(first) == len(seats)

    for node in seats:
        started[node] = time.monotonic()
        node.start()
    until("all have a link", have_links)
    for node in seats:
        until(f"{node.name} is linked to all", lambda: linked_to(node, seats))
    spans = sorted(first.values())
    print(f"first link {statistics.median(spans):.1f} s after the start, {spans[0]:.1f} to "
          f"{spans[-1]:.1f} s; all linked after "
          f"{time.monotonic() - max(started.values()):.1f} s", flush=True)


def play(seats, rolls):
    """Everybody plays so many rolls more; seconds from each to the next, as the first sees them."""
    last = seats[0].show()["rolls_done"] + rolls
    watcher = seats[0].watch()
    for node, strategy in zip(seats, STRATEGIES):
        node.call("bot", strategy=strategy, rolls=last)
    watcher.rolls(1)
    times = [time.monotonic()]
    for _ in range(rolls - 1):
        watcher.rolls(1)
        times.append(time.monotonic())
    watcher.close()
    return [later - sooner for sooner, later in zip(times, times[1:])]


def measure(what, seats, rolls=ROLLS):
    def sent():
        return sum(node.call("status")["sent_bytes"] for node in seats)
    before = sent()
    spans = sorted(play(seats, rolls + 1))
    print(f"{len(seats)} seats, {what}: median {statistics.median(spans):.2f} s, "
          f"{spans[0]:.2f} to {spans[-1]:.2f} s; {(sent() - before) / 1e3 / (rolls + 1):.0f} KB a "
          "roll", flush=True)


def main():
    game.nodes.DEADLINE_SEC = 600
    count = int(sys.argv[1])
    if "--bulk" in sys.argv and count > 5:
        sys.exit("bench_room: with --bulk at most 5 seats")
    seats = [RadioNode(f"seat{i}", i) for i in range(count)]
    late = RadioNode("late", count)
    link_up(seats)
    sit_down(seats)
    print("seated", flush=True)
    measure("air without limits", seats)
    room("delay 15")
    room("rate 60000")
    measure("15 ms, 60 KB/s", seats)
    if "--bulk" in sys.argv:
        room("rate 0")
        room("delay 0")
        measure("air without limits, a long game", seats, LOG_ROLLS)
        room("delay 15")
        room("rate 60000")
        late.start()
        until("the late one hears of the table", lambda: late.call("table.list")["tables"])
        late.call("table.join", table="room", player="late")
        until("it is on its way", lambda: late.show().get("height", 0) > 10)
        before = late.show()["height"]
        began = time.monotonic()
        measure("15 ms, 60 KB/s, a late one fetches the log", seats)
        got = late.show()["height"] - before
        print(f"it got {got} blocks in {time.monotonic() - began:.0f} s and is "
              f"{seats[0].show()['height'] - late.show()['height']} behind", flush=True)
    if "--log" in sys.argv:
        print(seats[0].log()[-6000:])


main()
