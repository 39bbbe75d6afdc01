"""Reads damaged images and archives in a process of its own, with a limit on its memory.

python tests/images/fuzz_images.py COUNT SEED: makes COUNT files, whose damage follows from SEED,
reads each as the app does, and prints one line of JSON with the figures.
"""

import io
import json
import os
import random
import resource
import struct
import sys
import time
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image

from explorer.errors import ExplorerError
from explorer.images.decode import FORMATS, decode
from explorer.images.folders import read_zip
from explorer.images.preprocess import FITS, prepare

GIGABYTE = 1 << 30
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TELLING = (0, 1, 2, 255, 256, 9000, 20000, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 2**31 - 1, 2**32 - 1)
MODEL = SimpleNamespace(
    id="a model", shape=(3, 32, 32), native=True, min_size=1, samples="photos",
    transform=SimpleNamespace(resize=36, crop=32, interpolation="bilinear"),
)  # fmt: skip


def peak_mb() -> float:
    """The most memory that this process held.

    Linux hands a parent's peak down to its children in ru_maxrss; VmHWM is this program's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [x for x in status.read_text().splitlines() if x.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def sound_files() -> dict[str, list[bytes]]:
    """Small files of every kind that is read, in the modes that take ways of their own."""
    levels = np.random.default_rng(0).integers(0, 256, (24, 31, 4), dtype=np.uint8)
    rgba = Image.fromarray(levels)
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    deep = Image.fromarray(levels[..., 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    files = {kind: [saved(rgb, kind)] for kind in FORMATS}
    files["JPEG"] += [
        saved(rgb, "JPEG", exif=exif, progressive=True), saved(rgb.convert("CMYK"), "JPEG"),
        saved(grey, "JPEG"),
    ]  # fmt: skip
    modes = (rgba, grey, rgba.convert("LA"), grey.convert("1"), deep)
    files["PNG"] += [saved(p, "PNG") for p in modes]
    files["PNG"] += [saved(grey.convert("P"), "PNG", transparency=3), saved(rgb, "PNG", exif=exif)]
    files["GIF"] += [saved(rgb, "GIF", save_all=True, append_images=[rgb.rotate(90)])]
    files["BMP"] += [saved(rgb.convert("P"), "BMP"), saved(grey.convert("1"), "BMP")]
    files["WEBP"] += [saved(rgba, "WEBP", lossless=True), saved(rgb, "WEBP", exif=exif)]
    files["TIFF"] += [
        *(saved(rgb, "TIFF", compression=c) for c in ("tiff_lzw", "tiff_deflate", "packbits")),
        saved(deep, "TIFF"), saved(rgba.convert("CMYK"), "TIFF"), saved(rgb, "TIFF", exif=exif),
        saved(rgb, "TIFF", compression="jpeg"),
    ]  # fmt: skip
    table = {"a.png": files["PNG"][0], "b/c.jpg": files["JPEG"][0], "labels.csv": b"a.png,cat\n"}
    files["ZIP"] = [packed(table), packed({"cat/a.gif": files["GIF"][0], "notes.txt": b"hello"})]
    return files


def flipped(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def spliced(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """A piece of another file, put in or put over."""
    other = draw.choice(others)
    start = draw.randrange(len(other))
    piece = other[start : start + draw.randrange(1, 200)]
    at = draw.randrange(len(data))
    return data[:at] + piece + data[at + draw.choice((0, len(piece))) :]


def resized(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """A number near the beginning set to one that often breaks things: sizes stand there."""
    width, order = draw.choice((2, 3, 4)), draw.choice(("little", "big"))
    value = (draw.choice(TELLING) % (1 << 8 * width)).to_bytes(width, order)
    places = len(data) if draw.random() < 0.3 else min(len(data), 64)
    at = draw.randrange(places)
    return data[:at] + value + data[at + width :]


def declared(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """Another size in the place where the format has it, so that only the size is wrong."""
    width, height = draw.choice(TELLING), draw.choice(TELLING)
    if data.startswith(b"\x89PNG"):
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    width, height = width & 0xFFFF, height & 0xFFFF
    if data.startswith(b"GIF"):
        return data[:6] + struct.pack("<HH", width, height) + data[10:]
    if data.startswith(b"BM"):
        return data[:18] + struct.pack("<II", width, height) + data[26:]
    frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    if data.startswith(b"\xff\xd8") and frame > 0:
        return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]
    return resized(data, others, draw)


def damaged_files(count: int, seed: int):
    """(kind, bytes), the same for the same seed."""
    draw, files = random.Random(seed), sound_files()
    everything = [data for kind in files.values() for data in kind]
    ways = (flipped, cut, spliced, resized, declared)
    for index in range(count):
        kind = list(files)[index % len(files)]
        data = draw.choice(files[kind])
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            data = draw.choice(ways)(data, everything, draw) or b"\0"
        yield kind, data


def use(kind: str, data: bytes, fit: str) -> None:
    """All that the app does with such a file."""
    loads = [e.load for e in read_zip(data).entries] if kind == "ZIP" else [lambda: data]
    for load in loads:
        pixels = prepare(decode(load()), MODEL, fit).pixels
        assert pixels.dtype == np.float32
        assert np.isfinite(pixels).all()


def main(count: int, seed: int) -> None:
    warnings.simplefilter("ignore")
    for kind, sound in sound_files().items():
        for data in sound:
            use(kind, data, "crop")  # what is refused below is refused for its damage
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))
    files, written, outcomes, escaped = damaged_files(count, seed), [], Counter(), []
    kinds, slowest, started = Counter(), 0.0, time.perf_counter()
    sys.addaudithook(
        lambda event, args: (
            written.append(str(args[0]))
            if event == "open" and isinstance(args[2], int) and args[2] & WRITING
            else None
        )
    )
    for index, (kind, data) in enumerate(files):
        before = time.perf_counter()
        try:
            use(kind, data, list(FITS)[index % len(FITS)])
            outcomes["read"] += 1
        except ExplorerError:
            outcomes["refused"] += 1
        except BaseException as error:
            escaped.append(f"{kind} {index}: {type(error).__name__}: {error}")
        kinds[kind] += 1
        slowest = max(slowest, time.perf_counter() - before)
    figures = {
        **outcomes, "kinds": kinds, "escaped": escaped, "written": written, "slowest": slowest,
        "seconds": time.perf_counter() - started,
        "peak_mb": peak_mb(),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
