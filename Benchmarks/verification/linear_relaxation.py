"""Proves the decrease of a certificate's function by bounds of auto_LiRPA and branch and bound: `python linear_relaxation.py CERTIFICATE`.

The statement and the way to it are Basin's: wherever W <= b in the box, outside of the ellipsoid, dW·f < 0; boxes that are not proven are
halved, a batch at a time, along the side that is longest compared with the box's. Prints a line of JSON. auto_LiRPA's bounds are not
rounded outward.
"""

import argparse
import json
import resource
import time
import warnings

import numpy
import torch

from certificate import Certificate

warnings.filterwarnings("ignore")
import auto_LiRPA  # noqa: E402
from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm  # noqa: E402


class PyTorch:
    """Tensors [N, k], with modules that auto_LiRPA has operators for."""

    def tensor(self, values):
        return torch.tensor(numpy.ascontiguousarray(values))

    def width(self, x):
        return x.shape[1]

    def constant(self, state, values):
        return self.affine(state, numpy.zeros((len(values), state.shape[1])), numpy.asarray(values, float))

    def affine(self, x, weight, bias):
        return torch.nn.functional.linear(x, self.tensor(weight), self.tensor(numpy.zeros(len(weight)) if bias is None else bias))

    def scale(self, x, weights, shift):
        product = x * self.tensor(weights).unsqueeze(0)
        return product if shift is None else product + self.tensor(shift).unsqueeze(0)

    def add(self, x, y):
        return x + y

    def sum(self, parts):
        return sum(parts[1:], parts[0])

    def times(self, x, y):
        # A number that multiplies a vector is repeated: the operator for products does not broadcast.
        width = max(x.shape[1], y.shape[1])
        x, y = (self.affine(v, numpy.ones((width, 1)), None) if v.shape[1] < width else v for v in (x, y))
        return x * y

    def dot(self, x, y):
        return (x * y).sum(1, keepdim=True)

    def join(self, parts):
        return torch.cat(parts, 1)

    def function(self, name, x):
        if name.startswith("power"):
            return x ** int(name[5:])
        return {
            "tanh": torch.tanh, "sech2": lambda x: 1 - torch.tanh(x) ** 2, "square": lambda x: x**2,
            "sin": torch.sin, "cos": torch.cos, "exp": torch.exp,
        }[name](x)


class Statement(torch.nn.Module):
    """W, dW·f and the ellipsoid's form, [N, 3]."""

    def __init__(self, certificate):
        super().__init__()
        self.certificate = certificate

    def forward(self, state):
        return torch.cat(self.certificate.terms(state, PyTorch()), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("certificate")
    parser.add_argument("--method", choices=["IBP", "CROWN", "CROWN-IBP", "forward"], default="CROWN")
    parser.add_argument("--level", type=float)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--time-limit", type=float, default=600, help="seconds of processor time")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    certificate = Certificate(arguments.certificate)
    level = arguments.level or certificate.level
    radius = certificate.claim["radius"]
    state = torch.zeros(2, certificate.dimension, dtype=torch.float64)
    model = BoundedModule(Statement(certificate).double(), state, device="cpu")
    low, high = (torch.tensor(side).unsqueeze(0) for side in (certificate.low, certificate.high))
    extent = high - low

    @torch.no_grad()
    def is_open(low, high):
        middle = (low + high) / 2
        box = BoundedTensor(middle, PerturbationLpNorm(norm=numpy.inf, x_L=low, x_U=high))
        least, most = model.compute_bounds(x=(box,), method=arguments.method)
        return ~((least[:, 0] > level) | (most[:, 2] < radius) | (most[:, 1] < 0))

    begun, wall, boxes = time.process_time(), time.perf_counter(), 0
    pending = [(low, high)]
    verdict = "proven"
    while pending:
        low, high = (torch.cat(side) for side in zip(*pending))
        pending = []
        for start in range(0, len(low), arguments.batch):
            first, last = low[start : start + arguments.batch], high[start : start + arguments.batch]
            rows = is_open(first, last).nonzero().squeeze(1)
            boxes += len(first)
            if len(rows) == 0:
                continue
            first, last = first[rows], last[rows]
            axis = ((last - first) / extent).argmax(1, keepdim=True)
            cut = ((first + last) / 2).gather(1, axis)
            pending += [(first, last.scatter(1, axis, cut)), (first.scatter(1, axis, cut), last)]
        if time.process_time() - begun > arguments.time_limit:
            verdict = "undecided"
            break
    print(json.dumps(dict(
        tool=f"auto_LiRPA {auto_LiRPA.__version__}, torch {torch.__version__}", bounds=arguments.method, level=level, verdict=verdict,
        boxes=boxes, seconds=time.process_time() - begun, wallSeconds=time.perf_counter() - wall,
        pending=sum(len(low) for low, _ in pending), peakMemory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)))


if __name__ == "__main__":
    main()
