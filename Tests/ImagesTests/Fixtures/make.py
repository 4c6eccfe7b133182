"""Writes the pictures beside it, and what their readers are to make of them: expected.json.

With Pillow 13.0, OpenCV 5.0 and NumPy 2.4. For each picture that is read: its width, height, and zlib.crc32 of the
planes of Pillow's convert("RGB"), 8 bits each. Of 16 bits, which Pillow does not keep, it is the upper 8 bits of the
array that was written, and `shares` is the crc32 of its numbers / 65535 in float32.
"""
import json
import pathlib
import zlib

import cv2
import numpy
from PIL import Image

folder = pathlib.Path(__file__).parent
height, width = 5, 7
y, x, c = numpy.mgrid[0:height, 0:width, 0:4]
levels = ((37 * x + 53 * y + 71 * c) % 256).astype(numpy.uint8)
levels[..., 3] = (40 * x[..., 0] + 30 * y[..., 0]) % 256
deep = ((9001 * x + 12007 * y + 21001 * c) % 65536).astype(numpy.uint16)
smooth = (20 * x + 25 * y + 15 * c + 30).astype(numpy.uint8)
expected = {}


def note(name, planes=None, shares=None, channels=3):
  if planes is None:
    planes = numpy.asarray(Image.open(folder / name).convert("RGB")).transpose(2, 0, 1)
  entry = {"width": planes.shape[2], "height": planes.shape[1], "channels": channels,
           "planes": zlib.crc32(numpy.ascontiguousarray(planes, numpy.uint8).tobytes())}
  if shares is not None:
    entry["shares"] = zlib.crc32(numpy.ascontiguousarray(shares, numpy.float32).tobytes())
  expected[name] = entry


def note_deep(name, array, channels):
  """array: [H, W, 3] of 16 bits, red first."""
  planes = array.transpose(2, 0, 1)
  note(name, planes >> 8, planes.astype(numpy.float32) / numpy.float32(65535), channels)


def pillow(name, image, channels=3, **options):
  image.save(folder / name, **options)
  note(name, channels=channels)


rgb, grey = Image.fromarray(levels[..., :3]), Image.fromarray(levels[..., 0])
pillow("pillow-rgb.png", rgb)
pillow("pillow-grey.png", grey, 1)
pillow("pillow-grey-alpha.png", Image.fromarray(numpy.stack([levels[..., 0], levels[..., 3]], -1), "LA"), 1)
pillow("pillow-alpha.png", Image.fromarray(levels))
pillow("pillow-palette.png", rgb.quantize(16))
pillow("pillow-bits.png", Image.fromarray(levels[..., 0] > 127), 1)
pillow("pillow-rgb.jpg", Image.fromarray(smooth[..., :3]), quality=90)
pillow("pillow-grey.jpg", Image.fromarray(smooth[..., 0]), 1, quality=90, progressive=True)
exif = Image.Exif()
exif[0x0112] = 6  # "Rotate by 90 degrees": torchvision's ImageFolder does not.
pillow("pillow-orientation.jpg", Image.fromarray(smooth[..., :3]), quality=90, exif=exif)
pillow("pillow-lossless.webp", rgb, lossless=True)
pillow("pillow-lossy.webp", Image.fromarray(smooth[..., :3]), quality=90)
pillow("pillow-alpha.webp", Image.fromarray(levels), lossless=True, exact=True)
pillow("pillow-lossy-alpha.webp", Image.fromarray(numpy.dstack([smooth[..., :3], levels[..., 3]])), quality=90)
Image.fromarray(deep[..., 0]).save(folder / "pillow-grey16.png")
note_deep("pillow-grey16.png", deep[..., :1].repeat(3, 2), 1)

for name in ["opencv.png", "opencv.jpg", "opencv.webp"]:
  cv2.imwrite(str(folder / name), smooth[..., 2::-1], [cv2.IMWRITE_WEBP_QUALITY, 90])
  note(name)
cv2.imwrite(str(folder / "opencv-rgb16.png"), deep[..., 2::-1])
note_deep("opencv-rgb16.png", deep[..., :3], 3)
cv2.imwrite(str(folder / "opencv-alpha16.png"), deep[..., [2, 1, 0, 3]])
note_deep("opencv-alpha16.png", deep[..., :3], 3)

# Refused.
frames = [Image.fromarray(numpy.roll(levels[..., :3], i, 1)) for i in range(2)]
frames[0].save(folder / "refused-animation.webp", save_all=True, append_images=frames[1:], lossless=True)
Image.fromarray(levels, "CMYK").save(folder / "refused-cmyk.jpg")
grey.save(folder / "refused.gif")
rgb.save(folder / "refused.bmp")
rgb.save(folder / "refused.tif")

(folder / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
