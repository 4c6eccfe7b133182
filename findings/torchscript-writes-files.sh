#!/usr/bin/env bash
# A TorchScript file that somebody gives you can write files: `torch.save` is one of its operators, and libtorch
# runs it as part of the model (torch 2.13.0), with no Python in the file and none to be seen. Basin takes the operators
# `aten::save` and `aten::from_file` away before it loads a model, so that such a file is refused.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cat >"$folder/make.py" <<'P'
import torch

class Innocent(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "written-by-the-model")
        return x

torch.jit.script(Innocent()).save("net.pt")
P
cd "$folder"
venv/bin/python make.py
venv/bin/python -c 'import torch; torch.jit.load("net.pt")(torch.ones(2))'
[ -s written-by-the-model ] || { echo "this has changed"; exit 1; }
echo "torch 2.13.0: calling a loaded TorchScript model wrote a file of its choice"
