"""Models that Basin trained, in PyTorch: `load("runs/NAME")`. Weights cross by name, sizes by shape, the rest by the file's metadata."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchdiffeq import odeint

from zubov import BasicBlock


class ResNet18(nn.Module):
    def __init__(self, channels: int, width: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage, factor in enumerate((1, 2, 4, 8)):
            blocks = [BasicBlock(inputs, factor * width, 1 if stage == 0 else 2), BasicBlock(factor * width, factor * width, 1)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = factor * width
        self.fc = nn.Linear(inputs, outputs)

    def forward(self, images: Tensor) -> Tensor:
        h = F.relu(self.bn1(self.conv1(images)), inplace=True)
        h = self.layer4(self.layer3(self.layer2(self.layer1(h))))
        return self.fc(h.mean((2, 3)))

    def fold(self):
        """Every batch normalisation becomes part of the convolution before it."""
        for module in self.modules():
            for number in (1, 2):
                if hasattr(module, f"bn{number}"):
                    fused = fuse_conv_bn_eval(getattr(module, f"conv{number}"), getattr(module, f"bn{number}"))
                    setattr(module, f"conv{number}", fused)
                    setattr(module, f"bn{number}", nn.Identity())
            if getattr(module, "downsample", None) is not None:
                module.downsample = fuse_conv_bn_eval(*module.downsample)


class SmallExtractor(nn.Module):
    def __init__(self, channels: int, flat: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 3, 1, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 2, 1)
        self.conv3 = nn.Conv2d(64, 64, 3, 2, 1)
        self.fc = nn.Linear(flat, outputs)

    def forward(self, images: Tensor) -> Tensor:
        h = F.relu(self.conv1(images))
        h = F.relu(self.conv2(h))
        h = F.relu(self.conv3(h))
        return self.fc(h.flatten(1))


class Discrete(nn.Module):
    """Features that are the logits."""

    def __init__(self, extractor: nn.Module):
        super().__init__()
        self.extractor = extractor

    @property
    def compilable(self):
        return [self]

    def forward(self, images: Tensor) -> Tensor:
        return self.extractor(images)


@dataclass(frozen=True)
class Flow:
    radius: float  # 0: features are not layer-normed
    horizon: float
    tolerance: float


class NeuralODE(nn.Module):
    def __init__(self, extractor: nn.Module, dimension: int, hidden: int, classes: int, flow: Flow):
        super().__init__()
        self.extractor, self.flow = extractor, flow
        self.dynamics = nn.Sequential(nn.Linear(dimension, hidden), nn.Tanh(), nn.Linear(hidden, dimension))
        self.head = nn.Linear(dimension, classes, bias=False)

    @property
    def compilable(self):
        return [self.extractor, self.dynamics]  # not torchdiffeq's loop, which depends on the data

    def forward(self, images: Tensor) -> Tensor:
        h = self.extractor(images)
        if self.flow.radius:
            h = F.layer_norm(h, h.shape[1:]) * (self.flow.radius / h.shape[1] ** 0.5)
        times = torch.tensor([0, self.flow.horizon], dtype=torch.float64)
        tolerance = self.flow.tolerance
        states = odeint(lambda t, h: self.dynamics(h), h, times, rtol=tolerance, atol=tolerance, method="dopri5")
        return self.head(states[-1])


def make_extractor(weights: dict[str, Tensor]) -> nn.Module:
    first, fc = weights["extractor.conv1.weight"].shape, weights["extractor.fc.weight"].shape
    if "extractor.bn1.weight" in weights:
        return ResNet18(first[1], first[0], fc[0])
    return SmallExtractor(first[1], fc[1], fc[0])


def load(run: Path, fold: bool = False, channels_last: bool = False, dtype=torch.float32) -> nn.Module:
    """The model of a run folder, ready to be attacked.

    `fold` and `channels_last` make no other function of it, but a quicker one: what Basin does to a model before use.
    """
    with safe_open(Path(run) / "model.safetensors", "pt") as file:
        configuration = yaml.safe_load(file.metadata()["configuration"])
        weights = {name: file.get_tensor(name) for name in file.keys()}
    method, settings = configuration["method"], configuration["model"]
    extractor = make_extractor(weights)
    if method == "resnet18":
        assert settings["normalization"] is None
        model = Discrete(extractor)
    elif method == "neural-ode":
        features, flow = settings["backbone"]["features"], settings["backbone"]["flow"]
        assert features["normalization"] is None and flow["solver"] == "dopri5" and settings["backbone"]["activation"] == "tanh"
        hidden, dimension = weights["dynamics.0.weight"].shape
        model = NeuralODE(
            extractor, dimension, hidden, len(weights["head.weight"]), Flow(features["radius"], flow["horizon"], flow["tolerance"])
        )
    else:
        raise SystemExit(f"{run}: no peer of the method {method}")
    model.load_state_dict(weights, strict=isinstance(extractor, SmallExtractor))  # batch normalisation counts batches in PyTorch only
    model.eval().requires_grad_(False).to(dtype)
    if fold and isinstance(extractor, ResNet18):
        extractor.fold()
    if channels_last:
        model.to(memory_format=torch.channels_last)
    return model
