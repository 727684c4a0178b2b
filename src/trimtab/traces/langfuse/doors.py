"""All doors of Langfuse's public API, for whoever mounts them."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from trimtab.traces.langfuse import link_routes, media_routes, read_routes, routes, score_routes

ROUTERS: Final[Sequence[APIRouter]] = (
    *(routes.router, score_routes.router, media_routes.router, read_routes.router),
    link_routes.router,
)
