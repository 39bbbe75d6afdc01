"""Other forms of a network that give the same numbers sooner.

channels-last   the order in memory in which convolutions work fastest on most processors
folded          batch-norm W (x - m) / s + b made part of the convolution before it, by torch.fx
stem            the gradient of strided convolutions of few channels (see `convolutions`)
pooled          max(ReLU(x)) = ReLU(max(x)): pooling first leaves the ReLU a quarter, by torch.fx
bfloat16        the convolutions' gradients in bfloat16, everything forward in float32

A form is made of a copy: the network itself, which others may hold, is never touched. What a form
leaves alone it shares with the network, so only what it changes takes memory again.

Forward stays in float32 on purpose. With the whole network in bfloat16 the sign before a ReLU and
the largest of four pooled values change so often that the attribution is off by a fifth on real
photographs, far more than the quadrature's error; backward, with those decided, it is linear and
off by half a per cent.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, replace

import torch
from torch import fx, nn

from explorer.core.precision import BFLOAT16, FLOAT32, check_precision

from .convolutions import is_plain, is_stem, narrow_gradient, phased_gradient


@dataclass(frozen=True)
class Form:
    """How a network is kept and run. precision: of the gradients' convolutions, see above."""

    channels_last: bool = False
    folded: bool = False
    stem: bool = False
    pooled: bool = False
    precision: str = FLOAT32

    def __str__(self) -> str:
        said = ["channels-last"] * self.channels_last + ["batch-norm folded"] * self.folded
        said += ["stem in phases"] * self.stem + ["ReLU after pooling"] * self.pooled
        said += ["gradients in bfloat16"] * (self.precision == BFLOAT16)
        return ", ".join(said) or "plain"


PLAIN = Form()
SWITCHES = tuple(f.name for f in fields(Form) if f.name != "precision")  # on or off

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def candidates(net: nn.Module, precision: str = FLOAT32) -> list[Form]:
    """The forms that could be faster than plain, the likeliest first; [] for a net of other layers.

    Raises ValueError on an unknown precision.
    """
    check_precision(precision)
    if not _has(net, nn.Conv2d):
        return []
    forms = [Form(channels_last=True)]
    if _has(net, nn.BatchNorm2d):
        forms = [Form(channels_last=True, folded=True), *forms, Form(folded=True)]
    stem, pooled = any(map(is_stem, net.modules())), _has(net, nn.MaxPool2d)
    likeliest = [
        replace(forms[0], stem=stem, pooled=pooled),
        replace(forms[0], stem=stem),
        Form(channels_last=True, stem=stem),  # the one that needs no tracing
    ]
    forms = [*dict.fromkeys((*likeliest, *forms))]
    if precision == BFLOAT16:
        narrow = [replace(form, precision=BFLOAT16) for form in (*forms, PLAIN)]
        # one of each kind comes first: how both precisions compare is what was asked
        return [narrow[0], forms[0], *narrow[1:], *forms[1:]]
    return forms


def make(net: nn.Module, form: Form) -> nn.Module:
    """The network in that form, frozen; `net` itself where the form is plain.

    Raises ValueError where there is nothing to rearrange or hooks would be lost, and whatever torch
    does where a network cannot be copied or traced.
    """
    if form == PLAIN:
        return net
    made = _copy(net)
    if form.folded or form.pooled:
        _refuse_hooks(made)
    if form.folded:
        from torch.fx.experimental.optimization import fuse

        made = fuse(made, inplace=True)
    if form.pooled:
        made = _pool_first(made)
    if form.channels_last:
        made = made.to(memory_format=torch.channels_last)
    for module in made.modules():
        if form.stem and is_stem(module):
            phased_gradient(module, narrow=form.precision == BFLOAT16)
        elif form.precision == BFLOAT16 and is_plain(module):
            narrow_gradient(module)
    return made.eval().requires_grad_(False)


def _has(net: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(module, kind) for module in net.modules())


def _copy(net: nn.Module) -> nn.Module:
    """A copy that shares all but the convolutions' weights, the only ones a form changes."""
    tensors = [*net.parameters(), *net.buffers()]
    return copy.deepcopy(net, {id(t): t for t in tensors if t.ndim not in (4, 5)})


def _pool_first(net: nn.Module) -> fx.GraphModule:
    """Every maximum over ReLUs becomes the ReLU of the maximum: same value, same gradient."""
    traced = net if isinstance(net, fx.GraphModule) else fx.symbolic_trace(net)
    layers = dict(traced.named_modules())
    pools = [node for node in traced.graph.nodes if _pools(node, layers)]
    pairs = [(pool.args[0], pool) for pool in pools if _is_movable(pool.args[0], layers)]
    if not pairs:
        raise ValueError("no ReLU stands right before a pooling")
    for relu, pool in pairs:
        (before,) = relu.all_input_nodes
        pool.replace_input_with(relu, before)
        pool.replace_all_uses_with(relu)
        relu.replace_input_with(before, pool)
        pool.append(relu)
    traced.graph.lint()
    traced.recompile()
    return traced


def _pools(node: fx.Node, layers: dict[str, nn.Module]) -> bool:
    if node.op != "call_module" or len(node.args) != 1:
        return False
    layer = layers[node.target]
    return type(layer) is nn.MaxPool2d and not layer.return_indices


def _is_movable(node: fx.Node, layers: dict[str, nn.Module]) -> bool:
    """Whether it is a ReLU that only one node reads.

    So must be what it works on: in place, it changes that for every other reader.
    """
    if node.op == "call_module":
        relu = type(layers[node.target]) is nn.ReLU
    else:
        relu = node.op == "call_function" and node.target in (torch.relu, nn.functional.relu)
    return relu and len(node.users) == 1 and all(len(n.users) == 1 for n in node.all_input_nodes)


def _refuse_hooks(net: nn.Module) -> None:
    """Tracing may lose them, and nobody knows what they do."""
    for module in net.modules():
        if any(getattr(module, name) for name in HOOKS):
            raise ValueError("it has hooks, which tracing may lose")
