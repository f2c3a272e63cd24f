"""A second decoder of records, written from docs/spec/records.md alone, on Python's standard library.

It shares no code with the project, so that a reading of the specification that only one of the two
has shows as a different verdict. Reads {"network", "now", "records": [hex, ...]} on standard input and
prints a list with a verdict for each: {"fault": code} or {"id": hex, "type": ..., "issuer": hex}.

    python3 scripts/second-decoder/decode.py < cases.json
"""

import hashlib
import json
import re
import sys
import unicodedata

DAY = 86_400_000
SIZES = {"vouch": 1024, "revocation": 1024, "promise": 4096, "observation": 16384}
TYPES = tuple(SIZES)
LARGEST = 16384
NESTING = 16
SAFE = 2**53
LAST_TIME = 253_402_300_799_999
SCOPE = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
HIDDEN = [
    (0x0, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]


class Fault(Exception):
    """The first rule that a record breaks, as a code."""


def malformed():
    return Fault("record/malformed")


# Canonical DAG-CBOR: one spelling of each value.


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        end = self.at + count
        if end > len(self.data):
            raise malformed()
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def argument(self, low):
        """The number behind a first byte, in its shortest form."""
        if low < 24:
            return low
        if low > 27:  # reserved, or of no definite length
            raise malformed()
        size = 1 << (low - 24)
        number = int.from_bytes(self.take(size), "big")
        if number < (24 if size == 1 else 1 << (4 * size)):
            raise malformed()
        return number

    def value(self, depth):
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if major == 7:
            if low in (20, 21):
                return low == 21
            if low == 22:
                return None
            if low == 27:
                self.take(8)
                return 0.5  # a number that no field allows
            raise malformed()
        number = self.argument(low)
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            return self.text(number)
        if depth == NESTING or major == 6:
            raise malformed()
        if major == 4:
            return [self.value(depth + 1) for _ in range(min(number, len(self.data)))]
        found = {}
        before = None
        for _ in range(min(number, len(self.data))):
            head = self.take(1)[0]
            if head >> 5 != 3:
                raise malformed()
            key = self.text(self.argument(head & 31))
            order = (len(key.encode()), key.encode())
            if before is not None and order <= before:
                raise malformed()
            before = order
            found[key] = self.value(depth + 1)
        return found

    def text(self, count):
        try:
            return self.take(count).decode("utf-8")
        except UnicodeDecodeError:
            raise malformed() from None


def decode(data):
    reader = Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise malformed()
    return value


# Fields.


def need(holds):
    if not holds:
        raise malformed()


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def uint(value, limit=SAFE - 1):
    need(is_int(value) and 0 <= value <= limit)
    return value


def exactly(value, count):
    need(isinstance(value, bytes) and len(value) == count)
    return value


def fields(value, required, optional=""):
    """A map with these fields and no others; names that are longer than a letter are split by spaces."""
    need(isinstance(value, dict))
    names, may = set(required.split()), set(optional.split())
    need(names <= set(value) <= names | may)


def readable(value, limit, least=0):
    need(isinstance(value, str) and least <= len(value) <= limit)
    need(not any(low <= ord(one) <= high for one in value for low, high in HIDDEN))
    need(unicodedata.normalize("NFC", value) == value)


def scope(value):
    need(isinstance(value, str) and SCOPE.fullmatch(value) is not None)


def time(value):
    return uint(value, LAST_TIME)


def work(value):
    need(isinstance(value, dict))
    kind = value.get("k")
    if kind == "items":
        fields(value, "k v")
        need(isinstance(value["v"], list) and len(value["v"]) <= 64)
        for item in value["v"]:
            readable(item, 128)
    elif kind in ("count", "time"):
        fields(value, "k v")
        uint(value["v"])
    elif kind == "quality":
        fields(value, "k v m")
        readable(value["m"], 64, 1)
        uint(value["v"], 1000)
    elif kind == "uptime":
        fields(value, "k v ms")
        uint(value["v"], 1_000_000)
        uint(value["ms"])
    else:
        raise malformed()
    return kind


def conditions(value):
    need(isinstance(value, dict) and len(value) <= 16)
    for name, one in value.items():
        readable(name, 64, 1)
        need(name != "__proto__")
        if isinstance(one, bool):
            continue
        if is_int(one):
            need(-SAFE < one < SAFE)
        else:
            readable(one, 128)


def outcome(value):
    fields(value, "a c g w y", "p q x")
    time(value["a"])
    scope(value["c"])
    need(is_int(value["g"]) and value["g"] in (0, 1, 2))
    for name in "px":
        if name in value:
            exactly(value[name], 32)
    if "q" in value:
        conditions(value["q"])
    need(work(value["w"]) == work(value["y"]))


def body(kind, value, issuer):
    if kind == "vouch":
        fields(value, "c d h l", "m")
        exactly(value["d"], 16)
        exactly(value["h"], 32)
        scope(value["c"])
        need(uint(value["l"], 1000) > 0)
    elif kind == "revocation":
        fields(value, "d r", "m")
        exactly(value["d"], 16)
        exactly(value["r"], 32)
    elif kind == "promise":
        fields(value, "c d u w", "x")
        exactly(value["d"], 16)
        scope(value["c"])
        time(value["u"])
        work(value["w"])
        if "x" in value:
            exactly(value["x"], 32)
    else:
        fields(value, "d o")
        exactly(value["d"], 16)
        need(isinstance(value["o"], list) and 1 <= len(value["o"]) <= 64)
        for one in value["o"]:
            outcome(one)
    if "m" in value:
        readable(value["m"], 280, 1)
    if kind == "vouch" and value["d"] == issuer:
        raise Fault("record/self-vouch")


# The signature rule.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point(data):
    """The point that 32 bytes spell, in extended coordinates."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return (x % P, y, 1, x * y % P)


def plus(a, b):
    one = (a[1] - a[0]) * (b[1] - b[0]) % P
    two = (a[1] + a[0]) * (b[1] + b[0]) % P
    three = 2 * a[3] * b[3] * D % P
    four = 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, a):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = plus(found, a)
        a = plus(a, a)
        number >>= 1
    return found


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE = point(bytes([0x58]) + bytes([0x66]) * 31)


def is_small(a):
    return same(times(8, a), (0, 1, 1, 0))


def is_signed(key, signature, message):
    r, s = point(signature[:32]), int.from_bytes(signature[32:], "little")
    a = point(key)
    if r is None or a is None or s >= ORDER or is_small(a) or is_small(r):
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    return same(times(s, BASE), plus(r, times(k, a)))


# The rules, in their order.


def announced(data):
    for kind in TYPES:
        tail = b"at" + bytes([0x60 + len(kind)]) + kind.encode() + b"av\x01"
        if data.endswith(tail):
            return kind
    return None


def lane_floor(days, now):
    return (now - days * DAY) // 2**24 * 2**24


def judged(data, network, now):
    kind = announced(data)
    if len(data) > SIZES.get(kind, LARGEST):
        raise Fault("record/too-large")
    record = decode(data)
    need(isinstance(record, dict))
    version, named = record.get("v"), record.get("t")
    need(is_int(version) and 0 <= version < SAFE)
    need(version != 1 or isinstance(named, str))
    if version != 1 or named not in TYPES:
        raise Fault("record/unsupported")
    fields(record, "a b e i k n s t v")
    issuer, key = exactly(record["i"], 16), exactly(record["k"], 32)
    uint(record["n"])
    issued, expires = time(record["a"]), time(record["e"])
    signature = exactly(record["s"], 64)
    body(named, record["b"], issuer)

    if issued - now > 120_000:
        raise Fault("record/from-future")
    lifetime = expires - issued
    days = 366 if named == "revocation" else next((d for d in (30, 90, 366) if lifetime <= d * DAY), 366)
    if issued < lane_floor(days, now) or not 0 < lifetime <= 366 * DAY:
        raise Fault("record/expired")

    at = data.rindex(b"as\x58\x40" + signature)
    unsigned = b"\xa8" + data[1:at] + data[at + 68 :]
    message = b"aip:record:v1:" + network.encode() + b"\x00" + unsigned
    if not is_signed(key, signature, message):
        raise Fault("record/signature-invalid")
    if hashlib.sha256(key).digest()[:16] != issuer:
        raise Fault("record/key-unknown")
    return {"id": hashlib.sha256(unsigned).hexdigest(), "type": named, "issuer": issuer.hex()}


def main():
    asked = json.load(sys.stdin)
    verdicts = []
    for text in asked["records"]:
        try:
            verdicts.append(judged(bytes.fromhex(text), asked["network"], asked["now"]))
        except Fault as fault:
            verdicts.append({"fault": str(fault)})
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
