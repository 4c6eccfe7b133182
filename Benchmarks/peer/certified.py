"""Trains the peer of a `certified-cell` run on the same samples and prints a line of JSON: `python certified.py RUN --samples FILE`.

The settings are those of the run (`model.safetensors`), the start is PyTorch's own by `--seed`, the data those of `basin-bench samples`. The
radii are those of the trained map in float64, where rounding counts for nothing: the least distance to a bisector.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file

from nonexpansive import CertifiedCell, NonexpansiveSettings


def one_cycle(progress: float) -> float:
    """Half a cosine from 1/25 to 1 in the first 30 %, another to 1/250,000 (`OneCycleLR` has them so)."""
    first, last, place = (1 / 25, 1, progress / 0.3) if progress < 0.3 else (1, 1 / 250_000, (progress - 0.3) / 0.7)
    return last + (first - last) * (1 + math.cos(math.pi * place)) / 2


def settings_of(model: dict, image: tuple[int, ...], classes: int) -> NonexpansiveSettings:
    # A run that is older than a setting has its default.
    features = {"blocks": "reflectors", "channels": [], "stageDepth": 2} | model["features"]
    if features["blocks"] != "reflectors" or features["dimension"] != features["width"] or model["lossTime"] != 0:
        raise SystemExit("certified: the peer has reflectors of one width and a loss at h(0), and no other certified-cell")
    if (features["shift"], features["scale"]) != (0.5, 1):
        raise SystemExit("certified: the peer takes 0.5 from every pixel and does not scale")
    return NonexpansiveSettings(
        image=image,
        classes=classes,
        channels=tuple(features["channels"]),
        stage_depth=features["stageDepth"],
        width=features["width"],
        depth=features["depth"],
        rank=features["rank"],
        radius=model["radius"],
        margin=model["loss"]["margin"],
        temperature=model["loss"]["temperature"],
    )


@torch.no_grad()
def radii(model: CertifiedCell, images, labels) -> list[float]:
    model = model.double()
    parts = [model.distances(x.double(), y) for x, y in zip(images.split(500), labels.split(500))]
    m = torch.cat(parts)
    m[torch.arange(len(labels)), labels] = torch.inf
    return m.min(1).values.clamp(min=0).tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--samples", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--form", choices=["idiomatic", "tuned"], default="idiomatic", help="see nonexpansive.py")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()

    with safe_open(arguments.run / "model.safetensors", "pt") as file:
        configuration = yaml.safe_load(file.metadata()["configuration"])
    samples = load_file(arguments.samples)
    images, labels = samples["train.images"], samples["train.labels"]
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model = CertifiedCell(settings_of(configuration["model"], tuple(images.shape[1:]), int(labels.max()) + 1))
    model.form = arguments.form

    training = configuration["training"]
    rate, batch, epochs = 3 * training["learningRate"], training["batchSize"], training["epochs"]
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    batches, step, start = math.ceil(len(labels) / batch), 0, time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(labels)).split(batch):
            optimizer.param_groups[0]["lr"] = rate * one_cycle(step / (epochs * batches))
            optimizer.zero_grad()
            model(images[rows], labels[rows]).backward()
            optimizer.step()
            step += 1
    seconds = (time.perf_counter() - start) / step
    found = radii(model, samples["test.images"], samples["test.labels"])
    print(json.dumps(dict(seed=arguments.seed, secondsPerStep=seconds, radii=found)))


if __name__ == "__main__":
    main()
