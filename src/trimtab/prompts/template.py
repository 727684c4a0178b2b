"""Templates of prompts: compiled once, rendered in microseconds, bounded in work whatever they say.

The language is Jinja's, cut down to what a prompt needs (see `tags`), on an engine that spends fuel for every step and
for text by its length. A template has no access to files, other templates, the caller's objects or the clock: the same
version with the same values renders the same messages everywhere, in the gateway, the SDK and the console.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias, cast

import minijinja

from trimtab.base.errors import InvalidTemplate
from trimtab.prompts import tags
from trimtab.prompts.variable import Binder, Declared, did_you_mean, listed

MAX_MESSAGES: Final = 200
MAX_TEMPLATE_CHARS: Final = 400_000
"""Characters of text in all messages of one version together."""
MAX_RENDERED_CHARS: Final = 4_000_000
"""Characters that one rendering may have in all."""
FUEL: Final = 300_000
"""For one message; a step costs 1, printing a million characters about 16,000."""

ROLES: Final = ("system", "developer", "user", "assistant")

RenderedMessage: TypeAlias = dict[Literal["role", "content"], str]

_UNPRINTABLE = (ValueError, TypeError, OverflowError, RecursionError)
"""What a value that is not text or JSON makes the engine raise; half a surrogate pair is a ValueError."""
_WORD = re.compile(r"\w+")


class Templated(Protocol):
    """A message before rendering, wherever it is kept."""

    @property
    def role(self) -> str:
        """One of `ROLES`."""
        ...

    @property
    def template(self) -> str:
        """The text with its tags."""
        ...


class Template:
    """A version's messages, ready to render. Safe to share between threads."""

    def __init__(
        self, environment: minijinja.Environment, roles: Sequence[str], binder: Binder, unused: list[str]
    ) -> None:
        """Use `compile` instead."""
        self._environment = environment
        self._names = [(str(index), role) for index, role in enumerate(roles)]
        self._binder = binder
        self.variables: frozenset[str] = binder.names
        """The names that `render` accepts."""
        self.warnings: list[str] = [f"variable {name!r} is declared but no message uses it" for name in unused]
        """What is odd but harmless, for the author."""

    def render(self, values: Mapping[str, object]) -> list[RenderedMessage]:
        """Return the messages in OpenAI's shape.

        Raises:
            InvalidTemplate: a value is missing, unknown or of the wrong type; the template uses a value in a way that
                it does not allow; or the work or the text is more than allowed.
        """
        bound = self._binder.bind(values)
        rendered: list[RenderedMessage] = []
        chars = 0
        for name, role in self._names:
            try:
                content = self._environment.render_template(name, **bound)
            except minijinja.TemplateError as error:
                raise _explain(int(name), role, error, self.variables) from error
            except _UNPRINTABLE as error:
                raise InvalidTemplate(
                    f"message {int(name) + 1} ({role}): a value cannot be printed: {error}",
                    hint="Values are JSON: texts of whole characters, numbers, lists and objects with text keys.",
                ) from error
            chars += len(content)
            if chars > MAX_RENDERED_CHARS:
                raise InvalidTemplate(f"the rendered messages have more than {MAX_RENDERED_CHARS} characters")
            rendered.append({"role": role, "content": content})
        return rendered


def compile(messages: Sequence[Templated], variables: Sequence[Declared]) -> Template:  # noqa: A001 - the field's own word
    """Check the messages and variables of a version and return them ready to render.

    Raises:
        InvalidTemplate: with the message, the line and the variable that cannot be used.
    """
    _check_messages(messages)
    binder = Binder(variables)
    environment = _environment()
    used: set[str] = set()
    for index, message in enumerate(messages):
        used |= _add(environment, index, message, binder)
    unused = [variable.name for variable in variables if variable.name not in used]
    return Template(environment, [message.role for message in messages], binder, unused)


def _check_messages(messages: Sequence[Templated]) -> None:
    if not messages:
        raise InvalidTemplate("there is no message", hint="A prompt has at least one message.")
    if len(messages) > MAX_MESSAGES:
        raise InvalidTemplate(f"there are {len(messages)} messages; at most {MAX_MESSAGES} are allowed")
    chars = sum(len(message.template) for message in messages)
    if chars > MAX_TEMPLATE_CHARS:
        raise InvalidTemplate(f"the messages have {chars} characters; at most {MAX_TEMPLATE_CHARS} are allowed")
    for index, message in enumerate(messages):
        if message.role not in ROLES:
            raise InvalidTemplate(
                f"message {index + 1} has the role {message.role!r}; known roles: {', '.join(ROLES)}",
                hint=did_you_mean(message.role, ROLES),
            )


def _add(environment: minijinja.Environment, index: int, message: Templated, binder: Binder) -> set[str]:
    """Compile one message and return the names of variables that it uses."""
    where = f"message {index + 1} ({message.role})"
    try:
        found = tags.check(message.template)
        environment.add_template(str(index), message.template)
        used = environment.undeclared_variables_in_str(message.template) - tags.FUNCTIONS
    except InvalidTemplate as error:
        raise InvalidTemplate(f"{where}, {error.message}", hint=error.hint) from error
    except minijinja.TemplateError as error:
        raise _explain(index, message.role, error, binder.names) from error
    except UnicodeError as error:
        raise InvalidTemplate(f"{where} holds half of a surrogate pair, which is not text: {error}") from error
    for name in sorted(used - binder.names):
        line = next((token.line for tag in found for token in tag.tokens if token.text == name), 1)
        raise InvalidTemplate(
            f"{where}, line {line}: variable {name!r} is not declared; declared: {listed(binder.names)}",
            hint=did_you_mean(name, binder.names) or "Declare it, or remove it from the template.",
            code="undeclared_variable",
        )
    return used


def _explain(index: int, role: str, error: minijinja.TemplateError, names: frozenset[str]) -> InvalidTemplate:
    where = f"message {index + 1} ({role}), line {error.line or 1}"
    detail = error.detail or error.message
    if error.kind == "OutOfFuel":
        return InvalidTemplate(
            f"{where}: rendering takes more work than is allowed",
            hint="Use smaller values, or fewer rounds in its loops.",
            code="template_too_expensive",
        )
    near = next(filter(None, (did_you_mean(word, names - {word}) for word in _WORD.findall(detail)[:8])), "")
    hint = near if error.kind == "UndefinedError" else "Correct the template; the line counts from the message's start."
    return InvalidTemplate(f"{where}: {detail}", hint=hint)


def _environment() -> minijinja.Environment:
    environment = minijinja.Environment(
        fuel=FUEL,
        undefined_behavior="strict",
        keep_trailing_newline=True,
        pycompat=False,
        auto_escape_callback=_never_escape,
        finalizer=_printed,
    )
    for name in list(environment.globals):
        if name not in tags.FUNCTIONS:
            environment.remove_global(name)
    for name in _REMOVED_FILTERS:
        environment.remove_filter(name)
    environment.add_filter("tojson", _to_json)
    return environment


# They reach into objects, print the engine's own view of things, or build containers that hold a value many times.
_REMOVED_FILTERS: Final = ("attr", "batch", "chain", "pprint", "slice", "zip")


def _never_escape(_name: str) -> bool:
    """A prompt is text, not HTML."""
    return False


def _printed(value: object) -> object:
    """Print nothing for a value that is not there, and JSON for arrays and objects."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _to_json(state: Any, value: object, indent: int | None = None) -> str:  # noqa: ANN401 - the engine's own
    """Write JSON as a model reads it best, without HTML's escapes; its length counts, as the engine cannot see it."""
    text = json.dumps(value, ensure_ascii=False, indent=None if indent is None else min(int(indent), 8), default=str)
    written = cast("int", state.get_temp("json", 0)) + len(text)
    state.set_temp("json", written)
    if written > MAX_RENDERED_CHARS:
        raise minijinja.TemplateError("tojson wrote more than is allowed")
    return text


_to_json = cast("Callable[..., str]", minijinja.pass_state(_to_json))
