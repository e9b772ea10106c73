# SPDX-License-Identifier: MIT
"""Tables of two that headless nodes make safe as witnesses: asked for by a command, or by their
config before there is such a table, also after a restart. Prints TAP.
"""

import nodes
from nodes import expect, until

ANN, BOB, VIC, WAL, WIM = SEATS = [nodes.Node(name) for name in ("ann", "bob", "vic", "wal", "wim")]
WINDOW_MSEC = 300


def by_config(node, *lines):
    """The node reads these settings at each start."""
    path = node.state + ".conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["[node]", *lines]) + "\n")
    node.words = ("--config", path)


def table(node, name):
    """What a node shows of a table; None: it has no part in it."""
    listed = [entry for entry in node.call("table.list")["tables"] if entry["name"] == name]
    if not listed or listed[0]["state"] == "offered":
        return None
    return node.call("table.show", table=name)


def voters(node, name="kitchen"):
    show = table(node, name)
    return show["voters"] if show and "voters" in show else 0


def rolls_done(node):
    return table(node, "kitchen")["rolls_done"]


def sees_more(node, rolls):
    last = rolls_done(node) + rolls
    until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def hears(node, name):
    until(f"{node.name} hears of {name}", lambda: any(
        entry["name"] == name for entry in node.call("table.list")["tables"]))


def sit_two(name, host, guest, *words):
    """One offers a table of two, the other joins; what the host was told."""
    ran = host.client("table", "new", "--seats", "2", "--name", name, "--player", host.name,
                      "--window", str(WINDOW_MSEC), *words)
    expect(ran.returncode == 0, ran.stderr)
    hears(guest, name)
    guest.call("table.join", table=name, player=guest.name)
    until("both play", lambda: all((table(node, name) or {}).get("state") == "playing"
                                   for node in (host, guest)))
    return ran.stderr


def two_sit_down_and_are_told_how_to_add_witnesses():
    ANN.start()
    BOB.start((ANN,))
    VIC.start((ANN, BOB))
    told = sit_two("kitchen", ANN, BOB)
    hint = "add two witnesses: on two other nodes nearby, 'bitcraps witness kitchen'; then one of " \
           "four may lie or be gone\n"
    expect(hint in told, told)
    show = ANN.client("table", "show").stdout
    expect(hint in show, show)
    expect("2 seats vote: 0 may lie or be gone; 2 reachable, 0 more may vanish" in show, show)
    BOB.call("bot", strategy="pass-odds", table="kitchen")
    sees_more(ANN, 1)


def a_node_witnesses_the_running_table_by_that_command():
    hears(VIC, "kitchen")
    ran = VIC.client("witness", "kitchen", "--player", "vic")
    expect(ran.returncode == 0, ran.stderr)
    until("three vote", lambda: voters(ANN) == 3)
    show = ANN.client("table", "show").stdout
    expect("add a witness: on another node nearby, 'bitcraps witness kitchen'" in show, show)


def another_does_so_by_its_config():
    by_config(WAL, "witness = cellar; kitchen", "witness_tables = 1")
    WAL.start((ANN, BOB))
    until("four vote", lambda: voters(ANN) == 4)
    show = ANN.show()
    expect((show["tolerates"], show["witness_room"]) == (1, 0), f"{show['tolerates']}")
    seat = next(seat for seat in show["seats"] if seat["name"].startswith("witness-"))
    expect(seat["witness"] and seat["bought"] == 0, f"the witness has chips: {seat}")
    expect("bitcraps witness" not in ANN.client("table", "show").stdout, "there is still a hint")
    sees_more(ANN, 2)


def one_player_of_four_dies_and_play_goes_on():
    BOB.kill()
    ANN.call("bot", strategy="pass-odds")
    sees_more(ANN, 2)
    BOB.start((ANN, WAL))
    until("bob is back", lambda: table(BOB, "kitchen")["state"] == "playing")


def it_is_a_witness_again_after_a_restart():
    WAL.kill()
    WAL.start((ANN, BOB))
    until("wal votes", lambda: table(WAL, "kitchen")["state"] == "playing")
    VIC.kill()
    sees_more(ANN, 2)
    VIC.start((ANN, BOB, WAL))


def who_takes_any_waits_for_tables_and_heeds_their_room_and_its_bound():
    by_config(WIM, "witness = any", "witness_tables = 1")
    WIM.start((ANN, BOB))
    told = sit_two("closed", BOB, ANN, "--witnesses", "0")
    expect("it has no place for witnesses: a new one has, with 'bitcraps table new --witnesses 2'\n"
           in told, told)
    hears(WIM, "closed")
    sit_two("parlour", VIC, ANN)
    until("wim votes in the parlour", lambda: (table(WIM, "parlour") or {}).get("voters") == 3)
    sit_two("second", WAL, ANN)
    hears(WIM, "second")
    for name in ("closed", "second"):
        expect(table(WIM, name) is None, f"wim has a part in {name}")
        expect(voters(ANN, name) == 2, f"somebody came to {name}")
    expect(voters(ANN, "parlour") == 3, "more than wim came to the parlour")


def all_stop_when_asked():
    for node in SEATS:
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    two_sit_down_and_are_told_how_to_add_witnesses,
    a_node_witnesses_the_running_table_by_that_command,
    another_does_so_by_its_config,
    one_player_of_four_dies_and_play_goes_on,
    it_is_a_witness_again_after_a_restart,
    who_takes_any_waits_for_tables_and_heeds_their_room_and_its_bound,
    all_stop_when_asked,
], SEATS)
