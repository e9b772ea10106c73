# SPDX-License-Identifier: MIT
"""Nodes that come to a running table, leave it, vanish from it and come back. Prints TAP."""

import nodes
from nodes import expect, until

NAMES = ("ann", "bob", "cleo", "dan")
SEATS = [nodes.Node(name) for name in NAMES]
EVE = nodes.Node("eve")
WAL = nodes.Node("wal")
WINDOW_MSEC = 300


def rolls_done(node):
    return node.show()["rolls_done"]


def sees_more(node, rolls):
    last = rolls_done(node) + rolls
    until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def plays(node):
    return node.show()["state"] == "playing"


def comes_to_count(seats):
    """Everybody of them votes in one epoch with as many."""
    def same():
        shows = [node.show() for node in seats]
        return all(
            sum(seat["votes"] for seat in show["seats"]) == len(seats)
            and show["epoch"] == shows[0]["epoch"] for show in shows
        )
    until(f"an epoch of {len(seats)} seats", same)


def join(node, witness=False):
    node.start(SEATS[:2])
    until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
    node.call("table.join", table="test", player=node.name, witness=witness)
    until(f"{node.name} has a voice", lambda: plays(node))


def four_nodes_sit_down_and_play():
    nodes.seat(SEATS, WINDOW_MSEC, most=6)
    # Dan lets the window run out, or the bots would roll as fast as this machine can.
    for node in SEATS[:-1]:
        node.call("bot", strategy="pass-odds")
    sees_more(SEATS[0], 3)


def a_fifth_joins_the_running_table_and_plays():
    join(EVE)
    EVE.call("bot", strategy="place-6-8")
    comes_to_count(SEATS + [EVE])
    sees_more(EVE, 5)
    nodes.records_agree(SEATS + [EVE])


def a_witness_joins_and_has_no_chips():
    join(WAL, witness=True)
    comes_to_count(SEATS + [EVE, WAL])
    you = next(seat for seat in WAL.show()["seats"] if seat["name"] == "wal")
    expect(you["witness"] and you["bought"] == 0, f"the witness has chips: {you}")


def all_are_killed_and_play_on():
    everyone = SEATS + [EVE, WAL]
    for node in everyone:
        node.kill()
    for i, node in enumerate(everyone):
        node.start(everyone[:i])
    for node in everyone:
        until(f"{node.name} plays again", lambda: plays(node))
    for node in SEATS[:-1] + [EVE]:
        node.call("bot", strategy="pass-odds")
    sees_more(SEATS[0], 2)
    comes_to_count(everyone)


def the_fifth_leaves_and_the_others_play_on():
    EVE.call("bot")
    until("eve leaves", lambda: not EVE.client("table", "leave").returncode)
    comes_to_count(SEATS + [WAL])
    until("eve is told", lambda: EVE.show()["state"] == "over")
    ran = EVE.client("bot", "pass-odds")
    expect(ran.returncode == 6 and "left the table" in ran.stderr, f"{ran.stdout}{ran.stderr}")
    ran = WAL.client("bot", "pass-odds")
    expect(ran.returncode == 6 and "a witness has no chips" in ran.stderr, ran.stdout + ran.stderr)
    sees_more(SEATS[0], 3)
    nodes.records_agree(SEATS + [EVE, WAL])


def and_comes_back_to_the_same_seat():
    EVE.call("table.join", table="test", player="eve")
    until("eve has a voice", lambda: plays(EVE))
    expect(EVE.show()["you"] == 5, "another seat than before")
    EVE.call("bot", strategy="pass-odds")
    sees_more(EVE, 3)
    nodes.records_agree(SEATS + [EVE, WAL])


def all_stop_when_asked():
    for node in SEATS + [EVE, WAL]:
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    four_nodes_sit_down_and_play,
    a_fifth_joins_the_running_table_and_plays,
    a_witness_joins_and_has_no_chips,
    all_are_killed_and_play_on,
    the_fifth_leaves_and_the_others_play_on,
    and_comes_back_to_the_same_seat,
    all_stop_when_asked,
], SEATS + [EVE, WAL])
