"""Dashboards as YAML: read with the place of every fault, written in one form, so that a round trip changes nothing."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import yaml

from trimtab.base.errors import InvalidInput
from trimtab.traces.dashboards.panel import Dashboard, check

MOST_CHARACTERS: Final = 200_000
_LINE: Final = 110


def read(text: str) -> Dashboard:
    """Return the dashboard that the text describes, in YAML or in JSON, which is YAML too.

    Raises:
        InvalidInput: it cannot be read, or makes no sense; says at which place.
    """
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"a dashboard has at most {MOST_CHARACTERS} characters, found {len(text)}")
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that refuses aliases as well
    except yaml.YAMLError as error:
        raise InvalidInput(f"this is not YAML: {' '.join(str(error).split())}") from error
    try:
        dashboard = msgspec.convert(found, Dashboard)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"this is not a dashboard: {str(error).replace('`$.', '`')}") from error
    check(dashboard)
    return dashboard


def write(dashboard: Dashboard) -> str:
    """Return the dashboard as YAML, in the one form that reading it and writing it again keeps."""
    return yaml.dump(msgspec.to_builtins(dashboard), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_LINE)


class _Loader(yaml.SafeLoader):
    """Reads plain values; a text with aliases could be made to grow without bounds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes short lists of plain values in one line."""

    def represent_sequence(
        self,
        tag: str,
        sequence: Iterable[Any],
        flow_style: bool | None = None,  # noqa: FBT001 - the library's signature
    ) -> yaml.SequenceNode:
        items = list(sequence)
        is_plain = all(isinstance(item, str) for item in items)
        return super().represent_sequence(tag, items, flow_style=is_plain or flow_style)
