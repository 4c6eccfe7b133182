"""The problems of DETEST by scipy, torchdiffeq and diffrax, and the table beside Basin's lines on stdin.

    basin-bench solvers | python3 detest.py [PEER ...]      # such as scipy; by default all
"""

import json
import math
import sys

import numpy as np
from scipy.integrate import solve_ivp

TOLERANCES = (1e-3, 1e-6, 1e-9)
# They would take a step for each thousandth of time, and more.
LOW_ORDER = ("RK23", "bosh3")


def orbit(e):
    def field(xp, t, y):
        r = (y[0] ** 2 + y[1] ** 2) ** 1.5
        return [y[2], y[3], -y[0] / r, -y[1] / r]

    return [1 - e, 0, 0, math.sqrt((1 + e) / (1 - e))], field


def torus(xp, t, y):
    r = xp.sqrt(y[0] ** 2 + y[1] ** 2)
    return [-y[1] - y[0] * y[2] / r, y[0] - y[1] * y[2] / r, y[0] / r]


# xp is numpy, torch or jax.numpy; t a number of its own.
PROBLEMS = {
    "A1": ([1], lambda xp, t, y: [-y[0]]),
    "A2": ([1], lambda xp, t, y: [-y[0] ** 3 / 2]),
    "A3": ([1], lambda xp, t, y: [y[0] * xp.cos(t)]),
    "A4": ([1], lambda xp, t, y: [y[0] / 4 * (1 - y[0] / 20)]),
    "A5": ([4], lambda xp, t, y: [(y[0] - t) / (y[0] + t)]),
    "B1": ([1, 3], lambda xp, t, y: [2 * (y[0] - y[0] * y[1]), -(y[1] - y[0] * y[1])]),
    "B2": ([2, 0, 1], lambda xp, t, y: [-y[0] + y[1], y[0] - 2 * y[1] + y[2], y[1] - y[2]]),
    "B3": ([1, 0, 0], lambda xp, t, y: [-y[0], y[0] - y[1] ** 2, y[1] ** 2]),
    "B4": ([3, 0, 0], torus),
    "B5": ([0, 1, 1], lambda xp, t, y: [y[1] * y[2], -y[0] * y[2], -0.51 * y[0] * y[1]]),
    "C1": ([1] + 9 * [0], lambda xp, t, y: [-y[0], *(y[i - 1] - y[i] for i in range(1, 9)), y[8]]),
    **{f"D{i + 1}": orbit(e) for i, e in enumerate((0.1, 0.3, 0.5, 0.7, 0.9))},
    "E1": (
        [0.6713967071418030, 0.09540051444747446],
        lambda xp, t, y: [y[1], -(y[1] / (t + 1) + (1 - 0.25 / (t + 1) ** 2) * y[0])],
    ),
    "E2": ([2, 0], lambda xp, t, y: [y[1], (1 - y[0] ** 2) * y[1] - y[0]]),
    "E3": ([0, 0], lambda xp, t, y: [y[1], y[0] ** 3 / 6 - y[0] + 2 * xp.sin(2.78535 * t)]),
    "E4": ([30, 0], lambda xp, t, y: [y[1], 0.032 - 0.4 * y[1] ** 2]),
    "E5": ([0, 0], lambda xp, t, y: [y[1], xp.sqrt(1 + y[1] ** 2) / (25 - t)]),
}


def by_scipy(method, name, tolerance, atol=None):
    initial, field = PROBLEMS[name]
    solution = solve_ivp(
        lambda t, y: field(np, t, y), (0, 20), np.array(initial, float), method=method, rtol=tolerance,
        atol=tolerance if atol is None else atol)
    return solution.y[:, -1], solution.nfev


def torchdiffeq_solver(method):
    import torch
    import torchdiffeq

    def solve(name, tolerance):
        initial, field = PROBLEMS[name]
        count = [0]

        def rates(t, y):
            count[0] += 1
            return torch.stack([torch.as_tensor(part, dtype=y.dtype) for part in field(torch, t, y)])

        with torch.no_grad():
            states = torchdiffeq.odeint(
                rates, torch.tensor(initial, dtype=torch.float64), torch.tensor([0.0, 20.0], dtype=torch.float64),
                method=method, rtol=tolerance, atol=tolerance)
        return np.array(states[-1].tolist()), count[0]

    return solve


def diffrax_solver(make):
    import jax

    jax.config.update("jax_enable_x64", True)
    import diffrax
    import jax.numpy as jnp

    solver = make(diffrax)
    compiled = {}

    def compile(name):
        initial, field = PROBLEMS[name]
        term = diffrax.ODETerm(lambda t, y, _: jnp.stack([jnp.asarray(p, y.dtype) for p in field(jnp, t, y)]))

        def run(tolerance):
            solution = diffrax.diffeqsolve(
                term, solver, t0=0.0, t1=20.0, dt0=None, y0=jnp.array(initial, jnp.float64), max_steps=1_000_000,
                stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance))
            return solution.ys[-1], solution.stats["num_steps"]

        return jax.jit(run)

    def solve(name, tolerance):
        if name not in compiled:
            compiled[name] = compile(name)
        end, steps = compiled[name](tolerance)
        # As its tableau has them: the last stage is the first of the next step.
        return np.array(end), int(steps) * len(solver.tableau.c) + 2

    return solve


def peers(chosen):
    if "scipy" in chosen:
        for method in ("RK23", "RK45", "DOP853", "Radau"):
            yield f"scipy {method}", lambda name, tolerance, method=method: by_scipy(method, name, tolerance)
    if "torchdiffeq" in chosen:
        for method in ("bosh3", "dopri5", "dopri8"):
            yield f"torchdiffeq {method}", torchdiffeq_solver(method)
    if "diffrax" in chosen:
        for method in ("Dopri5", "Tsit5", "Dopri8"):
            yield f"diffrax {method}", diffrax_solver(lambda d, method=method: getattr(d, method)())


def main():
    exact = {name: by_scipy("DOP853", name, 3e-14, atol=1e-15)[0] for name in PROBLEMS}
    rows = {}

    def note(solver, tolerance, problem, end, evaluations):
        error = max(abs(a - b) / (1 + abs(b)) for a, b in zip(end, exact[problem])) / tolerance
        rows.setdefault((solver, tolerance), {})[problem] = (error, evaluations)

    for line in sys.stdin:
        entry = json.loads(line)
        note(entry["solver"], entry["tolerance"], entry["problem"], entry["end"], entry["evaluations"])
    for solver, solve in peers(sys.argv[1:] or ["scipy", "torchdiffeq", "diffrax"]):
        for tolerance in TOLERANCES:
            if tolerance < 1e-6 and solver.split()[-1] in LOW_ORDER:
                continue
            print(solver, tolerance, file=sys.stderr, flush=True)
            for problem in PROBLEMS:
                try:
                    note(solver, tolerance, problem, *solve(problem, tolerance))
                except Exception as error:
                    print(f"{solver} {tolerance:g} {problem}: {type(error).__name__} {str(error)[:90]}", file=sys.stderr)
    print("| solver | tolerance | f, all problems | error / tolerance, geometric mean | largest |")
    print("|---|--:|--:|--:|--:|")
    for (solver, tolerance), found in rows.items():
        errors = [max(error, 1e-16) for error, _ in found.values()]
        mean = math.exp(sum(map(math.log, errors)) / len(errors))
        worst = max(found, key=lambda name: found[name][0])
        missing = "" if len(found) == len(PROBLEMS) else f", {len(PROBLEMS) - len(found)} not solved"
        print(
            f"| {solver} | {tolerance:.0e} | {sum(n for _, n in found.values()):,} | {mean:.2g} | "
            f"{found[worst][0]:.3g} ({worst}){missing} |")


if __name__ == "__main__":
    main()
