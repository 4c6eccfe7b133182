#!/usr/bin/env python3
"""Reads a data set with NumPy, SciPy, Pillow or torchvision and prints a line of JSON, as `basin-bench reading` does."""

import argparse
import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np


def cifar_numpy(folder: Path):
    """The binary version, images in an array of their own."""

    def part(names):
        records = [np.fromfile(folder / name, np.uint8).reshape(-1, 3073) for name in names]
        images = np.concatenate([r[:, 1:] for r in records]).reshape(-1, 3, 32, 32)
        return images, np.concatenate([r[:, 0] for r in records])

    return part([f"data_batch_{i}.bin" for i in range(1, 6)]), part(["test_batch.bin"])


def cifar_numpy_into(folder: Path):
    """The same into an array made beforehand, which spares a copy."""

    def part(names):
        count = sum((folder / name).stat().st_size for name in names) // 3073
        images, labels, start = np.empty((count, 3072), np.uint8), np.empty(count, np.uint8), 0
        for name in names:
            records = np.fromfile(folder / name, np.uint8).reshape(-1, 3073)
            images[start : start + len(records)], labels[start : start + len(records)] = records[:, 1:], records[:, 0]
            start += len(records)
        return images.reshape(-1, 3, 32, 32), labels

    return part([f"data_batch_{i}.bin" for i in range(1, 6)]), part(["test_batch.bin"])


def svhn_view(folder: Path):
    """As torchvision's SVHN reads it: images are a view of the array in MATLAB's order."""
    from scipy.io import loadmat

    def part(name):
        file = loadmat(folder / f"{name}_32x32.mat")
        return file["X"].transpose(3, 2, 0, 1), file["y"].reshape(-1).astype(np.int64) % 10

    return part("train"), part("test")


def svhn(folder: Path):
    """The same with the pixels of an image beside each other, as everyone needs them in the end."""
    return tuple((np.ascontiguousarray(images), labels) for images, labels in svhn_view(folder))


def folder_of_images(folder: Path, decode, workers: int):
    def part(name):
        classes = sorted(entry.name for entry in os.scandir(folder / name) if entry.is_dir())
        samples = [(f"{folder}/{name}/{c}/{file}", label) for label, c in enumerate(classes) for file in sorted(os.listdir(folder / name / c))]
        first = decode(samples[0][0])
        images = np.empty((len(samples), *first.shape), np.uint8)

        def fill(chunk):
            for index in chunk:
                images[index] = decode(samples[index][0])

        chunks = [range(i, min(i + 256, len(samples))) for i in range(0, len(samples), 256)]
        if workers == 1:
            for chunk in chunks:
                fill(chunk)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(fill, chunks))
        return images, np.array([label for _, label in samples])

    return part("train"), part("test")


def by_torchvision(path):
    from torchvision.io import ImageReadMode, decode_jpeg, read_file

    return decode_jpeg(read_file(path), ImageReadMode.RGB).numpy()


def by_pillow(path):
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1)


FORMS = {
    "numpy": cifar_numpy,
    "numpy-into": cifar_numpy_into,
    "scipy": svhn,
    "scipy-view": svhn_view,
    "torchvision": lambda folder: folder_of_images(folder, by_torchvision, 1),
    "torchvision-threads": lambda folder: folder_of_images(folder, by_torchvision, 2),
    "pillow": lambda folder: folder_of_images(folder, by_pillow, 1),
    "pillow-threads": lambda folder: folder_of_images(folder, by_pillow, 2),
}


def turns(labels):
    """The order in which Basin reads a folder: the first image of each class, then the second."""
    rank = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rank[labels == label] = np.arange((labels == label).sum())
    return np.lexsort((labels, rank))


def digest(images, labels, is_folder):
    """LabelledSamples.sha256."""
    if is_folder:
        order = turns(labels)
        images, labels = images[order], labels[order]
    hash = hashlib.sha256(f"[{', '.join(map(str, images.shape[1:]))}] / 255 x {len(images)}\n".encode())
    hash.update(np.ascontiguousarray(images).tobytes())
    hash.update(labels.astype("<u4").tobytes())
    return hash.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--digests", action="store_true")
    a = parser.parse_args()

    seconds, cpu, digests, parts = [], [], [], None
    for run in range(a.warm_up + a.runs):
        parts = None  # one set in memory at a time, as in Basin's runs
        start, cpu_start = time.perf_counter(), time.process_time()
        parts = FORMS[a.form](a.folder)
        elapsed, cpu_elapsed = time.perf_counter() - start, time.process_time() - cpu_start
        if run >= a.warm_up:
            seconds.append(elapsed)
            cpu.append(cpu_elapsed)
    if a.digests:
        is_folder = a.form.split("-")[0] in ("pillow", "torchvision")
        digests = [digest(*part, is_folder) for part in parts]
    count = sum(len(labels) for _, labels in parts)
    print(json.dumps(dict(form=a.form, samples=count, seconds=seconds, cpu=cpu, digests=digests)))


if __name__ == "__main__":
    main()
