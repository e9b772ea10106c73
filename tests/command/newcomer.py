# SPDX-License-Identifier: MIT
"""What somebody who does not know the program yet will type: half a command, chips before the bet,
a bet that there is not, a house that is none, an answer to where nobody reads. Prints TAP."""

import os
import subprocess

import nodes
from nodes import expect

SOLO = nodes.Node("solo")
FULL = "/dev/full"


def refused(code, *words, parts=(), node=SOLO):
    """One sentence with all parts on standard error, and nothing else."""
    ran = node.client(*words)
    expect(ran.returncode == code, f"{words}: {ran.returncode}, not {code}: {ran.stderr!r}")
    expect(ran.stdout == "", f"{words}: {ran.stdout!r}")
    expect(ran.stderr.startswith("bitcraps: ") and ran.stderr.count("\n") == 1, ran.stderr)
    for part in parts:
        expect(part in ran.stderr, f"{words}: {part!r} is not in {ran.stderr!r}")


def said(*words, error=""):
    ran = SOLO.client(*words)
    expect(ran.returncode == 0, f"{words}: {ran}")
    expect(ran.stderr.startswith(error) and bool(error) == bool(ran.stderr), f"{words}: {ran}")
    return ran.stdout


# ---- Without a daemon -----------------------------------------------------------------------------

TABLE_WORDS = "new, list, show, invite, join, approve, evidence or leave"


def half_a_command_is_completed_in_words():
    refused(2, "table", parts=("'table' needs another word: " + TABLE_WORDS,))
    refused(2, "key", parts=("'key' needs another word: show",))
    refused(2, "half", parts=("needs another word: press",))
    refused(2, "table", "--json", parts=("needs another word",))
    refused(2, "table", "shuffle", parts=("'table shuffle'", TABLE_WORDS))
    refused(2, "table", "nw", parts=("did you mean 'table new'?",))
    refused(2, "tabel", parts=("did you mean 'table'?",))
    refused(2, "hlp", parts=("did you mean 'help'?",))
    refused(2, "help", "nosuch", parts=("unknown command 'nosuch'", "bitcraps help"))
    refused(2, "help", "rol", parts=("did you mean 'roll'?",))
    expect([line.split()[1] for line in said("help", "table").splitlines()] ==
           TABLE_WORDS.replace(",", "").replace(" or", "").split(), "help on a first word")
    expect(said("help", "bet") == said("bet", "--help"), "help on a command")


def numbers_that_are_none_are_named():
    refused(2, "bet", "pass", "-5", parts=("'-5' is less than nothing",))
    refused(2, "bet", "pass", "-55", parts=("'-55' is less than nothing",))
    refused(2, "bet", "10", "pass", parts=("'bitcraps bet pass 10'",))
    refused(2, "bet", "pass", "1e3", parts=("'1e3'",))
    refused(2, "status", "-xyz", parts=("unknown option '-xyz'",))
    refused(2, "bot", "pass-line", "--rolls", "0", parts=("--rolls is", "at least 1"))
    refused(2, "watch", "--until", "soon", parts=("--until is", "'soon'"))
    refused(2, "watch", "--timeout", "86401", parts=("--timeout is at most 86400",))
    refused(2, "watch", "--only", "rol", parts=("did you mean 'roll'?", "take_down"))
    refused(2, "table", "new", "--seats", "many", parts=("--seats is", "'many'"))
    refused(2, "table", "new", "--buy-in", "0", parts=("--buy-in is", "at least 1"))
    refused(2, "table", "new", "--bank", "1000000000000001", parts=("--bank is at most",))
    refused(2, "table", "new", "--name", "", parts=("--name is empty",))
    refused(2, "table", "new", "--window", "99", parts=("--window is", "at least 100"))
    refused(2, "table", "new", "--window", "3600001", parts=("--window is at most 3600000",))


def houses_and_bets_that_are_none_are_named():
    refused(3, "rules", "vegas", parts=("no house is called 'vegas'", "vegas-345", "no daemon"))
    refused(3, "rules", "--table", "friday", parts=("start it with",))
    refused(2, "odds", "plase", "6", parts=("'plase 6'", "did you mean 'place 6'?"))
    refused(2, "odds", "place", "6", "12", parts=("'bitcraps odds place 6 --stake 12'",))
    refused(2, "odds", "qqqqqq", parts=("'qqqqqq'", "lists all"))
    refused(1, "odds", "field", "--house", "bets=-field", parts=("casino with bets=all,-field",))
    refused(1, "verify", "/dev/null", parts=("is no record", "bitcraps export"))


def a_house_that_loses_says_so_first():
    house = ("--house", "field=4-4")
    first = "No table can be opened by these rules: "
    table, bet = said("odds", *house), said("odds", "place", "6", *house)
    expect(table.startswith(first) and "field" in table.splitlines()[0], table[:200])
    expect(table.count("No table") == 1, "it says so twice")
    expect(bet.startswith(first) and "place 6, 6 chips" in bet, bet)
    expect("No table" not in said("odds", "place", "6", "--house", "odds=10x"), "a good house")
    report = said("simulate", "pass-line", "--sessions", "10", *house,
                  error="bitcraps: no table can be opened by these rules: ")
    expect("pass-line" in report, report)


def an_answer_that_cannot_be_written_is_a_failure():
    for words in (("--help",), ("help", "bet"), ("odds", "--json"), ("odds", "place", "6"),
                  ("version",), ("version", "--json"), ("strategies", "--json"),
                  ("rules", "casino", "--json"), ("rules",), ("--completion", "bash"),
                  ("simulate", "pass-line", "--sessions", "10", "--json")):
        with open(FULL, "w", encoding="utf-8") as full:
            ran = subprocess.run([nodes.CLIENT, *words], stdout=full, stderr=subprocess.PIPE,
                                 text=True, check=False, timeout=nodes.DEADLINE_SEC)
        expect(ran.returncode == 1, f"{words} to {FULL}: {ran.returncode}")
        expect(ran.stderr.startswith("bitcraps: cannot write the answer: "), ran.stderr)
    ran = subprocess.run([nodes.CLIENT, "simulate", "pass-line", "--sessions", "10", "--html", FULL],
                         capture_output=True, text=True, check=False, timeout=nodes.DEADLINE_SEC)
    expect(ran.returncode == 1 and f"cannot write '{FULL}'" in ran.stderr, f"{ran}")


def a_file_does_not_become_a_closed_standard_output():
    path = os.path.join(nodes.FOLDER, "page.html")
    ran = subprocess.run(["sh", "-c", '"$0" simulate pass-line --sessions 10 --html "$1" >&-',
                          nodes.CLIENT, path], capture_output=True, text=True, check=False,
                         timeout=nodes.DEADLINE_SEC)
    expect(ran.returncode == 1 and "cannot write the answer" in ran.stderr, f"{ran}")
    with open(path, encoding="utf-8") as file:
        page = file.read()
    expect(page.startswith("<!DOCTYPE html>") and page.count("<html") == 1, page[:200])


# ---- With one -------------------------------------------------------------------------------------

def empty_lists_say_how_to_fill_them():
    SOLO.start()
    expect(said("table", "list", error="no tables yet: ").startswith("TABLE"), "the heading")
    expect(said("peers", error="no links yet: ").startswith("ID"), "the heading")
    expect(SOLO.json("table", "list")["tables"] == [], "tables")
    refused(4, "rules", "friday", parts=("no house is called 'friday'", "crapless", "table list"))


def a_seat_is_asked_for_once():
    SOLO.json("table", "new", "--name", "friday", "--seats", "1")
    nodes.until("it plays", lambda: SOLO.show()["state"] == "playing")
    expect(said("table", "join", "friday").startswith("you have a seat already at "), "join")
    expect(said("witness").startswith("you have a seat already at "), "witness")
    expect(said("rules", "friday") != "", "the table's rules")
    refused(6, "bet", "pass", "2001", parts=("5 to 2000",))
    refused(6, "bet", "place", "6", "10", parts=("multiples of 6", "is 12"))


def lines_fit_a_terminal():
    SOLO.start()
    lines = said("table", "show").splitlines()
    at, = [i for i, line in enumerate(lines) if line.startswith("legal now: pass, ")]
    expect(len(lines) > at + 3 and all(line.startswith(" " * 11) for line in lines[at + 1:]),
           f"{lines}")
    expect(all(len(line) <= 80 or " " not in line.strip() for line in lines[at:]), f"{lines}")


def who_has_left_is_told():
    said("bet", "pass", "10")
    expect(said("table", "leave").startswith("left "), "leave")
    nodes.until("it has left", lambda: SOLO.show()["seats"][0].get("left"))
    refused(6, "bet", "pass", "10", parts=("has left the table",))
    ran = subprocess.run([nodes.CLIENT, "--state", SOLO.state, "play"], input="", text=True,
                         capture_output=True, check=False, timeout=nodes.DEADLINE_SEC)
    expect(ran.returncode == 0 and "You have left this table" in ran.stdout, f"{ran}")
    expect(SOLO.stop() == 0, "it does not stop in order")


def a_watch_ends_when_nobody_reads():
    with open(FULL, "w", encoding="utf-8") as full:
        watch = subprocess.Popen([nodes.CLIENT, "--state", SOLO.state, "watch", "--json"],
                                 stdout=full, stderr=subprocess.PIPE, text=True,
                                 preexec_fn=nodes.die_with_parent)
    nodes.RUNNING.append(watch)
    expect(watch.stderr.readline() == "watching\n", "it does not say that it watches")
    said("bet", "pass", "10")
    _, error = watch.communicate(timeout=nodes.DEADLINE_SEC)
    expect(watch.returncode == 1 and "cannot write the answer" in error, f"{error!r}")
    expect(SOLO.stop() == 0, "it does not stop in order")


nodes.run([
    half_a_command_is_completed_in_words,
    numbers_that_are_none_are_named,
    houses_and_bets_that_are_none_are_named,
    a_house_that_loses_says_so_first,
    an_answer_that_cannot_be_written_is_a_failure,
    a_file_does_not_become_a_closed_standard_output,
    empty_lists_say_how_to_fill_them,
    a_seat_is_asked_for_once,
    a_watch_ends_when_nobody_reads,
    lines_fit_a_terminal,
    who_has_left_is_told,
], [SOLO])
