"""How an explanation is looked at: the look of its maps, the place on the path, the open tab.

A `View` changes pixels on the screen and never a number of the explanation. Beside a request it
makes an address: `alpha=0.36&show=absolute`. To and from the browser it travels as a dict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from explorer.errors import ExplorerError
from explorer.pictures.look import Look, number_within

LONGEST_TAB = 60  # characters: a tab is named by its title


@dataclass(frozen=True)
class View:
    """A look, a place on the path and a tab; every default is what the page opens with.

    alpha: in [0, 1], or None at rest: the attribution is finished and stands beside the gradient
    of the step that gave most to it. tab: the title of the open tab, or None for the first.
    """

    look: Look = field(default_factory=Look)
    alpha: float | None = None
    tab: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.look, Look):
            raise ExplorerError(f"a view holds a look; got {self.look!r:.80}")
        if self.alpha is not None:
            object.__setattr__(self, "alpha", number_within("alpha", self.alpha, 0.0, 1.0))
        if self.tab is not None and not (
            isinstance(self.tab, str) and 0 < len(self.tab) <= LONGEST_TAB
        ):
            raise ExplorerError(f"a tab is named by its title; got {self.tab!r:.80}")

    def to_dict(self) -> dict[str, Any]:
        """For the browser: look (a dict), alpha and tab."""
        return {"look": self.look.to_dict(), "alpha": self.alpha, "tab": self.tab}

    @classmethod
    def from_dict(cls, settings: Any) -> View:
        """The inverse; what is missing keeps its default, what is unknown is refused."""
        if not isinstance(settings, dict):
            raise ExplorerError(f"a view is a table of settings; got {settings!r:.80}")
        known = [f.name for f in fields(cls)]
        for name in settings:
            if name not in known:
                raise ExplorerError(f"a view has the settings {', '.join(known)}; got {name!r:.40}")
        look = Look.from_dict(settings.get("look", {}))
        return cls(look, settings.get("alpha"), settings.get("tab"))

    def to_params(self, usual: Look) -> dict[str, str]:
        """For an address: what differs from the usual look at rest, as flat strings."""
        plain = usual.to_dict()
        changed = {k: f"{v}" for k, v in self.look.to_dict().items() if v != plain[k]}
        if self.alpha is not None:
            changed["alpha"] = f"{round(self.alpha, 4):g}"
        return changed if self.tab is None else {**changed, "tab": self.tab}

    @classmethod
    def from_params(cls, params: Mapping[str, str], usual: Look) -> tuple[View, list[str]]:
        """The view that an address names, and a sentence for each value that was refused."""
        view, refused = cls(usual), []
        for name in (*(f.name for f in fields(Look)), "alpha", "tab"):
            if name not in params:
                continue
            try:
                view = view.with_setting(name, params[name])
            except ExplorerError as error:
                refused.append(f"{error}. Using {view.setting(name)}.")
        return view, refused

    def with_setting(self, name: str, value: Any) -> View:
        """The same with one setting changed, of the look or its own."""
        if name in ("alpha", "tab"):
            return replace(self, **{name: value})
        return replace(self, look=replace(self.look, **{name: value}))

    def setting(self, name: str) -> str:
        """One setting in words."""
        if name in ("alpha", "tab"):
            return str(getattr(self, name) or "the usual one")
        return str(getattr(self.look, name))

    def words(self) -> str:
        """For a file's name: the place on the path, and eight letters that only this look has."""
        text = json.dumps(self.look.to_dict(), sort_keys=True)
        place = "finished" if self.alpha is None else f"alpha-{round(self.alpha, 4):g}"
        return f"{place}-look-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
