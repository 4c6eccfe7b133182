"""Zubov-Net and a plain Neural ODE in PyTorch + torchdiffeq: the peer that Basin is measured against.

Written as a careful PyTorch user would write it. Everything that does not depend on the state (the attention gates, which are
functions of the class equilibria alone) is computed once a step, and points are evaluated in one batch wherever the algorithm
allows. There are two forms of the same arithmetic. `idiomatic`: dV . f by autograd.grad with create_graph, the gates applied to the
states. `tuned`: dV . f as a directional derivative written by hand (which torch.compile can take), and the gates folded into a
matrix per class where every class is evaluated. Parameter names are those of Basin's state dict.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchdiffeq import odeint


@dataclass(frozen=True)
class Settings:
    dim: int = 64
    hidden: int = 256
    classes: int = 10
    extractor: str = "digits"  # or "resnet18"
    lyapunov: str = "piacnn"  # or "picnn", "icnn"
    sizes: tuple[int, ...] = (64, 64, 1)  # n_0 .. n_{k-1}
    u_sizes: tuple[int, ...] = (64, 64)  # m_1 .. m_{k-1}
    layer_norm: bool = True
    radius: float = 3.0  # of the layer-normed features and of the equilibria
    head: str = "tied"  # or "learned"
    horizon: float = 1.0  # T
    intervals: int = 10  # Gamma
    tolerance: float = 0.1
    delta: float = 0.5
    smoothing: float = 0.1
    alpha: float = 0.99
    beta: float = 0.85
    rho: float = 0.95  # the level W = rho that bounds a region
    rho_tolerance: float = 0.01
    rho_iterations: int = 30
    search_steps: int = 5  # N_2
    search_step: float = 1.2  # eta_2
    inequality: bool = False  # relu of the residual (Table V)
    consistency_sum: bool = False  # sum over a sample's 2 Gamma points instead of the mean
    lambda1: float = 1.5
    lambda2: float = 0.12
    lambda3: float = 0.9


# MARK: feature extractors


class DigitsExtractor(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 2, 1)
        self.conv3 = nn.Conv2d(64, 64, 3, 2, 1)
        self.fc = nn.Linear(256, dim)

    def forward(self, images: Tensor) -> Tensor:
        h = F.relu(self.conv1(images))
        h = F.relu(self.conv2(h))
        h = F.relu(self.conv3(h))
        return self.fc(h.flatten(1))


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        h = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(h)) + shortcut, inplace=True)


class ResNet18(nn.Module):
    """ResNet-18 with the CIFAR stem: 3x3, stride 1, no max-pooling."""

    def __init__(self, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.fc = nn.Linear(512, outputs)

    def forward(self, images: Tensor) -> Tensor:
        h = F.relu(self.bn1(self.conv1(images)), inplace=True)
        h = self.layer4(self.layer3(self.layer2(self.layer1(h))))
        return self.fc(h.mean((2, 3)))


# MARK: Lyapunov networks


class GatedConvexNetwork(nn.Module):
    """PIACNN (softmax gates) and PICNN (ReLU gate for z, linear gate for x): equations (6)-(8)."""

    def __init__(self, s: Settings):
        super().__init__()
        n = (s.dim, *s.sizes)
        m = (s.dim, *s.u_sizes)
        layers = range(len(s.sizes))
        self.attention = s.lyapunov == "piacnn"
        self.z = nn.ModuleList(nn.Linear(n[i], n[i + 1], bias=False) for i in layers)
        self.zu = nn.ModuleList(nn.Linear(m[i], n[i]) for i in layers)
        self.x = nn.ModuleList(nn.Linear(s.dim, n[i + 1], bias=False) for i in layers)
        self.xu = nn.ModuleList(nn.Linear(m[i], s.dim) for i in layers)
        self.u = nn.ModuleList(nn.Linear(m[i], n[i + 1]) for i in layers)
        self.ut = nn.ModuleList(nn.Linear(m[i], m[i + 1]) for i in layers[:-1])

    def context(self, equilibria: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Per layer the gates of z and of x and the bias, a row per class."""
        u, context = equilibria, []
        for i in range(len(self.z)):
            gate_z, gate_x = self.zu[i](u), self.xu[i](u)
            if self.attention:
                gate_z, gate_x = gate_z.softmax(-1), gate_x.softmax(-1)
            else:
                gate_z = gate_z.relu()
            context.append((gate_z, gate_x, self.u[i](u)))
            if i < len(self.ut):
                u = torch.tanh(self.ut[i](u))
        return context

    def forward(self, x: Tensor, context) -> Tensor:
        z = x
        for i, (gate_z, gate_x, bias) in enumerate(context):
            z = F.softplus(self.z[i](gate_z * z) + self.x[i](gate_x * x) + bias)
        return z.squeeze(-1)

    def folded(self, x: Tensor, context) -> Tensor:
        """The value of every class at its own x [L, N, d], the gates multiplied into the weights: [L, N]."""
        z = None
        for i, (gate_z, gate_x, bias) in enumerate(context):
            for_z = (self.z[i].weight * gate_z.unsqueeze(1)).mT
            for_x = (self.x[i].weight * gate_x.unsqueeze(1)).mT
            bias = bias.unsqueeze(1)
            if z is None:
                a = torch.baddbmm(bias, x, for_z + for_x)
            else:
                a = torch.baddbmm(torch.baddbmm(bias, z, for_z), x, for_x)
            z = F.softplus(a)
        return z.squeeze(-1)

    def tangent(self, x: Tensor, dx: Tensor, context) -> tuple[Tensor, Tensor]:
        """The value at x and the derivative along dx, by hand."""
        z, dz = x, dx
        for i, (gate_z, gate_x, bias) in enumerate(context):
            a = self.z[i](gate_z * z) + self.x[i](gate_x * x) + bias
            da = self.z[i](gate_z * dz) + self.x[i](gate_x * dx)
            z, dz = F.softplus(a), torch.sigmoid(a) * da
        return z.squeeze(-1), dz.squeeze(-1)

    def clamp(self):
        for layer in self.z:
            layer.weight.clamp_(min=0)


class ConvexNetworks(nn.Module):
    """ICNN: a network for each class, batched."""

    def __init__(self, s: Settings):
        super().__init__()
        n = (s.dim, *s.sizes)
        layers = range(len(s.sizes))
        self.z = nn.ParameterList(torch.rand(s.classes, n[i + 1], n[i]) / n[i] for i in layers)
        self.x = nn.ParameterList(torch.randn(s.classes, n[i + 1], s.dim) / s.dim**0.5 for i in layers)
        self.b = nn.ParameterList(torch.zeros(s.classes, n[i + 1]) for i in layers)

    def context(self, equilibria: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        return list(zip(self.z, self.x, self.b))

    def forward(self, x: Tensor, context) -> Tensor:
        z = x
        for az, ax, b in context:
            z = F.softplus((az @ z.unsqueeze(-1) + ax @ x.unsqueeze(-1)).squeeze(-1) + b)
        return z.squeeze(-1)

    def tangent(self, x: Tensor, dx: Tensor, context) -> tuple[Tensor, Tensor]:
        z, dz = x, dx
        for az, ax, b in context:
            a = (az @ z.unsqueeze(-1) + ax @ x.unsqueeze(-1)).squeeze(-1) + b
            da = (az @ dz.unsqueeze(-1) + ax @ dx.unsqueeze(-1)).squeeze(-1)
            z, dz = F.softplus(a), torch.sigmoid(a) * da
        return z.squeeze(-1), dz.squeeze(-1)

    def clamp(self):
        for weight in self.z:
            weight.clamp_(min=0)


def smoothed_relu(x: Tensor, d: float) -> Tensor:
    return torch.where(x <= 0, 0.0, torch.where(x < d, x * x / (2 * d), x - d / 2))


# MARK: the whole model


class NeuralODE(nn.Module):
    """Extractor, layer-normed features, MLP field, linear head."""

    def __init__(self, s: Settings):
        super().__init__()
        self.s = s
        self.extractor = DigitsExtractor(s.dim) if s.extractor == "digits" else ResNet18(s.dim)
        self.dynamics = nn.Sequential(nn.Linear(s.dim, s.hidden), nn.Tanh(), nn.Linear(s.hidden, s.dim))
        self.register_buffer("equilibria", torch.zeros(s.classes, s.dim))
        self.head = nn.Linear(s.dim, s.classes, bias=False) if s.head == "learned" else None

    def compile(self):
        self.features = torch.compile(self.features)
        self.dynamics.compile()

    def features(self, images: Tensor) -> Tensor:
        h = self.extractor(images)
        if not self.s.layer_norm:
            return h
        return F.layer_norm(h, (self.s.dim,)) * (self.s.radius / self.s.dim**0.5)

    def trajectory(self, h0: Tensor, intervals: int) -> Tensor:
        """States at intervals + 1 equidistant times, [intervals + 1, N, d]."""
        times = torch.linspace(0, self.s.horizon, intervals + 1, dtype=torch.float64, device=h0.device)
        tolerance = self.s.tolerance
        return odeint(lambda t, h: self.dynamics(h), h0, times, rtol=tolerance, atol=tolerance, method="dopri5")

    def auxiliary_logits(self, h: Tensor) -> Tensor:
        return h @ self.equilibria.T if self.head is None else self.head(h)

    def forward(self, images: Tensor) -> Tensor:
        return self.auxiliary_logits(self.trajectory(self.features(images), 1)[-1])


class ZubovNet(NeuralODE):
    def __init__(self, s: Settings, form: str = "idiomatic"):
        super().__init__(s)
        self.form = form  # or "tuned"
        self.lyapunov = ConvexNetworks(s) if s.lyapunov == "icnn" else GatedConvexNetwork(s)

    def compile(self):
        """torch.compile on the pieces that it can take; the solver's loop and Algorithm 1's stay in Python."""
        assert self.form == "tuned", "AOTAutograd has no double backward"
        self.ascent = torch.compile(self._functional_ascent)
        self.consistency = torch.compile(self.consistency)
        self.lyapunov_values = torch.compile(self.lyapunov_values)
        self.level = torch.compile(self.level, dynamic=True)
        self.context = torch.compile(self.context)
        super().compile()

    def forward(self, images: Tensor) -> Tensor:
        """The paper's logits ln(1 / W - alpha)."""
        h = self.trajectory(self.features(images), 1)[-1]
        return self.logits(self.lyapunov_values(h, self.context()))

    # V

    def context(self):
        """What V needs besides the state: the networks' gates and g(0, c), a row per class."""
        gates = self.lyapunov.context(self.equilibria)
        return gates, self.lyapunov(torch.zeros_like(self.equilibria), gates)

    def _value(self, x: Tensor, gates, g0: Tensor) -> Tensor:
        g = self.lyapunov(x, gates)
        return smoothed_relu(g - g0, self.s.smoothing) + self.s.delta * x.square().sum(-1)

    def lyapunov_values(self, h: Tensor, context) -> Tensor:
        """V of every class, [N, L]."""
        if self.form == "idiomatic" or self.s.lyapunov == "icnn":
            return self._value(h.unsqueeze(1) - self.equilibria, *context)
        gates, g0 = context
        x = h - self.equilibria.unsqueeze(1)  # [L, N, d]
        g = self.lyapunov.folded(x, gates)
        v = smoothed_relu(g - g0.unsqueeze(1), self.s.smoothing) + self.s.delta * x.square().sum(-1)
        return v.T

    def own(self, labels: Tensor, context):
        """The rows of the context that belong to each point's class."""
        gates, g0 = context
        return [tuple(t[labels] for t in layer) for layer in gates], g0[labels]

    def logits(self, v: Tensor) -> Tensor:
        v = v.clamp(min=1e-6)
        return torch.log(1 - self.s.alpha + self.s.alpha * torch.exp(-v)) - torch.log(-torch.expm1(-v))

    # Algorithm 1

    def level(self, length: Tensor, direction: Tensor, gates, g0: Tensor) -> Tensor:
        """W of the owner at the given lengths along the rays."""
        return -torch.expm1(-self._value(length[:, None] * direction, gates, g0))

    @torch.no_grad()
    def boundary(self, owner: Tensor, direction: Tensor, context) -> tuple[Tensor, Tensor, Tensor]:
        """Lengths, points and convergence on all rays at once; converged rays leave the batch."""
        s = self.s
        centre = self.equilibria[owner]
        gates, g0 = self.own(owner, context)
        length = direction.new_zeros(len(owner))
        step = torch.ones_like(length)
        active = torch.arange(len(owner), device=owner.device)
        for _ in range(s.rho_iterations):
            if len(active) == 0:
                break
            length[active] += step[active]
            w = self.level(length[active], direction[active], [tuple(t[active] for t in g) for g in gates], g0[active])
            sign = (w < s.rho - s.rho_tolerance).to(w.dtype) - (w > s.rho + s.rho_tolerance).to(w.dtype)
            a = step[active]
            step[active] = a.abs() * ((sign + a.sign()).abs() + 2) / 4 * sign
            active = active[sign != 0]
        converged = torch.ones_like(owner, dtype=torch.bool)
        converged[active] = False
        return length, centre + length[:, None] * direction, converged

    # Zubov's equation

    def consistency(self, h: Tensor, centre: Tensor, own) -> Tensor:
        """The pointwise loss l_con of each point's class, differentiable."""
        x, f = h - centre, self.dynamics(h)
        if self.form == "idiomatic":
            if not x.requires_grad:
                x.requires_grad_()
            v = self._value(x, *own)
            (dv,) = torch.autograd.grad(v.sum(), x, create_graph=True)
            along = (dv * f).sum(-1)
        else:
            gates, g0 = own
            g, dg = self.lyapunov.tangent(x, f, gates)
            v = smoothed_relu(g - g0, self.s.smoothing) + self.s.delta * x.square().sum(-1)
            along = ((g - g0) / self.s.smoothing).clamp(0, 1) * dg + 2 * self.s.delta * (x * f).sum(-1)
        residual = torch.exp(-v) * (along + x.square().sum(-1))
        if self.s.inequality:
            residual = residual.relu()
        return residual.square()

    def _step_and_project(self, h: Tensor, gradient: Tensor, centre: Tensor, own) -> Tensor:
        x = h + self.s.search_step * gradient - centre
        v = self._value(x, *own)
        return centre + (-math.log1p(-self.s.rho) / v).clamp(max=1)[:, None] * x

    def ascent(self, h: Tensor, centre: Tensor, own) -> Tensor:
        """One step up l_con, then back into the region."""
        h.requires_grad_()
        (gradient,) = torch.autograd.grad(self.consistency(h, centre, own).sum(), h)
        with torch.no_grad():
            return self._step_and_project(h, gradient, centre, own)

    def _functional_ascent(self, h: Tensor, centre: Tensor, own) -> Tensor:
        """The same for torch.compile: the gradient is part of the graph."""
        with torch.no_grad():
            gradient = torch.func.grad(lambda h: ZubovNet.consistency(self, h, centre, own).sum())(h)
            return self._step_and_project(h, gradient, centre, own)

    def counterexamples(self, h: Tensor, centre: Tensor, own) -> Tensor:
        """Algorithm 2's inner loop. The networks count as constants."""
        h = h.detach()
        for _ in range(self.s.search_steps):
            h = self.ascent(h, centre, own)
        return h

    # The objective

    def losses(self, images: Tensor, labels: Tensor, owner: Tensor, direction: Tensor) -> dict[str, Tensor]:
        s = self.s
        context = self.context()
        gates, g0 = context
        frozen = [tuple(t.detach() for t in layer) for layer in gates], g0.detach()

        states = self.trajectory(self.features(images), s.intervals)
        final = states[-1]
        cla = F.cross_entropy(self.logits(self.lyapunov_values(final, context)), labels)
        fc = F.cross_entropy(self.auxiliary_logits(final), labels)

        _, points, _ = self.boundary(owner, direction, frozen)
        w = -torch.expm1(-s.beta * self.lyapunov_values(points, context))
        others = F.one_hot(owner, s.classes) == 0
        sep = -w[others].mean()

        points = states[1:].detach().flatten(0, 1)
        targets = labels.repeat(s.intervals)
        centre = self.equilibria[targets]
        found = self.counterexamples(points, centre, self.own(targets, frozen))
        both = torch.cat([points, found])
        pointwise = self.consistency(both, centre.repeat(2, 1), self.own(targets.repeat(2), context))
        con = pointwise.mean() * (2 * s.intervals if s.consistency_sum else 1)

        loss = cla + s.lambda1 * fc + s.lambda3 * sep + s.lambda2 * con
        terms = dict(cla=cla, fc=fc, sep=sep, con=con, loss=loss)
        terms["con_traj"], terms["con_hat"] = pointwise.view(2, -1).mean(1)
        return terms

    def step(self, optimizer: torch.optim.Optimizer, *batch: Tensor) -> dict[str, Tensor]:
        optimizer.zero_grad()
        terms = self.losses(*batch)
        terms["loss"].backward()
        optimizer.step()
        with torch.no_grad():
            self.lyapunov.clamp()
        return terms
