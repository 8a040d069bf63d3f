"""Add a slide with 5,000 boxes on one large drawn field: ``python frames_seed.py <project>``; says its id."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def add(project_id: str) -> str:
    """Add the slide to the project; return its public id."""
    from apps.accounts.models import Project
    from apps.registry.models import ModelVersion, Task
    from tests.cells.factories import make_slide
    from tests.e2e.seed import many_cells

    versions = {
        name: ModelVersion.objects.filter(task=task).latest("pk")
        for name, task in (("locator", Task.LOCATE), ("classifier", Task.CLASSIFY))
    }
    slide = make_slide(Project.objects.get(public_id=project_id), title="5,000 boxes", simulated=True)
    many_cells(slide, versions)
    return str(slide.public_id)


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(add(sys.argv[1]) + "\n")
