"""Other forms of a network that give the same numbers sooner.

channels-last   the order in memory in which convolutions work fastest on most processors
folded          batch-norm W (x - m) / s + b made part of the convolution before it, by torch.fx
stem            the gradient of strided convolutions of few channels (see `convolutions`)
pooled          max(ReLU(x)) = ReLU(max(x)): pooling first leaves the ReLU a quarter, by torch.fx

A form is made of a copy: the network itself, which others may hold, is never touched. What a form
leaves alone it shares with the network, so only what it changes takes memory again.

All forms compute in float32. With a whole network in bfloat16 the sign before a ReLU and the
largest of four pooled values change so often that the attribution is off by a fifth on real
photographs, far more than the quadrature's error; with its gradients alone in bfloat16 it is off
by half a per cent, and in the mean no sooner done.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, replace

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .convolutions import is_stem, phased_gradient


@dataclass(frozen=True)
class Form:
    """How a network is kept and run; each switch as above."""

    channels_last: bool = False
    folded: bool = False
    stem: bool = False
    pooled: bool = False

    def __str__(self) -> str:
        said = ["channels-last"] * self.channels_last + ["batch-norm folded"] * self.folded
        said += ["stem in phases"] * self.stem + ["ReLU after pooling"] * self.pooled
        return ", ".join(said) or "plain"


PLAIN = Form()
SWITCHES = tuple(f.name for f in fields(Form))  # on or off

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def candidates(net: nn.Module) -> list[Form]:
    """The forms that could be faster than plain, the likeliest first; [] without convolutions."""
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
    return [*dict.fromkeys((*likeliest, *forms))]


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
        made = _fold(made)
    if form.pooled:
        made = _pool_first(made)
    if form.channels_last:
        made = made.to(memory_format=torch.channels_last)
    for module in made.modules():
        if form.stem and is_stem(module):
            phased_gradient(module)
    return made.eval().requires_grad_(False)


def _has(net: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(module, kind) for module in net.modules())


def _copy(net: nn.Module) -> nn.Module:
    """A copy that shares all but the convolutions' weights, the only ones a form changes."""
    tensors = [*net.parameters(), *net.buffers()]
    return copy.deepcopy(net, {id(t): t for t in tensors if t.ndim not in (4, 5)})


def _fold(net: nn.Module) -> fx.GraphModule:
    """Every batch norm that alone reads a convolution becomes part of it.

    torch.fx.experimental.optimization can do this too. It is not imported: classes come with it
    that torch calls deprecated, and whoever looks at them (a watcher of files does) is warned.
    """
    traced = fx.symbolic_trace(net)
    layers = dict(traced.named_modules())
    for norm in [node for node in traced.graph.nodes if _is_foldable(node, layers)]:
        (conv,) = norm.args
        layers[conv.target] = fuse_conv_bn_eval(layers[conv.target], layers[norm.target])
        traced.set_submodule(conv.target, layers[conv.target])
        norm.replace_all_uses_with(conv)
        traced.graph.erase_node(norm)
    traced.delete_all_unused_submodules()
    traced.recompile()
    return traced


def _is_foldable(norm: fx.Node, layers: dict[str, nn.Module]) -> bool:
    """Whether it is a batch norm with settled numbers, and the only reader of a convolution."""
    if norm.op != "call_module" or type(layers[norm.target]) is not nn.BatchNorm2d:
        return False
    conv = norm.args[0] if len(norm.args) == 1 else None
    return (
        isinstance(conv, fx.Node)
        and conv.op == "call_module"
        and type(layers[conv.target]) is nn.Conv2d
        and len(conv.users) == 1
        and layers[norm.target].track_running_stats
    )


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
