# SPDX-License-Identifier: MIT
"""`bitcraps doctor` as people run it, on whatever machine this is: its shape, its exit codes, the
checks that a test can steer, and that nothing makes it hang or leaves a trace. Prints TAP."""

import os
import shutil
import socket
import subprocess
import time

import nodes
from nodes import expect

SOLO = nodes.Node("solo")
CHECKS = ["rfkill", "adapter", "kernel", "namespace", "bluetoothd", "power", "roles",
          "advertising", "supervision", "psm", "bredr", "state", "identity", "journal", "space",
          "clock", "udp", "daemon"]
STATUSES = ["ok", "warn", "fail", "unknown"]
PROMISED_SEC = 7  # Its own deadline is 6 s.
SLOW_SEC = 20     # A machine under load may start the program late.


def doctor(*words, state=None, **environment):
    return subprocess.run([nodes.CLIENT, "--state", state or SOLO.state, "doctor", *words],
                          capture_output=True, text=True, check=False,
                          timeout=PROMISED_SEC + SLOW_SEC, env={**os.environ, **environment})


def findings(*words, **more):
    """What it finds, by check; looks at the shape of every answer on the way."""
    ran = doctor(*words, "--json", **more)
    expect(ran.stderr == "" and ran.stdout.count("\n") == 1, f"{ran}")
    value = nodes.strict_json(ran.stdout)
    expect(set(value) == {"schema", "version", "healthy", "counts", "checks"}, f"{set(value)}")
    expect(value["schema"] == "bitcraps.doctor/1", value["schema"])
    expect(list(value["counts"]) == STATUSES, f"{value['counts']}")
    for found in value["checks"]:
        expect(set(found) == {"check", "status", "why", "mend"}, f"{found}")
        expect(found["status"] in STATUSES and len(found["why"]) > 10, f"{found}")
        expect(found["mend"] is None or len(found["mend"]) > 10, f"{found}")
        expect(found["status"] not in ("warn", "fail") or found["mend"], f"no next step: {found}")
    for status in STATUSES:
        count = sum(found["status"] == status for found in value["checks"])
        expect(value["counts"][status] == count, f"{status}: {value['counts']}")
    failed = value["counts"]["fail"] > 0
    expect(value["healthy"] is not failed, f"healthy: {value}")
    expect(ran.returncode == (8 if failed else 0), f"exit status {ran.returncode}: {value}")
    return {found["check"]: found for found in value["checks"]}


# ---- The tests ------------------------------------------------------------------------------------

def it_looks_at_everything_and_leaves_no_trace():
    found = findings("--listen", "127.0.0.1:0")
    expect(list(found) == CHECKS, f"{list(found)}")
    expect(found["daemon"]["status"] == "warn", f"{found['daemon']}")
    expect(found["udp"]["status"] == "ok", f"{found['udp']}")
    expect("is not there yet" in found["state"]["why"], f"{found['state']}")
    expect(not os.path.exists(SOLO.state), "it made the state directory")


def its_words_are_those_of_its_json():
    found = findings("state", "journal", "daemon")
    ran = doctor("state", "journal", "daemon")
    expect(ran.returncode == 0 and ran.stderr == "", f"{ran}")
    said = " ".join(ran.stdout.split())
    for name, one in found.items():
        expect(f"{one['status']} {name} {one['why']}" in said, f"{one} not in {said}")
        expect(one["mend"] is None or f"> {one['mend']}" in said, f"{one} not in {said}")
    expect(said.endswith("2 ok, 1 warn, 0 fail, 0 unknown"), said)
    expect(all(len(line) <= 80 or "/" in line for line in ran.stdout.splitlines()), ran.stdout)


def it_names_its_checks_without_looking():
    value = SOLO.json("doctor", "--list")
    expect(value["schema"] == "bitcraps.doctor_checks/1", f"{value}")
    expect([one["check"] for one in value["checks"]] == CHECKS, f"{value}")
    said = doctor("--list").stdout.splitlines()
    expect([line.split(None, 1) for line in said]
           == [[one["check"], one["what"]] for one in value["checks"]], f"{said}")


def nonsense_is_refused_in_a_sentence():
    for words, says in ((["NONSENSE"], "there is no check 'NONSENSE'"),
                        (["adaptor"], "did you mean 'adapter'?"),
                        (["\x1b[2J"], "there is no check '?[2J'"),
                        (["state", ""], "there is no check ''"),
                        (["--listen", "nowhere"], "'nowhere' is no address"),
                        (["--listen"], "needs a value"),
                        (["--nonsense"], "unknown option"),
                        (["state"] * 40, "takes [CHECK...]")):
        ran = doctor(*words)
        expect(ran.returncode == 2 and ran.stdout == "" and says in ran.stderr, f"{words}: {ran}")
        expect(ran.stderr.count("\n") == 1, f"{words}: {ran.stderr}")


def a_port_that_is_taken_fails():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        found = findings("udp", "--listen", address)["udp"]
        expect(found["status"] == "fail" and address in found["why"], f"{found}")
    expect(findings("udp", "--listen", address)["udp"]["status"] == "ok", "a port that is free")


def a_running_node_is_found_and_not_disturbed():
    SOLO.start()
    found = findings("state", "identity", "journal", "udp", "daemon")
    for one in found.values():
        expect(one["status"] == "ok", f"{one}")
    expect(SOLO.address in found["udp"]["why"], f"{found['udp']}")
    expect(SOLO.stop() == 0, "it does not stop in order")
    found = findings("state", "identity", "journal", "daemon")
    expect([one["status"] for one in found.values()] == ["ok", "ok", "ok", "warn"], f"{found}")


def damage_is_found_where_the_node_would_find_it():
    def broken(name, damage):
        state = os.path.join(nodes.FOLDER, "broken")
        shutil.copytree(SOLO.state, state)
        os.chmod(state, 0o700)
        damage(state)
        found = findings(name, state=state)[name]
        daemon = subprocess.run([nodes.DAEMON, "--state", state, "--listen", "127.0.0.1:0"],
                                capture_output=True, text=True, check=False,
                                timeout=nodes.DEADLINE_SEC)
        shutil.rmtree(state)
        expect(found["status"] == "fail", f"{found}")
        expect(daemon.returncode == 1, f"bitcrapsd took it: {daemon}")
        return found["why"]

    def zero(state):
        for log in ("journal.db-wal", "journal.db-shm"):
            if os.path.exists(os.path.join(state, log)):
                os.unlink(os.path.join(state, log))
        with open(os.path.join(state, "journal.db"), "r+b") as file:
            file.write(b"nothing at all is here")

    expect("damaged" in broken("journal", zero), "a journal without a head")
    expect("can write" in broken("state", lambda state: os.chmod(state, 0o770)), "a shared one")
    expect("secret" in broken("identity", lambda state: os.chmod(state + "/identity", 0o644)),
           "a key that others can read")
    expect("3 bytes" in broken("identity", lambda state: os.truncate(state + "/identity", 3)),
           "a short key")


def what_never_answers_is_not_waited_for():
    state = os.path.join(nodes.FOLDER, "silent")
    os.mkdir(state, 0o700)
    with socket.socket(socket.AF_UNIX) as daemon, socket.socket(socket.AF_UNIX) as bus:
        daemon.bind(state + "/control.sock")
        daemon.listen(0)
        bus.bind(state + "/bus")
        bus.listen(8)
        began = time.monotonic()
        found = findings("--listen", "127.0.0.1:0", state=state,
                         DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={state}/bus")
        took = time.monotonic() - began
    expect(found["daemon"]["status"] == "fail", f"{found['daemon']}")
    expect("does not answer" in found["daemon"]["why"], f"{found['daemon']}")
    expect(found["bluetoothd"]["status"] == "unknown", f"{found['bluetoothd']}")
    expect(took < PROMISED_SEC + SLOW_SEC, f"it took {took:.1f} s")


nodes.run([
    it_looks_at_everything_and_leaves_no_trace,
    its_words_are_those_of_its_json,
    it_names_its_checks_without_looking,
    nonsense_is_refused_in_a_sentence,
    a_port_that_is_taken_fails,
    a_running_node_is_found_and_not_disturbed,
    damage_is_found_where_the_node_would_find_it,
    what_never_answers_is_not_waited_for,
], [SOLO])
