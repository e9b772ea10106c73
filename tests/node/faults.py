# SPDX-License-Identifier: MIT
"""Four nodes at one table: killed, paused and frozen while bots play. Prints TAP.

When a node is killed is counted in events of another node, the counts drawn from a fixed seed, so
that the deaths fall into different moments of a roll; the environment variable SEED draws others.
"""

import os
import random
import shutil
import signal

import nodes
from nodes import expect, until

SEATS = [nodes.Node(name) for name in ("ann", "bob", "cleo", "dan")]
STRATEGIES = ("pass-odds", "dont-pass", "place-6-8", "random-legal")
WINDOW_MSEC = 300
DRAW = random.Random(int(os.environ.get("SEED", "20")))


def bot(node, rolls=None):
    """Lets the daemon play; one that was just restarted may have to hear from the others first."""
    strategy = STRATEGIES[SEATS.index(node)]
    node.call("bot", strategy=strategy, **({"rolls": rolls} if rolls else {}))


def others(node):
    return [other for other in SEATS if other is not node]


def rolls_done(node):
    return node.show()["rolls_done"]


def sees_more(node, rolls):
    """Waits until the node has seen so many rolls from now on."""
    last = rolls_done(node) + rolls
    until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def at_some_moment(node):
    """Returns right after an event of the node that is drawn."""
    watch = node.watch()
    watch.rolls(1)
    for _ in range(DRAW.randrange(1, 40)):
        watch.event()
    watch.close()


def come_back(node, peers):
    """Restarts a node and waits until it knows what its peers know now."""
    before = max(rolls_done(peer) for peer in peers)
    node.start(peers)
    bot(node)
    until(f"{node.name} catches up", lambda: rolls_done(node) >= before)


def ledger(node):
    return node.json("ledger", "--settle")


def agree():
    """Stops the bots, all at one roll that is well ahead, and compares what everyone has."""
    last = max(rolls_done(node) for node in SEATS) + 20
    for node in SEATS:
        bot(node, last)
    for node in SEATS:
        until(f"{node.name} sees roll {last}", lambda: rolls_done(node) >= last)
    until("the ledgers agree", lambda: all(ledger(node) == ledger(SEATS[0]) for node in SEATS))
    final = ledger(SEATS[0])
    expect(final["rolls_done"] == last, f"the bots stopped at {final['rolls_done']}, not {last}")
    expect(final["sum"] == 0, f"what was won and lost sums to {final['sum']}")
    expect(sum(seat["net"] for seat in final["seats"]) == 0, "the seats' nets do not sum to 0")
    chips = sum(seat["rail"] + seat["staked"] - seat["bought"] for seat in final["seats"])
    expect(chips + final["bank"] == final["bank_funded"], "chips came from nowhere or went there")
    nodes.records_agree(SEATS, rolls=last)
    return final


def four_nodes_sit_down_and_play():
    nodes.seat(SEATS, WINDOW_MSEC)
    for node in SEATS:
        bot(node)
    sees_more(SEATS[0], 3)


def one_dies(node):
    def test():
        at_some_moment(others(node)[0])
        node.kill()
        for other in others(node):
            sees_more(other, 2)
        come_back(node, others(node))
        sees_more(node, 1)

    test.__name__ = f"{node.name} is killed, the others play on, {node.name} comes back"
    return test


def ledgers_and_records_agree_to_the_chip():
    agree()


def waits_for_two(node):
    """What it shows once it waits for one of the two that were killed."""
    show = node.json("table", "show")
    names = f"waiting for {SEATS[1].name} or {SEATS[2].name}"
    said = (f"paused: 2 of 4 seats reachable, 3 needed: {names}",
            f"frozen: 2 of 4 seats have revealed their part of roll {show['roll']}, 3 are needed: "
            f"{names}")
    return show if show["reason"] in said else None


def with_two_killed_the_table_pauses_until_one_returns():
    for node in SEATS:
        bot(node)
    at_some_moment(SEATS[0])
    SEATS[1].kill()
    SEATS[2].kill()
    for node in (SEATS[0], SEATS[3]):
        show = until(f"{node.name} says whom the table waits for", lambda: waits_for_two(node))
        expect((show["voters"], show["tolerates"], show["quorum"], show["may_vanish"]) ==
               (4, 1, 3, 0), f"the numbers: {show}")
        expect([seat["name"] for seat in show["waiting"]["seats"]] ==
               [SEATS[1].name, SEATS[2].name], str(show["waiting"]))
    come_back(SEATS[1], (SEATS[0], SEATS[3]))
    until("the table resumes", lambda: SEATS[0].json("table", "show")["state"] == "playing")
    sees_more(SEATS[0], 2)
    come_back(SEATS[2], others(SEATS[2]))


def all_four_are_killed_and_have_the_same_balances_afterwards():
    before = agree()
    for node in SEATS:
        os.kill(node.process.pid, signal.SIGKILL)
    for node in SEATS:
        node.wait()
    for i, node in enumerate(SEATS):
        node.start(SEATS[:i])
    for node in SEATS:
        until(f"{node.name} plays again", lambda: node.show()["state"] == "playing")
        expect(ledger(node) == before, f"{node.name} has another ledger than before")
    for node in SEATS:
        bot(node)
    for node in SEATS:
        sees_more(node, 2)


def all_four_are_killed_amid_a_roll_and_play_on():
    at_some_moment(SEATS[0])
    known = max(rolls_done(node) for node in SEATS)
    for node in SEATS:
        os.kill(node.process.pid, signal.SIGKILL)
    for node in SEATS:
        node.wait()
    for i, node in enumerate(SEATS):
        node.start(SEATS[:i])
        bot(node)
    for node in SEATS:
        until(f"{node.name} plays on", lambda: rolls_done(node) > known)


def one_freezes_and_thaws():
    frozen = SEATS[3]
    at_some_moment(SEATS[0])
    os.kill(frozen.process.pid, signal.SIGSTOP)
    try:
        sees_more(SEATS[0], 2)
        known = rolls_done(SEATS[0])
    finally:
        os.kill(frozen.process.pid, signal.SIGCONT)
    until("it catches up", lambda: rolls_done(frozen) >= known)
    sees_more(frozen, 1)


def with_an_old_backup_a_node_contradicts_nothing():
    """It plays on if all that it signed since is settled; otherwise with a new key."""
    node, peers = SEATS[3], others(SEATS[3])
    old = node.state + ".old"
    node.kill()
    shutil.copytree(node.state, old, ignore=shutil.ignore_patterns("*.sock"))
    come_back(node, peers)
    sees_more(node, 3)
    node.kill()
    shutil.rmtree(node.state)
    os.rename(old, node.state)
    come_back(node, peers)
    for other in SEATS:
        sees_more(other, 2)
    until("it plays", lambda: node.show()["state"] == "playing")


def ledgers_and_records_agree_at_the_end():
    agree()


def all_stop_when_asked():
    for node in SEATS:
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    four_nodes_sit_down_and_play,
    *map(one_dies, SEATS),
    ledgers_and_records_agree_to_the_chip,
    with_two_killed_the_table_pauses_until_one_returns,
    all_four_are_killed_and_have_the_same_balances_afterwards,
    all_four_are_killed_amid_a_roll_and_play_on,
    one_freezes_and_thaws,
    with_an_old_backup_a_node_contradicts_nothing,
    ledgers_and_records_agree_at_the_end,
    all_stop_when_asked,
], SEATS)
