"""Spans are written in fewer files, and on one machine without their text index, which follows in the background."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, alter_settings, reset_settings

_ALONE = {
    # Making it anew in every merge cost as much as all other work on a span; whoever searches scans parts without it.
    "exclude_materialize_skip_indexes_on_merge": "'search_text_ngrams'",
}
_EVERYWHERE = {
    # A column for each file is worth its files, each of which is synced, only for parts larger than this.
    "min_bytes_for_wide_part": "100000000",
}


def _of(layout: Layout) -> dict[str, str]:
    """Return the settings; a cluster has processors enough, and no process of ours that would look after its parts."""
    return _EVERYWHERE if layout.cluster else _ALONE | _EVERYWHERE


def _forward(layout: Layout) -> list[str]:
    return alter_settings("spans", _of(layout), layout)


def _back(layout: Layout) -> list[str]:
    return reset_settings("spans", list(_of(layout)), layout)


STEP = Step(number=6, name="text_index", forward=_forward, back=_back)
