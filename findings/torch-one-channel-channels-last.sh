#!/usr/bin/env bash
# PyTorch 2.13: `contiguous(memory_format=torch.channels_last)` does nothing to images of one channel, nor to
# the weight of a convolution of one channel. Both layouts are the same memory then, and strides, which tell
# a convolution which one is meant, stay those of row-major images (`to(memory_format=...)` rewrites them). Its
# maps come out row-major, and every ReLU behind them meets a gradient of the other layout, which its backward
# pass takes element by element: a gradient takes well over the time that it takes with the strides changed.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'P'
import time
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
last = dict(memory_format=torch.channels_last)
first, second = torch.randn(32, 1, 3, 3).contiguous(**last), torch.randn(64, 32, 3, 3).contiguous(**last)
images = torch.rand(32, 1, 28, 28).contiguous(**last)
strided = images.view(32, 28, 28, 1).permute(0, 3, 1, 2)
assert torch.equal(strided, images)

def maps(x):
    return F.conv2d(x, first, None, 1, 1)

assert not maps(images).is_contiguous(**last) and maps(strided).is_contiguous(**last), "this has changed"

def gradient(x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(F.conv2d(maps(x).relu(), second, None, 2, 1).relu().sum(), x)[0]

for name, x in (("as it comes", images), ("by strides", strided)):
    times = []
    for _ in range(30):
        start = time.process_time()
        gradient(x)
        times.append(time.process_time() - start)
    print(f"PyTorch {torch.__version__}, one channel in channels last, {name}: {1e3 * min(times):.1f} ms a gradient")
P
