"""Sparse recovery as one would write it in NumPy, and scikit-learn's Lasso, for Benchmarks/sparse.

Reads requests `METHOD COLUMNS` on standard input, one a line, and answers with a line of JSON. Methods:

  lasso           scikit-learn's coordinate descent, a column at a time
  l1, lhalf/l2    the method of multipliers below, a column at a time
  l1-batched, lhalf/l2-batched   the same with all columns at once
"""

import argparse
import json
import sys
import time

import numpy as np
from safetensors.numpy import load_file


class Factors:
    """(A'A + cI)^-1 for any c, by Woodbury's formula and the eigenvectors of AA'."""

    def __init__(self, a):
        self.a = a
        self.l, self.u = np.linalg.eigh(a @ a.T)
        self.norm = self.l[-1]

    def solve(self, r, c):
        inner = self.u.T @ (self.a @ r)
        return (r - self.a.T @ (self.u @ (inner / (self.l[:, None] + c)))) / c


def soft(d, mu):
    return np.sign(d) * np.maximum(np.abs(d) - mu, 0)


def half(d, mu):
    """argmin (z - d)^2 / 2 + mu |z|^(1/2), evaluated only where it is not 0."""
    size = np.abs(d)
    kept = size > 1.5 * mu ** (2 / 3)
    z = np.zeros_like(d)
    t = size[kept]
    mu = np.broadcast_to(mu, d.shape)[kept]
    phi = np.arccos(np.minimum(mu / 4 * (t / 3) ** -1.5, 1))
    z[kept] = np.sign(d[kept]) * 2 / 3 * t * (1 + np.cos(2 / 3 * (np.pi - phi)))
    return z


def excess(eta, d):
    """t - eta with t^(3/2) (t - eta) = d."""
    with np.errstate(divide="ignore"):
        delta = np.minimum(d**0.4, np.where(eta > 0, d / eta**1.5, np.inf))
    for _ in range(40):
        t = eta + delta
        move = (t**1.5 * delta - d) / np.maximum(1.5 * np.sqrt(t) * delta + t**1.5, 1e-300)
        delta = delta - move
        if np.all(np.abs(move) <= 1e-16 * delta):
            break
    return delta


class Rows:
    """What is left of the columns, and what is done."""

    def __init__(self, n, count):
        self.z, self.active, self.iterations = np.zeros((n, count)), np.arange(count), 0

    def leave(self, z, done):
        self.z[:, self.active[done]] = z[:, done]
        self.active = self.active[~done]


def ratio(f, b, start, weight, iterations, tolerance=1e-7, kappa=0.2, block=20):
    """lambda sum|x|^(1/2) / |x|^(1/2) + |Ax - b|^2 / 2 from a start, of data scaled by the start's length."""
    scale = np.linalg.norm(start, axis=0)
    ab = f.a.T @ (b / scale)
    x, z = start / scale, start / scale
    y = x.copy()
    v, w = np.zeros_like(x), np.zeros_like(x)
    rho, limit = max(10 * weight, 0.02), 1.01 * np.sqrt(2) * f.norm
    rows = Rows(*x.shape)
    while rows.iterations < iterations and rows.active.size:
        for _ in range(min(block, iterations - rows.iterations)):
            previous = x
            x = f.solve(ab + rho * (kappa * (y - v) + (z - w)), rho * (1 + kappa))
            d = x + v
            eta = np.linalg.norm(d, axis=0)
            length = eta + excess(eta, weight * np.sqrt(np.abs(z)).sum(axis=0) / (2 * kappa * rho))
            y = d * (length / eta)
            z = half(x + w, weight / (rho * np.sqrt(length)))
            v += x - y
            w += x - z
            rows.iterations += 1
        gap = np.maximum(np.linalg.norm(x - z, axis=0), np.linalg.norm(x - y, axis=0))
        done = (gap < tolerance) & (np.linalg.norm(x - previous, axis=0) < tolerance / 10)
        if done.any():
            rows.leave(z, done)
            x, y, z, v, w, ab = (t[:, ~done] for t in (x, y, z, v, w, ab))
        factor = min(1.13, max(limit / rho, 1))
        rho, v, w = rho * factor, v / factor, w / factor
    rows.leave(z, np.ones(rows.active.size, bool))
    z = rows.z
    misfit = 0.5 * ((f.a @ z - b / scale) ** 2).sum(axis=0)
    value = weight * np.sqrt(np.abs(z)).sum(axis=0) / np.sqrt(np.linalg.norm(z, axis=0))
    return z * scale, value + misfit, rows.iterations


def lasso(f, b, weight, iterations, tolerance=1e-6, block=20):
    """weight sum|x| + |Ax - b|^2 / 2, rho balanced."""
    g = f.a.T @ b
    scale = np.abs(g * ((g**2).sum(axis=0) / ((f.a @ g) ** 2).sum(axis=0))).max(axis=0)
    ab = g / scale
    lam = weight / scale
    rho = np.ones(b.shape[1])
    x, z, w = np.zeros_like(g), np.zeros_like(g), np.zeros_like(g)
    rows = Rows(*x.shape)
    while rows.iterations < iterations and rows.active.size:
        for _ in range(min(block, iterations - rows.iterations)):
            before, old = x, z
            x = f.solve(ab + rho * (z - w), rho)
            z = soft(x + w, lam / rho)
            w += x - z
            rows.iterations += 1
        gap, step = np.linalg.norm(x - z, axis=0), np.linalg.norm(z - old, axis=0)
        done = (gap < tolerance) & (np.linalg.norm(x - before, axis=0) < tolerance / 10)
        factor = np.where(gap > 10 * step, 2.0, np.where(step > 10 * gap, 0.5, 1.0))
        if done.any():
            rows.leave(z, done)
            x, z, w, ab, lam, rho, factor = (t[..., ~done] for t in (x, z, w, ab, lam, rho, factor))
        rho, w = rho * factor, w / factor
    rows.leave(z, np.ones(rows.active.size, bool))
    z = rows.z * scale
    return z, weight * np.abs(z).sum(axis=0) + 0.5 * ((f.a @ z - b) ** 2).sum(axis=0), rows.iterations


def descend(a, b, weight, tolerance):
    """scikit-learn; its alpha is lambda / m."""
    from sklearn.linear_model import Lasso

    model = Lasso(alpha=weight / len(a), fit_intercept=False, tol=tolerance, max_iter=100000)
    z = np.stack([model.fit(a, column).coef_ for column in b.T], axis=1)
    return z, weight * np.abs(z).sum(axis=0) + 0.5 * ((a @ z - b) ** 2).sum(axis=0), int(model.n_iter_)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--weight", type=float, default=1e-3)
    parser.add_argument("--lasso", type=float, default=0.05)
    parser.add_argument("--iterations", type=int, default=1500)
    parser.add_argument("--tolerance", type=float, default=1e-6, help="of scikit-learn's duality gap, relative")
    arguments = parser.parse_args()
    tensors = load_file(arguments.file)
    a, b, start = (np.ascontiguousarray(tensors[k]) for k in ("matrix", "measurements", "start"))
    fortran = np.asfortranarray(a)
    for line in sys.stdin:
        method, count = line.split()
        columns = [slice(0, int(count))] if method.endswith("-batched") else [slice(i, i + 1) for i in range(int(count))]
        now = lambda: (time.perf_counter(), time.process_time())
        began = now()
        factors = None if method == "lasso" else Factors(a)
        factored = now()
        if method == "lasso":
            results = [descend(fortran, b[:, : int(count)], arguments.lasso, arguments.tolerance)]
        elif method.startswith("l1"):
            results = [lasso(factors, b[:, c], arguments.lasso, arguments.iterations) for c in columns]
        else:
            results = [ratio(factors, b[:, c], start[:, c], arguments.weight, arguments.iterations) for c in columns]
        solved = now()
        spent = [(middle - first, last - middle) for first, middle, last in zip(began, factored, solved)]
        print(json.dumps(dict(
            seconds=spent[0], cpu=spent[1],
            objectives=np.concatenate([r[1] for r in results]).tolist(),
            iterations=max(r[2] for r in results), support=int((results[0][0][:, 0] != 0).sum()))), flush=True)


if __name__ == "__main__":
    main()
