"""The one error type that a user sees: what was expected, what came, what to do."""


class ExplorerError(ValueError):
    """A readable refusal of a request, a file or a setting; users see its text as it is."""


def reason(error: Exception) -> str:
    """What went wrong, in one line of at most 300 characters: of errors that are not ours."""
    return (str(error) or type(error).__name__).splitlines()[0][:300]
