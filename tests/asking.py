"""Requests in short, for tests: `asked(model="letters", rule="midpoint", steps=8)`."""

from explorer.request import Request


def asked(before: Request | None = None, **given) -> Request:
    """The request that is meant, or `before` changed; rule, steps, tolerance are its method's."""
    settings = {k: given.pop(k) for k in ("rule", "steps", "tolerance") if k in given}
    start = before or Request.complete(given, strict=True)[0]
    method = start.method
    for name, value in settings.items():
        method = method.changed(**{name: value})
    kept = start.to_params()
    if "against" in given:  # which decides the score
        kept.pop("score")
    kept |= {k: str(v) for k, v in given.items()} | {"method": str(method)}
    if not method.kind.uses_baseline:
        kept.pop("baseline", None)
    return Request.complete(kept, strict=True)[0]
