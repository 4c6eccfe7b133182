"""Certified cells in PyTorch: chains of block reflectors (BRO) and MaxMin behind which the nearest centre decides, with a loss on the
distances to the bisectors. The peer of `certified-cell`; parameter names are those of its state dict.

Two forms of the same function. `idiomatic`: W = I - 2 V (V'V)^-1 V' is formed from a solve in every step, as published implementations
do, of maps at each frequency of rfft2. `tuned`: W is not formed; x - 2 (x U) U' with U from a Cholesky factor, as Basin does it, through
PyTorch's own derivatives.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class NonexpansiveSettings:
    image: tuple[int, ...] = (1, 8, 8)
    classes: int = 10
    channels: tuple[int, ...] = ()  # of stages of maps
    stage_depth: int = 2
    width: int = 128
    depth: int = 6
    rank: int = 64
    radius: float = 3.0
    margin: float = 0.7
    temperature: float = 0.1


def orthonormal(v: Tensor) -> Tensor:
    """The columns' span, by Cholesky's factor."""
    factor = torch.linalg.cholesky_ex(v.mH @ v).L
    return torch.linalg.solve_triangular(factor.mH, v, upper=True, left=False)


class Reflector(nn.Module):
    form = "idiomatic"

    def __init__(self, width: int, rank: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, rank) / width**0.5)

    def forward(self, x: Tensor) -> Tensor:
        v = self.weight
        if self.form == "tuned":
            u = orthonormal(v)
            return torch.addmm(x, x @ u, u.mT, alpha=-2)
        w = torch.eye(len(v), dtype=v.dtype) - 2 * v @ torch.linalg.solve(v.mT @ v, v.mT)
        return F.linear(x, w)


class MapReflector(nn.Module):
    form = "idiomatic"

    def __init__(self, channels: int, rank: int, size: int = 3):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, rank, size, size) / (channels * size * size) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        shape = x.shape[2:]
        v = torch.fft.rfft2(self.weight, s=shape).permute(2, 3, 0, 1)  # frequencies, channels, rank
        z = torch.fft.rfft2(x).permute(2, 3, 1, 0)  # frequencies, channels, samples
        if self.form == "tuned":
            u = orthonormal(v)
            z = z - 2 * u @ (u.mH @ z)
        else:
            w = torch.eye(v.shape[2], dtype=v.dtype) - 2 * v @ torch.linalg.solve(v.mH @ v, v.mH)
            z = w @ z
        return torch.fft.irfft2(z.permute(3, 2, 0, 1), s=shape)


class MaxMin(nn.Module):
    """Pairs of channels i and n + i after the bias; of vectors and of maps."""

    def __init__(self, channels: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        a, b = (x + self.bias.view(-1, *[1] * (x.dim() - 2))).chunk(2, 1)
        return torch.cat((torch.maximum(a, b), torch.minimum(a, b)), 1)


class Unshuffle(nn.Module):
    """Squares of 2 x 2 pixels as channels, one pixel after the other."""

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        squares = x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 3, 5, 1, 2, 4)
        return squares.reshape(n, 4 * c, h // 2, w // 2)


class Padding(nn.Module):
    def __init__(self, count: int):
        super().__init__()
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, [0, 0] * (x.dim() - 2) + [0, self.count])


class Flattening(nn.Module):
    """Maps with channels innermost, as Basin has them."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def chain(s: NonexpansiveSettings) -> list[nn.Module]:
    """The layers in Basin's order, so that numbers in names agree; what only moves numbers about in Basin's memory is an identity."""
    c, h, w = s.image
    layers: list[nn.Module] = [nn.Identity()] if s.channels else []
    for channels in s.channels:
        layers.append(Unshuffle())
        if channels > 4 * c:
            layers.append(Padding(channels - 4 * c))
        c, h, w = channels, h // 2, w // 2
        for _ in range(s.stage_depth):
            layers += [MapReflector(c, max(c // 8, 1)), MaxMin(c)]
    layers.append(Flattening() if s.channels else nn.Flatten())
    if s.width > c * h * w:
        layers.append(Padding(s.width - c * h * w))
    for _ in range(s.depth):
        layers += [Reflector(s.width, s.rank), MaxMin(s.width)]
    return layers


class CertifiedCell(nn.Module):
    def __init__(self, s: NonexpansiveSettings):
        super().__init__()
        self.s = s
        self.extractor = nn.Sequential(*chain(s))
        self.centers = nn.Parameter(torch.linalg.qr(torch.randn(s.width, s.classes)).Q.T.contiguous())

    @property
    def form(self) -> str:
        return next(m.form for m in self.modules() if isinstance(m, (Reflector, MapReflector)))

    @form.setter
    def form(self, form: str):
        for module in self.modules():
            if isinstance(module, (Reflector, MapReflector)):
                module.form = form

    def distances(self, images: Tensor, labels: Tensor) -> Tensor:
        """To the bisectors of the labels' centres with each other one; 0 for the label's own."""
        h = self.extractor(images - 0.5)
        c = self.s.radius * F.normalize(self.centers, dim=1)
        scores = h @ (2 * c.T) - (c * c).sum(1)
        apart = torch.cdist(c, c, compute_mode="donot_use_mm_for_euclid_dist") + torch.eye(self.s.classes, dtype=c.dtype)
        return (scores.gather(1, labels[:, None]) - scores) / (2 * apart[labels])

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """The mean of temperature ln(1 + sum_j exp(-(m_j - margin) / temperature)), m_j the distance to the bisector with class j."""
        s = self.s
        others = 1 - F.one_hot(labels, s.classes)
        logits = (others * s.margin - self.distances(images, labels)) / s.temperature
        return s.temperature * F.cross_entropy(logits, labels)
