"""Seeded damage to files: flips, cuts, splices, repeated pieces, edited numbers and names."""

import struct

import numpy as np

INTERESTING = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
]
NAMES = [
    (b"_rebuild_tensor_v2", b"_rebuild_parameter"),
    (b"torch._utils", b"posix\nsystem"),
    (b"FloatStorage", b"LongStorage"),
    (b"FloatStorage", b"DoubleStorage"),
    (b"collections\nOrderedDict", b"builtins\nbytearray"),
    (b"storage", b"module"),
    (b"cpu", b"cuda:0"),
    (b'"F32"', b'"F64"'),
    (b'"F32"', b'"BF16"'),
    (b"data_offsets", b"data_offset"),
]


def mutate(data, others, random):
    """One to three kinds of damage to a copy of the file. others: files to splice in."""
    damaged = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        damage = DAMAGES[int(random.integers(len(DAMAGES)))]
        if damaged:
            damaged = bytearray(damage(damaged, others, random))
    return bytes(damaged)


def _at(data, random):
    """A place, often among the first or last bytes, where the formats keep their headers."""
    spot = int(random.integers(len(data)))
    match int(random.integers(3)):
        case 0:
            return spot
        case 1:
            return min(spot, int(random.integers(1, 600)))
        case _:
            return max(0, len(data) - 1 - min(spot, int(random.integers(1, 600))))


def _flip(data, others, random):
    for _ in range(int(random.integers(1, 9))):
        data[_at(data, random)] ^= 1 << int(random.integers(8))
    return data


def _cut(data, others, random):
    return data[: _at(data, random)]


def _remove(data, others, random):
    start = _at(data, random)
    return data[:start] + data[start + int(random.integers(1, 64)) :]


def _repeat(data, others, random):
    start = _at(data, random)
    piece = data[start : start + int(random.integers(1, 200))]
    return data[:start] + piece * int(random.integers(2, 50)) + data[start:]


def _splice(data, others, random):
    other = others[int(random.integers(len(others)))]
    return data[: _at(data, random)] + other[_at(other, random) :]


def _number(data, others, random):
    width = int(random.choice([1, 2, 4, 8]))
    value = INTERESTING[int(random.integers(len(INTERESTING)))] & ((1 << 8 * width) - 1)
    start = _at(data, random)
    data[start : start + width] = struct.pack("<Q", value)[:width]
    return data


def _digits(data, others, random):
    """Another number where decimal ones stand, as in a safetensors header."""
    places = [i for i, byte in enumerate(data[:4000]) if 48 <= byte <= 57]
    if places:
        place = places[int(random.integers(len(places)))]
        data[place : place + 1] = str(int(random.integers(0, 1 << 62))).encode()
    return data


def _noise(data, others, random):
    start = _at(data, random)
    piece = random.integers(0, 256, int(random.integers(1, 40)), dtype=np.uint8)
    data[start : start + len(piece)] = piece.tobytes()
    return data


def _name(data, others, random):
    old, new = NAMES[int(random.integers(len(NAMES)))]
    return data.replace(old, new, int(random.integers(1, 4)))


DAMAGES = [_flip, _cut, _remove, _repeat, _splice, _number, _digits, _noise, _name]
