"""The doors of the traces room: questions about calls, and the collector's own for the gateway."""

from trimtab.traces.routes.annotations import router as annotations_router
from trimtab.traces.routes.collector import router as internal_router
from trimtab.traces.routes.cost_sum import router as cost_sum_router
from trimtab.traces.routes.explorer import router as explorer_router
from trimtab.traces.routes.ingest import router as ingest_router
from trimtab.traces.routes.inspector import router as inspector_router
from trimtab.traces.routes.live import router as live_router
from trimtab.traces.routes.media import router as media_router
from trimtab.traces.routes.otlp import router as otlp_router
from trimtab.traces.routes.questions import router
from trimtab.traces.routes.saved_views import router as saved_views_router
from trimtab.traces.routes.scores import router as scores_router
from trimtab.traces.routes.sessions import router as sessions_router

__all__ = [
    "annotations_router",
    "cost_sum_router",
    "explorer_router",
    "ingest_router",
    "inspector_router",
    "internal_router",
    "live_router",
    "media_router",
    "otlp_router",
    "router",
    "saved_views_router",
    "scores_router",
    "sessions_router",
]
