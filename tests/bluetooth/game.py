# SPDX-License-Identifier: MIT
"""Four nodes that have nothing but Bluetooth find each other and play. Prints TAP.

Runs in the virtual machine of machine.sh: each node has a virtual controller of its own, and no
node is told another's address.
"""

import ctypes
import errno
import os
import re
import select
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "node"))

import nodes  # noqa: E402: from the folder above.
from nodes import expect, until  # noqa: E402

nodes.DEADLINE_SEC = 400  # The machine may be emulated, and others may use the processor.
LIBC = ctypes.CDLL(None, use_errno=True)
ROOM = "/run/air"
ROLLS = 6
STRANGER = 4  # The controller of nobody.
GARBAGE_MAX = 16  # CHANNEL_GARBAGE_MAX


class RadioNode(nodes.Node):
    """A node with one Bluetooth adapter and an UDP port that nobody knows."""

    def __init__(self, name, adapter):
        super().__init__(name)
        self.words = ("--bluetooth", f"hci{adapter}", "--log", "debug")

    def peers(self):
        """Who is linked, by id: over what address."""
        return {peer["id"]: peer["address"] for peer in self.call("peers")["peers"]
                if peer["state"] == "up"}


class Stranger:
    """A channel of the last controller to a node: of a program that is none."""

    AF_BLUETOOTH = 31  # Not every Python was built with it.
    BTPROTO_L2CAP = 0
    BDADDR_LE_PUBLIC = 1

    def __init__(self, node, number):
        self.socket = socket.socket(self.AF_BLUETOOTH, socket.SOCK_SEQPACKET, self.BTPROTO_L2CAP)
        self.socket.setblocking(False)
        self.name(LIBC.bind, STRANGER, 0)
        port = re.findall(r"listening for Bluetooth LE, PSM 0x([0-9a-f]+)", node.log())[-1]
        self.name(LIBC.connect, number, int(port, 16))

    def name(self, call, adapter, port):
        """Binds or connects: struct sockaddr_l2."""
        address = struct.pack("<HH6sHBx", self.AF_BLUETOOTH, port,
                              bytes((adapter, 0, 0, 0xA1, 0xB7, 2)), 0, self.BDADDR_LE_PUBLIC)
        if call(self.socket.fileno(), address, len(address)) != 0:
            code = ctypes.get_errno()
            if code != errno.EINPROGRESS:
                raise OSError(code, "a stranger cannot call")

    def connected(self):
        """Whether the call came through; one that failed raises."""
        if not select.select([], [self.socket], [], 0)[1]:
            return False
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code != 0:
            raise OSError(code, "a stranger's call failed")
        return True

    def ended(self):
        """Whether the node has closed it; what it says before is read."""
        try:
            return self.socket.recv(2048) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def send(self, message):
        """Sends if there is room; whether it could be sent."""
        try:
            return self.socket.send(message) == len(message)
        except BlockingIOError:
            return True
        except OSError:
            return False


SEATS = [RadioNode(name, i) for i, name in enumerate(("ann", "bob", "cleo", "dan"))]


def stranger_at(node, number):
    """A stranger whose call a node took; calls that fail are repeated."""
    calls = []

    def taken():
        try:
            if not calls:
                calls.append(Stranger(node, number))
            return calls[0].connected() and calls[0]
        except OSError as error:
            print(f"# {error}")
            calls.clear()
            return None

    return until(f"{node.name} is called by a stranger", taken)


def room(line):
    """Changes the air."""
    with open(ROOM, "w", encoding="ascii") as fifo:
        fifo.write(line + "\n")


def manage(adapter, *words):
    """Changes an adapter, as its owner would."""
    subprocess.run(["btmgmt", "--index", str(adapter), *words], stdin=subprocess.DEVNULL,
                   capture_output=True, check=True, timeout=nodes.DEADLINE_SEC)


def only_le(adapter):
    """Leaves an adapter that is off with LE alone, as is the first there is of Bluetooth."""
    manage(adapter, "le", "on")
    manage(adapter, "bredr", "off")


class Wire:
    """A way by UDP to a node that can be cut: it passes datagrams on, and only while it is whole."""

    def __init__(self, node):
        host, port = node.address.rsplit(":", 1)
        self.whole = True
        self.near = self.open()
        self.far = self.open()
        self.address = f"127.0.0.1:{self.near.getsockname()[1]}"
        self.node = (host, int(port))
        self.caller = None
        threading.Thread(target=self.carry, daemon=True).start()

    @staticmethod
    def open():
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind(("127.0.0.1", 0))
        return end

    def carry(self):
        while True:
            for end in select.select([self.near, self.far], [], [])[0]:
                datagram, sender = end.recvfrom(2048)
                if end is self.near:
                    self.caller = sender
                if not self.whole:
                    continue
                if end is self.near:
                    self.far.sendto(datagram, self.node)
                elif self.caller:
                    self.near.sendto(datagram, self.caller)


def rolls_done(node):
    return node.show()["rolls_done"]


def linked_to(node, others):
    return all(other.id in node.peers() for other in others if other is not node)


def agree(last, seats=None):
    """All stop at one roll and have the same books."""
    seats = seats or SEATS
    for node in seats:
        until(f"{node.name} sees roll {last}", lambda: rolls_done(node) >= last)
    until("the ledgers agree", lambda: len({str(node.json("ledger", "--settle"))
                                            for node in seats}) == 1)
    ledger = seats[0].json("ledger", "--settle")
    expect(ledger["sum"] == 0, f"what was won and lost sums to {ledger['sum']}")
    expect(sum(seat["net"] for seat in ledger["seats"]) == 0, "the nets do not sum to 0")


def play(rolls, seats=None):
    """Everybody plays so many rolls more; returns the last one."""
    seats = seats or SEATS
    last = max(rolls_done(node) for node in seats) + rolls
    for node, strategy in zip(seats, ("pass-odds", "dont-pass", "place-6-8", "pass-odds")):
        node.call("bot", strategy=strategy, rolls=last)
    return last


def four_nodes_find_each_other_without_an_address():
    for i, node in enumerate(SEATS):
        only_le(i)
        node.start()
    for node in SEATS:
        until(f"{node.name} is linked to all", lambda: linked_to(node, SEATS))
        for address in node.peers().values():
            expect(address.startswith("02:B7:A1:00:00:"), f"linked by {address}, no radio")


def sit_down(seats, name):
    seats[0].call("table.new", name=name, seats=len(seats), player=seats[0].name, window_msec=1000,
                  most=len(seats))
    for i, node in enumerate(seats[1:], 2):
        until(f"{node.name} hears of the table", lambda: node.call("table.list")["tables"])
        node.call("table.join", table=name, player=node.name)
        if i < len(seats):
            until(f"{node.name} has a seat",
                  lambda: seats[0].call("table.list")["tables"][0]["taken"] == i)
    for node in seats:
        until(f"{node.name} plays", lambda: node.show()["state"] == "playing")


def they_play_a_whole_game():
    sit_down(SEATS, "train")
    agree(play(ROLLS))


def two_go_out_of_range_and_the_game_goes_on_around_them():
    ann, bob = SEATS[:2]
    room("range 0 1 0")
    until("ann has lost bob", lambda: bob.id not in ann.peers())
    agree(play(ROLLS))
    expect(bob.id not in ann.peers(), "there was a link out of range")
    room("range 0 1 -60")
    until("ann has bob again", lambda: bob.id in ann.peers() and ann.id in bob.peers())


def a_node_is_killed_and_comes_back():
    dan = SEATS[3]
    dan.kill()
    for node in SEATS[:3]:
        until(f"{node.name} has lost dan", lambda: dan.id not in node.peers())
    dan.start()
    until("dan is linked to all", lambda: linked_to(dan, SEATS))
    agree(play(ROLLS))


def an_adapter_is_switched_off_and_on():
    cleo = SEATS[2]
    manage(2, "power", "off")
    until("cleo has lost all", lambda: not cleo.peers())
    until("cleo says so", lambda: "hci2 was switched off" in cleo.log())
    manage(2, "power", "on")
    until("cleo is linked to all", lambda: linked_to(cleo, SEATS))
    agree(play(ROLLS))


def strangers_that_are_silent_or_send_garbage_are_put_down():
    ann, bob = SEATS[:2]
    links = {node.name: node.peers() for node in SEATS}
    manage(STRANGER, "le", "on")
    manage(STRANGER, "power", "on")
    silent = stranger_at(ann, 0)
    loud = stranger_at(bob, 1)
    last = play(ROLLS)
    sent = 0
    while not loud.ended() and loud.send(os.urandom(700)):
        sent += 1
        select.select([], [], [], nodes.LOOK_AGAIN_SEC)
    expect(sent >= GARBAGE_MAX, f"bob gave up after {sent} datagrams")
    until("bob says so", lambda: "sent garbage" in bob.log())
    until("ann has put down the silent one", silent.ended)
    until("ann says so", lambda: "said nothing" in ann.log())
    agree(last)
    for node in SEATS:
        expect(node.peers() == links[node.name], f"{node.name} lost a link: {node.peers()}")


def they_play_on_air_as_slow_as_a_real_one():
    room("delay 15")
    room("rate 60000")
    agree(play(ROLLS))
    room("rate 0")
    room("delay 0")


def what_they_export_verifies():
    heads = set()
    for node in SEATS:
        path = node.state + ".export"
        node.json("export", "train", path)
        verdict = node.json("verify", path)
        expect(verdict["verified"] is True, f"{node.name}'s export: {verdict}")
        heads.add(verdict["rolls"])
    expect(heads == {max(rolls_done(node) for node in SEATS)}, f"the exports end at rolls {heads}")


def all_stop_when_asked():
    for node in SEATS:
        expect(node.stop() == 0, f"{node.name} ended with {node.process.returncode}")


# A table of which one seat has no radio, one has nothing else, and two have both.
FAY, GUS, IDA = (RadioNode(name, i) for i, name in enumerate(("fay", "gus", "ida")))
HAL = nodes.Node("hal")
MIXED = [FAY, GUS, IDA, HAL]
WIRES = []


def path(node, other):
    """How a node reaches another: over what address, and what stands by."""
    for peer in node.call("peers")["peers"]:
        if peer["id"] == other.id and peer["state"] == "up":
            return peer["address"], peer["standby"]
    return None, None


def is_radio(address):
    return address is not None and address.startswith("02:B7:A1")


def prefers_the_wire(node, other):
    used, standing_by = path(node, other)
    return used is not None and not is_radio(used) and is_radio(standing_by)


def of_two_ways_the_wire_is_used_and_the_radio_stands_by():
    FAY.start()
    GUS.start()
    WIRES.append(Wire(GUS))
    IDA.start(WIRES)
    HAL.start([GUS])
    for node, other in ((IDA, GUS), (GUS, IDA)):
        until(f"{node.name} has two ways to {other.name}", lambda: prefers_the_wire(node, other))
    for other in (GUS, IDA):
        until(f"fay is linked to {other.name}", lambda: is_radio(path(FAY, other)[0]))
    until("hal is linked to gus", lambda: path(HAL, GUS)[0])


def a_table_is_bridged_by_a_node_that_is_on_both():
    sit_down(MIXED, "bridge")
    expect([peer["id"] for peer in HAL.call("peers")["peers"]] == [GUS.id], "hal has a short cut")
    expect(path(FAY, HAL)[0] is None, "fay has a short cut")
    agree(play(ROLLS, MIXED), MIXED)


def the_wire_is_cut_and_the_radio_takes_over():
    logs = {node.name: len(node.log()) for node in MIXED}
    last = play(ROLLS, MIXED)
    WIRES[0].whole = False
    for node, other in ((IDA, GUS), (GUS, IDA)):
        until(f"{node.name} goes by radio", lambda: is_radio(path(node, other)[0]))
    agree(last, MIXED)
    agree(play(ROLLS, MIXED), MIXED)
    WIRES[0].whole = True
    for node, other in ((IDA, GUS), (GUS, IDA)):
        until(f"{node.name} is back on the wire", lambda: prefers_the_wire(node, other))
    agree(play(ROLLS, MIXED), MIXED)
    for node in MIXED:
        expect("is down" not in node.log()[logs[node.name]:], f"{node.name} has lost a link")


def the_others_stop_as_well():
    for node in MIXED:
        expect(node.stop() == 0, f"{node.name} ended with {node.process.returncode}")


# Three who have LE; the first two have BR/EDR as well.
TRIO = JIM, KAY, LEE = [RadioNode(name, i) for i, name in enumerate(("jim", "kay", "lee"))]
PAIR = ((JIM, KAY), (KAY, JIM))


def is_bredr(address):
    return is_radio(address) and address.endswith(" over BR/EDR")


def prefers_bredr(node, other):
    used, standing_by = path(node, other)
    return is_bredr(used) and is_radio(standing_by) and not is_bredr(standing_by)


def who_has_bredr_uses_it_and_le_stands_by():
    for i in (0, 1):
        manage(i, "power", "off")
        manage(i, "bredr", "on")
    for node in TRIO:
        node.start()
    for node in TRIO:
        until(f"{node.name} is linked to all", lambda: linked_to(node, TRIO))
    for node, other in PAIR:
        until(f"{node.name} reaches {other.name} over BR/EDR", lambda: prefers_bredr(node, other))
    expect("BR/EDR" not in LEE.log(), "lee has no BR/EDR")
    for node in (JIM, KAY):
        used, standing_by = path(LEE, node)
        expect(is_radio(used) and standing_by is None, f"lee reaches {node.name} by {used}")


def le_is_gone_and_the_game_goes_on_over_bredr():
    sit_down(TRIO, "platform")
    room("range le 0 1 0")
    for node, other in PAIR:
        until(f"{node.name} has lost LE", lambda: path(node, other)[1] is None)
    agree(play(ROLLS, TRIO), TRIO)
    for node, other in PAIR:
        used, standing_by = path(node, other)
        expect(is_bredr(used) and standing_by is None, f"{node.name} goes by {used}")
    room("range le 0 1 -60")
    for node, other in PAIR:
        until(f"{node.name} has LE again", lambda: prefers_bredr(node, other))


def bredr_is_gone_and_le_takes_over():
    logs = {node.name: len(node.log()) for node in TRIO}
    last = play(ROLLS, TRIO)
    room("range br 0 1 0")
    for node, other in PAIR:
        until(f"{node.name} goes by LE", lambda: not is_bredr(path(node, other)[0]))
    agree(last, TRIO)
    room("range br 0 1 -60")
    for node, other in PAIR:
        until(f"{node.name} has BR/EDR again", lambda: prefers_bredr(node, other))
    agree(play(ROLLS, TRIO), TRIO)
    for node in TRIO:
        expect("is down" not in node.log()[logs[node.name]:], f"{node.name} has lost a link")


def all_three_stop():
    for node in TRIO:
        expect(node.stop() == 0, f"{node.name} ended with {node.process.returncode}")


if __name__ == "__main__":
    if os.environ.get("MACHINE_ACCELERATOR") != "kvm":
        print("# no KVM here: the machine's processor is emulated, which takes longer", flush=True)
    nodes.run([four_nodes_find_each_other_without_an_address,
               they_play_a_whole_game,
               two_go_out_of_range_and_the_game_goes_on_around_them,
               a_node_is_killed_and_comes_back,
               an_adapter_is_switched_off_and_on,
               strangers_that_are_silent_or_send_garbage_are_put_down,
               they_play_on_air_as_slow_as_a_real_one,
               what_they_export_verifies,
               all_stop_when_asked,
               of_two_ways_the_wire_is_used_and_the_radio_stands_by,
               a_table_is_bridged_by_a_node_that_is_on_both,
               the_wire_is_cut_and_the_radio_takes_over,
               the_others_stop_as_well,
               who_has_bredr_uses_it_and_le_stands_by,
               le_is_gone_and_the_game_goes_on_over_bredr,
               bredr_is_gone_and_le_takes_over,
               all_three_stop], SEATS + MIXED + TRIO)
