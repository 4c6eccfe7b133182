"""Writes DIR/CASE-weights.safetensors and DIR/CASE-batch.safetensors: `python make_case.py --case CASE --out DIR`.

Seeded, so that both sides of a benchmark can be given the same files. The weights are initial ones, as Basin initialises them.
"""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from safetensors.torch import save_file

from cases import CASES, EPSILON, Case, make_model
from zubov import Settings


def simplex(s: Settings) -> torch.Tensor:
    """L points of norm `radius`, equally far from each other, in a random orthonormal basis."""
    n = s.classes
    basis = torch.linalg.qr(torch.randn(s.dim, n)).Q.T
    return s.radius * (n / (n - 1)) ** 0.5 * (torch.eye(n) - 1 / n) @ basis


def initialise(model, case: Case):
    if case.model == "resnet18":  # running statistics of one batch, so that the features depend on the image
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1
        model(torch.rand(32, 3, 32, 32))
    if case.model != "zubov":
        return
    s = case.settings
    model.equilibria.copy_(simplex(s))
    for layer in model.lyapunov.z:
        layer.weight.uniform_(0, 2)
    for layer in model.lyapunov.x:
        layer.weight.normal_(0, s.dim**0.5)


def rays(equilibria: torch.Tensor, case: Case) -> tuple[torch.Tensor, torch.Tensor]:
    """For every owner and every other class the primary direction, then `directions` random ones around it."""
    classes = len(equilibria)
    owners = torch.randperm(classes)[: case.owners].sort().values.tolist()
    pairs = torch.tensor([(i, j) for i in owners for j in range(classes) if j != i])
    primary = F.normalize(equilibria[pairs[:, 1]] - equilibria[pairs[:, 0]], dim=1)
    primary = primary[:, None].repeat(1, case.directions + 1, 1)
    shape = (len(pairs), case.directions, 1)
    noise = F.normalize(torch.randn(*shape[:2], equilibria.shape[1]), dim=2) * torch.rand(shape) * 0.5
    primary[:, 1:] = F.normalize(primary[:, 1:] + noise, dim=2)
    return pairs[:, 0].repeat_interleave(case.directions + 1), primary.flatten(0, 1).contiguous()


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", required=True, choices=CASES)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--directions", type=int, help="random directions per pair instead of the case's own number")
    arguments = parser.parse_args()
    case = CASES[arguments.case]
    if arguments.directions is not None:
        case = Case(**{**vars(case), "directions": arguments.directions})

    torch.manual_seed(arguments.seed)
    model = make_model(case)
    initialise(model, case)
    shape = getattr(case.settings, "image", (3, 32, 32) if case.model == "resnet18" else (1, 8, 8))
    batch = {
        "in.images": torch.rand(case.batch, *shape),
        "in.labels": torch.randint(case.settings.classes, (case.batch,)),
    }
    if case.owners:
        batch["in.rays.owner"], batch["in.rays.direction"] = rays(model.equilibria, case)
    if case.work == "pgd":
        batch["in.noise"] = (torch.rand(case.batch, *shape) * 2 - 1) * EPSILON

    weights = {k: v.contiguous() for k, v in model.state_dict().items()}
    if case.model == "neural-ode":
        del weights["equilibria"]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, tensors in dict(weights=weights, batch=batch).items():
        path = arguments.out / f"{arguments.case}-{name}.safetensors"
        save_file(tensors, path)
        print(path)


if __name__ == "__main__":
    main()
