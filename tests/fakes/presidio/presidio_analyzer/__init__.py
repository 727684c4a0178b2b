"""The part of Presidio's public interface that Trimtab uses, over regular expressions.

A registry loads recognisers, an engine asks those that it was given for the kinds that it was asked for, and leaves out
what it is not sure of. `pytest --presidio` runs the same questions against the real one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from presidio_analyzer.nlp_engine import NoOpNlpEngine


@dataclass(frozen=True)
class RecognizerResult:
    """A find, and how sure the recogniser is of it."""

    entity_type: str
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class PatternRecognizer:
    """Looks for one kind of thing."""

    supported_entities: Sequence[str]
    pattern: str
    score: float


_PREDEFINED = (
    PatternRecognizer(["PHONE_NUMBER"], r"\(\d{3}\) \d{3}-\d{4}|\b0\d{4} \d{6}\b", 0.4),
    PatternRecognizer(["CRYPTO"], r"\b[13][1-9A-HJ-NP-Za-km-z]{26,33}\b", 1.0),
    PatternRecognizer(["US_BANK_NUMBER"], r"\b\d{8,17}\b", 0.05),
    PatternRecognizer(["EMAIL_ADDRESS"], r"\S+@\S+", 1.0),
)


@dataclass
class RecognizerRegistry:
    """The recognisers that an engine asks."""

    recognizers: list[PatternRecognizer] = field(default_factory=list)

    def load_predefined_recognizers(self, languages: list[str], nlp_engine: NoOpNlpEngine) -> None:
        """Add those that come with the library."""
        assert languages == list(nlp_engine.models)
        self.recognizers.extend(_PREDEFINED)


class AnalyzerEngine:
    """Answers what is in a text."""

    def __init__(self, registry: RecognizerRegistry, nlp_engine: NoOpNlpEngine, supported_languages: list[str]) -> None:
        assert supported_languages == list(nlp_engine.models)
        self._registry = registry

    def get_supported_entities(self, language: str) -> list[str]:
        """Return the kinds that its recognisers know."""
        assert language == "en"
        return [kind for each in self._registry.recognizers for kind in each.supported_entities]

    def analyze(
        self, text: str, language: str, entities: Sequence[str], score_threshold: float
    ) -> list[RecognizerResult]:
        """Return finds of these kinds of which a recogniser is sure enough."""
        assert language == "en"
        if "please fail" in text:
            raise ValueError("as asked")
        return [
            RecognizerResult(kind, *found.span(), each.score)
            for each in self._registry.recognizers
            for kind in each.supported_entities
            if kind in entities and each.score >= score_threshold
            for found in re.finditer(each.pattern, text)
        ]
