#!/usr/bin/env bash
# Adversarial Robustness Toolbox 1.20.1: projected gradient descent with `norm=1` moves the one pixel whose
# gradient is largest, whether or not the range of pixels lets it move, so once that pixel is at 0 or 1 every
# further step is clipped away. On handwritten digits with a budget of 5 and 20 steps of 1, no image moves by more
# than about 2, and accuracy stays above 1/2 where Foolbox 3.3.4, same budget, steps and start, leaves under 1/10.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 foolbox==3.3.4 \
  adversarial-robustness-toolbox==1.20.1 packaging==26.4 numpy==2.4.6 scikit-learn==1.9.1
"$folder/venv/bin/python" - <<'P'
import warnings
warnings.filterwarnings("ignore")
import foolbox, torch
from art.attacks.evasion import ProjectedGradientDescentPyTorch
from art.estimators.classification import PyTorchClassifier
from sklearn.datasets import load_digits

torch.manual_seed(0)
torch.set_num_threads(1)
digits = load_digits()
images = torch.tensor(digits.images / 16, dtype=torch.float32)[:, None]
labels = torch.tensor(digits.target)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
entropy = torch.nn.CrossEntropyLoss()
adam = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(200):
    loss = entropy(model(images[:1400]), labels[:1400])
    adam.zero_grad()
    loss.backward()
    adam.step()
model.eval()
images, labels = images[1400:], labels[1400:]

def accuracy(samples):
    return (model(samples).argmax(1) == labels).float().mean().item()

def largest(samples):
    return (samples - images).flatten(1).abs().sum(1).max().item()

classifier = PyTorchClassifier(model, entropy, (1, 8, 8), 10, clip_values=(0, 1), device_type="cpu")
attack = ProjectedGradientDescentPyTorch(
    classifier, norm=1, eps=5.0, eps_step=1.0, max_iter=20, num_random_init=0, verbose=False)
here = torch.as_tensor(attack.generate(images.numpy(), labels.numpy()))
attack = foolbox.attacks.L1PGD(abs_stepsize=1.0, steps=20, random_start=False)
_, there, _ = attack(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), images, labels, epsilons=5.0)
print(f"accuracy: clean {accuracy(images):.3f}; ART 1.20.1 {accuracy(here):.3f}, moved by at most {largest(here):.2f} in L1; "
      f"Foolbox 3.3.4 {accuracy(there):.3f}, {largest(there):.2f}")
assert accuracy(here) > 0.5 and largest(here) < 2.6, "this has changed"
assert accuracy(there) < 0.1 and largest(there) > 4.5, "this has changed"
P
