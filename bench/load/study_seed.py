"""Fill an empty site with an open study, its images and its readers, who are signed in.

Run as a program of its own, with the environment of the site; it prints what a load test needs to know as JSON. The
study goes through its life by the services; only drawing and the leak audit are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

import django  # noqa: E402 - the settings are named above

django.setup()

from django.conf import settings  # noqa: E402 - as above
from django.db import connection  # noqa: E402 - as above
from django.test import Client  # noqa: E402 - as above

from apps.accounts.models import User  # noqa: E402 - as above
from apps.core import storage  # noqa: E402 - as above
from apps.studies import services  # noqa: E402 - as above
from apps.studies.demo.pictures import cell  # noqa: E402 - as above
from apps.studies.models import Enrolment, Study  # noqa: E402 - as above
from ml.images.normalise import normalise, one_length, pad, rule_for  # noqa: E402 - as above
from tests.kits.studies import Kit, make_study  # noqa: E402 - as above

CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
DRAWN = 20
"""How many different pictures are drawn; further cases carry the same again."""


def show_pictures(study: Study) -> int:
    """Put pictures of the size and length that readers get where the study's stand; return their length in bytes."""
    cases = list(study.cases.all())
    rule = rule_for(128, side=study.plan.image_side)
    made = [normalise(cell(CLASSES[n % len(CLASSES)], seed=n), rule) for n in range(DRAWN)]
    length = one_length(len(data) for data in made)
    for number, case in enumerate(cases):
        storage.save_bytes(case.image, pad(made[number % DRAWN], length))
    return length


def enrol(kit: Kit, number: int) -> tuple[Enrolment, str]:
    """Make a reader who has only to read; return the enrolment and the key of a session."""
    reader = User.objects.create_user(f"reader{number}@localhost", name=f"Reader {number}")
    enrolment = kit.add_reader(reader)
    services.describe(enrolment=enrolment, actor=reader, experience={"years": 5}, screen={})
    browser = Client()
    browser.force_login(reader)
    return enrolment, str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def main() -> None:
    """Make what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, required=True)
    parser.add_argument("--images", type=int, required=True, help="a multiple of ten")
    asked = parser.parse_args()
    kit = make_study(each=asked.images // (2 * len(CLASSES)), readers=0, classes=CLASSES)
    length = show_pictures(kit.study)
    readers = [enrol(kit, number) for number in range(asked.readers)]
    told = {
        "enrolments": [str(enrolment.public_id) for enrolment, _ in readers],
        "sessions": [session for _, session in readers],
        "cookie": settings.SESSION_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "bytes": length,
        "database": connection.vendor,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
