"""The cases: which model, which batch, which work."""

from dataclasses import dataclass, replace

from torch import nn

from nonexpansive import CertifiedCell, NonexpansiveSettings
from zubov import NeuralODE, ResNet18, Settings, ZubovNet


@dataclass(frozen=True)
class Case:
    model: str  # "zubov", "neural-ode", "resnet18", "certified-cell"
    work: str  # "step", "inference", "pgd"
    settings: Settings | NonexpansiveSettings
    batch: int = 128
    owners: int = 0  # classes whose boundary is sampled in a step
    directions: int = 0  # random directions per ordered pair, besides the primary one


DIGITS = Settings()
PAPER = Settings(dim=256, hidden=256, sizes=(256, 1), u_sizes=(256,))  # the extractor stays the small one: the head is timed
PLAIN = replace(DIGITS, layer_norm=False, head="learned")
RESNET = Settings(extractor="resnet18")
IMAGES = NonexpansiveSettings(margin=1.0, temperature=0.25)
EVALUATION = 1e-3  # the solver's tolerance outside training

CASES = {
    "zubov-digits": Case("zubov", "step", DIGITS, owners=10, directions=3),
    "zubov-256-10": Case("zubov", "step", PAPER, owners=10, directions=20),
    # 20 random directions a pair would be 62,370 rays and some 50 GB in PyTorch; the primary ones alone are 2,970 rays.
    "zubov-256-100": Case("zubov", "step", replace(PAPER, classes=100), owners=30, directions=0),
    "neural-ode-digits": Case("neural-ode", "step", PLAIN),
    "resnet18": Case("resnet18", "step", RESNET, batch=32),
    "certified-digits": Case("certified-cell", "step", NonexpansiveSettings()),
    "certified-vectors": Case("certified-cell", "step", replace(IMAGES, image=(1, 28, 28), width=784, depth=4, rank=96)),
    "certified-maps": Case(
        "certified-cell", "step", replace(IMAGES, image=(3, 32, 32), channels=(16, 64), width=4096, depth=1, rank=64)
    ),
    "inference-zubov-digits": Case("zubov", "inference", replace(DIGITS, tolerance=EVALUATION)),
    "inference-resnet18": Case("resnet18", "inference", RESNET),
    "pgd10-digits": Case("zubov", "pgd", replace(DIGITS, tolerance=EVALUATION)),
    "pgd10-neural-ode-digits": Case("neural-ode", "pgd", replace(PLAIN, tolerance=EVALUATION)),
}

EPSILON = 8 / 255


class ResNetClassifier(nn.Module):
    """ResNet-18 under the names of Basin's state dict."""

    def __init__(self, s: Settings):
        super().__init__()
        self.extractor = ResNet18(s.classes)

    def forward(self, images):
        return self.extractor(images)


def make_model(case: Case) -> nn.Module:
    kinds = {"zubov": ZubovNet, "neural-ode": NeuralODE, "resnet18": ResNetClassifier, "certified-cell": CertifiedCell}
    return kinds[case.model](case.settings)
