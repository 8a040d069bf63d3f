"""Act on a site of tests from a process of its own: ``python -m tests.datasets.tool``."""

import argparse
import json
import sys

import django


def begin(count: int) -> str:
    """Have an archive with pictures of two boxes each stored; return the job."""
    from apps.datasets import services
    from apps.jobs.here import run_here
    from apps.registry.models import ClassList
    from tests.datasets.archives import begin as open_it
    from tests.datasets.archives import picture, voc_xml, zipped
    from tests.factories import ProjectFactory, member

    assert ClassList.objects.exists()
    project = ProjectFactory()
    files: dict[str, bytes | str] = {}
    for number in range(count):
        files[f"{number}.png"] = picture(number, 160, 140)
        boxes = [("Monocyte", 10, 10, 40, 40), ("Basophil", 60, 60, 90, 90)]
        files[f"{number}.xml"] = voc_xml(f"{number}.png", boxes, (160, 140))
    source = open_it(member(project, "researcher"), project, zipped(files))
    assert source.job is not None
    run_here(source.job, name="tool")
    source.refresh_from_db()
    return str(services.confirm(actor=source.requester, source=source, mapping=source.mapping).public_id)


def sweep() -> int:
    """Sweep what refused attempts left, at once."""
    from apps.jobs import files

    return files.sweep(after_s=0)


def main() -> None:
    """Do what was asked and say what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=["begin", "sweep"])
    parser.add_argument("--count", type=int, default=0)
    asked = parser.parse_args()
    django.setup()
    json.dump(begin(asked.count) if asked.act == "begin" else sweep(), sys.stdout)


if __name__ == "__main__":
    main()
