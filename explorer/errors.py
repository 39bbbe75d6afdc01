"""The one error type a user ever sees: one sentence with what was expected, what came, what to do."""


class ExplorerError(ValueError):
    """A readable refusal of a request, a file or a setting; its text is shown to the user as it is."""
