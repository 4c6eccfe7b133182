#!/usr/bin/env bash
# torchattacks 3.5.1: `DeepFool` steps 2 % past the linearised boundary and then clamps to [0, 1]. Where the
# clamp takes more than that, each further step ends short of the boundary again, so images stand next to it on
# the right side for any number of steps and count as robust: of handwritten digits with many pixels at 0, over
# a third, while Foolbox 3.3.4, with the same overshoot and number of steps, which clamps the sum of all steps
# instead, leaves none, at the same distances. A tenth more along the same line fools the network on nearly all.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 torchattacks==3.5.1 foolbox==3.3.4 \
  numpy==2.4.6 scikit-learn==1.9.1
"$folder/venv/bin/python" - <<'P'
import foolbox, torch, torchattacks
from sklearn.datasets import load_digits

torch.manual_seed(0)
torch.set_num_threads(1)
digits = load_digits()
images = torch.tensor(digits.images / 16, dtype=torch.float32)[:, None]
labels = torch.tensor(digits.target)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
adam = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(200):
    loss = torch.nn.functional.cross_entropy(model(images[:1400]), labels[:1400])
    adam.zero_grad()
    loss.backward()
    adam.step()
model.eval()
images, labels = images[1400:], labels[1400:]

def accuracy(samples):
    return (model(samples).argmax(1) == labels).float().mean().item()

def distance(samples):
    return (samples - images).flatten(1).norm(dim=1).median().item()

here = torchattacks.DeepFool(model, steps=50, overshoot=0.02)(images, labels)
attack = foolbox.attacks.L2DeepFoolAttack(steps=50, overshoot=0.02)
_, there, _ = attack(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), images, labels, epsilons=None)
further = (images + 1.1 * (here - images)).clamp(0, 1)
print(f"accuracy: clean {accuracy(images):.3f}, torchattacks 3.5.1 {accuracy(here):.3f} at distance {distance(here):.3f}, "
      f"a tenth further {accuracy(further):.3f}; Foolbox 3.3.4 {accuracy(there):.3f} at {distance(there):.3f}")
assert accuracy(here) > 1 / 3 and accuracy(further) < 0.05 and accuracy(there) < 0.01, "this has changed"
assert distance(here) > 0.95 * distance(there), "this has changed"
P
