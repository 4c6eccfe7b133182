"""Attacks a model that Basin trained by torchattacks and the original AutoAttack; prints a line of JSON for each attack.

`python attacks.py RUN --samples FILE --attacks NAMES --epsilon E --out FILE`, with torchattacks and autoattack on PYTHONPATH. The
samples are `in.images` and `in.labels`, as `basin-bench attacks` writes them. The output has the adversarial images NAME.images and
NAME.correct, whether each sample is classified correctly clean and attacked; the JSON the seconds that each attack took. APGD, FAB and Square are AutoAttack's, the rest torchattacks'.
"""

import argparse
import json
import sys
import time
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import torch
import torchattacks
from autoattack import AutoAttack
from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted
from autoattack.fab_pt import FABAttack_PT
from autoattack.square import SquareAttack
from safetensors.torch import load_file, save_file

from trained import load


class StartedAPGD(APGDAttack):
    """APGD from the clean image, on every sample: the last misclassified point, or that of the greatest loss."""

    def perturb(self, x, y):
        self.init_hyperparam(x)
        best, correct, _, fooling = self.attack_single_run(x, y, x_init=x)
        return torch.where(correct.view(-1, 1, 1, 1), best, fooling).detach()


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


class Suite:
    """Each attack maps a batch of images and labels to adversarial images."""

    def __init__(self, model, epsilon: float, batch: int):
        self.model, self.epsilon, self.batch = model, epsilon, batch
        own = dict(norm="Linf", eps=epsilon, seed=0, device="cpu")
        ours = dict(eps=epsilon, alpha=epsilon / 4, steps=10)
        self.attacks = {
            "fgsm": lambda: torchattacks.FGSM(model, eps=epsilon),
            "bim": lambda: torchattacks.BIM(model, **ours),
            "pgd-clean": lambda: torchattacks.PGD(model, random_start=False, **ours),
            "apgd-ce-clean": lambda: StartedAPGD(model, n_iter=100, **own).perturb,
            "pgd": lambda: torchattacks.PGD(model, random_start=True, **ours),
            "mi-fgsm": lambda: torchattacks.MIFGSM(model, **ours),
            "ni-fgsm": lambda: torchattacks.NIFGSM(model, **ours),
            "vni-fgsm": lambda: torchattacks.VNIFGSM(model, **ours),
            "jitter": lambda: torchattacks.Jitter(model, **ours),
            "apgd-ce": lambda: APGDAttack(model, n_iter=100, loss="ce", **own).perturb,
            "apgd-dlr": lambda: APGDAttack(model, n_iter=50, loss="dlr", **own).perturb,
            "apgd-t": lambda: APGDAttack_targeted(model, n_iter=20, **own).perturb,
            "fab-t": lambda: FABAttack_PT(model, n_iter=20, targeted=True, **own).perturb,
            "square": lambda: SquareAttack(model, n_queries=1000, n_restarts=1, resc_schedule=False, **own).perturb,
        }

    def run(self, name: str, images, labels):
        """The adversarial images, and the seconds and processor seconds they took."""
        if name == "autoattack":
            attack = AutoAttack(self.model, norm="Linf", eps=self.epsilon, seed=0, version="standard", device="cpu", verbose=False)
            return timed(lambda: attack.run_standard_evaluation(images, labels, bs=self.batch))
        torch.manual_seed(0)
        attack = self.attacks[name]()
        batches = list(zip(images.split(self.batch), labels.split(self.batch)))
        return timed(lambda: torch.cat([attack(*batch).detach() for batch in batches]))

    @torch.no_grad()
    def correct(self, images, labels):
        return torch.cat([self.model(b) for b in images.split(self.batch)]).argmax(1) == labels


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--samples", required=True, type=Path)
    parser.add_argument("--attacks", type=lambda text: text.split(","), help="one a line on standard input where omitted")
    parser.add_argument("--epsilon", default="8/255")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fold", action="store_true", help="batch normalisation folded into the convolutions")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true", help="torch.compile what can be compiled")
    parser.add_argument("--precision", choices=["float32", "float64"], default="float32")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # AutoAttack prints its warnings

    torch.set_num_threads(arguments.threads)
    dtype = getattr(torch, arguments.precision)
    if dtype == torch.float64:
        # AutoAttack casts images by float() and makes its tables in the default type.
        torch.set_default_dtype(dtype)
        torch.Tensor.float = torch.Tensor.double
    model = load(arguments.run, fold=arguments.fold, channels_last=arguments.channels_last, dtype=dtype)
    if arguments.compile:
        for part in model.compilable:
            part.compile()
    samples = load_file(arguments.samples)
    images, labels = (samples[f"in.{k}"][: arguments.limit] for k in ("images", "labels"))
    images = images.to(dtype)
    if arguments.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)

    suite = Suite(model, float(Fraction(arguments.epsilon)), arguments.batch)
    clean = suite.correct(images, labels)
    tensors = {"clean.correct": clean}
    versions = dict(torch=torch.__version__, torchattacks=version("torchattacks"), torchdiffeq=version("torchdiffeq"))
    print(json.dumps(dict(attack="clean", accuracy=clean.double().mean().item(), versions=versions)), file=answers, flush=True)
    for name in arguments.attacks or map(str.strip, sys.stdin):
        adversarial, seconds, cpu = suite.run(name, images, labels)
        correct = clean & suite.correct(adversarial, labels)
        tensors |= {f"{name}.images": adversarial.contiguous(), f"{name}.correct": correct}
        print(json.dumps(dict(attack=name, accuracy=correct.double().mean().item(), seconds=seconds, cpu=cpu)), file=answers, flush=True)
    if arguments.out:
        save_file(tensors, arguments.out)


if __name__ == "__main__":
    main()
