"""Writes bucket.json. Independent of the TypeScript implementation on purpose: plain Python from the reference
description of MurmurHash3_x86_32 (Austin Appleby, public domain). Run: python3 bucket.py > bucket.json"""

import json

MASK = 0xFFFFFFFF


def rotl(x, r):
    return ((x << r) | (x >> (32 - r))) & MASK


def murmur3_x86_32(data, seed=0):
    h = seed
    blocks = len(data) // 4
    for i in range(blocks):
        k = int.from_bytes(data[4 * i : 4 * i + 4], "little")
        k = (k * 0xCC9E2D51) & MASK
        k = rotl(k, 15)
        k = (k * 0x1B873593) & MASK
        h ^= k
        h = rotl(h, 13)
        h = (h * 5 + 0xE6546B64) & MASK
    tail = data[4 * blocks :]
    if tail:
        k = int.from_bytes(tail, "little")
        k = (k * 0xCC9E2D51) & MASK
        k = rotl(k, 15)
        k = (k * 0x1B873593) & MASK
        h ^= k
    h ^= len(data)
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & MASK
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & MASK
    h ^= h >> 16
    return h


# test vectors of the reference implementation (SMHasher and common ports)
assert murmur3_x86_32(b"") == 0
assert murmur3_x86_32(b"", 1) == 0x514E28B7
assert murmur3_x86_32(b"\xff\xff\xff\xff") == 0x76293B50
assert murmur3_x86_32(b"!Ce\x87") == 0xF55B516B
assert murmur3_x86_32(b"test") == 0xBA6BD213
assert murmur3_x86_32(b"Hello, world!") == 0xC0363E43
assert murmur3_x86_32(b"The quick brown fox jumps over the lazy dog") == 0x2E4FF723
assert murmur3_x86_32("é".encode("utf-8")) == 269551495

SALTS = ["", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"]  # 0 to 7 bytes: every state of the tail
VALUES = ["", "u", "user-1", "user-123", "é", "日本語", "😀"]
PAIRS = [(salt, value) for salt in SALTS for value in VALUES]
PAIRS += [
    ("é", "user-123"),
    ("aé", "é"),
    ("日", "user-123"),
    ("😀", "😀"),
    ("x😀", "a"),
    ("new-checkout", "user-123"),
    ("new-checkout", "user-124"),
    ("new-checkout", "alice@example.com"),
    ("new-checkout", "ALICE@example.com"),
    ("headerColor", "24f8f1e2-3c0b-4a5b-9d3e-2a2b7d0d9b1c"),
    ("flag.with.dots", "0"),
    ("flag", "1234567890"),
    ("flag", "-1.5"),
    ("flag", "true"),
    ("salt with spaces", " value with spaces "),
    ("tab\tand\nline", "\u0000"),
    ("combining e\u0301", "e\u0301"),
    ("composed \u00e9", "\u00e9"),
    ("\u007f", "\u0080"),
    ("\u07ff", "\u0800"),
    ("\uffff", "\U00010000"),
    ("\U0010ffff", "\U0010ffff"),
    ("x" * 31, "y" * 33),
    ("long", "0123456789abcdef" * 64),
]

rows = []
for salt, value in PAIRS:
    h = murmur3_x86_32((salt + value).encode("utf-8"))
    rows.append({"salt": salt, "value": value, "hash": h, "bucket100000": (h * 100000) >> 32})

print("[")
print(",\n".join("  " + json.dumps(row, ensure_ascii=True) for row in rows))
print("]")
