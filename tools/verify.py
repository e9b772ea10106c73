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
        (9, "host_bank", "bool"), (10, "rules", "bytes"),
    ],
    "Sit": [
        (1, "identity", "bytes"), (2, "consensus_key", "bytes"), (3, "dice_key", "bytes"),
        (4, "dice_proof", "bytes"), (5, "name", "string"), (6, "witness", "bool"),
        (7, "identity_signature", "bytes"), (8, "consensus_signature", "bytes"),
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
        (4, "bet", "Bet", True), (5, "take_down", "TakeDown", True), (6, "ready", "Ready", True),
        (7, "time_up", "TimeUp", True), (8, "deal", "bytes", True), (9, "deal_ok", "DealOk", True),
        (10, "complaint", "bytes", True), (11, "leave", "Leave", True),
    ],
    "Bet": [(1, "roll", "u64"), (2, "bet", "u32"), (3, "amount", "i64")],
    "TakeDown": [(1, "roll", "u64"), (2, "bet", "u32")],
    "Ready": [(1, "roll", "u64")],
    "TimeUp": [(1, "roll", "u64")],
    "DealOk": [(1, "list", "bytes")],
    "Leave": [(1, "roll", "u64")],
    "Payload": [(1, "items", ["Item"])],
    "Item": [(1, "action", "bytes", True), (2, "close", "Close", True), (3, "roll", "Roll", True)],
    "Close": [(1, "roll", "u64")],
    "Roll": [(1, "roll", "u64"), (2, "value", "bytes"), (3, "shares", ["Share"])],
    "Share": [(1, "seat", "u32"), (2, "partial", "bytes"), (3, "proof", "bytes")],
    "Export": [
        (1, "version", "u32"), (2, "seating", "Seating"), (3, "blocks", ["Block"]),
        (4, "finalization", "Certificate"),
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
    chosen = [field[1] for field in SCHEMA[name] if len(field) == 4 and field[1] in message]
    if len(chosen) > 1 or encode(name, message) != data:
        raise Wrong("a message is not canonical")
    return message


# ---- The rules of the house (src/craps/rules.h) --------------------------------------------------

BOX = (4, 5, 6, 8, 9, 10)
LINE = (0,) + BOX
ONE = (0,)
HOPS = tuple(a * 10 + b for a in range(1, 7) for b in range(a, 7))

# Every kind of bet in the order of the wire, with the numbers it can be on.
KINDS = (
    ("pass", LINE), ("don't pass", LINE), ("come", LINE), ("don't come", LINE),
    ("pass odds", BOX), ("don't pass odds", BOX), ("come odds", BOX), ("don't come odds", BOX),
    ("place", BOX), ("buy", BOX), ("lay", BOX), ("field", ONE), ("hard", (4, 6, 8, 10)),
    ("any seven", ONE), ("any craps", ONE), ("craps 2", ONE), ("craps 3", ONE), ("craps 12", ONE),
    ("yo", ONE), ("horn", ONE), ("C&E", ONE), ("big", (6, 8)), ("hop", HOPS),
)
SPOTS = tuple((kind, number) for kind, numbers in KINDS for number in numbers)
SPOT_OF = {spot: i for i, spot in enumerate(SPOTS)}
KIND_OF = {kind: i for i, (kind, _) in enumerate(KINDS)}
STAKE_MAX = 10**9

RIGHT = ("pass", "come")
WRONG_WAY = ("don't pass", "don't come")
ODDS = {kind + " odds": kind for kind in RIGHT + WRONG_WAY}
TRUE_ODDS = {4: (2, 1), 10: (2, 1), 5: (3, 2), 9: (3, 2), 6: (6, 5), 8: (6, 5)}
PLACE_ODDS = {4: (9, 5), 10: (9, 5), 5: (7, 5), 9: (7, 5), 6: (7, 6), 8: (7, 6)}
STAYS = ("place", "buy", "lay", "hard", "big")
LIMIT_CLASS = {
    **{kind: 0 for kind in RIGHT + WRONG_WAY}, **{kind: 1 for kind in ODDS},
    "place": 2, "buy": 2, "lay": 2, "big": 2, "field": 3,
}
PAYS = ("field 2", "field 12", "hard 4 10", "hard 6 8", "2 12", "3 11", "hop easy", "hop hard")
PAY_RANGE = ((1, 3), (1, 3), (6, 8), (7, 10), (25, 35), (12, 17), (12, 17), (25, 35))


class Rules:
    """A house's settings, from the 141 bytes of a genesis."""

    def __init__(self, data):
        if len(data) != 141 or data[0] != 1:
            raise Wrong("the rules have an unknown layout")
        self.at, self.data = 1, data
        self.bets, self.dollar = self.take(8), self.take(8)
        self.limits = [(self.take(8), self.take(8)) for _ in range(5)]
        self.pays = {name: (self.take(2), self.take(2)) for name in PAYS}
        halves = [self.take(1) for _ in range(3)]
        self.odds_halves = dict(zip(BOX, halves + halves[::-1]))
        self.bar, self.breakage, self.rounding = self.take(1), self.take(1), self.take(1)
        self.lays_work, self.hardways_work = self.take(1), self.take(1)
        self.vig_on_win = {"buy": self.take(2), "lay": self.take(2)}
        self.check(halves)
        self.facts = {}

    def take(self, size):
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def check(self, halves):
        box = sum(1 << number for number in BOX)
        sound = (
            0 < self.bets < 1 << len(KINDS)
            and 1 <= self.dollar <= 10**6
            and all(half <= 200 for half in halves)
            and self.bar in (2, 12)
            and self.breakage <= 1
            and self.rounding <= 2
            and self.lays_work <= 1
            and self.hardways_work <= 1
            and all(numbers & ~box == 0 for numbers in self.vig_on_win.values())
            and all(1 <= least <= most <= STAKE_MAX for least, most in self.limits)
            and self.limits[2][0] >= 3 * self.dollar
            and all(
                per in (1, 2) and low * per <= to <= high * per
                for (to, per), (low, high) in zip(self.pays.values(), PAY_RANGE)
            )
        )
        if not sound:
            raise Wrong("the rules are out of range")

    # What a roll does to one bet: "push", "lose", "travel", a pay (to, per) for a win, or None.

    def outcome(self, kind, number, a, b):
        total = a + b
        if kind in RIGHT + WRONG_WAY and number == 0:
            return self.own_comeout(kind in RIGHT, total)
        if kind in RIGHT:
            return (1, 1) if total == number else "lose" if total == 7 else None
        if kind in WRONG_WAY:
            return (1, 1) if total == 7 else "lose" if total == number else None
        if kind == "lay" or ODDS.get(kind) in WRONG_WAY:
            return TRUE_ODDS[number][::-1] if total == 7 else "lose" if total == number else None
        if kind in ODDS or kind == "buy":
            return TRUE_ODDS[number] if total == number else "lose" if total == 7 else None
        if kind == "place":
            return PLACE_ODDS[number] if total == number else "lose" if total == 7 else None
        if kind == "big":
            return (1, 1) if total == number else "lose" if total == 7 else None
        if kind == "hard":
            if total == number and a == b:
                return self.pays["hard 4 10" if number in (4, 10) else "hard 6 8"]
            return "lose" if total in (7, number) else None
        return self.one_roll(kind, number, a, b) or "lose"

    def own_comeout(self, right, total):
        if total in (7, 11):
            return (1, 1) if right else "lose"
        if total in (2, 3, 12):
            if right:
                return "lose"
            return "push" if total == self.bar else (1, 1)
        return "travel"

    def one_roll(self, kind, number, a, b):
        """The pay of a bet that one roll decides, None when it loses."""
        total = a + b
        if kind == "field":
            pays = {2: self.pays["field 2"], 12: self.pays["field 12"]}
            return pays.get(total, (1, 1) if total in (3, 4, 9, 10, 11) else None)
        if kind == "hop":
            hard = self.pays["hop hard" if a == b else "hop easy"]
            return hard if number == min(a, b) * 10 + max(a, b) else None
        two, three = self.pays["2 12"], self.pays["3 11"]
        return {
            "any seven": {7: (4, 1)},
            "any craps": {2: (7, 1), 3: (7, 1), 12: (7, 1)},
            "craps 2": {2: two},
            "craps 3": {3: three},
            "craps 12": {12: two},
            "yo": {11: three},
            # Quarters on 2, 3, 11 and 12 at 30 and 15 to 1: three of four parts are lost.
            "horn": {2: (27, 4), 12: (27, 4), 3: (12, 4), 11: (12, 4)},
            # Halves on any craps at 7 and on eleven at 15 to 1.
            "C&E": {2: (6, 2), 3: (6, 2), 12: (6, 2), 11: (14, 2)},
        }[kind].get(total)

    def fact(self, kind, number):
        """(most it pays, least it pays, unit that is paid exactly), found by all 36 rolls."""
        if (kind, number) not in self.facts:
            pays = [self.outcome(kind, number, a, b) for a in range(1, 7) for b in range(1, 7)]
            pays = [pay for pay in pays if isinstance(pay, tuple)]
            ranked = sorted(pays, key=lambda pay: pay[0] * 2520 // pay[1])
            unit = math.lcm(*(per for _, per in pays))
            self.facts[kind, number] = ranked[-1], ranked[0], unit
        return self.facts[kind, number]

    def reserve(self, kind, number, stake):
        to, per = self.fact(kind, number)[0]
        return stake * to // per

    def vig(self, kind, number, stake):
        """5 % of a buy's stake or a lay's possible win, in whole dollars, at least one."""
        if kind not in self.vig_on_win or stake == 0:
            return 0
        to, per = (1, 1) if kind == "buy" else self.fact(kind, number)[0]
        above, below = stake * to, 20 * per * self.dollar
        if self.rounding == 0:
            dollars = (2 * above + below) // (2 * below)
        else:
            dollars = above // below if self.rounding == 1 else -(-above // below)
        return max(dollars, 1) * self.dollar

    def held(self, kind, number, stake):
        """The vig that was paid up front and lies with the stake."""
        if kind not in self.vig_on_win or self.vig_on_win[kind] >> number & 1:
            return 0
        return self.vig(kind, number, stake)

    def works_on_comeout(self, kind):
        if kind in ("place", "buy", "come odds"):
            return False
        if kind == "lay":
            return self.lays_work == 1
        return self.hardways_work == 1 if kind == "hard" else True


# ---- The felt (src/craps/craps.h) ----------------------------------------------------------------

NO_SEAT = 255


class Felt:
    """Puck, shooter and every seat's bets: bets[seat] is {(kind, number): stake}."""

    def __init__(self, rules):
        self.rules = rules
        self.puck = 0
        self.shooter = NO_SEAT
        self.fresh = 1
        self.dice = (0, 0)
        self.rolls = self.hand_rolls = 0
        self.bets = [{} for _ in range(16)]

    def reserve(self):
        return sum(
            self.rules.reserve(*spot, stake) for bets in self.bets for spot, stake in bets.items()
        )

    def accepts(self, seat, spot, amount):
        """Whether the house takes amount more on this spot."""
        kind, number = spot
        rules, lies = self.rules, self.bets[seat].get(spot, 0)
        if not rules.bets >> KIND_OF[kind] & 1 or not 1 <= amount <= STAKE_MAX:
            return False
        if kind in RIGHT + WRONG_WAY and (
            number != 0 or (self.puck != 0) != (kind in ("come", "don't come"))
        ):
            return False
        least, most = rules.limits[LIMIT_CLASS.get(kind, 4)]
        if kind in ODDS:
            flat = self.bets[seat].get((ODDS[kind], number), 0)
            if flat == 0:
                return False
            most = min(most, self.odds_most(kind, number, flat))
        _, pays_least, unit = rules.fact(kind, number)
        least = max(least, lies + 1)
        if rules.breakage == 1:
            unit = 1
            least = max(least, -(-pays_least[1] // pays_least[0]))
        least = -(-least // unit) * unit
        return least <= lies + amount <= most and (lies + amount) % unit == 0

    def odds_most(self, kind, number, flat):
        halves = self.rules.odds_halves[number]
        if ODDS[kind] in RIGHT:
            return flat * halves // 2
        to, per = TRUE_ODDS[number][::-1]
        return flat * halves * per // (2 * to)

    def place(self, seat, spot, amount):
        """Puts an accepted amount down; returns what it costs with the vig."""
        lies = self.bets[seat].get(spot, 0)
        self.bets[seat][spot] = lies + amount
        held = self.rules.held
        return amount + held(*spot, lies + amount) - held(*spot, lies)

    def lift(self, seat, spot):
        stake = self.bets[seat].pop(spot, 0)
        return stake + self.rules.held(*spot, stake) if stake else 0

    def take_down(self, seat, spot):
        """Takes a bet and the odds behind it down; what comes back, or None when refused."""
        bets = self.bets[seat]
        kind, number = spot
        if number == 0 and spot not in bets:
            # The line bet on the point, or the only come bet there is.
            lying = [n for k, n in bets if k == kind and n != 0]
            if kind in ("pass", "don't pass") and (kind, self.puck) in bets:
                number = self.puck
            elif len(lying) == 1:
                number = lying[0]
        if (kind, number) not in bets or (kind in RIGHT and number != 0):
            return None
        back = self.lift(seat, (kind, number))
        if kind + " odds" in ODDS and number != 0:
            back += self.lift(seat, (kind + " odds", number))
        return back

    def clear(self, seat):
        """Takes down all that is no contract."""
        removable = [(k, n) for k, n in self.bets[seat] if not (k in RIGHT and n != 0)]
        return sum(self.lift(seat, spot) for spot in removable)

    def next_shooter(self, players):
        start = self.shooter if self.shooter < 16 else 15
        order = [(start + step) % 16 for step in range(1, 17)]
        self.shooter = next((seat for seat in order if seat in players), NO_SEAT)

    def roll(self, a, b, players):
        """Decides all bets as they lay before; a list of decisions."""
        decisions = []
        for seat in range(16):
            for spot in sorted(self.bets[seat], key=SPOT_OF.get):
                decision = self.decide(seat, spot, a, b)
                if decision is not None:
                    decisions.append(decision)
        for decision in decisions:
            if not decision["stays"]:
                del self.bets[decision["seat"]][decision["spot"]]
        # What travels arrives when the bet that lay there was decided.
        for decision in decisions:
            if decision["outcome"] == "travel":
                bets, kind = self.bets[decision["seat"]], decision["spot"][0]
                bets[kind, a + b] = bets.pop((kind, 0))
        self.move_puck(a + b, players)
        self.dice = (a, b)
        return decisions

    def decide(self, seat, spot, a, b):
        kind, number = spot
        stake = self.bets[seat][spot]
        outcome = self.rules.outcome(kind, number, a, b)
        if outcome is None:
            return None
        if self.puck == 0 and not self.rules.works_on_comeout(kind):
            if kind not in ODDS:
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
            decision["stays"] = kind in STAYS
            decision["returned"] = 0 if kind in STAYS else lies
        elif outcome == "lose":
            decision["collected"] = lies
        elif outcome == "returned":
            decision["returned"] = lies
        else:
            decision["stays"] = True
        return decision

    def move_puck(self, total, players):
        self.rolls += 1
        self.hand_rolls += 1
        self.fresh = 0
        if self.puck == 0:
            self.puck = total if total in BOX else 0
        elif total == self.puck:
            self.puck = 0
        elif total == 7:
            self.puck, self.fresh, self.hand_rolls = 0, 1, 0
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
        out = bytes([self.puck, self.shooter, self.fresh, *self.dice])
        out += u(8, self.rolls) + u(8, self.hand_rolls)
        for bets in self.bets:
            out += u(1, len(bets))
            for kind, number in sorted(bets, key=SPOT_OF.get):
                out += bytes([KIND_OF[kind], number, 0]) + u(4, bets[kind, number])
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
        if self.n != self.genesis["seats"]:
            raise Wrong("there are not as many seats as the genesis says")
        self.quorum = self.n - (self.n - 1) // 3
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
        self.leader_offset = int.from_bytes(self.instance[:8], "big") % self.n
        check_signature(
            self.genesis["host"], b"bitcraps:seating:v1" + self.instance, message["signature"],
            "the host's signature of the seats",
        )
        keys = [sit["consensus_key"] + sit["dice_key"] for sit in self.sits]
        self.list_hash = blake2b(b"bitcraps:list:v1", *keys)
        self.keygen = Keygen(
            self.instance, 1, 1, self.list_hash, self.n, self.quorum,
            [sit["dice_key"] for sit in self.sits],
        )

    def check_genesis(self):
        genesis = self.genesis
        check_sizes(genesis, {"host": 32, "nonce": 16})
        check_name(genesis["name"])
        if (
            genesis["version"] != 1
            or not 1 <= genesis["seats"] <= 16
            or not 1 <= genesis["buy_in"] <= CHIPS_MAX
            or not 0 <= genesis["bank"] <= CHIPS_MAX
            or not 100 <= genesis["window_msec"] <= 3600000
        ):
            raise Wrong("the genesis is out of range")

    def open_sit(self, packed):
        if len(packed) > 512:
            raise Wrong("a sit is too large")
        sit = decode("Sit", packed)
        check_sizes(sit, {
            "identity": 32, "consensus_key": 32, "dice_key": 32, "dice_proof": 64,
            "identity_signature": 64, "consensus_signature": 64,
        })
        check_name(sit["name"])
        bare = {**sit, "identity_signature": b"", "consensus_signature": b""}
        statement = b"bitcraps:sit:v1" + self.table + encode("Sit", bare)
        for key in ("identity", "consensus"):
            check_signature(
                sit["identity" if key == "identity" else "consensus_key"], statement,
                sit[key + "_signature"], f"the {key} signature of {sit['name']!r}",
            )
        binding = b"seat" + self.table + sit["identity"]
        if not knowledge_holds(KEYGEN_CONTEXT, sit["dice_key"], binding, sit["dice_proof"]):
            raise Wrong(f"the dice key of {sit['name']!r} is not proven")
        return sit


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
        self.sequence = [0] * seating.n
        self.left, self.ready, self.time_up = set(), set(), set()
        self.opened = False
        self.deals, self.confirmed, self.guilty = {}, set(), set()
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
        seats = range(self.seating.n)
        return blake2b(
            b"BCst", u(1, self.phase), u(8, self.roll),
            *(u(8, sequence) for sequence in self.sequence),
            bitmap(self.left), bitmap(self.ready), bitmap(self.time_up),
            u(1, int(self.opened)), u(8, self.time_up_view),
            bitmap(self.deals), bitmap(self.confirmed), bitmap(self.guilty),
            *(blake2b(self.deals[i]["bytes"]) if i in self.deals else bytes(32) for i in seats),
            self.close, self.transcript, u(8, self.rolls_done),
            self.felt.encode(), self.books.encode(),
        )

    def active(self):
        return [seat for seat in self.seating.players if seat not in self.left]

    # -- Blocks

    def execute(self, view, digest, payload):
        if not payload:
            return
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
            else:
                raise Wrong("an item stands where it may not")

    def execute_close(self, view, digest, close):
        if close["roll"] != self.roll or not self.close_due(view):
            raise Wrong("betting was closed too early")
        self.phase = ROLLING
        self.close = digest

    def close_due(self, view):
        """All are ready; or time is up and whoever is not ready had a turn to lead since."""
        if self.phase != BETTING:
            return False
        waiting = [seat for seat in self.active() if seat not in self.ready]
        if waiting and self.time_up_view == 0:
            return False
        n, offset = self.seating.n, self.seating.leader_offset
        views = range(self.time_up_view + 1, min(view, self.time_up_view + 1 + n))
        leaders = {(v + offset) % n for v in views}
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
        if len(packed) > 8192:
            raise Wrong("an action is too large")
        action = decode("Action", packed)
        body = decode("ActionBody", action["body"])
        seat = body["seat"]
        if seat >= self.seating.n or body["epoch"] != 1:
            raise Wrong("an action is of no seat of this table")
        if body["sequence"] != self.sequence[seat] + 1:
            raise Wrong("an action is out of sequence")
        check_signature(
            self.seating.sits[seat]["consensus_key"],
            b"BCop" + self.seating.instance + action["body"], action["signature"],
            "an action's signature",
        )
        self.sequence[seat] += 1
        for label in body.keys() - {"epoch", "seat", "sequence"}:
            if label == "time_up":
                self.apply_time_up(view, seat, body[label])
            else:
                getattr(self, "apply_" + label)(seat, body[label])

    def may_bet(self, seat, roll):
        return (
            seat in self.active() and self.phase == BETTING and roll == self.roll
            and seat not in self.ready
        )

    def apply_bet(self, seat, bet):
        if not self.may_bet(seat, bet["roll"]) or bet["bet"] >= len(SPOTS):
            return
        spot = SPOTS[bet["bet"]]
        if not self.felt.accepts(seat, spot, bet["amount"]):
            return
        before = dict(self.felt.bets[seat])
        reserved = self.felt.reserve()
        cost = self.felt.place(seat, spot, bet["amount"])
        win = self.felt.reserve() - reserved
        if cost < 0 or cost > self.books.balances[seat] or win > self.books.free():
            self.felt.bets[seat] = before
            return
        self.books.move(seat, 16 + seat, cost)
        self.books.reserved += win
        self.opened = True

    def take_back(self, seat, back, reserved):
        self.books.move(16 + seat, seat, back)
        self.books.reserved -= reserved - self.felt.reserve()

    def apply_take_down(self, seat, take_down):
        if not self.may_bet(seat, take_down["roll"]) or take_down["bet"] >= len(SPOTS):
            return
        reserved = self.felt.reserve()
        back = self.felt.take_down(seat, SPOTS[take_down["bet"]])
        if back is not None:
            self.take_back(seat, back, reserved)

    def apply_ready(self, seat, ready):
        if self.may_bet(seat, ready["roll"]):
            self.ready.add(seat)
            self.opened = True

    def apply_time_up(self, view, seat, time_up):
        if self.phase != BETTING or time_up["roll"] != self.roll or seat in self.time_up:
            return
        self.time_up.add(seat)
        if self.time_up_view == 0 and len(self.time_up) >= self.seating.quorum:
            self.time_up_view = view

    def apply_leave(self, seat, _):
        if seat not in self.active() or self.phase == ROLLING:
            return
        reserved = self.felt.reserve()
        self.take_back(seat, self.felt.clear(seat), reserved)
        self.left.add(seat)
        if self.felt.shooter == seat:
            self.felt.next_shooter(self.active())
        if not self.active():
            self.phase = OVER

    # -- The joint key

    def apply_deal(self, seat, data):
        keygen = self.seating.keygen
        if self.phase != KEYS or seat in self.deals:
            return
        deal = keygen.decode(data)
        Count.proofs += 2
        if deal is None or not keygen.deal_holds(seat, deal):
            return
        self.deals[seat] = deal
        if len(self.deals) == self.seating.n:
            finished = keygen.finish([self.deals[i] for i in range(self.seating.n)])
            if finished is None:
                self.phase = OVER
            else:
                _, self.share_keys, self.transcript = finished

    def apply_deal_ok(self, seat, deal_ok):
        if self.phase != KEYS or len(self.deals) != self.seating.n or seat in self.confirmed:
            return
        if deal_ok["list"] != self.seating.list_hash:
            return
        self.confirmed.add(seat)
        if len(self.confirmed) == self.seating.n:
            self.open_roll()

    def apply_complaint(self, seat, data):
        if self.phase != KEYS or len(data) != 98 or data[1] != seat or data[0] not in self.deals:
            return
        Count.proofs += 1
        dealer = data[0]
        guilty = self.seating.keygen.dealer_guilty(self.deals[dealer], data)
        self.guilty.add(dealer if guilty else seat)
        self.phase = OVER

    # -- Rolls

    def execute_roll(self, roll):
        if self.phase != ROLLING or roll["roll"] != self.roll:
            raise Wrong("a roll is not due")
        seating = self.seating
        given = roll_input(
            seating.instance, 1, seating.table, self.roll, self.close, self.transcript
        )
        base = roll_base(given)
        values = {}
        seats = [share["seat"] for share in roll["shares"]]
        if len(seats) != seating.quorum or seats != sorted(set(seats)) or seats[-1] >= seating.n:
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


# ---- The whole file (src/audit/audit.h) ----------------------------------------------------------

NOTARIZE, NULLIFY, FINALIZE = 1, 2, 3


def check_certificate(seating, certificate, kind, view, digest, what):
    seats = [i for i in range(32) if certificate["bitmap"] >> i & 1]
    if (
        (certificate["type"], certificate["epoch"], certificate["view"]) != (kind, 1, view)
        or certificate["digest"] != (b"" if kind == NULLIFY else digest)
        or len(seats) != seating.quorum
        or seats[-1] >= seating.n
        or len(certificate["signatures"]) != 64 * len(seats)
    ):
        raise Wrong(f"{what} is wrong")
    statement = b"BCv1" + seating.instance + u(8, 1) + u(1, kind) + u(8, view)
    statement += bytes(32) if kind == NULLIFY else digest
    for i, seat in enumerate(seats):
        key = seating.sits[seat]["consensus_key"]
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
        for block in export["blocks"]:
            try:
                self.check_block(block)
            except Wrong as wrong:
                raise Wrong(f"block {self.height + 1}: {wrong}") from None
        final = export["finalization"]
        if self.height == 0:
            if final is not None:
                raise Wrong("there is a finalization certificate and no block")
        elif final is None:
            raise Wrong("the finalization certificate is missing")
        else:
            what = "the finalization certificate"
            check_certificate(self.seating, final, FINALIZE, self.view, self.last, what)

    def check_block(self, block):
        header = block["header"]
        if len(header) != 204 or header[:4] != b"BCb1":
            raise Wrong("the header is malformed")

        def number(at):
            return int.from_bytes(header[at : at + 8], "big")

        def part(at):
            return header[at : at + 32]

        view, parent_view = number(44), number(52)
        if part(4) != self.seating.instance or number(36) != 1:
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
        self.table.execute(view, digest, block["payload"])
        self.last, self.view, self.time = digest, view, time
        self.height += 1

    def check_skips(self, skips, parent_view, view, root):
        if len(skips) != view - parent_view - 1:
            raise Wrong("the certificates of the skipped views are not complete")
        packed = b""
        for i, certificate in enumerate(skips):
            what = "the certificate of a skipped view"
            check_certificate(self.seating, certificate, NULLIFY, parent_view + 1 + i, b"", what)
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


def nets(seating, books):
    """What each player won or lost: chips held, less those bought, plus a share of the bank."""
    net = {
        seat: books.balances[seat] + books.balances[16 + seat] + books.balances[32 + seat]
        for seat in seating.players
    }
    gain = books.balances[BANK] + books.balances[BANK_IOU]
    host = [sit["identity"] for sit in seating.sits].index(seating.genesis["host"])
    owners = seating.players
    if seating.genesis["host_bank"] and host in owners:
        owners = [host]
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
    names = [sit["name"] for sit in seating.sits]
    print(f"table {seating.genesis['name']!r}, {seating.table.hex()}")
    for roll, shooter, a, b, before, after, decisions in table.history:
        who = names[shooter] if shooter < len(names) else "nobody"
        puck = f"point {before}" if before else "come-out"
        print(f"roll {roll}: {who} throws {a} {b} ({puck})")
        for decision in decisions:
            name, spot = names[decision["seat"]], spot_name(decision["spot"])
            gain = decision["profit"] - decision["vig"] - decision["collected"]
            print(f"  {name}: {decision['stake']} on {spot}: {decision['outcome']} {gain:+d}")
    books, net = table.books, nets(seating, table.books)
    for seat, name in enumerate(names):
        if seat in net:
            rail, staked, bought = (books.balances[at + seat] for at in (0, 16, 32))
            lies = f"{rail} chips, {staked} on the table, bought {-bought}"
            print(f"{name}: {lies}; {net[seat]:+d} with the share of the bank")
        else:
            print(f"{name}: witness")
    print(f"bank: {books.balances[BANK]} of {-books.balances[BANK_IOU]}")
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
