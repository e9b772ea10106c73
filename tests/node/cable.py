# SPDX-License-Identifier: MIT
"""A cable for datagrams that loses, delays, overtakes and doubles them.

    cable.py SEED PATHS

makes so many paths on loopback and prints one line of JSON, the addresses at which they start.
What arrives there leaves for the address where the path ends; answers go back to whoever last sent
into it. Commands, a line each, from standard input:

    to PATH HOST:PORT                    where a path ends from now on
    weather LOSS DOUBLE DELAY_MSEC [LEAST_MSEC]
                                         shares of datagrams lost and sent twice; each copy waits
                                         for 0 to DELAY_MSEC, so that later ones overtake it, and
                                         for LEAST_MSEC more
    cut [PATH]...                        these paths lose everything, also what is under way, and
                                         the others are whole

What happens to the n-th datagram of a path and direction follows from the seed. Standard input's
end is the cable's. Prints one line, what passed and what was lost, when it ends.
"""

import heapq
import itertools
import json
import random
import selectors
import socket
import sys
import time

DATAGRAM_MAX = 65536


class Side:
    """One end of a path: a socket, whom it talks to, and the path's other side."""

    def __init__(self, seed, path):
        self.path = path
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.draw = random.Random(seed)
        self.peer = None
        self.follows = False  # Whether the peer is whoever sent last.
        self.other = None


class Cable:
    def __init__(self, seed, paths):
        self.select = selectors.DefaultSelector()
        self.loss = self.double = self.delay = self.least = 0.0
        self.torn = set()
        self.under_way = []
        self.number = itertools.count()
        self.passed = self.lost = 0
        self.starts = []
        self.ends = []
        for path in range(paths):
            start, end = Side(f"{seed}/{path}/there", path), Side(f"{seed}/{path}/back", path)
            start.other, end.other = end, start
            start.follows = True
            self.starts.append(start)
            self.ends.append(end)
            for side in (start, end):
                self.select.register(side.socket, selectors.EVENT_READ, side)
        self.select.register(sys.stdin, selectors.EVENT_READ, None)

    def receive(self, side):
        while True:
            try:
                datagram, sender = side.socket.recvfrom(DATAGRAM_MAX)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # What was sent earlier found nobody.
            if side.follows:
                side.peer = sender
            elif sender != side.peer:
                continue
            self.carry(side, datagram)

    def carry(self, side, datagram):
        """Draws the same number of times for each datagram, so that their fates are their own."""
        lost, twice, first, second = (side.draw.random() for _ in range(4))
        if lost < self.loss or side.path in self.torn:
            self.lost += 1
            return
        now = time.monotonic()
        for wait in (first, second) if twice < self.double else (first,):
            heapq.heappush(self.under_way, (now + self.least + wait * self.delay,
                                            next(self.number), side.other, datagram))

    def deliver(self):
        """Sends what is due; returns how long the next one still waits."""
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, _, side, datagram = heapq.heappop(self.under_way)
            if side.peer is None:
                continue
            if side.path in self.torn:
                self.lost += 1
                continue
            try:
                side.socket.sendto(datagram, side.peer)
                self.passed += 1
            except OSError:
                self.lost += 1  # As on a cable: nobody there, or no room.
        return self.under_way[0][0] - now if self.under_way else None

    def obey(self, line):
        words = line.split()
        if words[0] == "to":
            host, port = words[2].rsplit(":", 1)
            self.ends[int(words[1])].peer = (host, int(port))
        elif words[0] == "cut":
            self.torn = {int(word) for word in words[1:]}
        else:
            self.loss, self.double, delay, *least = (float(word) for word in words[1:])
            self.delay = delay / 1000
            self.least = sum(least) / 1000

    def run(self):
        pending = ""
        while True:
            for key, _ in self.select.select(self.deliver()):
                if key.data is not None:
                    self.receive(key.data)
                    continue
                more = sys.stdin.buffer.raw.read(65536).decode()
                if not more:
                    print(json.dumps({"passed": self.passed, "lost": self.lost}), flush=True)
                    return
                *lines, pending = (pending + more).split("\n")
                for line in lines:
                    self.obey(line)


def main(seed, paths):
    cable = Cable(seed, int(paths))
    starts = ("{}:{}".format(*start.socket.getsockname()) for start in cable.starts)
    print(json.dumps(list(starts)), flush=True)
    cable.run()


main(*sys.argv[1:])
