"""What the server puts in place at every start, before it serves: the first project, and what the file asks for.

All of it is idempotent: a start that finds everything as it should be writes nothing.
"""

from trimtab.identity.bootstrap import FirstSteps, Wish
from trimtab.server import first_run
from trimtab.server.first_run import Handover
from trimtab.server.settings import Settings
from trimtab.server.wiring import Services


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
            password=steps.admin_password or "",
        ),
    )
    return steps
