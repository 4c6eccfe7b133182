"""Writes the arrays and tables of the tests, each by the program that users write them with: `python3 arrays.py`.

Iris and the diagnostic table of breast cancer are scikit-learn's copies of the UCI Machine Learning Repository's (Fisher 1936;
Wolberg, Mangasarian, Street and Street 1995; both CC BY 4.0).
"""

import csv
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.datasets import load_breast_cancer, load_digits, load_iris

folder = Path(__file__).resolve().parent / "arrays"


def table(name: str, data, label: str, stride: int):
    """Every fifth row to test on; commas and names of classes."""
    order = np.random.default_rng(0).permutation(len(data.target))[::stride]
    for part, rows in ("test", order[::5]), ("train", [row for place, row in enumerate(order) if place % 5]):
        with open(folder / f"{name}-{part}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*data.feature_names, label])
            for row in rows:
                writer.writerow([*data.data[row], data.target_names[data.target[row]]])


def main():
    folder.mkdir(exist_ok=True)
    table("iris", load_iris(), "species", 1)
    table("tumours", load_breast_cancer(), "diagnosis", 3)

    digits = load_digits()
    rows = np.concatenate([np.flatnonzero(digits.target == label)[:4] for label in range(3)])
    levels, labels = (digits.images[rows] * 15).astype(np.uint8), digits.target[rows]
    np.savez(folder / "grey.npz", images=levels, labels=labels)
    np.savez_compressed(folder / "both.npz", x_train=levels, y_train=labels.astype(">i2"), x_test=levels[::2], y_test=labels[::2])
    shares = (levels / 255).astype(np.float32)
    np.save(folder / "half.npy", shares.astype(np.float16))
    np.save(folder / "labels.npy", labels.astype(np.uint8))
    np.savez(folder / "big-endian.npz", x=shares.astype(">f8"), y=labels.astype(">i4"))
    colours = np.stack([levels, levels // 2, 255 - levels], axis=-1)
    np.savez(folder / "channels-last.npz", X=np.asfortranarray(colours), target=labels.astype(np.float64))
    save_file(dict(data=np.ascontiguousarray(colours.transpose(0, 3, 1, 2)), target=labels), folder / "channels-first.safetensors")


if __name__ == "__main__":
    main()
