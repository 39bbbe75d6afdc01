"""What is explained: a score, read off the logits of a batch of pictures.

    logit            z_c
    log-probability  log softmax(z)_c
    probability      softmax(z)_c
    logit-difference z_c - z_d        "c rather than d"; equals log(p_c / p_d)

A target turns logits (n, classes) into scores (n, 1 + k): column 0 is the target's score, the one
that is differentiated; the others are rivals, only watched along the path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from torch import Tensor


@dataclass(frozen=True)
class ScoreKind:
    """One way to read a score off logits. columns(logits): (n, classes) -> (n, classes)."""

    name: str
    description: str
    columns: Callable[[Tensor], Tensor]


SCORE_KINDS: Mapping[str, ScoreKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ScoreKind(
                "probability",
                "What the network reports, 0 to 1; flat once it is nearly sure.",
                lambda z: z.softmax(dim=1),
            ),
            ScoreKind(
                "log-probability",
                "The logarithm of the probability: still moves where the probability is flat.",
                lambda z: z.log_softmax(dim=1),
            ),
            ScoreKind(
                "logit",
                "The class's own evidence before the classes compete: ignores the rivals.",
                lambda z: z,
            ),
        )
    }
)
LOGIT_DIFFERENCE = "logit-difference"


@dataclass(frozen=True)
class Target:
    """The class explained, how its score is read, and the rivals watched beside it.

    index, against, rivals: class indices (0 is a class like any other). With `against` the score is
    the difference of two logits, and a rival's is taken against the same class.
    """

    index: int
    kind: str = "probability"
    against: int | None = None
    rivals: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.against == self.index:
            raise ValueError(f"a class cannot be contrasted with itself; got class {self.index}")
        if (self.against is not None) != (self.kind == LOGIT_DIFFERENCE):
            raise ValueError(
                f"a contrast needs the kind {LOGIT_DIFFERENCE!r} and a class to compare with; "
                f"got {self.kind!r} against {self.against!r}"
            )
        if self.kind not in SCORE_KINDS and self.kind != LOGIT_DIFFERENCE:
            raise ValueError(f"expected a score out of {', '.join(SCORE_KINDS)}; got {self.kind!r}")

    def scores(self, logits: Tensor) -> Tensor:
        """Scores (n, 1 + rivals) from logits (n, classes); ValueError on a class out of range."""
        self._check(logits)
        chosen = [self.index, *self.rivals]
        if self.against is not None:
            return logits[:, chosen] - logits[:, [self.against]]
        return SCORE_KINDS[self.kind].columns(logits)[:, chosen]

    def _check(self, logits: Tensor) -> None:
        used = [self.index, *self.rivals] + ([] if self.against is None else [self.against])
        if logits.ndim != 2 or not all(0 <= c < logits.shape[1] for c in used):
            raise ValueError(
                f"expected logits (n, classes) that hold the classes {used}; "
                f"got shape {tuple(logits.shape)}"
            )


def strongest(
    values: Sequence[float], leave_out: Sequence[int | None], count: int = 3
) -> list[int]:
    """The indices of the `count` largest values, strongest first, without those left out."""
    order = sorted(range(len(values)), key=lambda i: -values[i])
    return [i for i in order if i not in leave_out][:count]
