"""Is the process alive, and can it serve: for supervisors and load balancers. No credentials needed, nothing told."""

import logging
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.errors import TrimtabError, Unavailable
from trimtab.server.metrics import MEDIA_TYPE, Metrics
from trimtab.server.wiring import Services

router = APIRouter(tags=["health"])

_LOG = logging.getLogger(__name__)


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


class Health(BaseModel):
    """The process works."""

    status: Literal["ok"] = "ok"


@router.get("/health/live")
async def get_live() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/health/ready")
def get_ready(services: Annotated[Services, Depends(_services)]) -> Health:
    """Say that both stores answer, or with 503 which does not."""
    failed = [name for name, check in services.checks.items() if not _passes(name, check)]
    if failed:
        raise Unavailable(f"not ready: the {' and the '.join(failed)} store does not answer")
    return Health()


@router.get("/metrics", response_class=PlainTextResponse, include_in_schema=False)
def get_metrics(request: Request) -> PlainTextResponse:
    """Return the server's metrics for Prometheus."""
    metrics = cast("Metrics", request.app.state.metrics)
    return PlainTextResponse(metrics.render(), media_type=MEDIA_TYPE)


def _passes(name: str, check: object) -> bool:
    try:
        if callable(check):
            check()
    except (SQLAlchemyError, TrimtabError) as error:
        _LOG.warning("the %s store does not answer: %s", name, error)
        return False
    return True
