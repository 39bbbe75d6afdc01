"""Every classification model that torchvision publishes weights for, as entries of the registry.

An id is torchvision's name, which means its default weights, or `name:WEIGHTS` for others. Not
here: VGG16's IMAGENET1K_FEATURES, whose classifier is not a number anywhere, so that it has neither
classes nor a score to explain. Reading this module imports torchvision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import urlsplit

from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum

from explorer.errors import ExplorerError
from explorer.models.files.statedict import unwrap
from explorer.models.files.weights import read_weights
from explorer.models.spec import InputTransform, ModelSpec, WeightsFile

from . import architectures
from .download import weights_path

SHORT_LIST: Mapping[str, str] = MappingProxyType(
    {
        "googlenet": "The Inception v1 that the paper on Integrated Gradients explains.",
        "inception_v3": "Its successor, with an input of 299 pixels.",
        "resnet18": "The smallest residual network: fast, and good for a first look.",
        "resnet50": "The workhorse of a decade of computer vision.",
        "vgg16": "Plain stacked convolutions; a very large file.",
        "densenet121": "Every layer sees all layers before it.",
        "mobilenet_v3_large": "Made for telephones: quick on a CPU.",
        "efficientnet_b0": "Accurate for its size.",
        "convnext_tiny": "A convolutional network with a transformer's manners.",
        "vit_b_16": "A vision transformer: the image as 14 by 14 patches.",
        "swin_t": "A transformer that looks through shifting windows.",
        "squeezenet1_0": "Under five megabytes: the quickest to download.",
    }
)


def _published() -> Iterator[tuple[str, WeightsEnum]]:
    """All weights that can classify, with their ids: the short list, then the rest by name."""
    names = [*SHORT_LIST, *(n for n in architectures.architectures() if n not in SHORT_LIST)]
    for name in names:
        choices = models.get_model_weights(name)
        usable = [weights for weights in choices if weights.meta.get("categories")]
        usable.sort(key=lambda weights: weights is not choices.DEFAULT)
        for weights in usable:
            yield (name if weights is choices.DEFAULT else f"{name}:{weights.name}"), weights


@cache
def catalogue() -> Mapping[str, ModelSpec]:
    """The models by id: defaults of the short list first, then everything else by name."""
    specs = {model_id: _spec(model_id, weights) for model_id, weights in _published()}
    first = {model_id: specs[model_id] for model_id in SHORT_LIST}
    return MappingProxyType({**first, **specs})


def canonical_id(model_id: str) -> str:
    """The id under which a model is listed: `resnet50:IMAGENET1K_V2` is `resnet50` itself."""
    name, _, weights = model_id.partition(":")
    if weights and name in architectures.architectures():
        default = models.get_model_weights(name).DEFAULT
        return name if weights in ("DEFAULT", default.name) else model_id
    return model_id


def _spec(model_id: str, weights: WeightsEnum) -> ModelSpec:
    architecture, transform, meta = model_id.split(":")[0], weights.transforms(), weights.meta
    inputs = _transform(weights)
    return ModelSpec(
        id=model_id,
        title=architecture if model_id == architecture else f"{architecture} ({weights.name})",
        description=_description(model_id, weights),
        classes=tuple(meta["categories"]),
        shape=(3, inputs.crop, inputs.crop),
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        samples="photos",
        load=partial(_load, model_id),
        transform=inputs,
        native=architectures.facts(architecture).native,
        min_size=meta["min_size"][0],
        architecture=architecture,
        parameters=meta["num_params"],
        accuracy=meta["_metrics"]["ImageNet-1K"]["acc@1"],
        weights=_file(weights),
    )


def _transform(weights: WeightsEnum) -> InputTransform:
    published = weights.transforms()
    return InputTransform(
        resize=published.resize_size[0],
        crop=published.crop_size[0],
        interpolation=published.interpolation.value,
        antialias=bool(published.antialias),
    )


def _description(model_id: str, weights: WeightsEnum) -> str:
    said = SHORT_LIST.get(model_id)
    return said or f"torchvision's {model_id.split(':')[0]} with the weights {weights.name}."


def _file(weights: WeightsEnum) -> WeightsFile:
    name = PurePosixPath(urlsplit(weights.url).path).name
    return WeightsFile(weights.url, name, int(weights.meta["_file_size"] * 2**20))


def _load(model_id: str) -> nn.Module:
    """The bare module of a catalogue entry, from its file on disk."""
    spec = catalogue()[model_id]
    architecture, file = spec.architecture or "", spec.weights
    if file is None or not weights_path(file).is_file():
        raise ExplorerError(f"the weights of {model_id} are not on disk yet: download them first")
    path = weights_path(file)
    state = architectures.normal_keys(
        architecture, unwrap(read_weights(path, str(path)), str(path))
    )
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    known = architectures.facts(architecture)
    options = {**known.fitted(shapes), **({"transform_input": True} if known.own_scaling else {})}
    try:
        return architectures.restore(architecture, options, state)
    except (RuntimeError, KeyError, AttributeError) as error:
        raise ExplorerError(
            f"{path} does not hold the weights of {model_id}: remove the file to download it again"
        ) from error
