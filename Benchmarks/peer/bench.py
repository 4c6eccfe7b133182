"""Times one case and prints a line of JSON.

`python bench.py --case CASE --weights FILE --batch FILE --threads N --runs R [--compile] [--form F] [--channels-last]`

Training steps run with a learning rate of 0 unless told otherwise: Adam does all its work, and every run repeats the same step on the
same weights, so `terms` (of the first step) can be compared with another implementation given the same two files.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from cases import CASES, EPSILON, Case, make_model


def step_function(model, case: Case, batch, learning_rate: float):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    images, labels = batch["in.images"], batch["in.labels"]
    if case.model == "zubov":
        owner, direction = batch["in.rays.owner"], batch["in.rays.direction"]
        return lambda: model.step(optimizer, images, labels, owner, direction)

    def step():
        optimizer.zero_grad()
        loss = model(images, labels) if case.model == "certified-cell" else F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return {"loss": loss}

    return step


def inference_function(model, case: Case, batch):
    model.eval()
    images, labels = batch["in.images"], batch["in.labels"]

    @torch.inference_mode()
    def infer():
        logits = model(images)
        return {"loss": F.cross_entropy(logits, labels), "sum": logits.sum(), "spread": (logits - logits.mean(0)).norm()}

    return infer


def pgd_function(model, case: Case, batch, steps: int = 10):
    """torchattacks' PGD with the paper's step eps / 8; the random start is given."""
    model.eval()
    clean, labels, noise = batch["in.images"], batch["in.labels"], batch["in.noise"]

    def attack():
        images = (clean + noise).clamp(0, 1).detach()
        losses = []
        for _ in range(steps):
            images.requires_grad_()
            loss = F.cross_entropy(model(images), labels)
            (gradient,) = torch.autograd.grad(loss, images)
            losses.append(loss)
            images = images.detach() + EPSILON / 8 * gradient.sign()
            images = (clean + (images - clean).clamp(-EPSILON, EPSILON)).clamp(0, 1).detach()
        return {"first": losses[0], "last": losses[-1]}

    return attack


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", required=True, choices=CASES)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile whatever can be compiled (implies --form tuned)")
    parser.add_argument("--form", choices=["idiomatic", "tuned"], default="idiomatic", help="see zubov.py and nonexpansive.py")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--learning-rate", type=float, default=0.0)
    arguments = parser.parse_args()
    case = CASES[arguments.case]

    torch.set_num_threads(arguments.threads)
    model = make_model(case)
    weights = load_file(arguments.weights)
    if case.model == "neural-ode":
        weights["equilibria"] = model.equilibria
    model.load_state_dict(weights)
    batch = load_file(arguments.batch)
    if arguments.channels_last:
        model.to(memory_format=torch.channels_last)
        batch["in.images"] = batch["in.images"].to(memory_format=torch.channels_last)

    if case.work == "pgd":
        model.requires_grad_(False)
    if case.model in ("zubov", "certified-cell"):
        model.form = "tuned" if arguments.compile else arguments.form
    if arguments.compile:
        model.compile()
    makers = {"step": step_function, "inference": inference_function, "pgd": pgd_function}
    extra = (arguments.learning_rate,) if case.work == "step" else ()
    run = makers[case.work](model, case, batch, *extra)

    start = time.perf_counter()
    terms = {k: v.item() for k, v in run().items()}
    first = time.perf_counter() - start
    for _ in range(arguments.warm_up - 1):
        run()
    seconds = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)

    result = dict(
        case=arguments.case,
        mode="compile" if arguments.compile else "eager",
        form=getattr(model, "form", None),
        channelsLast=arguments.channels_last,
        threads=arguments.threads,
        runs=arguments.runs,
        batch=len(batch["in.images"]),
        rays=len(batch.get("in.rays.owner", [])),
        median=statistics.median(seconds),
        min=min(seconds),
        first=first,
        terms=terms,
        torch=torch.__version__,
    )
    print(json.dumps(result, sort_keys=True))


if __name__ == "__main__":
    main()
