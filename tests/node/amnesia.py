# SPDX-License-Identifier: MIT
"""Nodes whose journal is an older copy, damaged, or gone. Prints TAP.

Each such node says so, never votes with its old key again, and comes back to its seat and chips
with a new one. At a table of three, where nobody can be spared, it says what would help.
"""

import os
import shutil

import nodes
from nodes import expect, until

SEATS = [nodes.Node(name) for name in ("ann", "bob", "cleo", "dan")]
ANN, BOB, DAN, OTHERS = SEATS[0], SEATS[1], SEATS[3], SEATS[:3]
FEW = [nodes.Node(name) for name in ("fay", "gus", "hal")]
HAL = FEW[2]
WINDOW_MSEC = 300


def rolls_done(node):
    return node.show()["rolls_done"]


def sees_more(node, rolls):
    last = rolls_done(node) + rolls
    until(f"{node.name} sees {rolls} rolls more", lambda: rolls_done(node) >= last)


def seat_of(node, at):
    return next(seat for seat in at.show()["seats"] if seat["name"] == node.name)


def journal(node):
    return os.path.join(node.state, "journal.db")


def stop(node):
    expect(node.stop() == 0, f"{node.name} did not end well")
    expect(not os.path.exists(journal(node) + "-wal"), "a log was left beside the journal")


def remembered(node):
    """What the others know of a seat, to compare with what it is when it is back."""
    show = ANN.show()
    seat = seat_of(node, ANN)
    return show["epoch"], seat["seat"], seat["bought"]


def comes_back(node, before):
    """It votes again in a later epoch, with its number and its chips, and plays."""
    epoch, number, bought = before
    until(f"{node.name} votes again", lambda: node.show()["state"] == "playing"
          and node.show()["epoch"] > epoch + 1 and seat_of(node, ANN)["votes"])
    seat = seat_of(node, ANN)
    expect((seat["seat"], seat["bought"]) == (number, bought), f"{seat} is not {before}")
    expect(node.show()["you"] == number, "it has another seat")
    node.call("bot", strategy="pass-odds", rolls=1 << 30)
    sees_more(node, 3)
    until("it is said no more", lambda: node.show()["reason"] == "")
    ledger = ANN.json("ledger")
    expect(ledger["sum"] == 0, f"chips were made or lost: {ledger}")
    nodes.records_agree(SEATS)
    node.call("bot")


def four_nodes_sit_down_and_play():
    nodes.seat(SEATS, WINDOW_MSEC)
    # Cleo lets the window run out, or the bots would roll as fast as this machine can.
    for node in (ANN, BOB):
        node.call("bot", strategy="pass-odds")
    sees_more(ANN, 3)


def an_older_copy_is_found_out_and_the_seat_comes_back():
    stop(DAN)
    older = journal(DAN) + ".older"
    shutil.copyfile(journal(DAN), older)
    DAN.start(OTHERS)
    sees_more(DAN, 4)
    stop(DAN)
    os.replace(older, journal(DAN))
    before = remembered(DAN)
    DAN.start(OTHERS)
    until("the log says it", lambda: "journal lacks what it signed before" in DAN.log())
    comes_back(DAN, before)


def a_journal_that_is_gone_is_missed_and_the_seat_comes_back():
    stop(DAN)
    os.unlink(journal(DAN))
    before = remembered(DAN)
    DAN.start(OTHERS)
    expect("join them again" in DAN.log(), "nothing is said of the journal that is gone")
    until("dan hears of the table", lambda: DAN.call("table.list")["tables"])
    expect(DAN.client("table", "join", "test", "--player", "dan").returncode == 0,
           "dan could not join")
    comes_back(DAN, before)


def damage(node):
    """Turns a page of rows in the middle of the journal round."""
    with open(journal(node), "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(size // 2 // 4096 * 4096)
        page = file.read(4096)
        file.seek(-len(page), os.SEEK_CUR)
        file.write(bytes(byte ^ 0xFF for byte in page))


def cut(node):
    with open(journal(node), "r+b") as file:
        file.truncate(os.fstat(file.fileno()).st_size * 2 // 3 // 4096 * 4096)


def comes_back_from(harm):
    stop(DAN)
    harm(DAN)
    with open(journal(DAN), "rb") as file:
        damaged = file.read()
    before = remembered(DAN)
    # Without a word of its owner the node touches nothing.
    DAN.launch(OTHERS)
    expect(DAN.wait() == 1, "dan started with a damaged journal")
    said = DAN.log().splitlines()[-1]
    expect("damaged" in said and "--salvage" in said, said)
    with open(journal(DAN), "rb") as file:
        expect(file.read() == damaged, "the damaged journal was written to")
    DAN.start(OTHERS, words=["--salvage"])
    expect("journal was damaged: its first" in DAN.log(), "nothing is said of what was saved")
    aside = [name for name in os.listdir(DAN.state) if ".damaged-" in name]
    expect(aside, "the damaged journal was thrown away")
    tables = until("dan knows of the table", lambda: DAN.call("table.list")["tables"])
    if tables[0]["state"] == "offered":  # Even the row that tells of it is lost.
        DAN.call("table.join", table="test", player="dan")
    comes_back(DAN, before)


def a_journal_damaged_in_the_middle_is_named_and_saved_on_request():
    comes_back_from(damage)


def a_journal_that_was_cut_off_is_named_and_saved_on_request():
    comes_back_from(cut)


def nobody_was_convicted():
    # Whoever is found guilty never votes again.
    expect(all(seat["votes"] for seat in ANN.show()["seats"]), "somebody is out")
    for node in SEATS:
        expect(node.stop() == 0, f"{node.name} did not end well")


def three_nodes_sit_down_and_play():
    nodes.seat(FEW, WINDOW_MSEC)
    for node in FEW[:2]:
        node.call("bot", strategy="pass-odds")
    sees_more(FEW[0], 3)


def where_all_are_needed_the_table_says_what_would_help():
    stop(HAL)
    older, newest = journal(HAL) + ".older", journal(HAL) + ".newest"
    shutil.copyfile(journal(HAL), older)
    HAL.start(FEW[:2])
    sees_more(HAL, 2)
    stop(HAL)
    os.rename(journal(HAL), newest)
    os.rename(older, journal(HAL))
    HAL.start(FEW[:2])
    show = until("hal says that the table is frozen",
                 lambda: "frozen" in HAL.show()["reason"] and HAL.show())
    expect("3 of 3 seats are needed" in show["reason"] and "newest" in show["reason"]
           and show["state"] == "paused", show["reason"])
    told = until("the others say it too", lambda: "lost" in FEW[0].show()["reason"]
                 and FEW[0].show())
    expect("hal" in told["reason"] and "newest" in told["reason"], told["reason"])
    said = HAL.client("status").stdout
    expect("only watches" in said, f"status says: {said}")
    # And it does help.
    stop(HAL)
    os.replace(newest, journal(HAL))
    HAL.start(FEW[:2])
    until("hal plays", lambda: HAL.show()["state"] == "playing")
    sees_more(FEW[0], 2)
    until("it is said no more", lambda: FEW[0].show()["reason"] == "")
    for node in FEW:
        expect(node.stop() == 0, f"{node.name} did not end well")


nodes.run([
    four_nodes_sit_down_and_play,
    an_older_copy_is_found_out_and_the_seat_comes_back,
    a_journal_that_is_gone_is_missed_and_the_seat_comes_back,
    a_journal_damaged_in_the_middle_is_named_and_saved_on_request,
    a_journal_that_was_cut_off_is_named_and_saved_on_request,
    nobody_was_convicted,
    three_nodes_sit_down_and_play,
    where_all_are_needed_the_table_says_what_would_help,
], SEATS + FEW)
