# SPDX-License-Identifier: MIT
"""Tables that not everybody may join: tickets, and what is said to who has none. Prints TAP."""

import nodes
from nodes import expect, until

ANN = nodes.Node("ann")
BOB = nodes.Node("bob")
CLEO = nodes.Node("cleo")
SOLO = nodes.Node("solo")
WINDOW_MSEC = 300
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def says(node, code, words, *parts):
    """One sentence on standard error with all the parts, and nothing else."""
    ran = node.client(*words)
    expect(ran.returncode == code, f"{words}: {ran.returncode}, not {code}: {ran.stderr}")
    expect(ran.stdout == "" and ran.stderr.count("\n") == 1, f"{words}: not one line: {ran}")
    for part in parts:
        expect(part in ran.stderr, f"{part!r} is not in {ran.stderr!r}")


def does(node, *words):
    ran = node.client(*words)
    expect(ran.returncode == 0, f"{words}: {ran.stderr}")
    return ran.stdout


def hears(node, name):
    until(f"{node.name} hears of {name}", lambda: any(
        table["name"] == name for table in node.call("table.list")["tables"]))


def show(node, name):
    return node.call("table.show", table=name)


def plays(node, name):
    until(f"{node.name} plays at {name}", lambda: show(node, name)["state"] == "playing")


def ticket(node, name):
    line = does(node, "table", "invite", name)
    expect(line.startswith("BITCRAPS:") and line.count("\n") == 1, f"no ticket: {line!r}")
    return line.strip()


def rolls(node, name, count):
    last = show(node, name)["rolls_done"] + count
    until(f"{node.name} sees {count} rolls more", lambda: show(node, name)["rolls_done"] >= last)


# ---- By invitation --------------------------------------------------------------------------------

def who_is_invited_joins_by_the_ticket():
    SOLO.start()
    ANN.start()
    BOB.start([ANN])
    CLEO.start([ANN, BOB])
    does(ANN, "table", "new", "--name", "club", "--seats", "2", "--most", "4", "--player", "ann",
         "--window", str(WINDOW_MSEC), "--admission", "invitation")
    hears(BOB, "club")
    says(BOB, 6, ["table", "join", "club"], "only who is invited", "table join TICKET")
    says(BOB, 6, ["table", "invite", "club"], "only who was invited")
    does(BOB, "table", "join", ticket(ANN, "club"), "--player", "bob")
    plays(BOB, "club")
    plays(ANN, "club")
    expect(ticket(BOB, "club") == ticket(ANN, "club"), "a guest's ticket is another one")
    # Bob lets the window run out, or the bots would roll as fast as this machine can.
    ANN.call("bot", table="club", strategy="pass-odds")
    rolls(ANN, "club", 2)


def a_wrong_ticket_is_told_from_a_strange_one():
    good = ticket(ANN, "club")
    wrong = good[:20] + LETTERS[LETTERS.index(good[20]) ^ 1] + good[21:]
    does(SOLO, "table", "new", "--name", "other", "--seats", "2", "--admission", "invitation")
    other = ticket(SOLO, "other")
    hears(CLEO, "club")
    says(CLEO, 2, ["table", "join", wrong], "letter", "copy the whole line")
    says(CLEO, 2, ["table", "join", good[:-3]], "cut short")
    says(CLEO, 4, ["table", "join", other], "not known here yet", "--wait")
    says(CLEO, 6, ["table", "join", other, "--table", "club"], "for another table")
    says(CLEO, 6, ["witness", "club"], "only who is invited")


def a_third_joins_the_running_table_by_the_guests_ticket():
    does(CLEO, "table", "join", ticket(BOB, "club").lower(), "--player", "cleo")
    plays(CLEO, "club")
    rolls(CLEO, "club", 2)


def everyone_restarts_and_still_can_invite():
    line = ticket(ANN, "club")
    for node in (ANN, BOB, CLEO):
        node.kill()
    ANN.start()
    BOB.start([ANN])
    CLEO.start([ANN, BOB])
    for node in (ANN, BOB, CLEO):
        plays(node, "club")
        expect(ticket(node, "club") == line, f"{node.name} has another ticket")


def the_secret_is_nowhere_but_in_the_ticket():
    secret = secret_of(ticket(ANN, "club"))
    for node in (ANN, BOB, CLEO):
        path = node.state + ".bitcraps"
        does(node, "export", "club", path)
        with open(path, "rb") as file:
            expect(secret not in file.read(), f"{node.name}'s export has the secret")
        shown = does(node, "table", "show", "club", "--json") + node.log()
        expect(secret.hex() not in shown.lower(), f"{node.name} shows the secret")
        expect("BITCRAPS:" not in shown, f"{node.name} shows the ticket")
    nodes.records_agree((ANN, BOB, CLEO), "club")


def secret_of(line):
    value = 0
    for letter in line[9:]:
        value = value << 5 | LETTERS.index(letter)
    spare = len(line[9:]) * 5 % 8
    packed = (value >> spare).to_bytes(len(line[9:]) * 5 // 8, "big")
    expect(len(packed) == 54 and packed[1] == 1, "the ticket has no secret")
    return packed[34:50]


def links_reach_everybody():
    SOLO.kill()
    SOLO.start([ANN, BOB, CLEO])


# ---- By approval ----------------------------------------------------------------------------------

def asking(node, name):
    return {one["name"]: one for one in show(node, name)["asking"]}


def asks(node, name, who):
    return until(f"{node.name} sees {who} ask", lambda: asking(node, name).get(who))


def the_host_alone_approves_the_first_list():
    does(ANN, "table", "new", "--name", "salon", "--seats", "3", "--most", "4", "--player", "ann",
         "--window", str(WINDOW_MSEC), "--admission", "approval")
    for node in (BOB, CLEO):
        hears(node, "salon")
        does(node, "table", "join", "salon", "--player", node.name)
        asks(ANN, "salon", node.name)
    expect(show(ANN, "salon")["state"] == "joining", "somebody was seated without a word")
    says(BOB, 6, ["table", "approve", "cleo", "--table", "salon"], "only the host")
    says(ANN, 6, ["table", "approve", "bob", "--table", "club"], "nobody waits for approval")
    says(ANN, 4, ["table", "approve", "dora", "--table", "salon"], "nobody called 'dora'")
    does(ANN, "table", "approve", "bob", "--table", "salon")
    does(ANN, "table", "approve", asks(ANN, "salon", "cleo")["id"].lower(), "--table", "salon")
    for node in (ANN, BOB, CLEO):
        plays(node, "salon")
    ANN.call("bot", table="salon", strategy="pass-odds")
    rolls(ANN, "salon", 1)


def a_stranger_sits_down_once_a_quorum_approves():
    watch = BOB.watch()
    hears(SOLO, "salon")
    ticket_line = ticket(ANN, "salon")
    does(SOLO, "table", "join", ticket_line, "--player", "solo")
    for node in (ANN, BOB, CLEO):
        one = asks(node, "salon", "solo")
        expect((one["id"], one["approvals"], one["needed"]) == (SOLO.id, 0, 3), str(one))
    told = watch.event(lambda event: event["event"] == "asks")
    expect(told["name"] == "solo" and told["id"] == SOLO.id, str(told))
    says(SOLO, 6, ["table", "approve", "solo", "--table", "salon"], "you have no seat")
    said = does(ANN, "table", "approve", "solo", "--table", "salon")
    expect(said == f"approved solo ({SOLO.id}): 1 of 3 approvals\n", said)
    told = watch.event(lambda event: event["event"] == "approved")
    expect((told["name"], told["id"], told["approvals"]) == ("ann", SOLO.id, 1), str(told))
    watch.close()
    says(ANN, 6, ["table", "approve", "solo", "--table", "salon"], "done already")
    does(BOB, "table", "approve", SOLO.id, "--table", "salon")
    until("two approvals are shown", lambda: asks(CLEO, "salon", "solo")["by"] == [1, 2])
    shown = does(CLEO, "table", "show", "salon")
    line = f"asks for a seat: solo, {SOLO.id}: 2 of 3 approvals ('bitcraps table approve {SOLO.id}')"
    expect(line in shown, shown)
    until("solo is told, too", lambda: "2 of 3 approvals" in show(SOLO, "salon")["reason"])
    does(CLEO, "table", "approve", "solo", "--table", "salon")
    plays(SOLO, "salon")
    expect(show(SOLO, "salon")["you"] == 4 and not asking(ANN, "salon"), "solo still asks")
    rolls(SOLO, "salon", 1)
    nodes.records_agree((ANN, BOB, CLEO, SOLO), "salon")


def who_was_approved_comes_back_unasked():
    until("solo leaves", lambda: not SOLO.client("table", "leave", "salon").returncode)
    until("three vote", lambda: sum(seat["votes"] for seat in show(ANN, "salon")["seats"]) == 3)
    does(SOLO, "table", "join", "salon")
    plays(SOLO, "salon")
    nodes.records_agree((ANN, SOLO), "salon")


def all_stop_when_asked():
    for node in (ANN, BOB, CLEO, SOLO):
        code = node.stop()
        expect(code == 0, f"{node.name} ended with {code}")


nodes.run([
    who_is_invited_joins_by_the_ticket,
    a_wrong_ticket_is_told_from_a_strange_one,
    a_third_joins_the_running_table_by_the_guests_ticket,
    everyone_restarts_and_still_can_invite,
    the_secret_is_nowhere_but_in_the_ticket,
    links_reach_everybody,
    the_host_alone_approves_the_first_list,
    a_stranger_sits_down_once_a_quorum_approves,
    who_was_approved_comes_back_unasked,
    all_stop_when_asked,
], [ANN, BOB, CLEO, SOLO])
