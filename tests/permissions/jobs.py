from apps.jobs.models import Job
from tests.permissions.table import World, row


def job(world: World) -> dict[str, object]:
    """A waiting job that the reviewer asked for."""

    def make() -> Job:
        from apps.inference.params import AnalyseParams
        from apps.jobs import services
        from tests.cells.factories import make_slide

        slide = make_slide(world.project)
        return services.submit(
            kind="analyse",
            params=AnalyseParams(slide_id=str(slide.public_id)),
            requester=world.people["reviewer"],
            project=world.project,
            title="Analyse a slide",
        )

    return {"job_id": world.once("jobs-job", make).public_id}


ROWS = [
    row("jobs:list", "GET", "302 200 200 200 200 200 200"),
    row("jobs:list", "GET", "302 200 200 200 200 200 200", query="?state=running&page=2"),
    row("jobs:detail", "GET", "302 404 200 200 200 200 200", kwargs=job),
    row("jobs:progress", "GET", "302 404 200 200 200 200 200", kwargs=job),
    # Cancelling is for who asked, for managers and for who runs the site
    row("jobs:cancel", "POST", "302 404 403 302 403 302 302", kwargs=job),
    # API
    row("jobs-api:list", "GET", "401 200 200 200 200 200 200"),
    row("jobs-api:detail", "GET", "401 404 200 200 200 200 200", kwargs=job),
    row("jobs-api:cancel", "POST", "401 404 403 200 403 200 200", kwargs=job),
]
