#!/usr/bin/env bash
# desolver 5.1.0: `RadauIIA3` is said to be of order 3, but the last coefficient of its tableau is 1/3 where that of
# the two-stage Radau IIA method is 1/4, so its stages do not stand at their own times (a row sums to 13/12, not 1)
# and it converges with order 1. Its neighbours `RadauIA3` and `RadauIIA5` keep what they say. Basin's tableaus are
# asked for every order condition up to their order (`OrderConditionTests`) and for row sums (`MethodTests`).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check desolver==5.1.0 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/python" - <<'P'
import math
import numpy as np
from desolver.integrators import implicit_integration_schemes as schemes


def order(scheme):
  """Of y' = y cos t on [0, 2], by fixed steps of the scheme's own tableau."""
  times, weights = scheme.tableau_intermediate[:, 0], scheme.tableau_final[0, 1:]
  matrix = scheme.tableau_intermediate[:, 1:]

  def error(steps):
    h, y = 2 / steps, 1.0
    for step in range(steps):
      slopes = np.cos((step + times) * h)   # k = diag(slopes) (y + h A k), which is linear in k
      k = np.linalg.solve(np.eye(len(times)) - h * slopes[:, None] * matrix, slopes * y)
      y += h * weights @ k
    return abs(y - math.exp(math.sin(2)))

  return math.log2(error(40) / error(80))


def defect(scheme):
  return np.abs(scheme.tableau_intermediate[:, 1:].sum(1) - scheme.tableau_intermediate[:, 0]).max()


for name in ("RadauIIA3", "RadauIA3", "RadauIIA5"):
  scheme = getattr(schemes, name)
  print(f"desolver 5.1.0, {name}: order {scheme.__order__:.0f} by its class, {order(scheme):.2f} measured, "
        f"rows off by {defect(scheme):.3f}")
wrong = schemes.RadauIIA3
assert abs(order(wrong) - 1) < 0.1 and abs(defect(wrong) - 1 / 12) < 1e-12
assert abs(order(schemes.RadauIA3) - 3) < 0.1 and abs(order(schemes.RadauIIA5) - 5) < 0.1
P
