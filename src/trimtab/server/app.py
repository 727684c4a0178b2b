"""The server's HTTP application: every room's routes under one roof, one error shape, and the console."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from trimtab import __version__
from trimtab.costs.list_price_routes import router as list_prices
from trimtab.costs.outlook_routes import router as outlook
from trimtab.costs.routes import router as costs
from trimtab.costs.service import PriceBook
from trimtab.gateway.internal_routes import router as snapshots
from trimtab.gateway.routes import router as providers
from trimtab.identity.routes import router as identity
from trimtab.prompts.routes import router as prompts
from trimtab.releases.marker_routes import router as markers
from trimtab.releases.routes import router as releases
from trimtab.server import errors, health
from trimtab.server.envelope import Envelope
from trimtab.server.metrics import Metrics
from trimtab.server.settings import Settings
from trimtab.server.static import Console
from trimtab.server.wiring import Services
from trimtab.traces import routes as traces
from trimtab.traces.collector import CollectorService, Counts
from trimtab.traces.dashboards.routes import router as dashboards
from trimtab.traces.langfuse import doors as langfuse
from trimtab.traces.privacy.routes import router as privacy
from trimtab.traces.receiver import COUNTED, ReceiverService

API: Final = "/api/v1"
INTERNAL: Final = "/internal/v1"

# One entry for each room. `api` is what people and their programs use; `internal` is for the gateway alone.
# Releases come before prompts: `/prompts/resolve` is theirs, and must not be taken for the id of a prompt.
_API_ROUTERS: Final[Sequence[APIRouter]] = (
    *(identity, releases, prompts, providers),
    traces.inspector_router,
    traces.cost_sum_router,
    traces.annotations_router,
    traces.live_router,
    traces.scores_router,
    traces.media_router,
    *(traces.router, traces.explorer_router, traces.saved_views_router, traces.sessions_router, traces.ingest_router),
    *(dashboards, markers, privacy, costs, outlook, list_prices),
)
_INTERNAL_ROUTERS: Final[Sequence[APIRouter]] = (traces.internal_router, snapshots)

_DESCRIPTION: Final = (
    "Prompts, releases, providers, traces and costs. Send an API key as `Authorization: Bearer tt_…`. "
    'Every list is `{"items", "next"}`; every error is `{"error": {"code", "message", "hint"}}`.'
)


def create_app(settings: Settings, services: Services | None = None, *, console: Console | None = None) -> FastAPI:
    """Return the application. Without services it can describe itself and nothing more."""
    app = FastAPI(
        title="Trimtab",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    metrics = Metrics()
    app.state.services = services
    app.state.metrics = metrics
    if services is not None:
        _watch_collector(metrics, services.collector)
        _watch_receiver(metrics, services.receiver)
        _watch_prices(metrics, services.prices)
    for router in _API_ROUTERS:
        app.include_router(router, prefix=API)
    for router in _INTERNAL_ROUTERS:
        app.include_router(router, prefix=INTERNAL, include_in_schema=False)
    app.include_router(traces.otlp_router)
    for router in langfuse.ROUTERS:
        app.include_router(router)
    app.include_router(health.router)
    errors.install(app, console or Console())
    app.add_middleware(
        Envelope,
        metrics=metrics,
        patterns={route.endpoint: str(route.path) for route in iter_route_contexts(app.routes)},
        max_body_bytes=settings.server_max_body_bytes,
        is_secure=settings.effective_public_url.startswith("https://"),
    )
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _watch_collector(metrics: Metrics, collector: CollectorService) -> None:
    def show(name: str, help_text: str, read: Callable[[Counts], int]) -> None:
        metrics.watch(f"trimtab_collector_{name}_total", help_text, lambda: read(collector.counts), kind="counter")

    show("calls", "Records of calls made durable.", lambda counts: counts.accepted)
    show("rejected", "Records put aside because they cannot be read.", lambda counts: counts.rejected)
    show("already_known_spans", "Spans that came again and were left out.", lambda counts: counts.already_known)


def _watch_receiver(metrics: Metrics, receiver: ReceiverService) -> None:
    def show(name: str, help_text: str) -> None:
        metrics.watch(f"trimtab_otlp_{name}_total", help_text, lambda: receiver.counts()[name], kind="counter")

    for name, help_text in COUNTED.items():
        show(name, help_text)


def _watch_prices(metrics: Metrics, prices: PriceBook) -> None:
    metrics.watch(
        "trimtab_costs_unpriced_total", "Attempts for which no price is known.", lambda: prices.unpriced, kind="counter"
    )


def operation_id(route: APIRoute) -> str:
    """Return a route's name in the API document: that of its function, in camelCase."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _document(app: FastAPI) -> dict[str, Any]:
    """Return the API document, in which every route has the one error shape and none FastAPI's own."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas |= errors.ErrorBody.model_json_schema(ref_template="#/components/schemas/{model}").pop("$defs")
        schemas["ErrorBody"] = {
            "type": "object",
            "title": "ErrorBody",
            "description": errors.ErrorBody.__doc__,
            "properties": {"error": {"$ref": "#/components/schemas/ErrorDetail"}},
            "required": ["error"],
        }
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = {"description": "What was wrong.", "content": content}
        app.openapi_schema = document
    return app.openapi_schema
