# SPDX-License-Identifier: MIT
"""tools/verify.py against published vectors, ours, and exports that the node's code made.

Prints TAP. srcdir and builddir name the source and build folders.
"""

import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("srcdir", ".")
BUILD = os.environ.get("builddir", ".")
SPEC = importlib.util.spec_from_file_location("verify", os.path.join(SOURCE, "tools", "verify.py"))
verify = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
SPEC.loader.exec_module(verify)
FOLDER = tempfile.TemporaryDirectory()


def vectors(name):
    with open(os.path.join(SOURCE, "tests", "vectors", name), encoding="utf-8") as file:
        return json.load(file)


def made(program, *arguments):
    """An export that a program of tests/audit wrote."""
    path = os.path.join(FOLDER.name, "export")
    program = os.path.join(BUILD, "tests", "audit", program)
    words = [*map(str, arguments)]
    words.insert(2, path)
    subprocess.run([program, *words], check=True)
    with open(path, "rb") as file:
        return file.read()


def refused(data):
    try:
        verify.Audit(data)
    except verify.Wrong:
        return True
    return False


def ristretto_is_that_of_rfc_9496():
    data = vectors("rfc9496-ristretto255.json")
    for i, multiple in enumerate(data["multiples"]):
        point = verify.multiply_sum((i, verify.BASE))
        assert verify.ristretto_encode(point).hex() == multiple
        decoded = verify.ristretto_decode(bytes.fromhex(multiple))
        assert verify.ristretto_encode(decoded).hex() == multiple
    for invalid in data["invalid"]:
        assert verify.ristretto_decode(bytes.fromhex(invalid)) is None
    for row in data["from_hash"]:
        point = verify.ristretto_from_hash(bytes.fromhex(row["input"]))
        assert verify.ristretto_encode(point).hex() == row["output"]


def messages_expand_as_in_rfc_9380():
    vector = vectors("rfc9380-xmd-sha512.json")["vector"]
    for row in vector["tests"]:
        size = int(row["len_in_bytes"], 16)
        out = verify.expand(row["msg"].encode(), vector["DST"].encode(), size)
        assert out.hex() == row["uniform_bytes"]


def inputs_hash_to_the_group_as_in_rfc_9497():
    for mode in vectors("rfc9497-ristretto255.json")["vectors"]:
        context = bytes.fromhex(mode["groupDST"])[len("HashToGroup-") :]
        for row in mode["vectors"]:
            columns = (row[key].split(",") for key in ("Input", "Blind", "BlindedElement"))
            for given, blind, blinded in zip(*columns):
                point = verify.hash_to_element(context, bytes.fromhex(given))
                product = verify.multiply_sum((verify.scalar(bytes.fromhex(blind)), point))
                assert verify.ristretto_encode(product).hex() == blinded


# RFC 8032, section 7.1, tests 1 to 3: key, message, signature.
ED25519 = (
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
)


def signatures_are_those_of_rfc_8032():
    for row in ED25519:
        key, message, signature = map(bytes.fromhex, row)
        assert verify.ed25519_verify(key, message, signature)
        assert not verify.ed25519_verify(key, message + b"x", signature)
        for bit in range(0, 512, 7):
            changed = bytearray(signature)
            changed[bit // 8] ^= 1 << bit % 8
            assert not verify.ed25519_verify(key, message, bytes(changed))
        again = int.from_bytes(signature[32:], "little") + verify.L
        assert not verify.ed25519_verify(key, message, signature[:32] + again.to_bytes(32, "little"))


def keys_of_small_order_are_refused():
    # With the identity as key, s = 0 and R = the identity would verify for any message.
    identity = (1).to_bytes(32, "little")
    assert not verify.ed25519_verify(identity, b"anything", identity + bytes(32))
    for y in (0, verify.P - 1):
        assert verify.ed25519_key(y.to_bytes(32, "little")) is None


def our_vectors_hold():
    assert verify.check_vectors(vectors("dvrf.json")["tables"]) == 18


def changed_vectors_do_not_hold():
    tables = vectors("dvrf.json")["tables"][1:2]
    for field in ("V", "M"):
        changed = json.loads(json.dumps(tables))
        text = changed[0]["rolls"][0][field]
        changed[0]["rolls"][0][field] = ("0" if text[0] != "0" else "2") + text[1:]
        try:
            verify.check_vectors(changed)
        except verify.Wrong:
            continue
        raise AssertionError(field)


LADDERS = (
    (0, 0, 0, 25, 250, 1000), (31,), (31,), (151,), (41, 51, 66, 81, 91), (0, 6, 11, 21, 51, 201),
    (0, 0, 1, 4, 6, 8, 13, 21, 26, 31, 101), (0, 0, 5, 9, 16, 101), (71, 96, 101, 121, 501, 1001),
    (17,), (0, 0, 6, 11, 21, 51, 101, 101, 101, 101), (21, 81), (71,), (13,), (2,),
)


def house(crapless=0, vig_rounding=0):
    """The usual house, which takes all bets that it can."""
    four_ten = 1 << 4 | 1 << 10
    wrong_way = 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7
    limits = (5, 2000, 1, 20000, 5, 2000, 5, 2000, 1, 500, 1, 100)
    pays = ((2, 1), (3, 1), (7, 1), (9, 1), (30, 1), (15, 1), (15, 1), (30, 1))
    return verify.Rules(
        bytes([1]) + b"".join(verify.u(8, n) for n in (
            2**57 - 1 & ~(wrong_way if crapless else 0), 0, 0, 1, 1, *limits))
        + b"".join(verify.u(2, to) + verify.u(2, per) for to, per in pays)
        + b"".join(verify.u(2, step) for ladder in LADDERS for step in ladder)
        + bytes([2, 4, 6, 8, 10, crapless, 12, 0, vig_rounding, 0, 0, 0, 0])
        + verify.u(2, four_ten) * 2
    )


# By how much the player loses: (unit, decisions of 36 rolls, chips lost in them at a unit each).
EDGES = {
    ("field", 0): (1, 36, 1), ("any seven", 0): (1, 36, 6), ("any craps", 0): (1, 36, 4),
    ("craps 2", 0): (1, 36, 5), ("craps 3", 0): (1, 36, 4), ("craps 12", 0): (1, 36, 5),
    ("yo", 0): (1, 36, 4), ("hi-lo", 0): (1, 36, 4), ("C&E", 0): (2, 36, 8),
    ("horn", 0): (4, 36, 18), ("horn high", 2): (5, 36, 23), ("horn high", 3): (5, 36, 22),
    ("horn high", 11): (5, 36, 22), ("horn high", 12): (5, 36, 23), ("world", 0): (5, 36, 24),
    ("three-way", 0): (3, 36, 14), ("hop", 34): (1, 36, 4), ("hop", 44): (1, 36, 5),
    ("hopping sevens", 0): (3, 36, 12), ("over 7", 0): (1, 36, 6), ("under 7", 0): (1, 36, 6),
    ("low dice", 0): (1, 36, 2), ("high dice", 0): (1, 36, 2), ("fielder's choice", 2): (1, 36, 6),
    ("fielder's choice", 4): (1, 36, 6), ("fielder's choice", 10): (1, 36, 6),
    ("big", 6): (1, 11, 1), ("hard", 4): (1, 9, 1), ("hard", 8): (1, 11, 1),
    ("place", 4): (5, 9, 3), ("place", 9): (5, 10, 2), ("place", 6): (6, 11, 1),
    ("place", 2): (2, 7, 1), ("place", 11): (4, 8, 2), ("place to lose", 4): (11, 9, 3),
    ("place to lose", 9): (8, 10, 2), ("place to lose", 6): (5, 11, 1),
    ("pass odds", 6): (5, 11, 0), ("come odds", 2): (1, 7, 0), ("put odds", 11): (1, 8, 0),
    ("don't come odds", 9): (3, 10, 0), ("put", 4): (1, 9, 3), ("put", 5): (1, 10, 2),
    ("yes", 2): (25, 7, 3), ("yes", 11): (50, 8, 6), ("yes", 4): (25, 9, 3),
    ("yes", 5): (100, 10, 12), ("yes", 8): (50, 11, 5), ("no", 12): (25, 7, 1),
    ("no", 3): (100, 8, 2), ("no", 10): (100, 9, 6), ("no", 5): (20, 10, 2), ("no", 6): (50, 11, 4),
    ("next", 2): (10, 36, 7), ("next", 3): (50, 36, 34), ("next", 4): (50, 36, 33),
    ("next", 5): (25, 36, 16), ("next", 6): (25, 36, 15), ("next", 7): (10, 36, 6),
}


def bets_have_the_edges_of_the_rule_book():
    rules = house()
    for (kind, number), edge in EDGES.items():
        unit, won, decisions = rules.fact(kind, number)[2], 0, 0
        for a in range(1, 7):
            for b in range(1, 7):
                fall = verify.Fall(a, b)
                outcome = verify.ROW[kind].rule.outcome(rules, number, fall)
                decisions += outcome is not None
                if isinstance(outcome, tuple):
                    won += unit * outcome[0] // outcome[1]
                elif outcome == "lose":
                    won -= unit
        assert (unit, decisions, -won) == edge, (kind, number)


# A bet on a hand of 10 chips, what is thrown (totals or dice), and what is won; -10 is a loss.
HANDS = (
    ("fire", 0, "4 4 5 5 6 6 7 9 7", -10), ("fire", 0, "4 4 5 5 6 6 8 8 10 7", 240),
    ("fire", 0, "4 4 5 5 6 6 8 8 9 9 10 10", 9990), ("all small", 0, "7", -10),
    ("all small", 0, "2 3 12 4 5 6", 300), ("all tall", 0, "8 9 10 11 8 12", 300),
    ("make 'em all", 0, "2 3 4 5 6 8 9 10 11 12", 1500), ("make 'em all", 0, "2 3 4 5 6 8 7", -10),
    ("repeater", 2, "2 3 2", 400), ("repeater", 10, "10 4 10 10 9 10", 650),
    ("repeater", 8, "8 8 8 8 8 7", -10), ("hot roller", 0, "1-3 2-2 1-4 7", -10),
    ("hot roller", 0, "1-3 2-2 1-4 2-3 7", 50), ("ride the line", 0, "7 11 4 4 5 7", 0),
    ("ride the line", 0, "7 11 7 3 11 6 7", 30), ("different doubles", 0, "1-1 2-2 1-1 3-3 7", 40),
    ("different doubles", 0, "1-1 2-2 3-3 4-4 5-5 6-6", 1000),
    ("replay", 0, "6 6 6 6 8 8 6 6 5 7", 700), ("replay", 0, "4 4 4 4 4 4 5 7", 1200),
    ("muggsy's corner", 0, "7", 20),
    ("muggsy's corner", 0, "6 7", 30), ("muggsy's corner", 0, "6 5", -10),
    ("muggsy's corner", 0, "11", -10), ("point-7", 0, "4 7", 70), ("point-7", 0, "7", -10),
    ("7-point", 0, "7 8", 70), ("7-point", 0, "7 11", -10), ("twice hard", 0, "3-3 2-2 3-3", 160),
    ("twice hard", 0, "3-3 2-4 3-3 5 3-3", 160), ("twice hard", 0, "3-3 2-4 3-3 7", -10),
    ("sharpshooter", 0, "4 4 4 4 5 5 6 7", 50), ("sharpshooter", 0, "4 4 4 4 5 7", -10),
    ("hot hand", 0, "2 3 4 5 6 8 9 10 11 7", 200), ("hot hand", 0, "2 3 4 5 6 8 9 10 11 12", 800),
    ("flaming four", 0, "2 3 11 12", 700), ("sizzling six", 0, "4 5 6 8 9 10", 120),
    ("four rolls", 0, "4 5 6 8", 10), ("four rolls", 0, "4 5 6 7", -10),
)


def dice(word):
    """Two dice, 3-4, or a total: some two that make it."""
    if "-" in word:
        return tuple(map(int, word.split("-")))
    total = int(word)
    return (1, total - 1) if total <= 7 else (total - 6, 6)


def bets_on_a_hand_climb_as_the_rule_book_says():
    for kind, number, throws, won in HANDS:
        felt = verify.Felt(house())
        felt.shooter = 0
        felt.add(0, (kind, number), 10)
        made = [felt.roll(*dice(word), [0]) for word in throws.split()]
        assert not any(made[:-1]) and len(made[-1]) == 1, (kind, throws)
        assert made[-1][0]["profit"] - made[-1][0]["collected"] == won, (kind, throws)


def the_vig_is_that_of_the_rule_book():
    def buys(rounding):
        rules = house(vig_rounding=rounding)
        return [rules.vig("buy", 4, stake) for stake in (20, 29, 30, 50)]

    assert [buys(rounding) for rounding in range(4)] == [
        [1, 1, 2, 3], [1, 1, 1, 2], [1, 2, 2, 3], [1, 1, 2, 3]
    ]
    assert [house().vig("lay", 4, stake) for stake in (40, 60)] == [1, 2]
    assert house().held("buy", 4, 100) == 0 and house().held("buy", 5, 100) == 5


def bets_of_the_original_have_their_ids():
    names = {0: ("pass", 0), 4: ("field", 0), 14: ("yes", 12), 15: ("no", 2), 28: ("hard", 10),
             33: ("hot roller", 0), 42: ("different doubles", 0), 53: ("next", 12),
             63: ("repeater", 12), 65: ("pass", 2), 64: None, 10**6: None}
    assert {number: verify.bet_of_id(number) for number in names} == names
    ids = [number for number in range(64 + len(verify.SPOTS)) if verify.bet_of_id(number)]
    bets = {verify.bet_of_id(number) for number in ids}
    assert len(bets) == len(ids) and bets >= set(verify.SPOTS)


class Replay:
    """Follows what tests/audit/fabricate_felt.c prints, step by step."""

    def __init__(self, lines):
        self.bank, self.rolls, self.kinds = 0, 0, set()
        for number, line in enumerate(lines, 1):
            word, *rest = line.split()
            assert getattr(self, word)(*rest), f"line {number}: {line}"

    def judge(self, encoded, sound):
        try:
            verify.Rules(bytes.fromhex(encoded))
        except verify.Wrong:
            return sound == "0"
        return sound == "1"

    def rules(self, encoded):
        self.felt = verify.Felt(verify.Rules(bytes.fromhex(encoded)))
        self.felt.shooter = 0
        return True

    def bank_has(self, chips):
        self.bank = int(chips)
        return True

    def order(self, seat, bet, deed, amount, moved):
        felt, seat = self.felt, int(seat)
        spot, amount = verify.bet_of_id(int(bet)), int(amount)
        before = dict(felt.bets[seat]), dict(felt.calls[seat])
        try:
            done = (felt.add, felt.take, felt.call)[int(deed)](seat, spot, amount) or 0
            if deed == "0" and felt.reserve() > self.bank:
                raise verify.Refused
        except verify.Refused:
            felt.bets[seat], felt.calls[seat] = before
            done = "-"
        return str(done) == moved

    def leave(self, seat, moved):
        return self.felt.clear(int(seat)) == int(moved)

    def roll(self, a, b, bank, digest):
        decisions = self.felt.roll(int(a), int(b), range(3))
        for decision in decisions:
            self.bank += decision["collected"] + decision["vig"] - decision["profit"]
            self.kinds.add((decision["spot"][0], decision["outcome"]))
        self.felt.fit(decisions, self.bank)
        self.rolls += 1
        encoded = self.felt.encode()
        same = hashlib.blake2b(encoded, digest_size=16).hexdigest() == digest
        return same and self.bank == int(bank)


def games_of_all_bets_come_out_the_same():
    rolls, seen = 0, set()
    for seed in range(1, 121):
        program = os.path.join(BUILD, "tests", "audit", "fabricate_felt")
        made_up = subprocess.run(
            [program, str(seed), "100"], check=True, capture_output=True, text=True
        )
        replay = Replay(made_up.stdout.splitlines())
        rolls += replay.rolls
        seen |= replay.kinds
    assert rolls == 12000
    for row in verify.ROWS:
        assert any((row.name, outcome) in seen for outcome in ("win", "lose")), row.name


def played_tables_verify():
    for seats, rolls in ((1, 3), (2, 3), (4, 20), (7, 2)):
        audit = verify.Audit(made("make_export", seats, rolls))
        assert audit.table.rolls_done == rolls
        assert len(audit.seating.sits) == seats
        net = verify.nets(audit.table)
        assert sum(net.values()) == 0
        owed = verify.transfers(net)
        assert len(owed) < seats
        for debtor, creditor, amount in owed:
            net[debtor] += amount
            net[creditor] -= amount
        assert not any(net.values())


def people_come_and_go_in_valid_tables():
    audit = verify.Audit(made("make_export", 4, 2, "epochs"))
    assert audit.table.roster.epoch >= 6, audit.table.roster.epoch
    assert len(audit.table.sits) == 6 and len(audit.table.guilty) == 1
    assert sum(verify.nets(audit.table).values()) == 0


def made_up_tables_verify():
    rolls = epochs = 0
    lies = set()
    came = {verify.OPEN: 0, verify.INVITATION: 0, verify.APPROVAL: 0}
    for seed in range(1, 30):
        table = verify.Audit(made("fabricate_export", seed, 60)).table
        lies.update(deed for *_, deed in table.convictions)
        rolls += table.rolls_done
        epochs += table.roster.epoch
        came[table.seating.genesis["admission"]] += sum(
            sit["epoch"] > 0 for sit in table.sits.values()
        )
        assert sum(verify.nets(table).values()) == 0
    assert rolls > 80 and epochs > 24 and all(came.values()), (rolls, epochs, came)
    for lie in (
        "contradicting votes", "two actions", "a false share of the dice of roll", "shares for two",
        "a false share of the dice key", "a false complaint",
    ):
        assert any(deed.startswith(lie) for deed in lies), lie


def blocks_that_no_seat_votes_for_are_refused():
    for seed in range(1, 21):
        assert refused(made("fabricate_export", seed, 30, "spoil")), seed


def no_changed_bit_goes_unnoticed():
    # The second has two epochs, and people who were invited.
    data = made("fabricate_export", 81, 13)
    table = verify.Audit(data).table
    assert table.roster.epoch == 2 and table.seating.genesis["admission"] == verify.INVITATION
    for data in (made("make_export", 2, 1), data):
        assert not refused(data)
        # One bit in each of a few hundred places.
        for at in range(0, len(data), 1 + len(data) // 200):
            changed = bytearray(data)
            changed[at] ^= 1 << at * 5 % 8
            assert refused(bytes(changed)), at


def files_cut_short_or_drawn_out_are_refused():
    data = made("make_export", 2, 1)
    for size in range(0, len(data), 1 + len(data) // 50):
        assert refused(data[:size]), size
    assert refused(data + b"\0")
    assert refused(data + data)


def bytes_without_a_meaning_are_refused():
    chance = random.Random(1)
    for size in range(300):
        assert refused(bytes(chance.randrange(256) for _ in range(size)))


TESTS = (
    ristretto_is_that_of_rfc_9496,
    messages_expand_as_in_rfc_9380,
    inputs_hash_to_the_group_as_in_rfc_9497,
    signatures_are_those_of_rfc_8032,
    keys_of_small_order_are_refused,
    our_vectors_hold,
    changed_vectors_do_not_hold,
    bets_have_the_edges_of_the_rule_book,
    bets_on_a_hand_climb_as_the_rule_book_says,
    the_vig_is_that_of_the_rule_book,
    bets_of_the_original_have_their_ids,
    games_of_all_bets_come_out_the_same,
    played_tables_verify,
    people_come_and_go_in_valid_tables,
    made_up_tables_verify,
    blocks_that_no_seat_votes_for_are_refused,
    no_changed_bit_goes_unnoticed,
    files_cut_short_or_drawn_out_are_refused,
    bytes_without_a_meaning_are_refused,
)


def main():
    print(f"1..{len(TESTS)}")
    failures = 0
    for i, test in enumerate(TESTS, 1):
        try:
            test()
            outcome = "ok"
        except Exception as error:  # A test that fails must not hide the others.
            print(f"# {type(error).__name__}: {error}")
            outcome = "not ok"
            failures += 1
        print(f"{outcome} {i} - {test.__name__}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
