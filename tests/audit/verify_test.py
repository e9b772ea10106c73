# SPDX-License-Identifier: MIT
"""tools/verify.py against published vectors, ours, and exports that the node's code made.

Prints TAP. srcdir and builddir name the source and build folders.
"""

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
    subprocess.run([program, *map(str, arguments), path], check=True)
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


def bets_have_the_edges_of_the_rule_book():
    # The usual house; edge per decision in 36ths of what is staked, times the unit.
    limits = b"".join(verify.u(8, n) for n in (5, 2000, 1, 20000, 5, 2000, 5, 2000, 1, 500))
    pays = ((2, 1), (3, 1), (7, 1), (9, 1), (30, 1), (15, 1), (15, 1), (30, 1))
    house = verify.Rules(
        bytes([1]) + verify.u(8, 2**23 - 1) + verify.u(8, 1) + limits
        + b"".join(verify.u(2, to) + verify.u(2, per) for to, per in pays)
        + bytes([6, 8, 10, 12, 0, 0, 1, 1]) + verify.u(2, 0x410) * 2
    )
    edges = {  # Chips lost by unit * 36 / decisions, as (unit, decisions, loss) of all rolls.
        ("field", 0): (1, 36, 1), ("any seven", 0): (1, 36, 6), ("any craps", 0): (1, 36, 4),
        ("craps 2", 0): (1, 36, 5), ("craps 3", 0): (1, 36, 4), ("craps 12", 0): (1, 36, 5),
        ("yo", 0): (1, 36, 4), ("horn", 0): (4, 36, 18), ("C&E", 0): (2, 36, 8),
        ("hop", 34): (1, 36, 4), ("hop", 44): (1, 36, 5), ("big", 6): (1, 11, 1),
        ("hard", 4): (1, 9, 1), ("hard", 8): (1, 11, 1), ("place", 4): (5, 9, 3),
        ("place", 9): (5, 10, 2), ("place", 6): (6, 11, 1), ("pass odds", 6): (5, 11, 0),
        ("don't come odds", 9): (3, 10, 0),
    }
    for spot, (unit, decisions, loss) in edges.items():
        outcomes = [house.outcome(*spot, a, b) for a in range(1, 7) for b in range(1, 7)]
        outcomes = [outcome for outcome in outcomes if outcome is not None]
        lost = sum(
            unit if outcome == "lose" else -(unit * outcome[0] // outcome[1])
            for outcome in outcomes
        )
        assert (house.fact(*spot)[2], len(outcomes), lost) == (unit, decisions, loss), spot
    assert [house.vig("buy", 4, stake) for stake in (20, 29, 30, 50)] == [1, 1, 2, 3]
    assert [house.vig("lay", 4, stake) for stake in (40, 60)] == [1, 2]


def played_tables_verify():
    for seats, rolls in ((1, 3), (2, 3), (4, 20), (7, 2)):
        audit = verify.Audit(made("make_export", seats, rolls))
        assert audit.table.rolls_done == rolls
        assert len(audit.seating.sits) == seats
        net = verify.nets(audit.seating, audit.table.books)
        assert sum(net.values()) == 0
        owed = verify.transfers(net)
        assert len(owed) < seats
        for debtor, creditor, amount in owed:
            net[debtor] += amount
            net[creditor] -= amount
        assert not any(net.values())


def made_up_tables_verify():
    rolls = 0
    for seed in range(1, 5):
        rolls += verify.Audit(made("fabricate_export", seed)).table.rolls_done
    assert rolls > 10


def no_changed_bit_goes_unnoticed():
    data = made("make_export", 2, 1)
    assert not refused(data)
    # One bit in each of a few hundred places.
    for at in range(0, len(data), 1 + len(data) // 300):
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
    played_tables_verify,
    made_up_tables_verify,
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
