"""Asks dReal for a place where a certificate's function does not fall: `python delta_satisfiability.py CERTIFICATE`.

The query is Basin's statement, negated: a place of the box with W <= b, outside of the ellipsoid, where dW·f >= 0. `unsat` proves that there is
none; a box is an answer that may be wrong by delta. Prints a line of JSON. dReal has one thread here; a limit is set by `timeout`.
"""

import argparse
import importlib.metadata
import json
import time

import dreal

from certificate import Certificate


class Expressions:
    """Lists of symbolic expressions."""

    def width(self, x):
        return len(x)

    def constant(self, state, values):
        return [dreal.Expression(float(v)) for v in values]

    def affine(self, x, weight, bias):
        rows = [[w * v for w, v in zip(map(float, row), x) if w != 0] for row in weight]
        sums = [sum(row[1:], row[0]) if row else dreal.Expression(0.0) for row in rows]
        return sums if bias is None else [s + float(b) for s, b in zip(sums, bias)]

    def scale(self, x, weights, shift):
        products = [float(w) * v for w, v in zip(weights, x)]
        return products if shift is None else [p + float(s) for p, s in zip(products, shift)]

    def add(self, x, y):
        return [a + b for a, b in zip(x, y)]

    def sum(self, parts):
        return [sum(column[1:], column[0]) for column in map(list, zip(*parts))]

    def times(self, x, y):
        width = max(len(x), len(y))
        return [a * b for a, b in zip(x * (width // len(x)), y * (width // len(y)))]

    def dot(self, x, y):
        products = self.times(x, y)
        return [sum(products[1:], products[0])]

    def join(self, parts):
        return [v for part in parts for v in part]

    def function(self, name, x):
        if name.startswith("power"):
            return [v ** int(name[5:]) for v in x]
        if name == "sech2":
            return [1 - dreal.tanh(v) ** 2 for v in x]
        return [v**2 if name == "square" else getattr(dreal, name)(v) for v in x]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("certificate")
    parser.add_argument("--level", type=float)
    parser.add_argument("--delta", type=float, default=1e-4)
    arguments = parser.parse_args()

    certificate = Certificate(arguments.certificate)
    level = arguments.level or certificate.level
    state = [dreal.Variable(f"x{i}") for i in range(certificate.dimension)]
    (value,), (rate,), (form,) = certificate.terms(state, Expressions())
    bounds = [part for x, low, high in zip(state, certificate.low, certificate.high) for part in (x >= float(low), x <= float(high))]
    query = dreal.And(*bounds, value <= level, form >= certificate.claim["radius"], rate >= 0)
    settings = dreal.Config()
    settings.precision = arguments.delta
    settings.number_of_jobs = 1
    begun = time.process_time()
    found = dreal.CheckSatisfiability(query, settings)
    print(json.dumps(dict(
        tool=f"dReal {importlib.metadata.version('dreal')}", delta=arguments.delta, level=level,
        verdict="proven" if found is None else "delta-satisfiable", place=None if found is None else str(found),
        seconds=time.process_time() - begun)))


if __name__ == "__main__":
    main()
