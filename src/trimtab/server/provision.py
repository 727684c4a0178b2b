"""What the server puts in place at every start, before it serves: the first project, and what the file asks for.

All of it is idempotent: a start that finds everything as it should be writes nothing.
"""

import logging

from trimtab.base.errors import Conflict, InvalidInput
from trimtab.gateway.service import NewProvider
from trimtab.identity.access import ProjectAccess
from trimtab.identity.bootstrap import FirstSteps, Wish
from trimtab.prompts.variable import Variable
from trimtab.prompts.version import Content, Kind, Message
from trimtab.releases.service import Plan
from trimtab.server import first_run, local_model, samples
from trimtab.server.config_file import ProviderLine
from trimtab.server.first_run import Handover
from trimtab.server.settings import Settings
from trimtab.server.wiring import Services

_LOG = logging.getLogger(__name__)


def provision(settings: Settings, services: Services) -> FirstSteps:
    """Make what is missing and return what there is; leave addresses, key and first password in `cli.json`.

    Raises:
        InvalidInput: a name, the address or the password in the settings cannot be used.
    """
    steps = services.bootstrap.run(
        Wish(
            organisation_name=settings.organisation_name,
            project_slug=settings.project_slug,
            admin_email=settings.admin_email,
            admin_password=settings.admin_password,
        )
    )
    first_run.update(
        settings.data_dir,
        Handover(
            server_url=settings.effective_public_url,
            gateway_url=settings.effective_gateway_url,
            project_id=steps.project.id,
            project=steps.project.slug,
            email=steps.admin_email,
            api_key=steps.key or "",
            command_key=steps.command_key or "",
            password=steps.admin_password or "",
        ),
    )
    for line in settings.providers:
        _connect(services, steps.access, line)
    if settings.local_model_url:
        _offer_local_model(settings, services, steps.access)
    return steps


def _connect(services: Services, access: ProjectAccess, line: ProviderLine) -> None:
    wanted = NewProvider(
        name=line.name,
        kind=line.kind,
        base_url=line.base_url,
        secret=line.secret,
        headers=line.headers,
        keep_alive=line.keep_alive,
        models=line.models,
    )
    try:
        services.providers.ensure(access, wanted)
    except (InvalidInput, Conflict) as error:
        # One line that cannot be used must not keep everything else from starting.
        _LOG.warning("the provider %r of the configuration file is left out: %s", line.name, error.message)


def _offer_local_model(settings: Settings, services: Services, access: ProjectAccess) -> None:
    """Connect the local model and, until its sample calls were made, see to the prompt that they need."""
    provider = NewProvider(
        name=local_model.PROVIDER, kind="local", base_url=settings.local_model_url, models=(local_model.MODEL,)
    )
    services.providers.ensure(access, provider)
    if samples.are_done(settings.data_dir):
        return
    found = services.prompts.listing(access, search=samples.PROMPT, limit=1, cursor=None)
    if not found.items:
        _write_sample_prompt(services, access)


def _write_sample_prompt(services: Services, access: ProjectAccess) -> None:
    """Make the sample prompt, a version at a time, and release each to production, so that there is a history."""
    first, *later = samples.DRAFTS
    prompt = services.prompts.create(
        access,
        name=samples.PROMPT,
        kind=Kind.CHAT,
        description=samples.DESCRIPTION,
        content=_content(first),
        message=first.message,
    ).prompt
    _release(services, access, prompt.id, 1, first.message)
    for number, draft in enumerate(later, start=2):
        services.prompts.add_version(
            access, prompt.id, content=_content(draft), message=draft.message, base_version=number - 1
        )
        _release(services, access, prompt.id, number, draft.message)


def _content(draft: samples.Draft) -> Content:
    return Content(
        kind=Kind.CHAT,
        messages=tuple(Message(role=role, template=template) for role, template in draft.messages),
        variables=tuple(
            Variable(
                name=each.name,
                type=each.type,
                required=each.default is None,
                default=None if each.default is None else each.default.encode(),
                description=each.description,
            )
            for each in samples.INPUTS
        ),
    )


def _release(services: Services, access: ProjectAccess, prompt_id: str, version: int, note: str) -> None:
    services.releases.release(
        access,
        Plan(
            prompt_id=prompt_id,
            environment="production",
            version=version,
            model=samples.MODEL,
            parameters=dict(samples.PARAMETERS),
            overridable=samples.OVERRIDABLE,
            note=note,
        ),
    )
