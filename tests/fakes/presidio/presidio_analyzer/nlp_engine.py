"""The engine of language that needs no model."""


class NoOpNlpEngine:
    """Knows languages by their codes and nothing else of them."""

    def __init__(self, models: list[dict[str, str]]) -> None:
        self.models = [each["lang_code"] for each in models]
