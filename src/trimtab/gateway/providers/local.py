"""The small model that Trimtab itself runs; its server closes the connection after every stream."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

LOCAL: Final = ProviderKind(
    kind="local",
    title="Local model",
    base_url="http://127.0.0.1:4210/v1",
    needs_base_url=True,
    needs_secret=False,
    keep_alive=False,
    docs_note="A small model that Trimtab itself runs, to try things without an account.",
)
