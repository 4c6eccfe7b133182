"""Exact values for the tests of Verification's bounds, with mpmath at 60 digits.

    python3 bounds.py bounds_f64.safetensors [intervals a function]     # needs mpmath and nothing else

20000 intervals are more than a million places; BASIN_GOLDEN=FOLDER makes the tests read the file there.

For each function g: `NAME.lower`, `NAME.upper` are ends of intervals, `NAME.place` places in them and
`NAME.value.high`, `NAME.value.low` the exact g(place) as the sum of two float64. For each of a few whole
expressions in two variables: `NAME.place` [N, 2] and `NAME.value.*`. The sum of both parts has 106 bits, so
that a bound that is wrong by a hundredth of a rounding is found out.
"""

import json
import random
import struct
import sys

import mpmath as mp

mp.mp.dps = 60
random.seed(20)


def softplus(x):
    return mp.log1p(mp.exp(x))


functions = {
    "exp": (mp.exp, -30, 30),
    "log": (mp.log, 1e-6, 50),
    "sqrt": (mp.sqrt, 0, 50),
    "reciprocal": (lambda x: 1 / x, 1e-3, 40),
    "negative-reciprocal": (lambda x: 1 / x, -40, -1e-3),
    "square": (lambda x: x * x, -20, 20),
    "power3": (lambda x: x**3, -9, 9),
    "power4": (lambda x: x**4, -9, 9),
    "power7": (lambda x: x**7, -4, 4),
    "sin": (mp.sin, -60, 60),
    "cos": (mp.cos, -60, 60),
    "tan": (mp.tan, -1.5, 1.5),
    "tanh": (mp.tanh, -25, 25),
    "sech2": (lambda x: 1 - mp.tanh(x) ** 2, -12, 12),
    "softplus": (softplus, -45, 45),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), -45, 45),
    "abs": (abs, -5, 5),
    "relu": (lambda x: max(x, mp.mpf(0)), -5, 5),
}


def expression_quotient(x, y):
    return (mp.sin(x) * y - x * x) / (3 + mp.cos(y))


def expression_network(x, y):
    # Weights that are exact in binary.
    hidden = [
        mp.tanh((mp.mpf(i + 1) / 4) * x - (mp.mpf(2 * i - 3) / 8) * y + mp.mpf(i) / 16) for i in range(6)
    ]
    second = [
        softplus(sum((mp.mpf((i * 5 + j * 3) % 7 - 3) / 8) * h for j, h in enumerate(hidden)) + mp.mpf(i) / 4)
        for i in range(4)
    ]
    return sum((mp.mpf(i - 1) / 2) * s for i, s in enumerate(second))


def expression_polynomial(x, y):
    return x**4 - 2 * x * x * y + y * y * y - x * y / 3 * 3 + mp.sqrt(x * x + y * y + 1)


expressions = {
    "quotient": expression_quotient,
    "network": expression_network,
    "polynomial": expression_polynomial,
}


def parts(value):
    high = float(value)
    return high, float(value - mp.mpf(high))


def width():
    return random.choice([1e-9, 1e-6, 1e-3, 0.1, 1.0, 10.0]) * random.random()


tensors = {}
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 100
for name, (function, low, high) in functions.items():
    columns = {"lower": [], "upper": [], "place": [], "value.high": [], "value.low": []}
    for _ in range(COUNT):
        a = random.uniform(low, high)
        b = min(a + width(), high)
        places = [a, b, a + (b - a) * random.random()]
        for place in places:
            place = min(max(place, a), b)
            value = parts(function(mp.mpf(place)))
            for key, number in zip(columns, (a, b, place, *value)):
                columns[key].append(number)
    for key, numbers in columns.items():
        tensors[f"{name}.{key}"] = ([len(numbers)], numbers)
for name, function in expressions.items():
    places, highs, lows = [], [], []
    for _ in range(3 * COUNT):
        x, y = random.uniform(-2, 2), random.uniform(-2, 2)
        value = parts(function(mp.mpf(x), mp.mpf(y)))
        places += [x, y]
        highs.append(value[0])
        lows.append(value[1])
    tensors[f"{name}.place"] = ([3 * COUNT, 2], places)
    tensors[f"{name}.value.high"] = ([3 * COUNT], highs)
    tensors[f"{name}.value.low"] = ([3 * COUNT], lows)

header, data = {"__metadata__": {"made-by": f"mpmath {mp.__version__}, 60 digits"}}, b""
for name in sorted(tensors):
    shape, numbers = tensors[name]
    block = struct.pack(f"<{len(numbers)}d", *numbers)
    header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [len(data), len(data) + len(block)]}
    data += block
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
