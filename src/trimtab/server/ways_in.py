"""Builds what takes telemetry in: every door leads to one receiver, and what a project hides is taken out before it."""

from dataclasses import dataclass
from typing import Final

from trimtab.base.clock import Clock
from trimtab.costs.service import PriceBook
from trimtab.identity.audit import Audit
from trimtab.identity.secrets import MasterKey
from trimtab.identity.service.keys import KeyService
from trimtab.server.settings import Settings
from trimtab.storage.blobs import open_blobs
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.intake import Intake
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService, Handling
from trimtab.traces.correlation import Correlation
from trimtab.traces.ingest import IngestService
from trimtab.traces.ingest_counts import IngestCounts
from trimtab.traces.ingest_policies import IngestPolicies, IngestPolicyService
from trimtab.traces.ingest_policy import Fate, IngestPolicy
from trimtab.traces.langfuse.ingestion import IngestionService
from trimtab.traces.langfuse.reads import ReadService
from trimtab.traces.lifting import Lifting
from trimtab.traces.media import MediaService
from trimtab.traces.privacy.deletions import DeletionService, Keys, Places
from trimtab.traces.privacy.engine import Callback, Presidio
from trimtab.traces.privacy.expiry import RetentionService
from trimtab.traces.privacy.policies import Engines, Policies
from trimtab.traces.privacy.screen import Screen
from trimtab.traces.privacy.service import PrivacyService
from trimtab.traces.privacy.tombstones import Tombstones
from trimtab.traces.receiver import Admission, ReceiverService
from trimtab.traces.recovery import mender
from trimtab.traces.refused import RefusedItems
from trimtab.traces.routing import ProjectsByName
from trimtab.traces.scores import ScoreService

_DEAD_LETTERS: Final = "dead-letters"
_JOURNAL: Final = "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the ways in stand on."""

    settings: Settings
    clock: Clock
    meta: Meta
    warehouse: Warehouse
    master_key: MasterKey
    audit: Audit
    keys: KeyService
    prices: PriceBook


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """What takes telemetry in, and what is asked of it."""

    collector: CollectorService
    intake: Intake
    receiver: ReceiverService
    ingest: IngestService
    ingest_policies: IngestPolicyService
    ingest_counts: IngestCounts
    privacy: PrivacyService
    deletions: DeletionService
    retention: RetentionService
    scores: ScoreService
    media: MediaService
    langfuse: IngestionService
    langfuse_reads: ReadService


def build(ground: Ground) -> WaysIn:
    """Return all ways in, over one correlation, one intake and one screen."""
    settings, clock, meta, warehouse = ground.settings, ground.clock, ground.meta, ground.warehouse
    unrelated = Fate.KEEP if settings.ingest_policy == "all" else Fate.ASIDE
    policies = IngestPolicies(meta, IngestPolicy(unrelated=unrelated))
    outcomes = IngestCounts(warehouse, clock)
    correlation = Correlation(warehouse, clock, deduplicates=policies.deduplicates)
    refused = RefusedItems(settings.data_dir / _DEAD_LETTERS / "otlp", clock)
    intake = Intake(warehouse, settings.data_dir / _JOURNAL, clock, mend=mender(correlation))
    privacy = Policies(meta, ground.master_key.derive("privacy"), _engines(settings))
    tombstones = Tombstones(meta, clock, ground.master_key.derive("tombstones"))
    screen = Screen(privacy.of, privacy.has_anyone_wishes, tombstones.of)
    media = _media(ground, screen)
    lifting = Lifting(media, max_content_bytes=settings.content_max_bytes)
    admission = Admission(
        policies=policies, outcomes=outcomes, destinations=ProjectsByName(meta), screen=screen, lifting=lifting
    )
    receiver = ReceiverService(warehouse, ground.prices, clock, correlation, refused, intake, admission)
    collector = CollectorService(
        warehouse,
        ground.prices,
        clock,
        settings.data_dir / _DEAD_LETTERS,
        correlation=correlation,
        rescue=receiver.rescue,
        note_key_use=ground.keys.note_use,
        handling=Handling(screen=screen, lifting=lifting),
    )
    places = Places(
        meta=meta,
        warehouse=warehouse,
        refused=refused,
        unreadable=collector.dead_letters,
        tombstones=tombstones,
        media=media,
        flush=intake.flush,
    )
    scores = ScoreService(warehouse, clock, meta, ground.audit, screen=screen)
    return WaysIn(
        collector=collector,
        intake=intake,
        receiver=receiver,
        ingest=IngestService(
            receiver,
            refused,
            meta,
            ground.audit,
            clock,
            outcomes=outcomes,
            warehouse=warehouse,
            grpc_port=settings.otlp_grpc_port,
        ),
        ingest_policies=IngestPolicyService(meta, ground.audit, clock, policies),
        ingest_counts=outcomes,
        privacy=PrivacyService(
            meta, ground.audit, clock, privacy, screen, has_callback=bool(settings.redaction_callback)
        ),
        deletions=DeletionService(places, ground.audit, clock, privacy, _subject_keys(ground.master_key)),
        retention=RetentionService(places, ground.audit, clock),
        scores=scores,
        media=media,
        langfuse=IngestionService(
            warehouse, clock, receiver, scores, screen=screen, lifting=lifting, flush=intake.flush
        ),
        langfuse_reads=ReadService(warehouse, clock, scores),
    )


def _subject_keys(master_key: MasterKey) -> Keys:
    return Keys(master_key.secret_box(), master_key.derive("subjects"), master_key.derive("deletion-proof"))


def _engines(settings: Settings) -> Engines:
    timeout_s = settings.redaction_timeout_ms / 1000
    callback = Callback(settings.redaction_callback, timeout_s) if settings.redaction_callback else None
    return Engines(presidio=lambda: Presidio(timeout_s), callback=callback)


def _media(ground: Ground, screen: Screen) -> MediaService:
    settings = ground.settings
    blobs = open_blobs(
        settings.blobs_url,
        settings.data_dir / "blobs",
        endpoint=settings.blobs_endpoint,
        access_key=settings.blobs_access_key,
        secret_key=settings.blobs_secret_key,
    )
    signing_key = ground.master_key.derive("media-upload")
    return MediaService(
        ground.meta,
        blobs,
        ground.clock,
        signing_key=signing_key,
        max_bytes=settings.media_max_bytes,
        screen=screen,
    )
