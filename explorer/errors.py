"""The one error type that a user sees: what was expected, what came, what to do."""


class ExplorerError(ValueError):
    """A readable refusal of a request, a file or a setting; users see its text as it is."""


def reason(error: BaseException, named: bool = False) -> str:
    """What went wrong, in one line of at most 160 characters: of errors that are not ours.

    named: with the kind of error before it, for whoever wrote what failed.
    """
    kind, first = type(error).__name__, (str(error).splitlines() or [""])[0]
    if not first:
        return kind
    return (f"{kind}: {first}" if named else first)[:160]
