#!/usr/bin/env bash
# torchdiffeq 0.2.5: `adaptive_heun` and `fehlberg2` take the last stage of a step for the first of the next, though
# the last stage of these tableaus is not the derivative at the end: Heun's is the one at Euler's point. With
# equal steps (`max_step`, a tolerance that nothing exceeds) `adaptive_heun` therefore is not Heun's method: its
# error on y' = y cos t is 1.3 times as large. Basin's `adaptive-heun` evaluates the field at the end.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 torchdiffeq==0.2.5 numpy==2.4.6
"$folder/venv/bin/python" - <<'P'
import math
import torch
from torchdiffeq import odeint

steps = 40
size = 2 / steps
times = torch.tensor([0, 2], dtype=torch.float64)
options = {"first_step": size, "max_step": size}
found = odeint(
    lambda t, y: y * torch.cos(t), torch.ones(1, dtype=torch.float64), times, method="adaptive_heun",
    rtol=1e6, atol=1e6, options=options)[-1].item()

state = 1.0
for step in range(steps):
    slope = state * math.cos(step * size)
    state += size / 2 * (slope + (state + size * slope) * math.cos((step + 1) * size))

exact = math.exp(math.sin(2))
ratio = abs(found - exact) / abs(state - exact)
print(f"torchdiffeq 0.2.5, adaptive_heun: an error {ratio:.2f} times that of Heun's method")
assert ratio > 1.2, "this has changed"
P
