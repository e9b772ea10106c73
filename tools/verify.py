#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Was I paid right? Checks an exported BitCraps table from its bytes alone.

    verify.py FILE            check everything; exit 0 when it holds, 1 when not
    verify.py --quiet FILE    the same, one line
    verify.py --vectors FILE  check the dice vectors, tests/vectors/dvrf.json

This is a second, independent implementation: one file, the Python standard library only, no code
shared with the node. It was written from the formats in proto/table.proto and the header comments
of src/, and from the rule book of bank craps. It checks every signature, certificate, key
generation step, dice share and proof, every die, and replays every bet, payout and balance; the
result must match the state root that the seats signed in each following block.

Nothing here is constant time: it handles public data only.
"""

import fractions
import functools
import hashlib
import json
import math
import sys
import unicodedata

# ---- The curve -----------------------------------------------------------------------------------
#
# Edwards25519 in extended coordinates (X, Y, Z, T), a = -1 (RFC 8032, section 5.1.4).

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def point_double(p):
    x, y, z, _ = p
    a = x * x % P
    b = y * y % P
    h = a + b
    e = h - (x + y) ** 2
    g = a - b
    f = 2 * z * z + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_cache(p):
    """What point_add wants of its second operand."""
    x, y, z, t = p
    return (y + x) % P, (y - x) % P, 2 * D * t % P, 2 * z % P


def point_add(p, cached):
    x, y, z, t = p
    plus, minus, t2d, z2 = cached
    a = (y - x) * minus % P
    b = (y + x) * plus % P
    c = t * t2d % P
    d = z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_sub(p, cached):
    plus, minus, t2d, z2 = cached
    return point_add(p, (minus, plus, P - t2d, z2))


def point_negate(p):
    x, y, z, t = p
    return P - x, y, z, P - t


def signed_digits(k, width):
    """The non-adjacent form of k: odd digits below 2^(width-1), rarely one."""
    digits = []
    size = 1 << width
    while k:
        digit = 0
        if k & 1:
            digit = k & (size - 1)
            if digit >= size >> 1:
                digit -= size
            k -= digit
        digits.append(digit)
        k >>= 1
    return digits


def odd_multiples(p, count):
    twice = point_cache(point_double(p))
    table = []
    for _ in range(count):
        table.append(point_cache(p))
        p = point_add(p, twice)
    return table


@functools.lru_cache(maxsize=256)
def small_table(p):
    return odd_multiples(p, 8)


@functools.lru_cache(maxsize=1)
def base_table():
    return odd_multiples(BASE, 64)


def multiply_sum(*pairs):
    """The sum of scalar * point over the pairs (Straus): one run of doublings for all."""
    rows = []
    for scalar, point in pairs:
        if point is BASE:
            rows.append((signed_digits(scalar, 8), base_table()))
        else:
            rows.append((signed_digits(scalar, 5), small_table(point)))
    total = IDENTITY
    for i in range(max((len(digits) for digits, _ in rows), default=0) - 1, -1, -1):
        total = point_double(total)
        for digits, table in rows:
            digit = digits[i] if i < len(digits) else 0
            if digit > 0:
                total = point_add(total, table[digit >> 1])
            elif digit < 0:
                total = point_sub(total, table[-digit >> 1])
    return total


def ed25519_decode(data):
    """The point of a canonical encoding, None for anything else."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square, x = sqrt_ratio(y * y - 1, D * y * y + 1)
    if not square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def ed25519_encode(p):
    x, y, z, _ = p
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small_order(p):
    for _ in range(3):
        p = point_double(p)
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


@functools.lru_cache(maxsize=256)
def ed25519_key(data):
    """A public key's point negated; None when it is no usable key."""
    point = ed25519_decode(data) if len(data) == 32 else None
    return None if point is None or small_order(point) else point_negate(point)


def ed25519_verify(key, message, signature):
    """RFC 8032 without the cofactor, as libsodium: canonical s and key, none of small order."""
    minus_key = ed25519_key(bytes(key))
    if minus_key is None or len(signature) != 64:
        return False
    commitment = signature[:32]
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little") % L
    computed = multiply_sum((s, BASE), (h, minus_key))
    return ed25519_encode(computed) == commitment and not small_order(computed)


# ---- ristretto255 (RFC 9496) ---------------------------------------------------------------------

INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235


def absolute(x):
    x %= P
    return P - x if x & 1 else x


def sqrt_ratio(u, v):
    """SQRT_RATIO_M1 of section 4.2: whether u/v is a square, and a root of it or of i u/v."""
    u, v = u % P, v % P
    r = u * v**3 * pow(u * v**7 % P, (P - 5) // 8, P) % P
    check = v * r * r % P
    flipped = check == -u % P
    if flipped or check == -u * SQRT_M1 % P:
        r = r * SQRT_M1 % P
    return check == u or flipped, absolute(r)


BASE = ed25519_decode(bytes([0x58]) + bytes([0x66]) * 31)


@functools.lru_cache(maxsize=1024)
def ristretto_decode(data):
    """Section 4.3.1; None for an invalid encoding."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or s & 1:
        return None
    ss = s * s
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2)
    den_x = inverse * u2 % P
    x = absolute(2 * s * den_x)
    y = u1 * inverse * den_x * v % P
    t = x * y % P
    return None if not square or t & 1 or y == 0 else (x, y, 1, t)


def ristretto_encode(p):
    """Section 4.3.2."""
    x, y, z, t = p
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, inverse = sqrt_ratio(1, u1 * u2 * u2)
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    if t * z_inverse % P & 1:
        x, y, den2 = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if x * z_inverse % P & 1:
        y = -y
    return absolute(den2 * (z - y)).to_bytes(32, "little")


def elligator(data):
    """MAP of section 4.3.4."""
    t = int.from_bytes(data, "little") & (2**255 - 1)
    r = SQRT_M1 * t * t % P
    u = (r + 1) * (1 - D * D) % P
    v = (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    c = -1
    if not square:
        s, c = -absolute(s * t), r
    n = c * (r - 1) * (D - 1) ** 2 - v
    w0, w1 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def ristretto_from_hash(data):
    return point_add(elligator(data[:32]), point_cache(elligator(data[32:])))


def element(data):
    """The point of an encoding that is valid and not the identity; None otherwise."""
    return None if data == bytes(32) else ristretto_decode(bytes(data))


def scalar(data):
    """The scalar of a canonical encoding; None otherwise."""
    value = int.from_bytes(data, "little")
    return value if len(data) == 32 and value < L else None


# ---- Hashes and proofs (src/dice/group.h, proof.h) -----------------------------------------------

ROLL_CONTEXT = b"BitCraps-DVRF-v1-ristretto255-SHA512"
KEYGEN_CONTEXT = b"BitCraps-DKG-v1-ristretto255-SHA512"


def blake2b(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def u(size, value):
    return value.to_bytes(size, "big")


def expand(message, tag, size):
    """expand_message_xmd with SHA-512 (RFC 9380, section 5.3.1)."""
    tag += u(1, len(tag))
    first = hashlib.sha512(bytes(128) + message + u(2, size) + b"\0" + tag).digest()
    out, last = b"", bytes(64)
    for i in range(1, (size + 63) // 64 + 1):
        mixed = bytes(a ^ b for a, b in zip(first, last))
        last = hashlib.sha512(mixed + u(1, i) + tag).digest()
        out += last
    return out[:size]


def hash_to_element(context, message):
    return ristretto_from_hash(expand(message, b"HashToGroup-" + context, 64))


def hash_to_scalar(context, message):
    return int.from_bytes(expand(message, b"HashToScalar-" + context, 64), "little") % L


def prefixed(*parts):
    return b"".join(u(2, len(part)) + part for part in parts)


def open_proof(proof):
    c, z = scalar(proof[:32]), scalar(proof[32:])
    return (c, z) if len(proof) == 64 and c is not None and z is not None else None


def equality_holds(context, key, base, value, proof):
    """DLEQ: key = k G and value = k base for the same k. All are encodings."""
    opened = open_proof(proof)
    points = [element(key), element(base), element(value)]
    if opened is None or None in points:
        return False
    c, z = opened
    t2 = ristretto_encode(multiply_sum((z, BASE), (c, points[0])))
    t3 = ristretto_encode(multiply_sum((z, points[1]), (c, points[2])))
    return c == hash_to_scalar(context, prefixed(key, base, value, t2, t3) + b"Challenge")


def knowledge_holds(context, key, binding, proof):
    """Schnorr: whoever made the proof knows k of key = k G, and bound it to these bytes."""
    opened, point = open_proof(proof), element(key)
    if opened is None or point is None:
        return False
    c, z = opened
    t = ristretto_encode(multiply_sum((z, BASE), (c, point)))
    return c == hash_to_scalar(context, prefixed(key, t, binding) + b"Schnorr")


# ---- XChaCha20-Poly1305, to open a share box that was complained about ---------------------------


def chacha_rounds(words):
    state = list(words)

    def rotate(value, by):
        return (value << by | value >> 32 - by) & 0xFFFFFFFF

    def quarter(a, b, c, d):
        for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            state[z] = rotate(state[z] ^ state[x], by)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return state


def words_of(data):
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]


def bytes_of(words):
    return b"".join((word & 0xFFFFFFFF).to_bytes(4, "little") for word in words)


CHACHA_WORDS = words_of(b"expand 32-byte k")


def xchacha_open(key, nonce, box, associated):
    """The text of a box (draft-irtf-cfrg-xchacha), None when it was not made with this key."""
    mixed = chacha_rounds(CHACHA_WORDS + words_of(key) + words_of(nonce[:16]))
    key = bytes_of(mixed[:4] + mixed[12:])

    def block(counter):
        words = CHACHA_WORDS + words_of(key) + [counter, 0] + words_of(nonce[16:])
        return bytes_of(a + b for a, b in zip(words, chacha_rounds(words)))

    one_time = block(0)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    text, tag = box[:-16], box[-16:]
    padded = associated + bytes(-len(associated) % 16) + text + bytes(-len(text) % 16)
    padded += len(associated).to_bytes(8, "little") + len(text).to_bytes(8, "little")
    sum_ = 0
    for i in range(0, len(padded), 16):
        sum_ = (sum_ + int.from_bytes(padded[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    sum_ = (sum_ + int.from_bytes(one_time[16:32], "little")) % 2**128
    if sum_.to_bytes(16, "little") != tag:
        return None
    stream = b"".join(block(1 + i) for i in range((len(text) + 63) // 64))
    return bytes(a ^ b for a, b in zip(text, stream))


# ---- The joint key (src/dice/keygen.h) -----------------------------------------------------------


class Keygen:
    """One attempt: its parameters, and what follows from its deals."""

    def __init__(self, instance, epoch, attempt, list_hash, n, t, keys):
        self.scope = instance + u(8, epoch) + u(4, attempt) + list_hash + u(1, n) + u(1, t)
        self.n, self.t, self.keys = n, t, keys

    def decode(self, data):
        """A deal as a dictionary; None when it has not this attempt's layout."""
        if len(data) != 162 + 32 * self.t + 48 * self.n or list(data[:2]) != [self.n, self.t]:
            return None
        at = 2 + 32 * self.t
        return {
            "bytes": data,
            "commitments": [data[2 + 32 * k : 34 + 32 * k] for k in range(self.t)],
            "possession": data[at : at + 64],
            "box": data[at + 64 : at + 96],
            "box_proof": data[at + 96 : at + 160],
            "shares": [data[at + 160 + 48 * i :][:48] for i in range(self.n)],
        }

    def deal_holds(self, dealer, deal):
        if any(element(c) is None for c in deal["commitments"]):
            return False
        bound = self.scope + u(1, dealer)
        return knowledge_holds(
            KEYGEN_CONTEXT, deal["commitments"][0], b"possession" + bound, deal["possession"]
        ) and knowledge_holds(KEYGEN_CONTEXT, deal["box"], b"box" + bound, deal["box_proof"])

    @staticmethod
    def evaluate(commitments, x):
        """The commitments' polynomial in the exponent, by Horner's rule; a point."""
        total = IDENTITY
        for commitment in reversed(commitments):
            total = multiply_sum((x, total)) if total != IDENTITY else total
            total = point_add(total, point_cache(commitment))
        return total

    def dealer_guilty(self, deal, complaint):
        """The judgement on a complaint: True, or the complainer is guilty."""
        dealer, complainer = complaint[0], complaint[1]
        common, proof = complaint[2:34], complaint[34:]
        if not equality_holds(KEYGEN_CONTEXT, self.keys[complainer], deal["box"], common, proof):
            return False
        key = blake2b(b"BitCraps-box-v1", common, self.scope, u(1, dealer), u(1, complainer))
        opened = xchacha_open(
            key, bytes(24), deal["shares"][complainer], blake2b(*deal["commitments"])
        )
        share = None if opened is None else scalar(opened)
        if share is None:
            return True
        points = [ristretto_decode(c) for c in deal["commitments"]]
        expected = self.evaluate(points, complainer + 1)
        return ristretto_encode(multiply_sum((share, BASE))) != ristretto_encode(expected)

    def finish(self, deals):
        """(group key, share keys, transcript hash); None when a key is the identity."""
        sums = []
        for k in range(self.t):
            total = IDENTITY
            for deal in deals:
                total = point_add(total, point_cache(ristretto_decode(deal["commitments"][k])))
            sums.append(total)
        keys = [ristretto_encode(self.evaluate(sums, i + 1)) for i in range(self.n)]
        group = ristretto_encode(sums[0])
        if bytes(32) in keys + [group]:
            return None
        transcript = blake2b(
            b"BitCraps-DKG-transcript-v1",
            self.scope,
            *self.keys,
            *(deal["bytes"] for deal in deals),
        )
        return group, keys, transcript


# ---- A roll (src/dice/roll.h) --------------------------------------------------------------------


def roll_input(instance, epoch, table, number, close, transcript):
    return instance + u(8, epoch) + table + u(8, number) + close + transcript


def roll_base(given):
    return ristretto_encode(hash_to_element(ROLL_CONTEXT, b"roll" + given))


def combine(values):
    """V of {seat: point}: Lagrange interpolation at 0."""
    pairs = []
    for i, value in values.items():
        weight = 1
        for m in values:
            if m != i:
                weight = weight * (m + 1) * pow(m - i, -1, L) % L
        pairs.append((weight, value))
    return ristretto_encode(multiply_sum(*pairs))


def dice_of(value, given):
    seed = hashlib.sha512(b"dice" + value + given).digest()
    while True:
        for byte in seed:
            if byte < 252:
                return 1 + byte % 36 // 6, 1 + byte % 6
        seed = hashlib.sha512(seed).digest()


# ---- Messages (proto/table.proto) ----------------------------------------------------------------
#
# Field: (number, name, type, of a oneof). A type is u32, u64, i64, bool, bytes, string, or the name
# of a message; a list of one type is repeated. One meaning has one encoding: what was read is
# written again and must be the same bytes.

SCHEMA = {
    "Genesis": [
        (1, "version", "u32"), (2, "host", "bytes"), (3, "nonce", "bytes"), (4, "name", "string"),
        (5, "seats", "u32"), (6, "buy_in", "i64"), (7, "bank", "i64"), (8, "window_msec", "u32"),
        (9, "host_bank", "bool"), (10, "rules", "bytes"), (11, "most", "u32"),
        (12, "admission", "u32"), (13, "invitation", "bytes"),
        (16, "witnesses", "u32"),
    ],
    "Sit": [
        (1, "identity", "bytes"), (2, "consensus_key", "bytes"), (3, "dice_key", "bytes"),
        (4, "dice_proof", "bytes"), (5, "name", "string"), (6, "witness", "bool"),
        (7, "identity_signature", "bytes"), (8, "consensus_signature", "bytes"),
        (9, "epoch", "u64"), (10, "invitation", "bytes"),
    ],
    "Seating": [(1, "genesis", "bytes"), (2, "sits", ["bytes"]), (3, "signature", "bytes")],
    "Certificate": [
        (1, "type", "u32"), (2, "epoch", "u64"), (3, "view", "u64"), (4, "digest", "bytes"),
        (5, "bitmap", "u32"), (6, "signatures", "bytes"),
    ],
    "Block": [(1, "header", "bytes"), (2, "payload", "bytes"), (3, "skips", ["Certificate"])],
    "Action": [(1, "body", "bytes"), (2, "signature", "bytes")],
    "ActionBody": [
        (1, "epoch", "u64"), (2, "seat", "u32"), (3, "sequence", "u64"),
        (6, "ready", "Ready", True), (7, "time_up", "TimeUp", True), (8, "deal", "bytes", True),
        (9, "deal_ok", "DealOk", True), (10, "complaint", "bytes", True),
        (11, "leave", "Leave", True), (12, "orders", "Orders", True), (13, "attempt", "u32"),
        (14, "kick", "Kick", True), (15, "here", "Here", True), (16, "missing", "Missing", True),
        (17, "evidence", "Evidence", True), (20, "approve", "Approve", True),
    ],
    "Approve": [(1, "identity", "bytes")],
    "Evidence": [(1, "first", "bytes"), (2, "second", "bytes")],
    "Vote": [
        (1, "type", "u32"), (2, "epoch", "u64"), (3, "view", "u64"), (4, "digest", "bytes"),
        (5, "seat", "u32"), (6, "signature", "bytes"),
    ],
    "Partial": [
        (1, "epoch", "u64"), (2, "roll", "u64"), (3, "close", "bytes"), (4, "seat", "u32"),
        (5, "partial", "bytes"), (6, "proof", "bytes"), (7, "signature", "bytes"),
    ],
    "Statement": [
        (1, "vote", "Vote", True), (9, "action", "Action", True),
        (10, "partial", "Partial", True),
    ],
    "Kick": [(1, "seat", "u32")],
    "Here": [],
    "Missing": [(1, "confirmation", "bool"), (2, "seat", "u32")],
    "Orders": [(1, "roll", "u64"), (2, "orders", ["Order"])],
    "Order": [
        (1, "bet", "u32"), (2, "add", "i64", True), (3, "take", "i64", True),
        (4, "call", "u32", True),
    ],
    "Ready": [(1, "roll", "u64")],
    "TimeUp": [(1, "roll", "u64")],
    "DealOk": [(1, "list", "bytes")],
    "Leave": [(1, "roll", "u64")],
    "Payload": [(1, "items", ["Item"])],
    "Item": [
        (1, "action", "bytes", True), (2, "close", "Close", True), (3, "roll", "Roll", True),
        (4, "sit", "bytes", True), (5, "epoch_end", "EpochEnd", True),
    ],
    "EpochEnd": [(1, "epoch", "u64"), (2, "list", "bytes"), (3, "transcript", "bytes")],
    "Blocks": [(1, "blocks", ["Block"]), (2, "finalization", "Certificate")],
    "Close": [(1, "roll", "u64")],
    "Roll": [(1, "roll", "u64"), (2, "value", "bytes"), (3, "shares", ["Share"])],
    "Share": [(1, "seat", "u32"), (2, "partial", "bytes"), (3, "proof", "bytes")],
    "Export": [
        (1, "version", "u32"), (2, "seating", "Seating"), (3, "blocks", ["Block"]),
        (4, "finalization", "Certificate"), (5, "endings", ["Blocks"]),
    ],
}

DEFAULTS = {"u32": 0, "u64": 0, "i64": 0, "bool": False, "bytes": b"", "string": ""}


class Wrong(Exception):
    """Something does not hold; its text says what."""


def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Wrong("a message is cut short")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def write_varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_value(kind, data):
    """A field's value from its number, or from the bytes that its length promised."""
    if kind in ("u32", "u64", "i64", "bool"):
        if not isinstance(data, int) or data >= 2 ** {"u32": 32, "bool": 1}.get(kind, 64):
            raise Wrong("a number is out of range")
        if kind == "i64" and data >= 2**63:
            return data - 2**64
        return bool(data) if kind == "bool" else data
    if isinstance(data, int):
        raise Wrong("a field has the wrong type")
    if kind == "bytes":
        return data
    if kind == "string":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong("a text is not UTF-8") from None
    return read_fields(kind, data)


def read_fields(name, data):
    fields = {field[0]: field for field in SCHEMA[name]}
    message = {
        field[1]: [] if isinstance(field[2], list) else DEFAULTS.get(field[2])
        for field in SCHEMA[name]
        if len(field) == 3
    }
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag >> 3 not in fields or tag & 7 not in (0, 2):
            raise Wrong("a message has an unknown field")
        _, label, kind = fields[tag >> 3][:3]
        value, at = read_varint(data, at)
        if tag & 7 == 2:
            if value > len(data) - at:
                raise Wrong("a message is cut short")
            value, at = data[at : at + value], at + value
        if isinstance(kind, list):
            message[label].append(read_value(kind[0], value))
        else:
            message[label] = read_value(kind, value)
    if len([field for field in SCHEMA[name] if len(field) == 4 and field[1] in message]) > 1:
        raise Wrong("a message is not canonical")
    return message


def write_field(number, kind, value):
    if kind in ("u32", "u64", "i64", "bool"):
        return write_varint(number << 3) + write_varint(int(value) % 2**64)
    if kind == "string":
        value = value.encode()
    elif kind != "bytes":
        value = encode(kind, value)
    return write_varint(number << 3 | 2) + write_varint(len(value)) + value


def encode(name, message):
    out = b""
    for number, label, kind, *oneof in SCHEMA[name]:
        value = message.get(label)
        if isinstance(kind, list):
            out += b"".join(write_field(number, kind[0], item) for item in value)
        elif value is not None and (oneof or value != DEFAULTS.get(kind)):
            out += write_field(number, kind, value)
    return out


def decode(name, data):
    """The one message with this encoding; a oneof's absent members are not in it."""
    message = read_fields(name, data)
    if encode(name, message) != data:
        raise Wrong("a message is not canonical")
    return message


# ---- The bets (the rule book of bank craps) ------------------------------------------------------
#
# A fall of the dice makes of a bet "lose", "push" (it comes down), "bar" (a push that lies on),
# "travel", a pay (to, per) for a win, or None: nothing.

BOX = (4, 5, 6, 8, 9, 10)
OUTER = (2, 3, 11, 12)
NUMBERS = (2, 3, 4, 5, 6, 8, 9, 10, 11, 12)
TOTALS = tuple(range(2, 13))
ONE = (0,)
HOPS = tuple(a * 10 + b for a in range(1, 7) for b in range(a, 7))
PAIRS = tuple((a, b) for a in range(1, 7) for b in range(a, 7))
STAKE_MAX = 10**9
EVEN = (1, 1)


def either_side(*pays):
    """A pay for each of 2/12, 3/11, 4/10, 5/9, 6/8, or for the last of them."""
    out = {}
    for number, pay in zip((6, 5, 4, 3, 2), reversed(pays)):
        out[number] = out[14 - number] = pay
    return out


def hundredths(to):
    return to // math.gcd(to, 100), 100 // math.gcd(to, 100)


def against(pays):
    return {number: (per, to) for number, (to, per) in pays.items()}


TRUE_ODDS = either_side((6, 1), (3, 1), (2, 1), (3, 2), (6, 5))
PLACE_PAYS = either_side((11, 2), (11, 4), (9, 5), (7, 5), (7, 6))
PLACE_LOSE_PAYS = either_side((5, 11), (5, 8), (4, 5))
YES_PAYS = either_side(*map(hundredths, (588, 294, 196, 147, 118)))
NO_PAYS = either_side(*map(hundredths, (16, 33, 49, 65, 82)))
NEXT_PAYS = {7: hundredths(490), **either_side(*map(hundredths, (3430, 1666, 1078, 784, 608)))}


class Fall:
    """Two dice, and the table they fell on: puck and rolls of the hand before, the hand after."""

    def __init__(self, a, b, puck=0, hand_rolls=0, hand=None):
        self.a, self.b, self.total, self.double = a, b, a + b, a == b
        self.pair = (min(a, b), max(a, b))
        self.puck, self.hand_rolls, self.hand = puck, hand_rolls, hand
        self.seven_out = puck != 0 and self.total == 7


class Rule:
    """What decides a bet; this one knows no state of the table."""

    def outcome(self, house, number, fall):
        raise NotImplementedError

    def pays(self, house, number):
        """All that a win can pay."""
        falls = [self.outcome(house, number, Fall(*pair)) for pair in PAIRS]
        return [outcome for outcome in falls if isinstance(outcome, tuple)]


class Line(Rule):
    """Pass and come, and the bets against them: a come-out of their own, then a number."""

    def __init__(self, right):
        self.right = right

    def outcome(self, house, number, fall):
        if number != 0:
            good, bad = (number, 7) if self.right else (7, number)
            return EVEN if fall.total == good else "lose" if fall.total == bad else None
        if fall.total in house.points:
            return "travel"
        if fall.total in (7, 11):
            return EVEN if self.right else "lose"
        if self.right:
            return "lose"
        return "bar" if fall.total == house.bar else EVEN


class NumberFirst(Rule):
    """Wins on its number, loses on 7."""

    def __init__(self, pays):
        self.table = pays

    def outcome(self, house, number, fall):
        if fall.total == number:
            return self.table[number]
        return "lose" if fall.total == 7 else None


class SevenFirst(NumberFirst):
    """Wins on 7, loses on its number."""

    def outcome(self, house, number, fall):
        if fall.total == 7:
            return self.table[number]
        return "lose" if fall.total == number else None


class Hardway(Rule):
    def outcome(self, house, number, fall):
        if fall.total == number and fall.double:
            return house.pays["hard 4 10" if number in (4, 10) else "hard 6 8"]
        return "lose" if fall.total in (7, number) else None


class OneRoll(Rule):
    """Wins by a table of totals, or of pairs, and loses on all else."""

    def __init__(self, table):
        self.table = table

    def outcome(self, house, number, fall):
        pay = self.table.get(fall.pair) or self.table.get(fall.total)
        return house.pay(pay) if pay else "lose"


class Next(Rule):
    def outcome(self, house, number, fall):
        return NEXT_PAYS[number] if fall.total == number else "lose"


class Hop(Rule):
    def outcome(self, house, number, fall):
        hard = house.pays["hop hard" if fall.double else "hop easy"]
        return hard if fall.pair == (number // 10, number % 10) else "lose"


class Split(Rule):
    """One stake on several one-roll bets, {name: parts}; pays what the whole wins, net."""

    def __init__(self, parts, high=0):
        self.parts, self.high = parts, high

    def outcome(self, house, number, fall):
        parts = dict(self.parts)
        if self.high:
            parts[SINGLE[number]] += self.high
        whole = sum(parts.values())
        gain = [(count, SINGLES[name].outcome(house, 0, fall)) for name, count in parts.items()]
        won = [(count, pay) for count, pay in gain if pay != "lose"]
        if not won:
            return "lose"
        lost = whole - sum(count for count, _ in won)
        net = sum(count * fractions.Fraction(*pay) for count, pay in won) - lost
        return (net.numerator, whole * net.denominator) if net else "push"


SINGLE = {2: "craps 2", 3: "craps 3", 11: "yo", 12: "craps 12"}
SINGLES = {
    "craps 2": OneRoll({2: "2 12"}), "craps 3": OneRoll({3: "3 11"}),
    "craps 12": OneRoll({12: "2 12"}), "yo": OneRoll({11: "3 11"}),
    "any seven": OneRoll({7: (4, 1)}),
    "any craps": OneRoll({2: (7, 1), 3: (7, 1), 12: (7, 1)}),
    **{f"hop {a}-{b}": OneRoll({(a, b): "hop easy"}) for a, b in ((1, 6), (2, 5), (3, 4))},
}
HORN = {"craps 2": 1, "craps 3": 1, "yo": 1, "craps 12": 1}


class Fielders(Rule):
    """Fielder's choice: a third of the field, named by its first total."""

    CHOICES = {2: ((2, 3, 4), (4, 1)), 4: ((4, 9, 10), (2, 1)), 10: ((10, 11, 12), (4, 1))}

    def outcome(self, house, number, fall):
        totals, pay = self.CHOICES[number]
        return pay if fall.total in totals else "lose"


class Ladder(Rule):
    """
    A bet on a hand: pays by how far the hand came. Decided by 7, or by the seven-out where the
    whole hand counts, or at once when it can climb no higher.
    """

    def __init__(self, name, climbed, whole_hand=False):
        self.name, self.climbed, self.whole_hand = name, climbed, whole_hand

    def steps(self, house, number):
        steps = house.ladders[self.name]
        return [steps[min(number, 14 - number) - 2]] if number else steps

    def outcome(self, house, number, fall):
        rung = self.climbed(fall.hand, number)
        steps = self.steps(house, number)
        ends = fall.seven_out if self.whole_hand else fall.total == 7
        if not ends and rung < len(steps):
            return None
        for_one = steps[rung - 1] if rung else 0
        return (for_one - 1, 1) if for_one > 1 else "push" if for_one else "lose"

    def pays(self, house, number):
        return [(for_one - 1, 1) for for_one in self.steps(house, number) if for_one > 1]


class Muggsy(Rule):
    """On the come-out, 7; or else a point, and 7 on the very next roll."""

    def outcome(self, house, number, fall):
        if fall.puck == 0:
            return (2, 1) if fall.total == 7 else None if fall.total in house.points else "lose"
        return (3, 1) if fall.total == 7 else "lose"

    def pays(self, house, number):
        return [(2, 1), (3, 1)]


class PointSeven(Rule):
    """A point, then 7 at once."""

    def outcome(self, house, number, fall):
        if fall.puck == 0:
            return None if fall.total in house.points else "lose"
        return (7, 1) if fall.total == 7 else "lose"

    def pays(self, house, number):
        return [(7, 1)]


class SevenPoint(Rule):
    """7 on a shooter's first roll, then a point at once."""

    def outcome(self, house, number, fall):
        if fall.hand_rolls == 0:
            return None if fall.total == 7 else "lose"
        return (7, 1) if fall.total in house.points else "lose"

    def pays(self, house, number):
        return [(7, 1)]


def distinct_points(hand, _):
    """The six of the usual table, crapless or not."""
    return sum(number in hand.made for number in BOX)


def all_thrown(*totals):
    return lambda hand, _: int(all(total in hand.thrown for total in totals))


def totals_thrown(hand, _):
    return max(len(hand.thrown) - 8, 0)


def repeated(hand, number):
    return int(hand.thrown.get(number, 0) >= min(number, 14 - number))


def thrown_every_way(hand, _):
    return sum(all(pair in hand.pairs for pair in PAIRS if sum(pair) == total) for total in BOX)


def line_wins(hand, _):
    return min(hand.wins, 11)


def doubles_thrown(hand, _):
    return sum(a == b for a, b in hand.pairs)


def same_point(hand, _):
    rungs = (((6, 8), 3), ((5, 9), 3), ((6, 8), 4), ((4, 10), 3), ((5, 9), 4), ((4, 10), 4))
    return max(
        (rung for rung, (numbers, times) in enumerate(rungs, 1)
         if any(hand.made.get(number, 0) >= times for number in numbers)), default=0,
    )


def hard_twice(hand, _):
    return int(any(times >= 2 for times in hand.hard.values()))


def points_made(hand, _):
    return min(hand.points, 10)


def four_rolls(hand, _):
    return int(sum(hand.thrown.values()) >= 4)


class Row:
    """One kind of bet: on which numbers, in which class of limits, when it opens, what it is."""

    def __init__(self, name, numbers, limit, rule, *traits, opens="any time", behind=None):
        self.name, self.numbers, self.limit, self.rule = name, numbers, limit, rule
        self.opens, self.behind = opens, behind
        self.line = isinstance(rule, Line)
        # Lies on after a win; can be called off and working; stays until decided.
        self.stays = "stays" in traits
        self.callable = "callable" in traits
        self.contract = "contract" in traits
        self.lays = isinstance(rule, SevenFirst)


def ladder_row(name, climbed, *whole_hand, opens="new hand", numbers=ONE):
    return Row(name, numbers, "hand", Ladder(name, climbed, *whole_hand), opens=opens)


TAKEN, LAID = NumberFirst(TRUE_ODDS), SevenFirst(against(TRUE_ODDS))
RIGHT_SPOTS, WRONG_SPOTS = ONE + NUMBERS, ONE + BOX
# In the order of the wire.
ROWS = (
    Row("pass", RIGHT_SPOTS, "line", Line(True), "contract", opens="come-out"),
    Row("don't pass", WRONG_SPOTS, "line", Line(False), opens="come-out"),
    Row("come", RIGHT_SPOTS, "line", Line(True), "contract", opens="point"),
    Row("don't come", WRONG_SPOTS, "line", Line(False), opens="point"),
    Row("pass odds", NUMBERS, "odds", TAKEN, "callable", behind="pass"),
    Row("don't pass odds", BOX, "odds", LAID, "callable", behind="don't pass"),
    Row("come odds", NUMBERS, "odds", TAKEN, "callable", behind="come"),
    Row("don't come odds", BOX, "odds", LAID, "callable", behind="don't come"),
    Row("put", NUMBERS, "line", NumberFirst(dict.fromkeys(NUMBERS, EVEN)), "callable",
        opens="point"),
    Row("put odds", NUMBERS, "odds", TAKEN, "callable", behind="put"),
    Row("place", NUMBERS, "box", NumberFirst(PLACE_PAYS), "stays", "callable"),
    Row("place to lose", BOX, "box", SevenFirst(PLACE_LOSE_PAYS), "stays", "callable"),
    Row("buy", NUMBERS, "box", TAKEN, "stays", "callable"),
    Row("lay", NUMBERS, "box", LAID, "stays", "callable"),
    Row("big", (6, 8), "box", NumberFirst({6: EVEN, 8: EVEN}), "stays"),
    Row("field", ONE, "field", OneRoll({
        2: "field 2", 12: "field 12", **dict.fromkeys((3, 4, 9, 10, 11), EVEN)})),
    Row("hard", (4, 6, 8, 10), "proposition", Hardway(), "stays", "callable"),
    Row("any seven", ONE, "proposition", SINGLES["any seven"]),
    Row("any craps", ONE, "proposition", SINGLES["any craps"]),
    Row("craps 2", ONE, "proposition", SINGLES["craps 2"]),
    Row("craps 3", ONE, "proposition", SINGLES["craps 3"]),
    Row("yo", ONE, "proposition", SINGLES["yo"]),
    Row("craps 12", ONE, "proposition", SINGLES["craps 12"]),
    Row("hi-lo", ONE, "proposition", OneRoll({2: (15, 1), 12: (15, 1)})),
    Row("C&E", ONE, "proposition", Split({"any craps": 1, "yo": 1})),
    Row("horn", ONE, "proposition", Split(HORN)),
    Row("horn high", OUTER, "proposition", Split(HORN, high=1)),
    Row("world", ONE, "proposition", Split({**HORN, "any seven": 1})),
    Row("three-way", ONE, "proposition", Split({"craps 2": 1, "craps 3": 1, "craps 12": 1})),
    Row("hop", HOPS, "proposition", Hop()),
    Row("hopping sevens", ONE, "proposition",
        Split({"hop 1-6": 1, "hop 2-5": 1, "hop 3-4": 1})),
    Row("over 7", ONE, "proposition", OneRoll(dict.fromkeys(range(8, 13), EVEN))),
    Row("under 7", ONE, "proposition", OneRoll(dict.fromkeys(range(2, 7), EVEN))),
    Row("low dice", ONE, "proposition", OneRoll({2: (5, 1), **dict.fromkeys(range(3, 7), EVEN)})),
    Row("high dice", ONE, "proposition",
        OneRoll({12: (5, 1), **dict.fromkeys(range(8, 12), EVEN)})),
    Row("fielder's choice", (2, 4, 10), "proposition", Fielders()),
    ladder_row("fire", distinct_points, True),
    ladder_row("all small", all_thrown(2, 3, 4, 5, 6), opens="after a seven"),
    ladder_row("all tall", all_thrown(8, 9, 10, 11, 12), opens="after a seven"),
    ladder_row("make 'em all", all_thrown(*NUMBERS), opens="after a seven"),
    ladder_row("repeater", repeated, numbers=NUMBERS),
    ladder_row("hot roller", thrown_every_way),
    ladder_row("ride the line", line_wins, True),
    ladder_row("different doubles", doubles_thrown),
    ladder_row("replay", same_point, True),
    Row("muggsy's corner", ONE, "hand", Muggsy(), opens="come-out"),
    Row("point-7", ONE, "hand", PointSeven(), opens="new hand"),
    Row("7-point", ONE, "hand", SevenPoint(), opens="new hand"),
    ladder_row("twice hard", hard_twice),
    ladder_row("sharpshooter", points_made, True),
    ladder_row("hot hand", totals_thrown),
    ladder_row("flaming four", all_thrown(*OUTER)),
    ladder_row("sizzling six", all_thrown(*BOX)),
    ladder_row("four rolls", four_rolls),
    Row("yes", NUMBERS, "proposition", NumberFirst(YES_PAYS)),
    Row("no", NUMBERS, "proposition", SevenFirst(NO_PAYS)),
    Row("next", TOTALS, "proposition", Next()),
)
ROW = {row.name: row for row in ROWS}
KIND_OF = {row.name: i for i, row in enumerate(ROWS)}
WRONG_WAY = {"don't pass", "don't come", "don't pass odds", "don't come odds"}
SPOTS = tuple((row.name, number) for row in ROWS for number in row.numbers)
SPOT_OF = {spot: i for i, spot in enumerate(SPOTS)}

# The ids 0 to 63; all other bets have 64 plus the index of their spot.
NAMED = (
    ("pass", 0), ("don't pass", 0), ("come", 0), ("don't come", 0), ("field", 0),
    *(("yes", n) for n in NUMBERS), *(("no", n) for n in NUMBERS),
    *(("hard", n) for n in (4, 6, 8, 10)),
    ("pass odds", 0), ("don't pass odds", 0), ("come odds", 0), ("don't come odds", 0),
    ("hot roller", 0), ("fire", 0), ("twice hard", 0), ("ride the line", 0),
    ("muggsy's corner", 0), ("all small", 0), ("all tall", 0), ("make 'em all", 0),
    ("replay", 0), ("different doubles", 0),
    *(("next", n) for n in TOTALS), *(("repeater", n) for n in NUMBERS),
)


def bet_of_id(number):
    """(kind, number) of an id, None when it means no bet; odds may lack their number."""
    if number < len(NAMED):
        return NAMED[number]
    spot = number - len(NAMED)
    return SPOTS[spot] if spot < len(SPOTS) and SPOTS[spot] not in NAMED else None


# ---- The rules of the house (src/craps/rules.h) --------------------------------------------------

LIMITS = ("line", "odds", "box", "field", "proposition", "hand")
PAYS = ("field 2", "field 12", "hard 4 10", "hard 6 8", "2 12", "3 11", "hop easy", "hop hard")
LADDERS = (
    ("fire", 6), ("all small", 1), ("all tall", 1), ("make 'em all", 1), ("repeater", 5),
    ("hot roller", 6), ("ride the line", 11), ("different doubles", 6), ("replay", 6),
    ("twice hard", 1), ("sharpshooter", 10), ("hot hand", 2), ("flaming four", 1),
    ("sizzling six", 1), ("four rolls", 1),
)
RULES_SIZE = 1 + 24 + 16 + 16 * 6 + 4 * 8 + 2 * sum(rungs for _, rungs in LADDERS) + 5 + 8 + 4


class Rules:
    """A house's settings, from the bytes of a genesis."""

    def __init__(self, data):
        if len(data) != RULES_SIZE or data[0] != 1:
            raise Wrong("the rules have an unknown layout")
        self.at, self.data = 1, data
        self.bets, self.comeout, self.comes_down = (self.take_kinds() for _ in range(3))
        self.dollar, self.vig_least = self.take(8), self.take(8)
        self.limits = {name: (self.take(8), self.take(8)) for name in LIMITS}
        self.pays = {name: (self.take(2), self.take(2)) for name in PAYS}
        self.ladders = {name: [self.take(2) for _ in range(rungs)] for name, rungs in LADDERS}
        self.odds_halves = either_side(*(self.take(1) for _ in range(5)))
        self.crapless, self.bar, self.breakage, self.rounding = (self.take(1) for _ in range(4))
        self.pass_grows, self.put_contract = self.take(1), self.take(1)
        self.push_returns, self.odds_within_max = self.take(1), self.take(1)
        self.points = NUMBERS if self.crapless else BOX
        self.vig_on_win = {"buy": self.take_numbers(), "lay": self.take_numbers()}
        self.check()
        self.facts = {}

    def take(self, size):
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def take_kinds(self):
        """A set of kinds; one that there is not has no name."""
        bits = self.take(8)
        return {ROWS[i].name if i < len(ROWS) else None for i in range(64) if bits >> i & 1}

    def take_numbers(self):
        bits = self.take(2)
        return {number for number in range(16) if bits >> number & 1}

    def check(self):
        known = {row.name for row in ROWS}
        flags = (self.crapless, self.pass_grows, self.put_contract, self.push_returns,
                 self.odds_within_max)
        two, three = self.pays["2 12"], self.pays["3 11"]
        sound = (
            self.bets and self.bets <= known
            and self.comeout <= {row.name for row in ROWS if row.callable}
            and self.comes_down <= {row.name for row in ROWS if row.stays}
            and not (self.crapless and self.bets & WRONG_WAY)
            and all(flag <= 1 for flag in flags)
            and 1 <= self.dollar <= STAKE_MAX
            and self.vig_least <= STAKE_MAX
            and all(half <= 200 for half in self.odds_halves.values())
            and self.bar in (2, 3, 12)
            and self.breakage <= 1
            and self.rounding <= 3
            and all(numbers <= set(self.points) for numbers in self.vig_on_win.values())
            and all(1 <= least <= most <= STAKE_MAX for least, most in self.limits.values())
            and all(
                1 <= per <= 2 and per <= to <= 1000 * per and math.gcd(to, per) == 1
                for to, per in self.pays.values()
            )
            and all(to > 4 * per for to, per in (two, three))
            and self.pays["hop easy"][0] > 2 * self.pays["hop easy"][1]
            and all(max(steps) <= 10001 and steps[-1] >= 2 for steps in self.ladders.values())
            and min(self.ladders["repeater"]) >= 2
        )
        if not sound:
            raise Wrong("the rules are out of range")

    def pay(self, pay):
        """A pay, or the one that the house has for a name."""
        return self.pays[pay] if isinstance(pay, str) else pay

    def fact(self, kind, number):
        """(most it pays, least it pays, unit that is paid exactly)."""
        if (kind, number) not in self.facts:
            pays = ROW[kind].rule.pays(self, number)
            ranked = sorted(pays, key=lambda pay: fractions.Fraction(*pay))
            unit = math.lcm(*(per for _, per in pays))
            self.facts[kind, number] = ranked[-1], ranked[0], unit
        return self.facts[kind, number]

    def reserve(self, kind, number, stake):
        to, per = self.fact(kind, number)[0]
        return stake * to // per

    def vig(self, kind, number, stake):
        """5 % of a buy's stake or a lay's possible win, rounded, and the least that is taken."""
        if kind not in self.vig_on_win or stake == 0:
            return 0
        to, per = (1, 1) if kind == "buy" else self.fact(kind, number)[0]
        dollar = 1 if self.rounding == 3 else self.dollar
        above, below = stake * to, 20 * per * dollar
        if self.rounding == 1:
            rounded = above // below
        elif self.rounding == 2:
            rounded = -(-above // below)
        else:
            rounded = (2 * above + below) // (2 * below)
        return max(rounded * dollar, self.vig_least)

    def held(self, kind, number, stake):
        """The vig that was paid up front and lies with the stake."""
        if kind not in self.vig_on_win or number in self.vig_on_win[kind]:
            return 0
        return self.vig(kind, number, stake)

    def least(self, kind, number):
        """The smallest bet: it must win something."""
        least = self.limits[ROW[kind].limit][0]
        _, (to, per), unit = self.fact(kind, number)
        if self.breakage == 1:
            return max(least, -(-per // to))
        return -(-least // unit) * unit

    def proper(self, kind, number, stake):
        return self.breakage == 1 or stake % self.fact(kind, number)[2] == 0


# ---- A hand (src/craps/hand.h) -------------------------------------------------------------------


class Hand:
    """What the bets on a shooter's hand look at."""

    def __init__(self):
        # Of the whole hand: how often each point was made, pass wins, points.
        self.made, self.wins, self.points = {}, 0, 0
        self.after_seven()

    def after_seven(self):
        # Since the last 7: totals, pairs, and hardways with no easy way between.
        self.thrown, self.pairs, self.hard = {}, set(), {}

    def add(self, fall, points):
        """Another fall of the dice, but for what a 7 ends."""
        total = fall.total
        if total == 7:
            self.wins += fall.puck == 0
            return
        self.thrown[total] = self.thrown.get(total, 0) + 1
        self.pairs.add(fall.pair)
        if total in (4, 6, 8, 10):
            self.hard[total] = self.hard.get(total, 0) + 1 if fall.double else 0
        if fall.puck == total:
            self.made[total] = self.made.get(total, 0) + 1
            self.points += 1
        natural = fall.puck == 0 and total == 11 and 11 not in points
        self.wins += fall.puck == total or natural

    def encode(self):
        def packed(counts, first, width, most):
            return sum(
                min(count, most) << width * (number - first) for number, count in counts.items()
            )

        pairs = sum(1 << PAIRS.index(pair) for pair in self.pairs)
        hard = sum(min(count, 2) << number - 4 for number, count in self.hard.items())
        return (
            u(8, packed(self.thrown, 2, 4, 15)) + u(8, packed(self.made, 2, 4, 4)) + u(4, pairs)
            + bytes([hard, min(self.wins, 15), min(self.points, 15)])
        )


# ---- The felt (src/craps/craps.h) ----------------------------------------------------------------

NO_SEAT = 255
BY_HABIT, CALLED_ON, CALLED_OFF = 0, 1, 2


class Refused(Exception):
    """The house does not take an order."""


class Felt:
    """
    Puck, shooter and every seat's bets: bets[seat] is {(kind, number): stake}, and calls[seat] says
    which of them the player called working or off.
    """

    def __init__(self, rules):
        self.rules = rules
        self.puck = 0
        self.shooter = NO_SEAT
        self.dice = (0, 0)
        self.rolls = self.hand_rolls = 0
        self.hand = Hand()
        self.bets = [{} for _ in range(16)]
        self.calls = [{} for _ in range(16)]

    def reserve(self):
        return sum(
            self.rules.reserve(*spot, stake) for bets in self.bets for spot, stake in bets.items()
        )

    # -- Orders

    def resolve(self, seat, spot):
        """The bet that is meant: a line bet as it lies, odds behind the only bet there is."""
        kind, number = spot
        row = ROW[kind]
        if number != 0 or spot in self.bets[seat]:
            return spot
        if row.line and row.opens == "come-out" and self.puck != 0:
            return kind, self.puck
        return (kind, self.only_number(seat, row.behind)) if row.behind else spot

    def only_number(self, seat, kind):
        """The number of the seat's only bet of a kind, 0 when it has none or several."""
        lying = [number for other, number in self.bets[seat] if other == kind and number != 0]
        return lying[0] if len(lying) == 1 else 0

    def own(self, seat, spot):
        """The seat's own bet that is meant."""
        spot = self.resolve(seat, spot)
        if spot[1] == 0 and spot not in self.bets[seat]:
            spot = spot[0], self.only_number(seat, spot[0])
        if spot not in self.bets[seat]:
            raise Refused
        return spot

    def opens(self, seat, spot):
        """Whether this is the time for such a bet."""
        kind, number = spot
        row, rules = ROW[kind], self.rules
        if row.line and number != 0:
            # Only the dice move a bet there; but a house may take more on the pass line.
            return kind == "pass" and rules.pass_grows == 1 and number == self.puck
        if row.behind:
            return (row.behind, number) in self.bets[seat]
        if row.limit in ("box", "line") and number not in ONE + rules.points:
            return False
        return {
            "any time": True,
            "come-out": self.puck == 0,
            "point": self.puck != 0,
            "new hand": self.hand_rolls == 0,
            "after a seven": not self.hand.thrown,
        }[row.opens]

    def most(self, seat, spot):
        """The largest bet that may lie there."""
        kind, number = spot
        row, rules, bets = ROW[kind], self.rules, self.bets[seat]
        most = rules.limits[row.limit][1]
        odds = self.odds_of(spot)
        if row.behind:
            most = min(most, self.odds_most(row, number, bets[row.behind, number]))
        if rules.odds_within_max and (row.behind or odds):
            beside = bets[row.behind, number] if row.behind else bets.get(odds, 0)
            most = min(most, rules.limits["line"][1] - beside)
        return most

    def odds_most(self, row, number, flat):
        """Lays are limited by what they win."""
        to, per = TRUE_ODDS[number] if row.lays else (1, 1)
        return flat * self.rules.odds_halves[number] * to // (2 * per)

    def add(self, seat, spot, amount):
        """Puts more on a spot; returns what it costs with the vig."""
        spot = kind, number = self.resolve(seat, spot)
        rules, lies = self.rules, self.bets[seat].get(spot, 0)
        if kind not in rules.bets or spot not in SPOT_OF or not self.opens(seat, spot):
            raise Refused
        whole = lies + amount
        if amount < 1 or not rules.least(*spot) <= whole <= self.most(seat, spot):
            raise Refused
        if not rules.proper(*spot, whole):
            raise Refused
        self.bets[seat][spot] = whole
        return amount + rules.held(*spot, whole) - rules.held(*spot, lies)

    def lift(self, seat, spot):
        self.calls[seat].pop(spot, None)
        stake = self.bets[seat].pop(spot, 0)
        return stake + self.rules.held(*spot, stake) if stake else 0

    def contract(self, seat, spot):
        """Whether a bet that lies stays until it is decided."""
        kind, number = spot
        if ROW[kind].line:
            return ROW[kind].contract and number != 0
        if kind == "put":
            return self.rules.put_contract == 1
        return ROW[kind].limit == "hand" and not self.opens(seat, spot)

    def odds_of(self, spot):
        """The spot of the odds behind a bet."""
        kind, number = spot
        return next(((row.name, number) for row in ROWS if row.behind == kind and number), None)

    def take(self, seat, spot, amount):
        """Takes chips of a bet down, 0 the whole with its odds; returns what comes back."""
        spot = self.own(seat, spot)
        bets, rules, odds = self.bets[seat], self.rules, self.odds_of(spot)
        lies = bets[spot]
        if amount > lies or self.contract(seat, spot):
            raise Refused
        if amount in (0, lies):
            return self.lift(seat, spot) + (self.lift(seat, odds) if odds else 0)
        left = lies - amount
        if left < rules.least(*spot) or not rules.proper(*spot, left):
            raise Refused
        if odds in bets and bets[odds] > self.odds_most(ROW[odds[0]], spot[1], left):
            raise Refused
        bets[spot] = left
        return amount + rules.held(*spot, lies) - rules.held(*spot, left)

    def call(self, seat, spot, call):
        spot = self.own(seat, spot)
        if not ROW[spot[0]].callable:
            raise Refused
        self.calls[seat][spot] = call

    def clear(self, seat):
        """Takes down all that is no contract."""
        removable = [spot for spot in self.bets[seat] if not self.contract(seat, spot)]
        return sum(self.lift(seat, spot) for spot in removable)

    # -- Rolls

    def next_shooter(self, players):
        start = self.shooter if self.shooter < 16 else 15
        order = [(start + step) % 16 for step in range(1, 17)]
        self.shooter = next((seat for seat in order if seat in players), NO_SEAT)

    def roll(self, a, b, players):
        """Decides all bets as they lay before; a list of decisions."""
        fall = Fall(a, b, self.puck, self.hand_rolls, self.hand)
        self.hand.add(fall, self.rules.points)
        decisions = []
        for seat in range(16):
            for spot in sorted(self.bets[seat], key=SPOT_OF.get):
                decision = self.decide(seat, spot, fall)
                if decision is not None:
                    decisions.append(decision)
        for decision in decisions:
            if not decision["stays"]:
                self.lift(decision["seat"], decision["spot"])
        # What travels arrives when the bet that lay there was decided.
        for decision in decisions:
            if decision["outcome"] == "travel":
                bets, kind = self.bets[decision["seat"]], decision["spot"][0]
                bets[kind, a + b] = bets.pop((kind, 0))
        self.move_puck(fall, players)
        self.dice = (a, b)
        return decisions

    def works(self, seat, spot):
        call = self.calls[seat].get(spot, BY_HABIT)
        if call != BY_HABIT:
            return call == CALLED_ON
        kind = spot[0]
        return self.puck != 0 or not ROW[kind].callable or kind in self.rules.comeout

    def decide(self, seat, spot, fall):
        kind, number = spot
        row, stake = ROW[kind], self.bets[seat][spot]
        outcome = row.rule.outcome(self.rules, number, fall)
        if outcome is None:
            return None
        if not self.works(seat, spot):
            if not row.behind:
                return None
            outcome = "returned"
        lies = stake + self.rules.held(kind, number, stake)
        decision = {
            "seat": seat, "spot": spot, "outcome": outcome, "stake": stake, "stays": False,
            "returned": 0, "collected": 0, "profit": 0, "vig": 0,
        }
        if isinstance(outcome, tuple):
            decision["outcome"] = "win"
            decision["profit"] = stake * outcome[0] // outcome[1]
            decision["vig"] = min(self.rules.vig(kind, number, stake), decision["profit"])
            decision["stays"] = row.stays and kind not in self.rules.comes_down
        elif outcome == "lose":
            decision["collected"] = lies
        else:
            lies_on = outcome == "bar" and self.rules.push_returns == 0
            decision["stays"] = outcome == "travel" or lies_on
            decision["outcome"] = "push" if outcome == "bar" else outcome
        if not decision["stays"] and outcome != "lose":
            decision["returned"] = lies
        return decision

    def move_puck(self, fall, players):
        self.rolls += 1
        self.hand_rolls += 1
        if fall.total == 7:
            self.hand.after_seven()
        if self.puck == 0:
            self.puck = fall.total if fall.total in self.rules.points else 0
        elif fall.total == self.puck:
            self.puck = 0
        elif fall.seven_out:
            self.puck, self.hand_rolls, self.hand = 0, 0, Hand()
            self.next_shooter(players)

    def fit(self, decisions, bank):
        """Winners that stay come down, the last first, while the bank could not pay all again."""
        for decision in reversed(decisions):
            if self.reserve() <= bank:
                break
            if decision["outcome"] == "win" and decision["stays"]:
                decision["stays"] = False
                decision["returned"] = self.lift(decision["seat"], decision["spot"])

    def encode(self):
        out = bytes([self.puck, self.shooter, *self.dice]) + u(8, self.rolls)
        out += u(8, self.hand_rolls) + self.hand.encode()
        for bets, calls in zip(self.bets, self.calls):
            out += u(1, len(bets))
            for spot in sorted(bets, key=SPOT_OF.get):
                kind, number = spot
                out += bytes([KIND_OF[kind], number, calls.get(spot, BY_HABIT)])
                out += u(4, bets[spot])
        return out


# ---- The books (src/ledger/ledger.h) -------------------------------------------------------------

CHIPS_MAX = 10**15
BANK, BANK_IOU = 48, 49


class Books:
    """Double entry; account: rail = seat, staked = 16 + seat, IOU = 32 + seat, the bank's two."""

    def __init__(self):
        self.balances = [0] * 50
        self.reserved = 0

    def move(self, debit, credit, amount):
        self.balances[debit] -= amount
        self.balances[credit] += amount

    def free(self):
        return self.balances[BANK] - self.reserved

    def check(self):
        ious = self.balances[32:48] + self.balances[BANK_IOU:]
        if (
            sum(self.balances) != 0
            or -sum(ious) > CHIPS_MAX
            or any(balance > 0 for balance in ious)
            or any(balance < 0 for balance in self.balances[:32] + [self.balances[BANK]])
            or not 0 <= self.reserved <= self.balances[BANK]
        ):
            raise Wrong("the books do not balance")

    def encode(self):
        return b"".join(u(8, value % 2**64) for value in self.balances + [self.reserved])


# ---- The seats (src/table/seating.h) -------------------------------------------------------------


def check_name(name):
    hidden = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    if not 1 <= len(name.encode()) <= 32 or any(
        unicodedata.category(letter) == "Cc" or letter in hidden for letter in name
    ):
        raise Wrong("a name is empty, too long or has control characters")


def check_sizes(message, sizes):
    for label, size in sizes.items():
        if len(message[label]) != size:
            raise Wrong(f"{label} has the wrong size")


# Who may sit down: anybody, who knows the table's secret, whom a quorum of the seats approves.
OPEN, INVITATION, APPROVAL = 0, 1, 2


class Seating:
    """Genesis and seats, with every signature checked."""

    def __init__(self, message):
        packed = message["genesis"]
        if len(packed) > 2048:
            raise Wrong("the genesis is too large")
        self.genesis = decode("Genesis", packed)
        self.table = blake2b(b"bitcraps:table:v1", packed)
        self.check_genesis()
        self.rules = Rules(self.genesis["rules"])
        self.sits = [self.open_sit(sit) for sit in message["sits"]]
        self.n = len(self.sits)
        if any(sit["epoch"] for sit in self.sits):
            raise Wrong("a seat of the list was asked for later")
        if not all(self.welcomes(sit) for sit in self.sits):
            raise Wrong("somebody on the list was not invited")
        if self.n != self.genesis["seats"]:
            raise Wrong("there are not as many seats as the genesis says")
        for label in ("identity", "consensus_key", "dice_key"):
            if len({sit[label] for sit in self.sits}) != self.n:
                raise Wrong("two seats share a key")
        self.players = [i for i, sit in enumerate(self.sits) if not sit["witness"]]
        if not self.players or self.genesis["host"] not in [s["identity"] for s in self.sits]:
            raise Wrong("there is no player, or the host has no seat")
        if self.genesis["bank"] + self.genesis["buy_in"] * len(self.players) > CHIPS_MAX:
            raise Wrong("more chips were bought than may exist")
        bare = encode("Seating", {**message, "signature": b""})
        self.instance = blake2b(b"bitcraps:instance:v1", bare)
        check_signature(
            self.genesis["host"], b"bitcraps:seating:v1" + self.instance, message["signature"],
            "the host's signature of the seats",
        )

    def check_genesis(self):
        genesis = self.genesis
        check_sizes(genesis, {"host": 32, "nonce": 16})
        check_name(genesis["name"])
        if (
            genesis["version"] != 1
            or not 1 <= genesis["seats"] <= 16
            or genesis["most"] != 0 and not genesis["seats"] < genesis["most"] <= 16
            or (genesis["most"] or genesis["seats"]) + genesis["witnesses"] > 16
            or not 1 <= genesis["buy_in"] <= CHIPS_MAX
            or not 0 <= genesis["bank"] <= CHIPS_MAX
            or not 100 <= genesis["window_msec"] <= 3600000
            or not OPEN <= genesis["admission"] <= APPROVAL
        ):
            raise Wrong("the genesis is out of range")
        size = 32 if genesis["admission"] == INVITATION else 0
        if len(genesis["invitation"]) != size or size and genesis["invitation"] == bytes(32):
            raise Wrong("the table's invitation has no key, or no use")

    def welcomes(self, sit):
        """Whether its author may sit down without owning a seat number yet, approval aside."""
        return self.genesis["admission"] != INVITATION or sit["invitation"] != b""

    def open_sit(self, packed):
        if len(packed) > 512:
            raise Wrong("a sit is too large")
        sit = decode("Sit", packed)
        check_sizes(sit, {
            "identity": 32, "consensus_key": 32, "dice_key": 32, "dice_proof": 64,
            "identity_signature": 64, "consensus_signature": 64,
        })
        if len(sit["invitation"]) not in (0, 64):
            raise Wrong("an invitation has the wrong size")
        check_name(sit["name"])
        bare = {**sit, "identity_signature": b"", "consensus_signature": b""}
        statement = b"bitcraps:sit:v1" + self.table + encode("Sit", bare)
        for key in ("identity", "consensus"):
            check_signature(
                sit["identity" if key == "identity" else "consensus_key"], statement,
                sit[key + "_signature"], f"the {key} signature of {sit['name']!r}",
            )
        if sit["invitation"]:
            if self.genesis["admission"] != INVITATION:
                raise Wrong("an invitation to a table that has none")
            bare["invitation"] = b""
            check_signature(
                self.genesis["invitation"],
                b"bitcraps:invited:v1" + self.table + encode("Sit", bare),
                sit["invitation"], f"the invitation of {sit['name']!r}",
            )
        binding = b"seat" + self.table + sit["identity"]
        if not knowledge_holds(KEYGEN_CONTEXT, sit["dice_key"], binding, sit["dice_proof"]):
            raise Wrong(f"the dice key of {sit['name']!r} is not proven")
        return sit


class Roster:
    """Who votes in an epoch: seat numbers in ascending order; a position is a seat's rank."""

    def __init__(self, instance, epoch, seats, sits):
        self.instance, self.epoch, self.seats = instance, epoch, sorted(seats)
        self.n = len(self.seats)
        self.quorum = self.n - (self.n - 1) // 3
        self.leader_offset = int.from_bytes(instance[:8], "big") % self.n
        own = [sits[seat] for seat in self.seats]
        self.keys = [sit["consensus_key"] for sit in own]
        self.dice_keys = [sit["dice_key"] for sit in own]
        self.list_hash = blake2b(
            b"bitcraps:list:v2",
            *(bytes([seat]) + sits[seat]["consensus_key"] + sits[seat]["dice_key"]
              for seat in self.seats)
        )

    def keygen(self, attempt):
        return Keygen(
            self.instance, self.epoch, attempt, self.list_hash, self.n, self.quorum,
            self.dice_keys,
        )


class Count:
    signatures = 0
    proofs = 0


def check_signature(key, statement, signature, what):
    Count.signatures += 1
    if not ed25519_verify(key, statement, signature):
        raise Wrong(f"{what} is wrong")


# ---- The table (src/table/state.h) ---------------------------------------------------------------

KEYS, BETTING, ROLLING, OVER = 1, 2, 3, 4


def bitmap(seats):
    return u(2, sum(1 << seat for seat in seats))


class Table:
    """The replicated state, replayed block by block."""

    def __init__(self, seating):
        self.seating = seating
        self.phase = KEYS
        self.roll = self.rolls_done = self.time_up_view = 0
        self.sits = dict(enumerate(seating.sits))  # By seat number.
        self.sequence = dict.fromkeys(self.sits, 0)
        self.left, self.ready, self.time_up, self.guilty = set(), set(), set(), set()
        self.convictions = []  # Height, who, by whose evidence, of what.
        self.kicks = [set() for _ in range(16)]
        self.missing = [set() for _ in range(16)]
        self.approvals = [[] for _ in range(16)]  # Of each seat, oldest first.
        self.opened = False
        self.roster = self.next = Roster(seating.instance, 1, self.sits, self.sits)
        self.attempt = 1
        self.keygen = self.next.keygen(1)
        self.deals, self.confirmed = {}, set()
        self.next_keys = None
        self.keys_attempt = self.keys_height = 0
        self.close = self.transcript = bytes(32)
        self.share_keys = []
        self.felt = Felt(seating.rules)
        self.books = Books()
        self.books.move(BANK_IOU, BANK, seating.genesis["bank"])
        for seat in seating.players:
            self.books.move(32 + seat, seat, seating.genesis["buy_in"])
        self.felt.shooter = seating.players[0]
        self.history = []

    def root(self):
        owned = sorted(self.sits)
        coming = self.next.seats if self.next else []
        seats = b"".join(
            u(8, self.sequence[seat]) + sit["identity"] + sit["consensus_key"] + sit["dice_key"]
            + u(8, sit["epoch"]) + u(1, int(sit["witness"])) + u(1, len(sit["name"].encode()))
            + sit["name"].encode()
            for seat, sit in ((seat, self.sits[seat]) for seat in owned)
        )
        return blake2b(
            b"BCst", u(1, self.phase), u(8, self.roll),
            bitmap(self.left), bitmap(self.ready), bitmap(self.time_up),
            u(1, int(self.opened)), u(8, self.time_up_view),
            u(8, self.roster.epoch), bitmap(self.roster.seats), bitmap(owned),
            bitmap(self.guilty), seats, *map(bitmap, self.kicks), *map(bitmap, self.missing),
            *(u(1, len(some)) + b"".join(some) for some in self.approvals),
            u(4, self.attempt), bitmap(coming), bitmap(self.deals), bitmap(self.confirmed),
            *(blake2b(self.deals[seat]["bytes"]) if seat in self.deals else bytes(32)
              for seat in coming),
            u(4, self.keys_attempt), u(8, self.keys_height),
            self.close, self.transcript, u(8, self.rolls_done),
            self.felt.encode(), self.books.encode(),
        )

    def active(self):
        return [
            seat for seat in self.roster.seats
            if not self.sits[seat]["witness"] and seat not in self.left
        ]

    # -- Blocks

    def execute(self, view, height, digest, payload):
        if not payload:
            return
        self.height = height
        if len(payload) > 32768:
            raise Wrong("the payload is too large")
        items = decode("Payload", payload)["items"]
        if not 1 <= len(items) <= 130:
            raise Wrong("the payload has no or too many items")
        for i, item in enumerate(items):
            if "roll" in item and i == 0:
                self.execute_roll(item["roll"])
            elif "action" in item:
                self.execute_action(view, item["action"])
            elif "close" in item and i == len(items) - 1:
                self.execute_close(view, digest, item["close"])
            elif "sit" in item:
                self.execute_sit(item["sit"])
            elif "epoch_end" in item and i == len(items) - 1:
                self.execute_epoch_end(item["epoch_end"])
            else:
                raise Wrong("an item stands where it may not")

    def execute_close(self, view, digest, close):
        if close["roll"] != self.roll or not self.close_due(view):
            raise Wrong("betting was closed too early")
        self.phase = ROLLING
        self.close = digest

    def close_due(self, view):
        """All are ready; or time is up and whoever is not ready had a turn to lead since."""
        if self.phase != BETTING or not self.active():
            return False
        waiting = [seat for seat in self.active() if seat not in self.ready]
        if waiting and self.time_up_view == 0:
            return False
        n, offset = self.roster.n, self.roster.leader_offset
        views = range(self.time_up_view + 1, min(view, self.time_up_view + 1 + n))
        leaders = {self.roster.seats[(v + offset) % n] for v in views}
        return all(seat in leaders for seat in waiting)

    def open_roll(self):
        self.phase = BETTING
        self.roll += 1
        self.ready, self.time_up = set(), set()
        self.time_up_view = 0
        self.opened = False
        self.close = bytes(32)

    # -- Actions. A refused one changes nothing but its sequence number.

    def execute_action(self, view, packed):
        if len(packed) > 2048:
            raise Wrong("an action is too large")
        action = decode("Action", packed)
        body = decode("ActionBody", action["body"])
        seat = body["seat"]
        if seat not in self.sits or not 1 <= body["epoch"] <= self.roster.epoch:
            raise Wrong("an action is of no seat of this table")
        if "orders" in body:
            self.check_orders(body["orders"]["orders"])
        if body["sequence"] != self.sequence[seat] + 1:
            raise Wrong("an action is out of sequence")
        check_signature(
            self.sits[seat]["consensus_key"],
            b"BCop" + self.seating.instance + action["body"], action["signature"],
            "an action's signature",
        )
        self.sequence[seat] += 1
        self.kicks[seat] = set()
        for label in body.keys() - {"epoch", "seat", "sequence", "attempt"}:
            if label in ("deal", "deal_ok", "complaint"):
                if self.of_attempt(seat, body["attempt"]):
                    getattr(self, "apply_" + label)(seat, body[label])
            elif seat not in self.roster.seats and label != "leave":
                continue  # It only arrives, or is gone.
            elif label == "time_up":
                self.apply_time_up(view, seat, body[label])
            elif label == "missing":
                self.apply_missing(seat, body["attempt"], body[label])
            else:
                getattr(self, "apply_" + label)(seat, body[label])
        self.review()

    def may_bet(self, seat, roll):
        return (
            seat in self.active() and self.phase == BETTING and roll == self.roll
            and seat not in self.ready
        )

    @staticmethod
    def check_orders(orders):
        """What has not this shape is no action."""
        if not 1 <= len(orders) <= 16 or any(
            not {"add", "take", "call"} & order.keys()
            or order.get("take", 0) < 0
            or order.get("call", 0) > CALLED_OFF
            for order in orders
        ):
            raise Wrong("an action has no or too many orders, or one that is none")

    def apply_orders(self, seat, action):
        """All of the orders in their order, or none."""
        if not self.may_bet(seat, action["roll"]):
            return
        felt, books = self.felt, self.books
        before = dict(felt.bets[seat]), dict(felt.calls[seat]), list(books.balances), books.reserved
        try:
            for order in action["orders"]:
                self.carry_out(seat, order)
        except Refused:
            felt.bets[seat], felt.calls[seat], books.balances, books.reserved = before
            return
        self.opened = True

    def carry_out(self, seat, order):
        spot = bet_of_id(order["bet"])
        if spot is None:
            raise Refused
        if "call" in order:
            self.felt.call(seat, spot, order["call"])
            return
        reserved = self.felt.reserve()
        if "take" in order:
            self.take_back(seat, self.felt.take(seat, spot, order["take"]), reserved)
            return
        cost = self.felt.add(seat, spot, order["add"])
        win = self.felt.reserve() - reserved
        if cost > self.books.balances[seat] or win > self.books.free():
            raise Refused
        self.books.move(seat, 16 + seat, cost)
        self.books.reserved += win

    def take_back(self, seat, back, reserved):
        self.books.move(16 + seat, seat, back)
        self.books.reserved -= reserved - self.felt.reserve()

    def apply_ready(self, seat, ready):
        if self.may_bet(seat, ready["roll"]):
            self.ready.add(seat)
            self.opened = True

    def apply_time_up(self, view, seat, time_up):
        if self.phase != BETTING or time_up["roll"] != self.roll or seat in self.time_up:
            return
        self.time_up.add(seat)
        if self.time_up_view == 0 and self.outvoted(self.time_up):
            self.time_up_view = view

    def apply_leave(self, seat, _):
        if seat not in self.left and self.phase not in (ROLLING, OVER):
            self.retire(seat)

    def clear(self, seat):
        reserved = self.felt.reserve()
        self.take_back(seat, self.felt.clear(seat), reserved)

    def retire(self, seat):
        """It plays no more, and votes no more from the next epoch on."""
        if self.phase != ROLLING:
            self.clear(seat)
        self.left.add(seat)
        self.kicks[seat] = set()
        self.approvals[seat] = []
        if self.felt.shooter == seat:
            self.felt.next_shooter(self.active())
        players = [i for i, sit in self.sits.items() if not sit["witness"]]
        if not set(players) - self.left:
            self.phase = OVER

    # -- The joint key, and the next epoch's

    def begin_attempt(self, seats):
        self.attempt += 1
        self.deals, self.confirmed = {}, set()
        self.missing = [set() for _ in range(16)]
        self.next = self.keygen = None
        if seats:
            # The first epoch is the only one that begins without a key.
            first = self.phase == KEYS and set(seats) == set(self.roster.seats)
            epoch = self.roster.epoch + (not first)
            self.next = Roster(self.seating.instance, epoch, seats, self.sits)
            self.keygen = self.next.keygen(self.attempt)

    def review(self):
        """Starts, restarts or drops the making of the next key, as who is here demands."""
        if self.phase == OVER:
            return
        want = set(self.sits) - self.left
        coming = set(self.next.seats) if self.next else set()
        if want == set(self.roster.seats) and self.phase != KEYS:
            if coming:
                self.begin_attempt([])
        elif coming != want and not (self.deals and coming and coming <= want):
            self.begin_attempt(want)

    def of_attempt(self, seat, attempt):
        return (
            self.phase != OVER and attempt == self.attempt and self.next is not None
            and seat in self.next.seats
        )

    def all_dealt(self):
        return len(self.deals) == self.next.n

    def apply_deal(self, seat, data):
        if seat in self.deals or self.height == self.keys_height:
            return
        deal = self.keygen.decode(data)
        Count.proofs += 2
        if deal is None or not self.keygen.deal_holds(self.next.seats.index(seat), deal):
            return
        self.deals[seat] = deal
        self.missing[seat] = set()
        if self.all_dealt():
            self.next_keys = self.keygen.finish([self.deals[i] for i in self.next.seats])
            if self.next_keys is None:
                self.begin_attempt(self.next.seats)

    def take_keys(self):
        _, self.share_keys, self.transcript = self.next_keys
        self.keys_attempt, self.keys_height = self.attempt, self.height
        self.begin_attempt([])

    def apply_deal_ok(self, seat, deal_ok):
        if not self.all_dealt() or seat in self.confirmed:
            return
        if deal_ok["list"] != self.next.list_hash:
            return
        self.confirmed.add(seat)
        self.missing[seat] = set()
        first = self.next.epoch == self.roster.epoch
        if first and len(self.confirmed) == self.next.n:
            self.take_keys()
            self.open_roll()

    def apply_complaint(self, seat, data):
        if len(data) != 98 or data[1] != self.next.seats.index(seat) or data[0] >= self.next.n:
            return
        dealer = self.next.seats[data[0]]
        if dealer not in self.deals:
            return
        Count.proofs += 1
        spoilt = self.keygen.dealer_guilty(self.deals[dealer], data)
        guilty = dealer if spoilt else seat
        self.guilty.add(guilty)
        deed = "a false share of the dice key" if spoilt else "a false complaint"
        self.convictions.append((self.height, guilty, seat, deed))
        self.retire(guilty)

    # -- Silence

    def apply_here(self, seat, _):
        """That it acts is all that it says."""

    def apply_approve(self, seat, approve):
        """One seat's word for a newcomer; it holds until used, or until the seat leaves."""
        identity = approve["identity"]
        if self.seating.genesis["admission"] != APPROVAL or self.phase not in (BETTING, ROLLING):
            return
        if seat in self.left or len(identity) != 32 or identity in self.approvals[seat]:
            return
        if any(sit["identity"] == identity for sit in self.sits.values()):
            return
        self.approvals[seat] = (self.approvals[seat] + [identity])[-4:]

    def outvoted(self, votes):
        return len(votes & set(self.roster.seats)) >= self.roster.quorum

    def apply_kick(self, seat, kick):
        of = kick["seat"]
        if self.phase not in (BETTING, ROLLING) or of == seat:
            return
        if of not in self.sits or of in self.left or seat in self.kicks[of]:
            return
        self.kicks[of].add(seat)
        if self.outvoted(self.kicks[of]):
            self.retire(of)

    def apply_missing(self, seat, attempt, missing):
        of = missing["seat"]
        if self.phase == OVER or attempt != self.attempt:
            return
        if self.next is None or of not in self.next.seats:
            return
        confirming = self.all_dealt()
        done = self.confirmed if confirming else self.deals
        if missing["confirmation"] != confirming or of in done or seat in self.missing[of]:
            return
        self.missing[of].add(seat)
        if self.outvoted(self.missing[of]):
            self.retire(of)

    # -- Evidence: what a seat signed and no honest seat signs, one statement or two

    def apply_evidence(self, seat, evidence):
        if self.phase not in (BETTING, ROLLING):
            return
        try:
            labels = ("first", "second") if evidence["second"] else ("first",)
            verdict = self.convicted([decode("Statement", evidence[label]) for label in labels])
        except Wrong:
            return
        if verdict is not None and verdict[0] not in self.guilty:
            guilty, deed = verdict
            self.guilty.add(guilty)
            self.convictions.append((self.height, guilty, seat, deed))
            self.retire(guilty)

    def convicted(self, statements):
        """Whose statements these are and what they prove; None when nothing."""
        if all("partial" in one for one in statements):
            return self.convicted_of_shares(*(one["partial"] for one in statements))
        if len(statements) != 2:
            return None
        if all("vote" in one for one in statements):
            a, b = (self.checked_vote(one["vote"]) for one in statements)
            if (a["seat"], a["view"]) != (b["seat"], b["view"]):
                return None
            types = [a["type"], b["type"]]
            twice = types[0] == types[1] != NULLIFY and a["digest"] != b["digest"]
            if not twice and sorted(types) != [NULLIFY, FINALIZE]:
                return None
            deed = f"contradicting votes in view {a['view']} of epoch {a['epoch']}"
            return self.roster.seats[a["seat"]], deed
        if all("action" in one for one in statements):
            (a, one), (b, two) = (self.checked_action(one["action"]) for one in statements)
            if (a["seat"], a["sequence"]) != (b["seat"], b["sequence"]) or one == two:
                return None
            return a["seat"], f"two actions with the number {a['sequence']}"
        return None

    def convicted_of_shares(self, a, b=None):
        """One share with a bad proof; or two of one roll that name different CLOSE blocks."""
        for share in (a, b) if b else (a,):
            self.check_share(share)
        where = f"roll {a['roll']} of epoch {a['epoch']}"
        if b is None:
            given = roll_input(
                self.seating.instance, self.roster.epoch, self.seating.table, a["roll"],
                a["close"], self.transcript,
            )
            key = self.share_keys[a["seat"]]
            if equality_holds(ROLL_CONTEXT, key, roll_base(given), a["partial"], a["proof"]):
                return None
            return self.roster.seats[a["seat"]], f"a false share of the dice of {where}"
        if (a["seat"], a["roll"]) != (b["seat"], b["roll"]) or a["close"] == b["close"]:
            return None
        return self.roster.seats[a["seat"]], f"shares for two ends of the betting in {where}"

    def check_share(self, share):
        """That it has its shape and its seat's signature; not its proof."""
        roster = self.roster
        if (
            share["epoch"] != roster.epoch or share["roll"] == 0 or share["seat"] >= roster.n
            or [len(share[label]) for label in ("close", "partial", "proof")] != [32, 32, 64]
        ):
            raise Wrong("a share is none")
        statement = b"BCpv" + roster.instance + u(8, share["epoch"]) + u(8, share["roll"])
        statement += share["close"] + u(1, share["seat"]) + share["partial"] + share["proof"]
        key = roster.keys[share["seat"]]
        check_signature(key, statement, share["signature"], "a share's signature")

    def checked_vote(self, vote):
        kind, roster = vote["type"], self.roster
        size = 0 if kind == NULLIFY else 32
        if (
            kind not in (NOTARIZE, NULLIFY, FINALIZE) or vote["epoch"] != roster.epoch
            or vote["seat"] >= roster.n or len(vote["digest"]) != size
        ):
            raise Wrong("a vote is none")
        statement = b"BCv1" + roster.instance + u(8, roster.epoch) + u(1, kind)
        statement += u(8, vote["view"]) + (vote["digest"] or bytes(32))
        check_signature(roster.keys[vote["seat"]], statement, vote["signature"], "a vote")
        return vote

    def checked_action(self, action):
        if len(encode("Action", action)) > 2048:
            raise Wrong("an action is too large")
        body = decode("ActionBody", action["body"])
        if (
            body["seat"] not in self.sits or not 1 <= body["epoch"] <= self.roster.epoch
            or body["sequence"] == 0
        ):
            raise Wrong("an action is of no seat")
        if "orders" in body:
            self.check_orders(body["orders"]["orders"])
        statement = b"BCop" + self.seating.instance + action["body"]
        key = self.sits[body["seat"]]["consensus_key"]
        check_signature(key, statement, action["signature"], "an action's signature")
        return body, action["body"]

    # -- Who sits down, and the change of epochs

    def number_for(self, sit):
        for seat, other in self.sits.items():
            if other["identity"] == sit["identity"]:
                return seat
        for seat in range(16):
            gone = seat in self.left - set(self.roster.seats) - self.guilty
            if seat not in self.sits or (gone and self.books.balances[32 + seat] == 0):
                return seat
        raise Wrong("somebody sits down and there is no chair")

    def stands_up(self, seat, sit):
        """Who votes and asks anew lost what its key signed; the last player cannot."""
        others = [
            other for other, held in self.sits.items()
            if other != seat and other not in self.left and not held["witness"]
        ]
        voting = seat in self.roster.seats and seat not in self.left
        other_key = self.sits[seat]["consensus_key"] != sit["consensus_key"]
        return voting and others and other_key and seat not in self.guilty

    def execute_sit(self, packed):
        sit = self.seating.open_sit(packed)
        if sit["epoch"] != self.roster.epoch or self.phase not in (BETTING, ROLLING):
            raise Wrong("somebody sits down out of time")
        seat = self.number_for(sit)
        own = self.sits.get(seat)
        back = own is not None and own["identity"] == sit["identity"]
        if back and self.stands_up(seat, sit):
            self.retire(seat)
            self.review()
            return
        if seat in self.guilty or back and (
            seat not in self.left or seat in self.roster.seats or own["epoch"] == sit["epoch"]
        ):
            raise Wrong("somebody sits down who may not")
        if not back and not self.seating.welcomes(sit):
            raise Wrong("somebody sits down who was not invited")
        approving = {i for i, some in enumerate(self.approvals) if sit["identity"] in some}
        if self.seating.genesis["admission"] == APPROVAL and not back:
            if not self.outvoted(approving):
                raise Wrong("somebody sits down whom no quorum approved")
        for other, held in self.sits.items():
            if other != seat and any(
                held[key] == sit[key] for key in ("identity", "consensus_key", "dice_key")
            ):
                raise Wrong("two seats share a key")
        genesis = self.seating.genesis
        there = [other for other in self.sits if other not in self.left]
        late = sum(self.sits[other]["witness"] and self.sits[other]["epoch"] > 0 for other in there)
        apart = genesis["witnesses"] if sit["witness"] else min(late, genesis["witnesses"])
        if len(there) >= (genesis["most"] or genesis["seats"]) + apart:
            raise Wrong("somebody sits down at a full table")
        # Those who sat down and have not bought in yet will.
        chips = -self.books.balances[BANK_IOU]
        for other in range(16):
            bought = -self.books.balances[32 + other]
            comes = other in there and not self.sits[other]["witness"]
            chips += genesis["buy_in"] if bought == 0 and (other == seat or comes) else bought
        if not sit["witness"] and chips > CHIPS_MAX:
            raise Wrong("more chips were bought than may exist")
        for some in self.approvals:
            if sit["identity"] in some:
                some.remove(sit["identity"])
        self.approvals[seat] = []
        self.sits[seat] = sit
        self.left.discard(seat)
        self.sequence.setdefault(seat, 0)
        self.review()

    def execute_epoch_end(self, end):
        due = self.phase in (BETTING, KEYS) and self.next is not None
        if not due or self.next.epoch == self.roster.epoch or len(self.confirmed) != self.next.n:
            raise Wrong("an epoch ends before the next one has its key")
        given = end["epoch"], end["list"], end["transcript"]
        if given != (self.next.epoch, self.next.list_hash, self.next_keys[2]):
            raise Wrong("an epoch ends for another than the next")
        arrived = set(self.next.seats) - set(self.roster.seats)
        self.roster = self.next
        if self.phase == KEYS:
            self.open_roll()
        self.take_keys()
        self.kicks = [set() for _ in range(16)]
        for seat in sorted(arrived):
            if not self.sits[seat]["witness"] and self.books.balances[32 + seat] == 0:
                self.books.move(32 + seat, seat, self.seating.genesis["buy_in"])
        self.time_up, self.time_up_view = set(), 0
        self.ready &= set(self.roster.seats)
        if self.felt.shooter not in self.active():
            self.felt.next_shooter(self.active())
        self.review()

    # -- Rolls

    def execute_roll(self, roll):
        if self.phase != ROLLING or roll["roll"] != self.roll:
            raise Wrong("a roll is not due")
        seating, roster = self.seating, self.roster
        given = roll_input(
            seating.instance, roster.epoch, seating.table, self.roll, self.close, self.transcript
        )
        base = roll_base(given)
        values = {}
        seats = [share["seat"] for share in roll["shares"]]
        if len(seats) != roster.quorum or seats != sorted(set(seats)) or seats[-1] >= roster.n:
            raise Wrong("a roll has not the shares it needs")
        for share in roll["shares"]:
            Count.proofs += 1
            key = self.share_keys[share["seat"]]
            if not equality_holds(ROLL_CONTEXT, key, base, share["partial"], share["proof"]):
                raise Wrong("a share's proof is wrong")
            values[share["seat"]] = ristretto_decode(share["partial"])
        if combine(values) != roll["value"]:
            raise Wrong("a roll's value is not what its shares combine to")
        self.throw(*dice_of(roll["value"], given))

    def throw(self, a, b):
        felt, books = self.felt, self.books
        before, shooter = felt.puck, felt.shooter
        decisions = felt.roll(a, b, self.active())
        for decision in decisions:
            books.move(16 + decision["seat"], BANK, decision["collected"])
        for decision in decisions:
            books.move(BANK, decision["seat"], decision["profit"] - decision["vig"])
        felt.fit(decisions, books.balances[BANK])
        for decision in decisions:
            books.move(16 + decision["seat"], decision["seat"], decision["returned"])
        books.reserved = felt.reserve()
        books.check()
        self.history.append((self.roll, shooter, a, b, before, felt.puck, decisions))
        self.rolls_done += 1
        self.open_roll()
        for seat in sorted(self.left):
            self.clear(seat)


# ---- The whole file (src/audit/audit.h) ----------------------------------------------------------

NOTARIZE, NULLIFY, FINALIZE = 1, 2, 3


def check_certificate(roster, certificate, kind, view, digest, what):
    seats = [i for i in range(32) if certificate["bitmap"] >> i & 1]
    if (
        (certificate["type"], certificate["epoch"], certificate["view"])
        != (kind, roster.epoch, view)
        or certificate["digest"] != (b"" if kind == NULLIFY else digest)
        or len(seats) != roster.quorum
        or seats[-1] >= roster.n
        or len(certificate["signatures"]) != 64 * len(seats)
    ):
        raise Wrong(f"{what} is wrong")
    statement = b"BCv1" + roster.instance + u(8, roster.epoch) + u(1, kind) + u(8, view)
    statement += bytes(32) if kind == NULLIFY else digest
    for i, seat in enumerate(seats):
        key = roster.keys[seat]
        signature = certificate["signatures"][64 * i : 64 * i + 64]
        check_signature(key, statement, signature, f"a signature of {what}")


class Audit:
    """Walks an export from its first byte to its last."""

    def __init__(self, data):
        export = decode("Export", data)
        if export["version"] != 1 or export["seating"] is None:
            raise Wrong("the file is of another version or has no seating")
        try:
            self.seating = Seating(export["seating"])
        except Wrong as wrong:
            raise Wrong(f"the seating: {wrong}") from None
        self.table = Table(self.seating)
        self.last, self.view, self.time, self.height = self.seating.instance, 0, None, 0
        self.voters = self.table.roster
        endings = iter(export["endings"])
        for block in export["blocks"]:
            try:
                self.check_block(block)
                if self.table.roster is not self.voters:
                    self.check_ending(next(endings, None))
            except Wrong as wrong:
                raise Wrong(f"block {self.height + 1}: {wrong}") from None
        if next(endings, None) is not None:
            raise Wrong("an epoch is said to end that does not")
        final = export["finalization"]
        if self.view == 0:
            if final is not None:
                raise Wrong("there is a finalization certificate and no block that it is for")
        elif final is None:
            raise Wrong("the finalization certificate is missing")
        else:
            what = "the finalization certificate"
            check_certificate(self.voters, final, FINALIZE, self.view, self.last, what)

    def check_ending(self, ending):
        """What makes the last block of an epoch final, perhaps by empty blocks on top of it."""
        if ending is None or ending["finalization"] is None:
            raise Wrong("nothing makes the end of an epoch final")
        kept = self.last, self.time, self.height
        for block in ending["blocks"]:
            if block["payload"]:
                raise Wrong("something follows the end of an epoch")
            self.check_block(block)
        what = "the finalization certificate of an epoch"
        final = ending["finalization"]
        check_certificate(self.voters, final, FINALIZE, self.view, self.last, what)
        self.last, self.time, self.height = kept
        self.view, self.voters = 0, self.table.roster

    def check_block(self, block):
        header = block["header"]
        if len(header) != 204 or header[:4] != b"BCb1":
            raise Wrong("the header is malformed")

        def number(at):
            return int.from_bytes(header[at : at + 8], "big")

        def part(at):
            return header[at : at + 32]

        view, parent_view = number(44), number(52)
        if part(4) != self.seating.instance or number(36) != self.voters.epoch:
            raise Wrong("the header is of another table")
        if (number(92), parent_view, part(60)) != (self.height + 1, self.view, self.last):
            raise Wrong("it does not follow the block before it")
        if view <= parent_view:
            raise Wrong("its view is not above its parent's")
        time = number(196) - (2**64 if header[196] >= 128 else 0)
        if self.time is None and not 0 < time <= 2**48:
            raise Wrong("its time is no time")
        if self.time is not None and not 0 < time - self.time <= 3600000:
            raise Wrong("its time is not shortly after its parent's")
        if part(100) != blake2b(block["payload"]):
            raise Wrong("the payload is not the one the header names")
        if part(132) != self.table.root():
            raise Wrong("the balances and bets are not those the seats agreed on")
        self.check_skips(block["skips"], parent_view, view, part(164))
        digest = blake2b(header)
        self.table.execute(view, self.height + 1, digest, block["payload"])
        self.last, self.view, self.time = digest, view, time
        self.height += 1

    def check_skips(self, skips, parent_view, view, root):
        if len(skips) != view - parent_view - 1:
            raise Wrong("the certificates of the skipped views are not complete")
        packed = b""
        for i, certificate in enumerate(skips):
            what = "the certificate of a skipped view"
            check_certificate(self.voters, certificate, NULLIFY, parent_view + 1 + i, b"", what)
            encoded = encode("Certificate", certificate)
            packed += u(4, len(encoded)) + encoded
        if blake2b(packed) != root:
            raise Wrong("the certificates of the skipped views are not those the header names")


# ---- The vectors (tests/vectors/dvrf.json) -------------------------------------------------------


def check_vectors(tables):
    """Checks our own vectors of key generation and rolls; returns how many rolls."""
    rolls = 0
    for table in tables:
        given = table["keygen"]
        h = bytes.fromhex
        keys = [h(key) for key in given["dice_public_keys"]]
        keygen = Keygen(
            h(given["instance"]), given["epoch"], given["attempt"], h(given["list_hash"]),
            given["n"], given["t"], keys,
        )
        for key, secret, proof in zip(keys, given["dice_secret_keys"], given["seat_proofs"]):
            known = ristretto_encode(multiply_sum((scalar(h(secret)), BASE)))
            expect(known == key, "a dice key")
            binding = b"seat" + h(given["instance"])
            expect(knowledge_holds(KEYGEN_CONTEXT, key, binding, h(proof)), "a seat proof")
        deals = [keygen.decode(h(deal)) for deal in given["deals"]]
        for dealer, deal in enumerate(deals):
            expect(keygen.deal_holds(dealer, deal), "a deal")
        group, share_keys, transcript = keygen.finish(deals)
        expect(group == h(given["group_key"]), "the group key")
        expect(share_keys == [h(key) for key in given["share_keys"]], "the share keys")
        expect(transcript == h(given["transcript"]), "the transcript")
        for share, key in zip(given["shares"], share_keys):
            expect(ristretto_encode(multiply_sum((scalar(h(share)), BASE))) == key, "a share")
        check_vector_boxes(keygen, given, deals)
        for case in table.get("cheating", {}).get("complaints", []):
            deal = keygen.decode(h(table["cheating"]["deal"]))
            guilty = keygen.dealer_guilty(deal, h(case["complaint"]))
            expect(guilty == (case["guilty"] == "dealer"), "a ruling")
        for roll in table["rolls"]:
            check_vector_roll(keygen, given, share_keys, transcript, roll)
            rolls += 1
    return rolls


def check_vector_boxes(keygen, given, deals):
    """Opens every share box with the receiver's secret and adds the shares up."""
    for i, secret in enumerate(given["dice_secret_keys"]):
        total = 0
        for dealer, deal in enumerate(deals):
            pair = scalar(bytes.fromhex(secret)), ristretto_decode(deal["box"])
            common = ristretto_encode(multiply_sum(pair))
            key = blake2b(b"BitCraps-box-v1", common, keygen.scope, u(1, dealer), u(1, i))
            share = xchacha_open(key, bytes(24), deal["shares"][i], blake2b(*deal["commitments"]))
            expect(share is not None, "a share box")
            total += scalar(share)
        expect(total % L == scalar(bytes.fromhex(given["shares"][i])), "a sum of shares")


def check_vector_roll(keygen, given, share_keys, transcript, roll):
    h = bytes.fromhex
    data = roll_input(
        h(given["instance"]), given["epoch"], h(roll["table"]), roll["number"], h(roll["close"]),
        transcript,
    )
    base = roll_base(data)
    expect(data == h(roll["input"]), "a roll's input")
    expect(base == h(roll["M"]), "a roll's base")
    values = {}
    for seat, partial in enumerate(h(partial) for partial in roll["partials"]):
        holds = equality_holds(ROLL_CONTEXT, share_keys[seat], base, partial[:32], partial[32:])
        expect(holds, "a partial")
        values[seat] = ristretto_decode(partial[:32])
    for first in (0, keygen.n - keygen.t):
        chosen = {seat: values[seat] for seat in range(first, first + keygen.t)}
        expect(combine(chosen) == h(roll["V"]), "a roll's value")
    expect(list(dice_of(h(roll["V"]), data)) == roll["dice"], "the dice")


def expect(holds, what):
    if not holds:
        raise Wrong(f"{what} of the vectors is wrong")


# ---- The report ----------------------------------------------------------------------------------


def spot_name(spot):
    kind, number = spot
    if kind == "hop":
        return f"hop {number // 10}-{number % 10}"
    return f"{kind} {number}" if number else kind


def nets(table):
    """What each player won or lost: chips held, less those bought, plus a share of the bank."""
    seating, books = table.seating, table.books
    net = {
        seat: books.balances[seat] + books.balances[16 + seat] + books.balances[32 + seat]
        for seat in sorted(table.sits) if books.balances[32 + seat] != 0
    }
    gain = books.balances[BANK] + books.balances[BANK_IOU]
    owners = list(net)
    if seating.genesis["host_bank"]:
        hosts = [seat for seat in net if table.sits[seat]["identity"] == seating.genesis["host"]]
        owners = hosts or owners
    share, rest = divmod(gain, len(owners))
    for i, seat in enumerate(owners):
        net[seat] += share + (1 if i < rest else 0)
    return net


def transfers(net):
    """The largest debtor pays the largest creditor until nobody owes; of equals the first seat."""
    rest, out = dict(net), []
    while any(rest.values()):
        debtor = min(rest, key=lambda seat: (rest[seat], seat))
        creditor = max(rest, key=lambda seat: (rest[seat], -seat))
        amount = min(-rest[debtor], rest[creditor])
        rest[debtor] += amount
        rest[creditor] -= amount
        out.append((debtor, creditor, amount))
    return out


def report(audit):
    seating, table = audit.seating, audit.table
    names = {seat: table.sits[seat]["name"] for seat in sorted(table.sits)}
    print(f"table {seating.genesis['name']!r}, {seating.table.hex()}")
    for roll, shooter, a, b, before, after, decisions in table.history:
        who = names.get(shooter, "nobody")
        puck = f"point {before}" if before else "come-out"
        print(f"roll {roll}: {who} throws {a} {b} ({puck})")
        for decision in decisions:
            name, spot = names[decision["seat"]], spot_name(decision["spot"])
            gain = decision["profit"] - decision["vig"] - decision["collected"]
            print(f"  {name}: {decision['stake']} on {spot}: {decision['outcome']} {gain:+d}")
    books, net = table.books, nets(table)
    for seat, name in names.items():
        if seat in net:
            rail, staked, bought = (books.balances[at + seat] for at in (0, 16, 32))
            lies = f"{rail} chips, {staked} on the table, bought {-bought}"
            print(f"{name}: {lies}; {net[seat]:+d} with the share of the bank")
        else:
            print(f"{name}: witness")
    print(f"bank: {books.balances[BANK]} of {-books.balances[BANK_IOU]}")
    for height, guilty, accuser, deed in table.convictions:
        print(f"block {height}: {names[guilty]} is convicted of {deed}, by {names[accuser]}")
    for debtor, creditor, amount in transfers(net):
        print(f"{names[debtor]} owes {names[creditor]} {amount}")


def main(arguments):
    options = [argument for argument in arguments if argument.startswith("--")]
    files = [argument for argument in arguments if not argument.startswith("--")]
    sys.stdout.reconfigure(errors="backslashreplace")
    if len(files) != 1 or set(options) - {"--quiet", "--vectors"}:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        with open(files[0], "rb") as file:
            data = file.read()
        if "--vectors" in options:
            print(f"valid: {check_vectors(json.loads(data)['tables'])} rolls")
            return 0
        audit = Audit(data)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    except Wrong as wrong:
        print(f"INVALID: {wrong}")
        return 1
    if "--quiet" not in options:
        report(audit)
    print(
        f"valid: {audit.height} blocks, {audit.table.rolls_done} rolls, "
        f"{Count.signatures} signatures, {Count.proofs} proofs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
