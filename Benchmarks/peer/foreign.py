"""Models of PyTorch's that Basin did not train, and what torchattacks and the original AutoAttack make of them.

`foreign.py make NAME FILE --data FOLDER` trains one on Fashion-MNIST and traces it; `foreign.py attack FILE --epsilon E --limit N
--attacks fgsm,pgd,autoattack --out JSON` attacks what the file holds, or the model of a run of Basin's if it is a folder. Pixels are in
[0, 1]; normalisation is in the model here and said by --normalization there.
"""

import argparse
import gzip
import json
import time
from fractions import Fraction
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

MEAN, DEVIATION = 0.2860, 0.3530

try:
    import torchvision  # noqa: F401
except RuntimeError:
    # The operators of PyPI's wheel need CUDA; these two have to be there, and nothing here calls them.
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def read(folder: Path, name: str, header: int) -> torch.Tensor:
    return torch.frombuffer(bytearray(gzip.open(folder / "fashion-mnist" / name).read()[header:]), dtype=torch.uint8)


def samples(folder: Path, part: str):
    images = read(folder, f"{part}-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)
    return images.float() / 255, read(folder, f"{part}-labels-idx1-ubyte.gz", 8).long()


class Normalized(nn.Module):
    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, images):
        return self.model((images - MEAN) / DEVIATION)


def resnet() -> nn.Module:
    """torchvision's, with one block a stage, a quarter of the width and images of one channel."""
    from torchvision.models.resnet import BasicBlock, ResNet

    class Narrow(ResNet):
        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            if planes == 64:  # the first stage, behind the layers that are replaced below
                self.inplanes = 16
            return super()._make_layer(block, planes // 4, blocks, stride, dilate)

    model = Narrow(BasicBlock, [1, 1, 1, 1])
    model.conv1 = nn.Conv2d(1, 16, 7, 2, 3, bias=False)
    model.bn1 = nn.BatchNorm2d(16)
    model.fc = nn.Linear(128, 10)
    return model


class NeuralODE(nn.Module):
    """Convolutions, a field that torchdiffeq integrates in ten steps of rk4, a linear layer."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 4, 4), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 32))
        self.field = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 32))
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        from torchdiffeq import odeint

        times = torch.linspace(0, 1, 11)
        return self.head(odeint(lambda t, h: self.field(h), self.features(x), times, method="rk4")[-1])


MODELS = {"resnet": resnet, "neural-ode": NeuralODE}


def make(arguments):
    torch.manual_seed(0)
    images, labels = samples(arguments.data, "train")
    core = MODELS[arguments.model]()
    model, optimizer = Normalized(core), torch.optim.Adam(core.parameters(), 1e-3)
    epsilon = float(Fraction(arguments.against))
    for batch in torch.randperm(len(labels))[: arguments.images].split(128):
        x, y = images[batch], labels[batch]
        if epsilon > 0:  # one step from a random start (Wong et al. 2020), so that there is a model that holds
            start = (x + (2 * torch.rand_like(x) - 1) * epsilon).clamp(0, 1).requires_grad_(True)
            slope = torch.autograd.grad(F.cross_entropy(model(start), y), start)[0]
            moved = start.detach() + 1.25 * epsilon * slope.sign()
            x = torch.min(torch.max(moved, x - epsilon), x + epsilon).clamp(0, 1)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    core.eval()
    torch.jit.trace(core, torch.rand(2, 1, 28, 28)).save(str(arguments.file))


def loaded(file: Path) -> nn.Module:
    """A model that is attacked: traced, or trained by Basin and rebuilt in PyTorch."""
    if file.is_dir():
        import trained

        return trained.load(file)
    model = Normalized(torch.jit.load(str(file)).eval())
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model


def attack(arguments):
    import torchattacks
    from autoattack import AutoAttack

    model = loaded(arguments.file)
    images, labels = (part[: arguments.limit] for part in samples(arguments.data, "t10k"))
    epsilon = float(Fraction(arguments.epsilon))

    @torch.no_grad()
    def correct(x):
        return torch.cat([model(part).argmax(1) for part in x.split(250)]) == labels

    def adversarial(name: str):
        if name in ("fgsm", "pgd", "bim"):
            ten = dict(eps=epsilon, alpha=epsilon / 4, steps=10)
            method = dict(
                fgsm=lambda: torchattacks.FGSM(model, eps=epsilon), pgd=lambda: torchattacks.PGD(model, random_start=True, **ten),
                bim=lambda: torchattacks.BIM(model, **ten))[name]()
            return torch.cat([method(x, y) for x, y in zip(images.split(250), labels.split(250))])
        suite = AutoAttack(model, norm="Linf", eps=epsilon, seed=arguments.seed, version="standard", device="cpu", verbose=False)
        if name != "autoattack":
            suite.attacks_to_run = [name]
        return suite.run_standard_evaluation(images, labels, bs=250)

    clean, results = correct(images), {}
    for name in arguments.attacks.split(","):
        torch.manual_seed(arguments.seed)
        wall, cpu = time.perf_counter(), time.process_time()
        moved = adversarial(name)
        seconds = time.perf_counter() - wall, time.process_time() - cpu
        held = clean & correct(moved)
        results[name] = dict(held=held.nonzero()[:, 0].tolist(), seconds=seconds[0], cpu=seconds[1])
    arguments.out.write_text(json.dumps(dict(clean=clean.nonzero()[:, 0].tolist(), attacks=results)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("make")
    making.set_defaults(run=make)
    making.add_argument("model", choices=MODELS)
    making.add_argument("--images", type=int, default=6000, help="how many it is trained on")
    making.add_argument("--against", default="0", help="the budget to train against")
    attacking = commands.add_parser("attack")
    attacking.set_defaults(run=attack)
    attacking.add_argument("--epsilon", required=True)
    attacking.add_argument("--limit", type=int, default=500)
    attacking.add_argument("--attacks", default="fgsm,pgd,autoattack", help="bim, apgd-ce, apgd-t, fab-t and square too")
    attacking.add_argument("--seed", type=int, default=0, help="of random starts")
    attacking.add_argument("--out", type=Path, required=True)
    for command in (making, attacking):
        command.add_argument("file", type=Path)
        command.add_argument("--data", type=Path, required=True, help="the folder that holds fashion-mnist/")
        command.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
