# SPDX-License-Identifier: MIT
"""What a node and its client say when something is wrong: one sentence with the next step, an exit
code that says of which kind it is, and nothing lost. Prints TAP."""

import os
import sqlite3
import subprocess

import nodes
from nodes import expect, until

SOLO = nodes.Node("solo")
OTHER = nodes.Node("other")
PAGE_SIZE = 4096

# ---- What is expected -----------------------------------------------------------------------------

def sentence(text, program, *parts):
    """Exactly one line, from the program, with all the parts."""
    expect(text.count("\n") == 1 and text.endswith("\n"), f"not one line: {text!r}")
    expect(text.startswith(program + ": "), f"not from {program}: {text!r}")
    for part in parts:
        expect(part in text, f"{part!r} is not in {text!r}")


def refuses_to_start(code, words, *parts, disk=None):
    try:
        ran = subprocess.run([nodes.DAEMON, *words], capture_output=True, text=True,
                             timeout=nodes.DEADLINE_SEC, preexec_fn=nodes.die_with_parent,
                             env=nodes.with_disk(disk), check=False)
    except subprocess.TimeoutExpired as late:
        raise nodes.Failure(f"it runs instead of saying {parts}") from late
    expect(ran.returncode == code, f"ended with {ran.returncode}, not {code}: {ran.stderr}")
    expect(ran.stdout == "", f"said on standard output: {ran.stdout!r}")
    sentence(ran.stderr, "bitcrapsd", *parts)


def client_fails(code, words, *parts):
    for arguments in (words, [*words, "--json"]):
        ran = SOLO.client(*arguments)
        expect(ran.returncode == code, f"{arguments}: {ran.returncode}, not {code}: {ran.stderr}")
        expect(ran.stdout == "", f"{arguments}: said on standard output: {ran.stdout!r}")
        sentence(ran.stderr, "bitcraps", *parts)


def plays_on(rolls):
    """Lets the bot play some rolls more."""
    last = SOLO.show()["rolls_done"] + rolls
    SOLO.call("bot", strategy="pass-odds", rolls=last)
    until("the bot plays", lambda: SOLO.show()["rolls_done"] == last)


def record_is_good():
    path = SOLO.state + ".bitcraps"
    SOLO.json("export", "test", path)
    verdict = SOLO.json("verify", path)
    expect(verdict["verified"] is True, str(verdict))
    return verdict["rolls"]


# ---- The tests ------------------------------------------------------------------------------------

def a_node_plays_alone():
    nodes.seat([SOLO], 2000)
    plays_on(40)


def reading_commands_say_one_object_with_a_schema():
    path = SOLO.state + ".bitcraps"
    for words in (["status"], ["peers"], ["table", "list"], ["table", "show"],
                  ["table", "show", "test"], ["ledger"], ["ledger", "--settle"],
                  ["export", "test", path], ["verify", path], ["key", "show"], ["version"],
                  ["rules"], ["rules", "test"]):
        SOLO.json(*words)
    expect(SOLO.client("status", "--check").returncode == 0, "status --check of a healthy node")


def watch_says_one_object_with_a_schema_for_each_event():
    command = [nodes.CLIENT, "--state", SOLO.state, "watch", "--json", "--until",
               str(SOLO.show()["rolls_done"] + 2), "--timeout", str(nodes.DEADLINE_SEC)]
    watch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             preexec_fn=nodes.die_with_parent)
    nodes.RUNNING.append(watch)
    expect(watch.stderr.readline() == "watching\n", "watch does not say that it watches")
    plays_on(2)
    out, _ = watch.communicate(timeout=nodes.DEADLINE_SEC)
    events = [nodes.strict_json(line) for line in out.splitlines()]
    expect(watch.returncode == 0, f"watch ended with {watch.returncode}")
    expect(all(event["schema"] == "bitcraps.event/1" for event in events), out)
    expect([event["event"] for event in events].count("roll") == 2, out)


def wrong_uses_of_the_client_have_their_exit_codes():
    client_fails(2, ["tabel", "list"], "unknown command", "table list")
    client_fails(2, ["status", "--nosuch"], "unknown option", "--help")
    client_fails(2, ["bet", "pass", "much"], "whole number", "much")
    client_fails(2, ["bet", "pass"], "'bet' takes", "--help")
    client_fails(4, ["table", "show", "nosuch"], "nosuch", "table list")
    client_fails(4, ["ledger", "nosuch"], "nosuch", "table list")
    client_fails(6, ["bet", "nosuch", "10"], "nosuch", "try pass")
    client_fails(6, ["bet", "pass", "1000000"], "")
    client_fails(6, ["bet", "plase 6", "12"], "did you mean 'place 6'")
    client_fails(6, ["across", "30"], "multiples of 32", "now is 32")
    client_fails(6, ["press", "place", "9"], "no place 9")
    client_fails(6, ["say", "feild 5"], 'did you mean "field 5"')
    client_fails(6, ["same", "again"], "same is all")
    client_fails(6, ["bot", "nosuch"], "nosuch", "pass-odds")
    client_fails(2, ["table", "new", "--preset", "vegas"], "no preset 'vegas'", "vegas-345")
    client_fails(2, ["table", "new", "--house", "ods=2x"], "'ods'", "did you mean 'odds'")
    client_fails(2, ["table", "new", "--house", "odds=2"], "odds=2", "write 3-4-5x")
    client_fails(2, ["table", "new", "--house", "field=4-4"], "field", "lose the bank")
    client_fails(2, ["table", "new", "--minimum", "0"], "at least 1 chip")
    client_fails(4, ["rules", "nosuch"], "nosuch", "table list")
    client_fails(1, ["verify", SOLO.state + "/nosuch"], "nosuch")
    ran = OTHER.client("status", "--json")
    expect(ran.returncode == 3 and ran.stdout == "", f"no daemon: {ran}")
    sentence(ran.stderr, "bitcraps", OTHER.state, "start it with 'bitcrapsd --state")


def several_orders_are_done_together_or_not_at_all():
    def bets():
        return {bet["bet"]: bet["amount"] for bet in SOLO.show()["seats"][0]["bets"]}

    before = bets()
    client_fails(6, ["say", "place 9 10; place 10 11"], "place 10 pays 9:5", "none of the 2")
    expect(bets() == before, "a refused order left something")
    done = SOLO.call("orders", orders=[{"bet": "place 9", "add": 20}, {"bet": "hard 4", "add": 5},
                                       {"bet": "place 9", "take": 10},
                                       {"bet": "hard 4", "call": "off"}])
    expect([order["deed"] for order in done["orders"]] == ["add", "add", "take", "call"], str(done))
    expect(bets() == {**before, "place 9": 10, "hard 4": 5}, str(bets()))
    expect(SOLO.client("press", "place", "9").stdout == "You put 10 on place 9.\n", "press")
    expect(SOLO.client("take-down", "place", "9", "5").stdout == "You took 5 off place 9.\n", "part")
    SOLO.json("say", "place 9 down; hard 4 down")
    expect(bets() == before, str(bets()))


def a_second_daemon_on_one_state_directory_is_refused():
    before = SOLO.json("ledger")
    refuses_to_start(1, ["--state", SOLO.state, "--listen", "127.0.0.1:0"],
                     f"pid {SOLO.process.pid}", SOLO.state, "choose another --state")
    expect(SOLO.json("ledger") == before, "the first daemon's ledger changed")


def a_port_in_use_is_named():
    refuses_to_start(1, ["--state", OTHER.state, "--listen", SOLO.address], SOLO.address,
                     "uses that port", "choose another with --listen")
    OTHER.start()
    OTHER.kill()
    refuses_to_start(1, ["--state", OTHER.state, "--listen", SOLO.address], SOLO.address)
    OTHER.start()  # Checks that it is still the same node.
    expect(OTHER.stop() == 0, "it does not stop in order")


def a_table_has_the_rules_that_it_was_made_with():
    OTHER.start()
    OTHER.json("table", "new", "--name", "quiet", "--seats", "2", "--preset", "crapless",
               "--house", "odds=2x", "--house", "bets=-hop,-field", "--minimum", "10")
    card = OTHER.json("rules", "quiet")
    expect(card["preset"] == "crapless", str(card["preset"]))
    expect(card["settings"]["odds"] == "2x", str(card["settings"]))
    expect(card["settings"]["line"] == "10..2000", str(card["settings"]))
    expect(card["settings"]["hand"] == "1..100", str(card["settings"]))
    taken = {bet["bet"] for bet in card["bets"]}
    expect("place" in taken and not taken & {"hop", "field", "don't pass"}, str(taken))
    expect(OTHER.client("rules", "quiet").stdout.startswith("crapless: "), "the card as text")
    expect(OTHER.stop() == 0, "it does not stop in order")


def a_wrong_config_file_is_explained():
    path = os.path.join(nodes.FOLDER, "node.conf")

    def refused(text, *parts):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        refuses_to_start(2, ["--config", path, "--state", OTHER.state], path, *parts)

    refused("[node]\nlissen=127.0.0.1:0\n", "unknown key 'lissen'", "did you mean 'listen'")
    refused("[node]\nlisten=everywhere\n", "listen=everywhere", "write it as")
    refused("[node]\nconnect=127.0.0.1:1;nobody\n", "connect=nobody", "write it as")
    refused("[node]\nlog=loud\n", "log=loud", "use error, warning")
    refused("[mode]\nlog=info\n", "unknown group [mode]", "[node]")
    refused("log=info\n", "")
    refuses_to_start(2, ["--config", path + ".none"], path + ".none")
    refuses_to_start(2, ["--listen", "everywhere"], "everywhere", "--help")
    refuses_to_start(2, ["--log", "loud"], "loud", "--help")


def places_to_damage(journal):
    """(offset, size) of what damage must be found in: the header, a page, one byte of one row."""
    database = sqlite3.connect(f"file:{journal}?immutable=1", uri=True)
    body = database.execute("SELECT body FROM rows ORDER BY length(body) DESC").fetchone()[0]
    database.close()
    with open(journal, "rb") as file:
        content = file.read()
    pages = len(content) // PAGE_SIZE
    expect(pages > 20, f"too small a journal to damage a page of rows: {pages} pages")
    at = content.index(body[:32])
    return (0, 16), (pages // 2 * PAGE_SIZE, PAGE_SIZE), (at + 16, 1)


def a_corrupt_journal_is_named_and_not_touched():
    before = SOLO.json("ledger")
    expect(SOLO.stop() == 0, "it does not stop in order")
    journal = os.path.join(SOLO.state, "journal.db")
    with open(journal, "rb") as file:
        good = file.read()
    for at, size in places_to_damage(journal):
        bad = good[:at] + bytes(byte ^ 0xFF for byte in good[at:at + size]) + good[at + size:]
        with open(journal, "wb") as file:
            file.write(bad)
        refuses_to_start(1, ["--state", SOLO.state, "--listen", "127.0.0.1:0"], journal, "damaged",
                         "Keep a copy of it, then restore a backup")
        with open(journal, "rb") as file:
            expect(file.read() == bad, "the damaged journal was written to")
    with open(journal, "wb") as file:
        file.write(good)
    SOLO.start()
    expect(SOLO.json("ledger") == before, "the ledger changed")
    plays_on(1)
    expect(record_is_good() == before["rolls_done"] + 1, "the record lacks rolls")


def a_secret_that_others_can_read_is_not_used():
    expect(SOLO.stop() == 0, "it does not stop in order")
    identity = os.path.join(SOLO.state, "identity")
    os.chmod(identity, 0o644)
    refuses_to_start(1, ["--state", SOLO.state, "--listen", "127.0.0.1:0"], identity, "chmod")
    os.chmod(identity, 0o600)
    SOLO.start()


def a_full_disk_ends_the_node_and_loses_nothing():
    before = SOLO.json("ledger")
    expect(SOLO.stop() == 0, "it does not stop in order")
    refuses_to_start(1, ["--state", SOLO.state, "--listen", "127.0.0.1:0"], SOLO.state,
                     "No space left", "free some space", disk="full:0")
    said = len(SOLO.log())
    SOLO.start(disk="full:400000")
    watch = SOLO.watch()
    SOLO.call("bot", strategy="pass-odds")
    shown = before["rolls_done"]
    try:
        while True:
            shown = watch.event(lambda event: event["event"] == "roll")["roll"]
    except ConnectionError:
        pass
    expect(SOLO.wait() == 1, f"it ended with {SOLO.process.returncode}")
    errors = [line for line in SOLO.log()[said:].splitlines() if " error " in line]
    expect(len(errors) == 1, f"not one error: {errors}")
    for part in (SOLO.state, "is full", "Free some space and restart", "nothing is lost"):
        expect(part in errors[0], f"{part!r} is not in {errors[0]!r}")
    expect(shown > before["rolls_done"], "the disk was full before the first roll")
    SOLO.start()
    until("it plays again", lambda: SOLO.show()["state"] == "playing")
    expect(SOLO.json("ledger")["rolls_done"] >= shown, "a roll that was shown is lost")
    plays_on(1)
    record_is_good()
    expect(SOLO.stop() == 0, "it does not stop in order")


nodes.run([
    a_node_plays_alone,
    reading_commands_say_one_object_with_a_schema,
    watch_says_one_object_with_a_schema_for_each_event,
    wrong_uses_of_the_client_have_their_exit_codes,
    several_orders_are_done_together_or_not_at_all,
    a_second_daemon_on_one_state_directory_is_refused,
    a_port_in_use_is_named,
    a_table_has_the_rules_that_it_was_made_with,
    a_wrong_config_file_is_explained,
    a_corrupt_journal_is_named_and_not_touched,
    a_secret_that_others_can_read_is_not_used,
    a_full_disk_ends_the_node_and_loses_nothing,
], [SOLO, OTHER])
