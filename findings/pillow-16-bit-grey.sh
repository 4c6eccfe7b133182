#!/usr/bin/env bash
# Pillow 12.0.0: `convert("RGB")`, the usual first step of an image folder, turns a 16-bit grey PNG white:
# every level above 255 of 65535 becomes 255, while of 16-bit colour PNG the upper byte is taken. The same
# picture, saved grey or as three equal channels, so gives two different trainings, without a warning.
# Basin takes the upper byte of both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0
"$folder/venv/bin/python" - "$folder" <<'P'
import struct, sys, zlib
import PIL
from PIL import Image

def png(path, kind, channels, levels):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    row = b"\0" + b"".join(struct.pack(">H", level) * channels for level in levels)
    head = struct.pack(">IIBBBBB", len(levels), 1, 16, kind, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b""))

levels = [0x0000, 0x0080, 0x1000, 0x8000, 0xFFFF]
png(sys.argv[1] + "/grey.png", 0, 1, levels)
png(sys.argv[1] + "/colour.png", 2, 3, levels)
read = lambda name: [pixel[0] for pixel in Image.open(f"{sys.argv[1]}/{name}.png").convert("RGB").getdata()]
grey, colour = read("grey"), read("colour")
print(f"Pillow {PIL.__version__}: levels {levels} as grey {grey}, as colour {colour}")
assert grey == [0, 128, 255, 255, 255] and colour == [0, 0, 16, 128, 255], "this has changed"
P
