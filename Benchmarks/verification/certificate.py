"""Reads a certificate of `basin roa` or `basin regions --verify`: the claim, and its terms for any kind of numbers.

A certificate is a safetensors file: steps of a program with their numbers, a level, an ellipsoid. The terms are written with whatever
`Arithmetic` is given: NumPy arrays, PyTorch tensors, symbolic expressions of an SMT solver.
"""

import json
import struct

import numpy


class Certificate:
    def __init__(self, path):
        data = open(path, "rb").read()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        self.path = path
        self.claim = json.loads(header.pop("__metadata__")["basin.certificate"])
        self.places = {name: (entry, 8 + length) for name, entry in header.items()}
        kinds = {"F64": numpy.float64, "U8": numpy.uint8}
        self.tensors = {
            name: numpy.frombuffer(data[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], kinds[entry["dtype"]])
            .reshape(entry["shape"])
            for name, (entry, start) in self.places.items()
        }
        self.bytes = data
        self.level = self.claim["level"]
        self.dimension = len(self.claim["equilibrium"])
        self.low, self.high = (numpy.array([side[k] for side in self.claim["box"]], float) for k in (0, 1))
        if len(self.claim["parts"]) != 1 or self.claim["parts"][0].get("rival") is not None:
            raise SystemExit(f"{path}: expected the certificate of one function, found one of a cell")

    def numbers(self, step):
        found = []
        while f"step.{step}.{len(found)}" in self.tensors:
            found.append(self.tensors[f"step.{step}.{len(found)}"])
        return found

    def changed(self, name, values, path):
        """Writes the file with other numbers of one step."""
        entry, start = self.places[name]
        first, last = (start + offset for offset in entry["data_offsets"])
        open(path, "wb").write(self.bytes[:first] + numpy.ascontiguousarray(values).tobytes() + self.bytes[last:])

    def of_function(self):
        """The steps that W is made of, without those that f needs too."""
        def reached(step):
            below = self.claim["steps"][step]["operands"]
            return {step}.union(*map(reached, below)) if below else {step}

        return sorted(reached(self.claim["parts"][0]["numerator"]) - reached(self.claim["field"]))

    def terms(self, state, arithmetic):
        """W, dW·f and (x - c)'P(x - c) of a state: a vector whose components `arithmetic` knows."""
        a, steps = arithmetic, self.claim["steps"]
        values = []
        for index, step in enumerate(steps):
            values.append(forward(a, step["operation"], [values[i] for i in step["operands"]], self.numbers(index), state))
        numerator, field = self.claim["parts"][0]["numerator"], values[self.claim["field"]]
        # The gradient, backwards through the steps.
        adjoints = {numerator: a.constant(state, [1.0])}
        for index in range(numerator, -1, -1):
            if index in adjoints and steps[index]["operation"] != "state":
                operands = steps[index]["operands"]
                own = backward(a, steps[index]["operation"], adjoints.pop(index), [values[i] for i in operands], values[index], self.numbers(index))
                for operand, part in zip(operands, own):
                    adjoints[operand] = a.add(adjoints[operand], part) if operand in adjoints else part
        gradient = adjoints[next(i for i, s in enumerate(steps) if s["operation"] == "state")]
        offset = a.affine(state, numpy.eye(self.dimension), -numpy.array(self.claim["equilibrium"], float))
        matrix = numpy.array(self.claim["matrix"]).reshape(self.dimension, self.dimension)
        form = a.dot(offset, a.affine(offset, matrix, None))
        return values[numerator], a.dot(gradient, field), form


def selector(indices, width):
    rows = numpy.zeros((len(indices), width))
    rows[numpy.arange(len(indices)), indices] = 1
    return rows


def forward(a, name, x, numbers, state):
    if name == "state":
        return state
    if name == "constant":
        return a.constant(state, numbers[0])
    if name == "affine":
        return a.affine(x[0], numbers[0], numbers[1] if len(numbers) > 1 else None)
    if name == "scaling":
        return a.scale(x[0], numbers[0], numbers[1] if len(numbers) > 1 else None)
    if name == "sum":
        return a.sum([a.scale(v, numpy.full(a.width(v), c), None) for v, c in zip(x, numbers[0])])
    if name == "product":
        return a.times(*x)
    if name == "dot":
        return a.dot(*x)
    if name == "selection":
        return a.affine(x[0], selector(numbers[0].astype(int), a.width(x[0])), None)
    if name == "concatenation":
        return a.join(x)
    return a.function(name, x[0])


def backward(a, name, adjoint, x, result, numbers):
    """What the adjoint of a step adds to those of its operands."""
    if name == "affine":
        return [a.affine(adjoint, numbers[0].T, None)]
    if name == "scaling":
        return [a.scale(adjoint, numbers[0], None)]
    if name == "sum":
        return [a.scale(adjoint, numpy.full(a.width(adjoint), c), None) for c in numbers[0]]
    if name in ("product", "dot"):
        return [a.times(adjoint, x[1]), a.times(adjoint, x[0])]
    if name == "selection":
        return [a.affine(adjoint, selector(numbers[0].astype(int), a.width(x[0])).T, None)]
    if name == "concatenation":
        ends = numpy.cumsum([a.width(v) for v in x])
        return [a.affine(adjoint, selector(range(e - a.width(v), e), ends[-1]), None) for v, e in zip(x, ends)]
    slopes = {
        "tanh": lambda: a.function("sech2", x[0]),
        "square": lambda: a.scale(x[0], numpy.full(a.width(x[0]), 2.0), None),
        "sin": lambda: a.function("cos", x[0]),
        "exp": lambda: result,
    }
    if name not in slopes:
        raise SystemExit(f"verification: no derivative of '{name}' is known here")
    return [a.times(adjoint, slopes[name]())]


class NumPy:
    """Arrays [N, k]."""

    def width(self, x):
        return x.shape[1]

    def constant(self, state, values):
        return numpy.broadcast_to(numpy.asarray(values, float), (len(state), len(values)))

    def affine(self, x, weight, bias):
        return x @ weight.T + (0 if bias is None else bias)

    def scale(self, x, weights, shift):
        return x * weights + (0 if shift is None else shift)

    def add(self, x, y):
        return x + y

    def sum(self, parts):
        return sum(parts[1:], parts[0])

    def times(self, x, y):
        return x * y

    def dot(self, x, y):
        return (x * y).sum(1, keepdims=True)

    def join(self, parts):
        return numpy.concatenate(parts, 1)

    def function(self, name, x):
        if name.startswith("power"):
            return x ** int(name[5:])
        return {
            "tanh": numpy.tanh, "sech2": lambda x: 1 - numpy.tanh(x) ** 2, "square": numpy.square,
            "sin": numpy.sin, "cos": numpy.cos, "exp": numpy.exp, "log": numpy.log, "reciprocal": numpy.reciprocal,
            "sqrt": numpy.sqrt, "abs": numpy.abs,
        }[name](x)
