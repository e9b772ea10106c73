# SPDX-License-Identifier: MIT
"""A table over relays: no seat has a link to another one, five relays in a ring lie between them.

    ann    bob    cleo   dan
     |      |      |      |
     r1 --- r2 --- r3 --- r4
      \\                  /
       `------- r5 ------'

So seats are three or four hops apart; without r5 ann and dan are five. Later eve comes, at r2.
Prints TAP.
"""

import nodes
from nodes import expect, until

NAMES = ("ann", "bob", "cleo", "dan")
SEATS = [nodes.Node(name) for name in NAMES]
EVE = nodes.Node("eve")
RELAYS = [nodes.Node(f"r{number}") for number in range(1, 6)]
WINDOW_MSEC = 300


def rolls_done(node):
    return node.show()["rolls_done"]


def see_more(seats, rolls):
    last = max(map(rolls_done, seats)) + rolls
    for node in seats:
        until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def relayed(node):
    return node.json("status")["relay"]


def neighbours(node):
    return {peer["id"] for peer in node.call("peers")["peers"] if peer["state"] == "up"}


def they_link_in_a_ring():
    for i, relay in enumerate(RELAYS):
        relay.start(RELAYS[i - 1:i] + (RELAYS[:1] if i == 4 else []))
    for seat, relay in zip(SEATS, RELAYS):
        seat.start([relay])
    for seat, relay in zip(SEATS, RELAYS):
        until(f"{seat.name} has one link", lambda: neighbours(seat) == {relay.id})
    until("the ring is closed", lambda: neighbours(RELAYS[4]) == {RELAYS[3].id, RELAYS[0].id})


def four_seats_play_over_relays():
    SEATS[0].call("table.new", name="test", seats=4, player="ann", window_msec=WINDOW_MSEC,
                  most=5)
    for node in SEATS[1:]:
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
        node.call("table.join", table="test", player=node.name)
    for node in SEATS:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")
    # Dan lets the window run out, or the bots would roll as fast as this machine can.
    for node in SEATS[:-1]:
        node.call("bot", strategy="pass-odds")
    see_more(SEATS, 5)


def every_relay_checks_what_it_passes_on():
    for relay in RELAYS:
        until(f"{relay.name} knows whose keys sign there", lambda: relayed(relay)["tables"] == 1)
    before = {relay.name: relayed(relay) for relay in RELAYS}
    see_more(SEATS, 3)
    for relay in RELAYS:
        done = relayed(relay)
        expect(done["checked"] >= before[relay.name]["checked"] + 30, f"{relay.name}: {done}")
        expect(done["forged"] == 0, f"{relay.name}: {done}")
        expect(done["limited"] <= done["checked"] // 10, f"{relay.name}: {done}")
    for seat in SEATS:
        expect(relayed(seat)["tables"] == 0, f"{seat.name} keeps its own table among others'")


def a_fifth_sits_down_and_relays_learn_her_key():
    EVE.start([RELAYS[1]])
    until("eve hears of the table", lambda: EVE.call("table.list")["tables"])
    EVE.call("table.join", table="test", player="eve")
    until("eve has a voice", lambda: EVE.show()["state"] == "playing")
    expect(relayed(EVE)["tables"] == 0, "eve keeps her own table among others'")
    SEATS.append(EVE)
    EVE.call("bot", strategy="place-6-8")
    for relay in RELAYS:
        until(f"{relay.name} knows the second list", lambda: relayed(relay)["lists"] == 2)
    see_more(SEATS, 3)
    for relay in RELAYS:
        expect(relayed(relay)["forged"] == 0, f"{relay.name}: {relayed(relay)}")


def a_relay_that_is_killed_is_routed_around():
    RELAYS[4].kill()
    see_more(SEATS, 5)
    expect(all(seat.show()["state"] == "playing" for seat in SEATS), "not all play on")


def a_new_relay_in_its_place_learns_the_keys():
    fresh = nodes.Node("r6")
    fresh.start([RELAYS[3], RELAYS[0]])
    RELAYS[4] = fresh
    until("r6 has two links", lambda: neighbours(fresh) == {RELAYS[3].id, RELAYS[0].id})
    see_more(SEATS, 3)
    until("r6 knows both lists", lambda: relayed(fresh)["lists"] == 2)
    before = relayed(fresh)["checked"]
    until("r6 checks", lambda: relayed(fresh)["checked"] > before)


def all_have_the_same_record():
    for node in SEATS:
        node.call("bot")
    shortest = nodes.records_agree(SEATS)
    expect(shortest > 30, f"{shortest} blocks")


def all_stop_when_asked():
    for node in SEATS + RELAYS:
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    they_link_in_a_ring,
    four_seats_play_over_relays,
    every_relay_checks_what_it_passes_on,
    a_fifth_sits_down_and_relays_learn_her_key,
    a_relay_that_is_killed_is_routed_around,
    a_new_relay_in_its_place_learns_the_keys,
    all_have_the_same_record,
    all_stop_when_asked,
], SEATS + RELAYS)
