"""Writes the TorchScript files of the tests: `python3 torchscript.py`, with torch on PYTHONPATH.

One small classifier of the digits with batch normalisation and dropout, three times: traced as one should, scripted while it was in
training mode, and traced while it was; and its logits of the first 16 images of the file in evaluation mode as a NumPy file.
"""

import copy
import gzip
import struct
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

here = Path(__file__).resolve().parent
data = here.parent.parent / "Sources/Datasets/Resources"


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, 2, 1)
        self.bn = nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(96, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.fc(self.drop(F.relu(self.bn(self.conv(images)))).flatten(1))


def read(name: str, header: int) -> torch.Tensor:
    content = gzip.open(data / name).read()[header:]
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images = read("digits-images-idx3-ubyte.gz", 16).view(-1, 1, 8, 8).float() / 16
    labels = read("digits-labels-idx1-ubyte.gz", 8).long()
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(15):
        for batch in torch.randperm(1437).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model((images[batch] - 0.3) / 0.35), labels[batch]).backward()
            optimizer.step()
    example = torch.rand(4, 1, 8, 8)
    torch.jit.script(model).save(here / "scripted-training.pt")
    torch.jit.trace(copy.deepcopy(model), example, check_trace=False).save(here / "traced-training.pt")
    model.eval()
    torch.jit.trace(model, example).save(here / "traced.pt")
    with torch.no_grad():
        logits = model((images - 0.3) / 0.35)
    print("accuracy of what was held out", (logits.argmax(1) == labels)[1437:].float().mean().item())
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (16, 10), }".ljust(117) + "\n"
    numbers = struct.pack("<160f", *logits[:16].flatten().tolist())
    (here / "traced-logits.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + numbers)


if __name__ == "__main__":
    main()
