# SPDX-License-Identifier: MIT
"""Nodes that may do nothing find each other through bluetoothd, which comes and goes. Prints TAP.

Runs in the virtual machine of machine.sh, with its bluetoothd: each node has a virtual controller of
its own, and no node is told another's address. Two run as nobody; the third, as root, may take over
where there is no bluetoothd.
"""

import os
import re
import signal
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "node"))

import nodes  # noqa: E402: from the folder above.
from nodes import expect, until  # noqa: E402

nodes.DEADLINE_SEC = 400  # The machine may be emulated, and others may use the processor.
NOBODY = 65534
ROLLS = 3
RFKILL_TYPE_BLUETOOTH = 2
RFKILL_OP_CHANGE_ALL = 3
BLUETOOTHD = ("/usr/libexec/bluetooth/bluetoothd", "-n")
AIR = ("/run/machine/air", "-n", "4", "-c", "/run/air", "-a", "100")
ADVERTISES = "advertising over Bluetooth LE"
LISTENER = 3  # The controller of nobody.
BY_BLUETOOTHD = ADVERTISES + ", by bluetoothd"
ENDED = "bluetoothd has ended"


class RadioNode(nodes.Node):
    """A node with one Bluetooth adapter and an UDP port that nobody knows; as nobody, or as root."""

    def __init__(self, name, adapter, user):
        super().__init__(name)
        self.adapter = f"hci{adapter}"
        self.user = user

    def become(self):
        os.setgroups([])
        os.setgid(self.user)
        os.setuid(self.user)
        nodes.die_with_parent()

    def launch(self, peers=(), disk=None, words=()):
        os.makedirs(self.state, 0o700, exist_ok=True)
        os.chown(self.state, self.user, self.user)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [nodes.DAEMON, "--state", self.state, "--listen", "127.0.0.1:0",
                 "--bluetooth", self.adapter, "--log", "debug"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                start_new_session=True, preexec_fn=self.become)
        nodes.RUNNING.append(self.process)

    def peers(self):
        """Who is linked, by id: over what address."""
        return {peer["id"]: peer["address"] for peer in self.call("peers")["peers"]
                if peer["state"] == "up"}

    def said(self, what):
        """How often it has said so."""
        return self.log().count(what)

    def may(self):
        """Its capabilities."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(dict(line.split(":\t", 1) for line in status)["CapEff"], 16)


os.chmod(nodes.FOLDER, 0o755)
ANN, BOB = (RadioNode(name, i, NOBODY) for i, name in enumerate(("ann", "bob")))
CLEO = RadioNode("cleo", 2, 0)
ALL = (ANN, BOB, CLEO)


def find(name):
    """The process of that name: the machine has only ours."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                if comm.read().strip() == name:
                    return int(pid)
        except OSError:
            continue  # It has just ended.
    return None


def kill(name, number):
    os.kill(find(name), number)
    until(f"{name} has ended", lambda: is_over(name))


def is_over(name):
    """Ours are waited for, so that none stays as a zombie; the machine's are its shell's."""
    for process in nodes.RUNNING:
        process.poll()
    return find(name) is None


def begin(*command):
    nodes.RUNNING.append(subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def linked(some=ALL):
    return all(other.id in node.peers() for node in some for other in some if other is not node)


def count(what, some=ALL):
    return [node.said(what) for node in some]


def more(what, before, some=ALL):
    """Whether all have said it since."""
    return all(now > then for now, then in zip(count(what, some), before))


def again(node):
    """Kills a node and starts it: it can be linked only if it is found, and finds, anew."""
    node.kill()
    for other in ALL:
        if other is not node:
            until(f"{other.name} has lost {node.name}", lambda: node.id not in other.peers())
    node.start()
    until(f"{node.name} is linked to all", linked)


def ask(node, method, *words):
    """Asks bluetoothd about a node's adapter, as anybody may; "" when it does not answer."""
    return subprocess.run(["dbus-send", "--system", "--print-reply=literal", "--dest=org.bluez",
                           f"/org/bluez/{node.adapter}", f"org.freedesktop.DBus.Properties.{method}",
                           *words], capture_output=True, check=False, text=True,
                          timeout=nodes.DEADLINE_SEC).stdout


def on_air(some=ALL):
    """Whether each has one advertisement with bluetoothd."""
    return all(ask(node, "Get", "string:org.bluez.LEAdvertisingManager1",
                   "string:ActiveInstances").split() == ["variant", "byte", "1"] for node in some)


def power(on):
    """Switches bob's adapter by bluetoothd."""
    ask(BOB, "Set", "string:org.bluez.Adapter1", "string:Powered",
        f"variant:boolean:{'true' if on else 'false'}")


def block(blocked):
    """Switches all radios by rfkill."""
    with open("/dev/rfkill", "wb", buffering=0) as switches:
        switches.write(struct.pack("<IBBBB", 0, RFKILL_TYPE_BLUETOOTH, RFKILL_OP_CHANGE_ALL,
                                   blocked, 0))


def two_who_may_do_nothing_find_each_other():
    for node in (ANN, BOB):
        node.start()
        expect(node.may() == 0, f"{node.name} has capabilities")
    until("ann and bob are linked", lambda: linked((ANN, BOB)))
    for node in (ANN, BOB):
        expect(node.said(BY_BLUETOOTHD) == 1, f"{node.name} did not ask bluetoothd once")
        for address in node.peers().values():
            expect(address.startswith("02:B7:A1:00:00:"), f"linked by {address}, no radio")


def they_play():
    ANN.call("table.new", name="train", seats=2, player="ann", window_msec=1000, most=2)
    until("bob hears of the table", lambda: BOB.call("table.list")["tables"])
    BOB.call("table.join", table="train", player="bob")
    for node in (ANN, BOB):
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")
        node.call("bot", strategy="pass-odds", rolls=ROLLS)
    for node in (ANN, BOB):
        until(f"{node.name} sees the rolls", lambda: node.show()["rolls_done"] >= ROLLS)


def who_answers_calls_is_called_over_bredr_without_a_word_to_its_owner():
    expect("BR/EDR" not in str([node.peers() for node in (ANN, BOB)]), "nobody answers yet")
    subprocess.run(["btmgmt", "--index", BOB.adapter[3:], "connectable", "on"], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=nodes.DEADLINE_SEC)
    for node, other in ((ANN, BOB), (BOB, ANN)):
        until(f"{node.name} reaches {other.name} over BR/EDR",
              lambda: node.peers().get(other.id, "").endswith(" over BR/EDR"))


def a_third_finds_them_although_they_are_linked():
    CLEO.start()
    until("cleo is linked to both", linked)
    expect(CLEO.said(BY_BLUETOOTHD) == 1, "cleo did not ask bluetoothd")


def heard():
    """The controllers that a bystander hears while it looks, for ten seconds."""
    looking = subprocess.Popen(["stdbuf", "-oL", "btmgmt", "--index", str(LISTENER), "find", "-l"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    nodes.RUNNING.append(looking)
    limit = threading.Timer(nodes.DEADLINE_SEC, looking.kill)
    limit.start()
    said = ""
    for line in looking.stdout:
        said += line
        if line.endswith("discovering off\n"):
            break
    limit.cancel()
    looking.kill()
    looking.communicate()
    return {int(address[-2:], 16) for address in re.findall(r"dev_found: ([0-9A-F:]{17})", said)}


def who_is_linked_is_still_on_the_air():
    expect(linked(), "they are not linked")
    until("a bystander hears all", lambda: {0, 1, 2} <= heard())


def bluetoothd_is_killed_and_restarts():
    ended = count(ENDED)
    kill("bluetoothd", signal.SIGKILL)
    until("all say so", lambda: more(ENDED, ended))
    begin(*BLUETOOTHD)
    until("all advertise again", on_air)
    again(BOB)


def an_adapter_is_switched_off_and_on():
    power(False)
    until("bob says so", lambda: BOB.said("hci1 was switched off: it is used again"))
    until("bob has lost all", lambda: not BOB.peers())
    power(True)
    until("bob is linked to all", linked)


def rfkill_switches_all_off_and_on():
    switched = "was switched off by rfkill: 'rfkill unblock bluetooth'"
    block(True)
    until("all say so", lambda: more(switched, [0, 0, 0]))
    block(False)
    until("all are linked again", linked)
    expect(count(switched) == [1, 1, 1], "not said once")


def the_adapters_are_taken_out_and_put_back():
    kill("air", signal.SIGTERM)
    until("all say so", lambda: more("is gone: it is used again when it is plugged in", [0, 0, 0]))
    begin(*AIR)
    until("all advertise again", on_air)
    until("all are linked again", linked)


def without_bluetoothd_who_may_does_it_alone():
    # Where all is slow, bluetoothd was away for long enough once before, and that was said then.
    alone = f"{CLEO.adapter}: {ADVERTISES}\n"
    advice = "start bluetoothd ('systemctl start bluetooth'"
    advised = count(advice, (ANN, BOB))
    advertised = CLEO.said(alone)
    expect(CLEO.log().rfind(alone) < CLEO.log().rfind(BY_BLUETOOTHD),
           "cleo did not leave it to bluetoothd")
    kill("bluetoothd", signal.SIGTERM)
    until("ann and bob say what to do", lambda: more(advice, advised, (ANN, BOB)))
    until("cleo advertises by herself", lambda: CLEO.said(alone) > advertised)
    begin(*BLUETOOTHD)
    until("all leave it to bluetoothd again", on_air)
    again(ANN)


def all_stop_when_asked():
    for node in ALL:
        expect(node.stop() == 0, f"{node.name} ended with {node.process.returncode}")


if __name__ == "__main__":
    nodes.run([two_who_may_do_nothing_find_each_other,
               they_play,
               who_answers_calls_is_called_over_bredr_without_a_word_to_its_owner,
               a_third_finds_them_although_they_are_linked,
               who_is_linked_is_still_on_the_air,
               bluetoothd_is_killed_and_restarts,
               an_adapter_is_switched_off_and_on,
               rfkill_switches_all_off_and_on,
               the_adapters_are_taken_out_and_put_back,
               without_bluetoothd_who_may_does_it_alone,
               all_stop_when_asked], ALL)
