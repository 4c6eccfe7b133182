#!/usr/bin/env bash
# torch 2.13.0: a program in which a convolution of images names its dilation once, `[1]`, as `at::conv2d` records it
# of its default, runs, can be saved, traced and differentiated; `torch.onnx.export(dynamo=False)` writes that one
# number as the dilations of both axes, so that nothing is known of the result's type, and fails at the next `relu`
# ("Cannot determine scalar type"), which names neither cause nor place. With `[1, 1]` it converts. Basin's recorded
# programs name every axis (`ExportTests`).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - "$folder" <<'P' 2>"$folder/log" || { tail -n 20 "$folder/log" >&2; exit 1; }
import sys
import torch

images = torch.rand(2, 1, 8, 8)


class Net(torch.nn.Module):
  def __init__(self, dilation):
    super().__init__()
    self.dilation = dilation
    self.register_buffer("weight", torch.rand(4, 1, 3, 3))

  def forward(self, x):
    return torch.relu(torch._convolution(
        x, self.weight, None, [1, 1], [1, 1], self.dilation, False, [0, 0], 1, False, False, True, True))


class Caller(torch.nn.Module):
  def __init__(self, net):
    super().__init__()
    self.net = net

  def forward(self, x):
    return self.net(x)


def outcome(dilation):
  net = Net(dilation)
  torch.jit.trace(net, images).save(f"{sys.argv[1]}/net.pt")
  loaded = torch.jit.load(f"{sys.argv[1]}/net.pt")
  assert torch.equal(loaded(images), Net.forward(net, images))
  try:
    torch.onnx.export(torch.jit.trace(Caller(loaded), images), (images,), f"{sys.argv[1]}/net.onnx", dynamo=False)
    return "converted"
  except Exception as error:
    return f"{type(error).__name__}: {str(error)[:80]}".replace("\n", " ")


found = {str(dilation): outcome(dilation) for dilation in ([1], [1, 1])}
print(f"torch {torch.__version__}, onnx: {found}")
assert "Cannot determine scalar type" in found["[1]"] and found["[1, 1]"] == "converted"
P
