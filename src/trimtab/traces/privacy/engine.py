"""Who else looks for what must go: Presidio, and the installation's own callback, both for a bounded time.

Python cannot stop a thread. One that is late is left alone and its place stays taken; when all places are taken by such
threads, every question fails at once instead of waiting.
"""

import importlib
import importlib.util
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from trimtab.base.errors import BadSetting, InvalidInput
from trimtab.traces.privacy.policy import Place
from trimtab.traces.privacy.redaction import Find, RedactionFailed

_THREADS: Final = 4
_EXTRA: Final = "pip install 'trimtab[pii]'"
_LEAST_SCORE: Final = 0.35

# Left out: those that our own patterns know better, and those that ask the network (the list of public suffixes).
_PRESIDIO: Final = {
    "PHONE_NUMBER": "phone",
    "CRYPTO": "crypto",
    "US_BANK_NUMBER": "bank_account",
    "US_DRIVER_LICENSE": "driver_license",
    "US_ITIN": "national_id",
    "US_PASSPORT": "passport",
    "US_SSN": "national_id",
    "UK_NHS": "national_id",
    "UK_NINO": "national_id",
    "MEDICAL_LICENSE": "license",
    "PERSON": "person",
    "LOCATION": "location",
}

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Question(Generic[Answer]):
    arguments: tuple[Any, ...]
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    error: Exception | None = None


class Bounded(Generic[Answer]):
    """A function that answers within a time or fails. Safe to share between threads."""

    def __init__(self, function: Callable[..., Answer], timeout_s: float, name: str) -> None:
        """Ask `function`; `name` is what its failures are called."""
        self._function = function
        self._timeout_s = timeout_s
        self._name = name
        # One place for each thread that may be at work; a thread that hangs keeps its place.
        self._places = threading.BoundedSemaphore(_THREADS)
        self._idle: queue.SimpleQueue[queue.SimpleQueue[_Question[Answer]]] = queue.SimpleQueue()

    def __call__(self, *arguments: Any) -> Answer:  # noqa: ANN401 - the function's own
        """Return what the function answers.

        Raises:
            RedactionFailed: it raised, or it took too long.
        """
        if not self._places.acquire(timeout=self._timeout_s):
            raise RedactionFailed(f"{self._name} hangs in all of {_THREADS} threads")
        question: _Question[Answer] = _Question(arguments)
        self._worker().put(question)
        if not question.done.wait(self._timeout_s):
            raise RedactionFailed(f"{self._name} took longer than {self._timeout_s:g} s")
        if question.error is not None:
            raise RedactionFailed(f"{self._name} failed: {type(question.error).__name__}") from question.error
        return question.answer  # type: ignore[return-value]  # it answered

    def _worker(self) -> "queue.SimpleQueue[_Question[Answer]]":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            inbox: queue.SimpleQueue[_Question[Answer]] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(inbox,), name=self._name, daemon=True).start()
            return inbox

    def _work(self, inbox: "queue.SimpleQueue[_Question[Answer]]") -> None:
        while True:
            question = inbox.get()
            try:
                question.answer = self._function(*question.arguments)
            except Exception as error:  # noqa: BLE001 - a boundary: whatever it raises is a failure of this question
                question.error = error
            self._idle.put(inbox)
            self._places.release()
            question.done.set()


class Presidio:
    """Microsoft's Presidio with the recognisers that need no model and no network."""

    labels: Sequence[str] = tuple(dict.fromkeys(_PRESIDIO.values()))

    def __init__(self, timeout_s: float) -> None:
        """Load it, which takes about two seconds.

        Raises:
            InvalidInput: it is not installed.
        """
        self._analyze = Bounded(_analyzer(), timeout_s, "presidio")

    def find(self, text: str) -> Sequence[Find]:
        """Return what it finds; see `Engine`."""
        return self._analyze(text)


def is_installed() -> bool:
    """Say whether Presidio can be chosen."""
    return importlib.util.find_spec("presidio_analyzer") is not None


def _analyzer() -> Callable[[str], list[Find]]:
    if not is_installed():
        raise InvalidInput("the engine 'presidio' is not installed here", hint=f"On the server: {_EXTRA}.")
    package = importlib.import_module("presidio_analyzer")
    nothing = importlib.import_module("presidio_analyzer.nlp_engine").NoOpNlpEngine(
        [{"lang_code": "en", "model_name": "none"}]
    )
    registry = package.RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nothing)
    registry.recognizers = [each for each in registry.recognizers if _PRESIDIO.keys() & set(each.supported_entities)]
    analyzer = package.AnalyzerEngine(registry=registry, nlp_engine=nothing, supported_languages=["en"])
    known = sorted(_PRESIDIO.keys() & set(analyzer.get_supported_entities("en")))

    def analyze(text: str) -> list[Find]:
        found = analyzer.analyze(text, language="en", entities=known, score_threshold=_LEAST_SCORE)
        return [Find(each.start, each.end, _PRESIDIO[each.entity_type]) for each in found]

    return analyze


class Callback:
    """The installation's own function `(text, place) -> text`."""

    def __init__(self, path: str, timeout_s: float) -> None:
        """Find the function at `package.module:function`.

        Raises:
            BadSetting: there is none.
        """
        module, _, name = path.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise BadSetting(
                f"redaction_callback {path!r} cannot be loaded: {error}",
                hint="Name a function as package.module:function, importable where the server runs.",
            ) from error
        if not callable(function):
            raise BadSetting(f"redaction_callback {path!r} is no function, found {type(function).__name__}")
        self._ask: Bounded[Any] = Bounded(function, timeout_s, "the redaction callback")

    def __call__(self, text: str, place: Place) -> str:
        """Return the text as it may be stored.

        Raises:
            RedactionFailed: it raised, took too long, or answered something else than text.
        """
        answer = self._ask(text, place.value)
        if not isinstance(answer, str):
            raise RedactionFailed(f"the redaction callback answered {type(answer).__name__}, expected text")
        return answer
