"""The one place that builds the server's objects and hands them to one another."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from trimtab.base.clock import Clock, SystemClock
from trimtab.base.errors import BadSetting, Unavailable
from trimtab.costs.service import PriceBook
from trimtab.costs.service.exports import LedgerExportService
from trimtab.costs.service.list_prices import BooksInStore, ListPriceService
from trimtab.costs.service.outlook import OutlookService
from trimtab.costs.service.own_prices import OwnPriceService, PricesFromStore
from trimtab.costs.service.reports import ReportService
from trimtab.costs.service.repricing import RepricingService
from trimtab.gateway.compile import Snapshots
from trimtab.gateway.service import ModelsFromStore, ProviderService, SetupService
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, check_master_key
from trimtab.identity.secrets import MasterKey, SecretBox
from trimtab.identity.service.auth import Auth, SessionPolicy
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.members import MemberService
from trimtab.identity.service.organisations import OrganisationService
from trimtab.identity.service.projects import ProjectService
from trimtab.prompts.service import PromptService
from trimtab.releases.markers import MarkerService
from trimtab.releases.service import LiveFromStore, ReleaseService
from trimtab.server import ways_in
from trimtab.server.settings import Settings
from trimtab.server.ways_in import Ground
from trimtab.storage import migrate
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.intake import Intake
from trimtab.storage.warehouse.port import Limits, Warehouse
from trimtab.traces.annotations import AnnotationService
from trimtab.traces.collector import CollectorService
from trimtab.traces.cost_explainer import CostExplainer
from trimtab.traces.dashboards.service import DashboardService
from trimtab.traces.explorer import ExplorerService
from trimtab.traces.export import ExportService
from trimtab.traces.ingest import IngestService
from trimtab.traces.ingest_counts import IngestCounts
from trimtab.traces.ingest_policies import IngestPolicyService
from trimtab.traces.inspector import TraceInspector
from trimtab.traces.langfuse.ingestion import IngestionService
from trimtab.traces.langfuse.reads import ReadService
from trimtab.traces.live import LiveTail
from trimtab.traces.media import MediaService
from trimtab.traces.privacy.deletions import DeletionService
from trimtab.traces.privacy.expiry import RetentionService
from trimtab.traces.privacy.service import PrivacyService
from trimtab.traces.receiver import ReceiverService
from trimtab.traces.saved_views import SavedViewService
from trimtab.traces.scores import ScoreService
from trimtab.traces.service import TraceService
from trimtab.traces.sessions import SessionService

_LOG = logging.getLogger(__name__)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a route may ask for, each built once. Whoever built it closes it."""

    settings: Settings
    clock: Clock
    meta: Meta
    warehouse: Warehouse
    internal_token: str
    audit: Audit
    auth: Auth
    organisations: OrganisationService
    projects: ProjectService
    members: MemberService
    keys: KeyService
    secrets: SecretBox
    bootstrap: Bootstrap
    prompts: PromptService
    releases: ReleaseService
    markers: MarkerService
    providers: ProviderService
    snapshots: Snapshots
    setup: SetupService
    prices: PriceBook
    own_prices: OwnPriceService
    list_prices: ListPriceService
    repricing: RepricingService
    cost_reports: ReportService
    cost_exports: LedgerExportService
    outlook: OutlookService
    collector: CollectorService
    intake: Intake
    receiver: ReceiverService
    privacy: PrivacyService
    deletions: DeletionService
    retention: RetentionService
    ingest: IngestService
    ingest_policies: IngestPolicyService
    ingest_counts: IngestCounts
    traces: TraceService
    inspector: TraceInspector
    cost_explainer: CostExplainer
    annotations: AnnotationService
    live: LiveTail
    explorer: ExplorerService
    trace_export: ExportService
    saved_views: SavedViewService
    dashboards: DashboardService
    scores: ScoreService
    media: MediaService
    langfuse: IngestionService
    langfuse_reads: ReadService
    sessions: SessionService
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the server is asked to stop: whoever holds a request open for news answers it then."""

    @property
    def checks(self) -> Mapping[str, Callable[[], object]]:
        """What must work for the server to be ready, by the name of the store; each raises when it does not."""
        return {"meta": lambda: migrate.stored(self.meta), "warehouse": lambda: self.warehouse.query("SELECT 1 AS one")}

    def warm(self) -> None:
        """Load now what the first batch would wait for, and store what the process before this one had taken."""
        self.collector.warm()
        try:
            self.intake.recover()
        except Unavailable as error:
            _LOG.warning("rows wait in the journal until the warehouse takes them: %s", error.message)

    def close(self) -> None:
        """Close the stores; idempotent."""
        self.stopping.set()
        self.intake.close()
        self.ingest_counts.write(at_once=True)
        self.warehouse.close()
        self.meta.close()


def build(settings: Settings, *, clock: Clock | None = None, warehouse: Warehouse | None = None) -> Services:
    """Open the stores, bring them to the newest form and return everything that works on them.

    Args:
        settings: where the stores are.
        clock: another clock than the machine's.
        warehouse: an open one to use; a process can have only one embedded warehouse.

    Raises:
        BadSetting: a store cannot be opened, or the master key is not that of the store.
    """
    clock = clock or SystemClock()
    prepare_data_dir(settings)
    master_key = MasterKey.load(settings.data_dir, settings.master_key)
    meta, opened = _open(settings, master_key, clock, warehouse)
    audit = Audit(meta, clock)
    projects = ProjectService(meta, audit, clock)
    keys = KeyService(meta, audit, clock)
    books = BooksInStore(meta, clock)
    prices = PriceBook(PricesFromStore(meta), books)
    own_prices = OwnPriceService(meta, audit, clock, prices)
    list_prices = ListPriceService(meta, audit, clock, books, prices)
    traces = TraceService(opened, clock)
    ways = ways_in.build(
        Ground(
            settings=settings,
            clock=clock,
            meta=meta,
            warehouse=opened,
            master_key=master_key,
            audit=audit,
            keys=keys,
            prices=prices,
        )
    )
    box = master_key.secret_box()
    return Services(
        settings=settings,
        clock=clock,
        meta=meta,
        warehouse=opened,
        internal_token=master_key.internal_token(),
        audit=audit,
        auth=Auth(meta, audit, clock, _session_policy(settings)),
        organisations=OrganisationService(meta, audit),
        projects=projects,
        members=MemberService(meta, audit, clock),
        keys=keys,
        secrets=box,
        bootstrap=Bootstrap(meta, audit, clock, projects, keys),
        prompts=PromptService(meta, audit, clock, LiveFromStore()),
        releases=ReleaseService(meta, audit, clock, ModelsFromStore()),
        providers=ProviderService(meta, audit, clock, box),
        snapshots=Snapshots(meta, clock),
        setup=SetupService(meta, traces, clock, settings.effective_gateway_url),
        prices=prices,
        own_prices=own_prices,
        list_prices=list_prices,
        markers=MarkerService(meta, clock, own_prices, list_prices),
        cost_exports=LedgerExportService(opened),
        outlook=OutlookService(opened, clock),
        cost_reports=ReportService(meta, audit, clock, opened),
        repricing=RepricingService(meta, audit, clock, opened, prices),
        traces=traces,
        inspector=TraceInspector(opened, clock, traces),
        cost_explainer=CostExplainer(opened, clock),
        annotations=AnnotationService(opened, clock, meta, audit),
        live=LiveTail(opened, clock, traces),
        explorer=ExplorerService(opened, clock),
        trace_export=ExportService(opened, clock, traces),
        saved_views=SavedViewService(meta, audit, clock),
        dashboards=DashboardService(meta, audit, clock, opened),
        sessions=SessionService(opened, clock, traces),
        **{each.name: getattr(ways, each.name) for each in fields(ways)},
    )


def _open(
    settings: Settings, master_key: MasterKey, clock: Clock, warehouse: Warehouse | None
) -> tuple[Meta, Warehouse]:
    """Open both stores at their newest form, or neither."""
    meta = Meta(settings.effective_meta_url)
    try:
        migrate.upgrade(meta)
        check_master_key(meta, master_key, clock)
        return meta, warehouse or open_warehouse(settings.warehouse_url, settings.warehouse_dir, _limits(settings))
    except BaseException:
        meta.close()
        raise


def _session_policy(settings: Settings) -> SessionPolicy:
    return SessionPolicy(
        lifetime=timedelta(days=settings.session_days),
        is_secure=settings.effective_public_url.startswith("https://"),
    )


def prepare_data_dir(settings: Settings) -> None:
    """Make the data folder, readable by its owner alone.

    Raises:
        BadSetting: it cannot be made or written.
    """
    folder = settings.data_dir
    probe = folder / ".writable"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise BadSetting(
            f"the data folder {str(folder)!r} cannot be written: {error.strerror or error}",
            hint="Choose another one with --data-dir or TRIMTAB_DATA_DIR, or change its permissions.",
        ) from error


def _limits(settings: Settings) -> Limits:
    return Limits(memory_bytes=settings.warehouse_query_memory_mb * _MIB, time_s=settings.warehouse_query_timeout_s)
