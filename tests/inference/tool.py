"""Act on a site of tests from a process of its own: ``python -m tests.inference.tool``."""

import argparse
import json
import sys
import time
from typing import Any

import django


def prepare(asked: argparse.Namespace) -> Any:
    """Make a slide with stored fields and two reviewers."""
    import numpy as np

    from apps.core import storage
    from apps.registry.models import Task
    from ml.images import encode_png
    from tests.cells.factories import make_field, make_slide
    from tests.factories import member
    from tests.registry.factories import in_use

    in_use(task=Task.LOCATE)
    in_use(task=Task.CLASSIFY)
    slide = make_slide()
    for _ in range(asked.count):
        field = make_field(slide, width=160, height=140)
        storage.save_bytes(field.image_key, encode_png(np.full((140, 160, 3), 99, np.uint8)))
    people = [member(slide.project, "reviewer").pk for _ in range(asked.people)]
    return {"slide": str(slide.public_id), "people": people}


def analyse(asked: argparse.Namespace) -> Any:
    """Ask for an analysis."""
    from apps.inference.services import request_analysis
    from apps.slides.models import Slide

    return str(request_analysis(slide=Slide.objects.get(public_id=asked.slide), requester=None).public_id)


def upload(asked: argparse.Namespace) -> Any:
    """Hand over two uploads of half the files each: one for the slide that is there, one for a new slide."""
    from apps.slides import services
    from apps.slides.models import Slide
    from apps.slides.receiving import receive_bytes
    from tests.kits import images

    slide = Slide.objects.get(public_id=asked.slide)
    jobs = []
    for number, kind in enumerate(("add-to-slide", "one-slide")):
        made = services.open_upload(
            requester=None, project=slide.project, mode=kind, slide=slide if number == 0 else None
        )
        for n in range(asked.count // 2):
            picture = images.picture(160, 140, seed=1000 * number + n)
            received = receive_bytes(f"{number}-{n}.png", images.encoded(picture))
            services.add_file(upload=made, received=received)
        jobs.append(str(services.complete(upload=made).public_id))
    return jobs


def label(asked: argparse.Namespace) -> Any:
    """Label every cell of a slide as one person at an agreed moment; return what came of each."""
    from apps.accounts.models import User
    from apps.cells import services
    from apps.cells.models import Cell
    from apps.core.errors import Conflict

    actor = User.objects.get(pk=asked.person)
    cells = list(Cell.objects.filter(field__slide__public_id=asked.slide).order_by("pk"))
    time.sleep(max(0.0, asked.at - time.time()))
    outcomes = []
    for cell in cells:
        try:
            services.label(
                actor=actor,
                cell=cell,
                to_class="monocyte",
                expected_version=1,
                seen_suggestion=True,
            )
            outcomes.append("applied")
        except Conflict as conflict:
            outcomes.append(f"conflict at {conflict.detail['current']['version']}")
    return outcomes


def sweep(_: argparse.Namespace) -> Any:
    """Do now what the schedule does every ten minutes."""
    from apps.jobs import files

    return files.sweep(after_s=0)


ACTS = {"prepare": prepare, "analyse": analyse, "upload": upload, "label": label, "sweep": sweep}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=list(ACTS))
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--slide", default="")
    parser.add_argument("--person", type=int, default=0)
    parser.add_argument("--at", type=float, default=0.0)
    asked = parser.parse_args()
    django.setup()
    sys.stdout.write(json.dumps(ACTS[asked.act](asked)))


if __name__ == "__main__":
    main()
