"""The one error type that a user sees: what was expected, what came, what to do."""


class ExplorerError(ValueError):
    """A readable refusal of a request, a file or a setting; users see its text as it is."""
