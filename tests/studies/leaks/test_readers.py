"""Nothing that a reader can ask for tells the origin: channels 1 to 4, 19 to 22, 31, 33 and 34, and who may answer."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from scipy.stats import spearmanr

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.datasets import scope
from apps.datasets.models import Export
from apps.studies import chance, services
from apps.studies.audit.differ import timing_p
from apps.studies.models import Enrolment, Reading, Slot
from apps.studies.truth import CaseKey
from tests.studies.leaks.kit import CANARY, IMAGES, SEED, TIMES, Seeded, api, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("leaks")]  # one study for all of them
SURELY = 0.001
TELLING = ("synthetic", "generated", "generator", "real cell", "simulat", "intended", "stratum", "arm ")


def pages(seeded: Seeded) -> dict[str, Any]:
    """Return everything that belongs to a reader who has read nothing yet."""
    client, one = signed_in(seeded.ben.reader), seeded.ben.public_id
    addresses = [
        "/",
        f"/readings/{one}/",
        f"/readings/{one}/read/",
        f"/readings/{one}/withdraw/",
        api(seeded.ben),
    ]
    return {address: client.get(address) for address in addresses}


def test_01_no_word_tells(seeded: Seeded) -> None:
    for address, page in pages(seeded).items():
        assert page.status_code == 200, address
        told = page.content.decode().lower() + repr(dict(page.headers)).lower()
        assert CANARY not in told, address
        assert seeded.study.title.lower() not in told
        if address != "/":
            found = [word for word in TELLING if word in told]
            assert found == [], address
    for trial in seeded.trials:
        told = (trial["document"].content + trial["answered"].content).decode().lower()
        assert CANARY not in told
        assert not any(word in told for word in TELLING)


def test_02_names_are_random(seeded: Seeded) -> None:
    codes = [float(int(chance.name(SEED, "case", str(number)), 16)) for number in range(1000)]
    assert len(set(codes)) == 1000
    assert spearmanr(range(1000), codes).pvalue > SURELY
    cases = list(seeded.study.cases.order_by("pk"))
    assert [case.code for case in cases] == sorted(case.code for case in cases)
    truth = [int(seeded.origins[case.pk] == "synthetic") for case in cases]
    assert spearmanr(range(len(cases)), truth).pvalue > SURELY
    made = dict(CaseKey.objects.filter(study=seeded.study).values_list("case_id", "crop_id"))
    assert spearmanr([case.pk for case in cases], [made[case.pk] or 0 for case in cases]).pvalue > SURELY
    assert spearmanr([case.number for case in cases], truth).pvalue > SURELY


def order_of(enrolment: Any) -> list[int]:
    return list(Slot.objects.filter(enrolment=enrolment).order_by("position").values_list("case", flat=True))


def test_03_each_reader_has_an_order_without_a_pattern(seeded: Seeded) -> None:
    anna, ben = order_of(seeded.anna), order_of(seeded.ben)
    assert sorted(anna) == sorted(ben)
    assert sum(one == two for one, two in zip(anna, ben, strict=True)) < 10
    for order in (anna, ben):
        truth = [seeded.origins[case] for case in order]
        # 200 tosses make 100 changes, give or take 7; fewer would be blocks. At most three in a row are allowed, which
        # makes a few more changes, and nobody is told which there were.
        changes = sum(one != two for one, two in pairwise(truth))
        assert 85 < changes < 150
        assert max(len(run.group()) for run in re.finditer(r"(.)\1*", "".join(t[0] for t in truth))) <= 3
        assert abs(spearmanr(range(200), [int(t == "real") for t in truth]).statistic) < 0.2


@pytest.mark.parametrize(
    "query",
    [
        "ordering=origin",
        "ordering=-case__key__origin",
        "filter=origin",
        "origin=synthetic",
        "stratum=a",
        "expand=key",
        "fields=origin",
        "include=truth",
        "format=csv",
        "practice=1",
        "replicate=1",
    ],
)
def test_03_04_no_question_changes_the_answer(seeded: Seeded, query: str) -> None:
    client = signed_in(seeded.ben.reader)
    plain, asked = client.get(api(seeded.ben)), client.get(f"{api(seeded.ben)}?{query}")
    assert asked.status_code in {400, 404} or asked.content == plain.content
    image = plain.json()["next"]["image"]
    plain, asked = client.get(image), client.get(f"{image}?{query}")
    assert (asked.status_code, asked.content, dict(asked.headers)) == (
        plain.status_code,
        plain.content,
        {**dict(plain.headers), **{n: v for n, v in asked.headers.items() if n.lower() == "x-request-id"}},
    )


def test_04_counts_are_no_oracle(seeded: Seeded) -> None:
    client = signed_in(seeded.anna.reader)
    address = f"/api/v1/projects/{seeded.project.public_id}/cells/"
    drawn = set(CaseKey.objects.filter(study=seeded.study).values_list("crop__public_id", flat=True))
    for query in ("", "?origin=synthetic", "?origin=imported", "?origin=field", "?ordering=origin"):
        answer = client.get(address + query)
        if answer.status_code == 200:
            shown = {row["id"] for row in answer.json()["results"]}
            assert not shown & {str(one) for one in drawn}, query


def test_19_to_22_no_other_way_to_a_cell(seeded: Seeded) -> None:
    """Ask every address of the site as a reader who is a reviewer of the project, with ids of what is read."""
    client = signed_in(seeded.anna.reader)
    key = CaseKey.objects.select_related("crop").filter(study=seeded.study)
    alone = key.filter(crop__field=None, origin="synthetic").first()
    on_field = key.filter(crop__field__isnull=False).select_related("crop__field__slide").first()
    assert alone is not None
    assert on_field is not None
    assert alone.crop is not None
    assert on_field.crop is not None
    assert on_field.crop.field is not None
    ids = {
        "project_id": [seeded.project.public_id],
        "study_id": [seeded.study.public_id],
        "cell_id": [alone.crop.public_id, on_field.crop.public_id],
        "slide_id": [on_field.crop.field.slide.public_id],
        "field_id": [on_field.crop.field.public_id],
        "enrolment_id": [seeded.anna.public_id, seeded.ben.public_id],
    }
    # What was asked for may be said back: that there is nothing there.
    secrets = {str(one) for one in key.values_list("crop__public_id", flat=True)} | {CANARY}
    secrets -= {str(one) for known in ids.values() for one in known}
    asked, open_ = 0, []
    for name, names in addresses(get_resolver()):
        if not names or not set(names) <= set(ids):
            continue
        for number in range(2):
            kwargs = {one: ids[one][min(number, len(ids[one]) - 1)] for one in names}
            for method in ("get", "options"):
                answer = getattr(client, method)(reverse(name, kwargs=kwargs))
                asked += 1
                body = b"" if answer.streaming else answer.content
                for close in answer._resource_closers:
                    close()
                if any(secret.encode() in body for secret in secrets):
                    open_.append((name, method, answer.status_code))
                if answer.status_code == 200 and "image" in answer.headers.get("Content-Type", ""):
                    open_.append((name, method, "a picture"))
    assert asked > 60
    assert open_ == []


def addresses(resolver: URLResolver, namespace: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """Return the name of every address with its parameters."""
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            if entry.namespace != "admin":
                found += addresses(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            found.append((f"{namespace}{entry.name}", tuple(entry.pattern.converters)))
    return found


def test_20_lists_of_the_project_leave_the_cells_out(seeded: Seeded) -> None:
    for who in (seeded.anna.reader,):
        visible = set(Cell.objects.visible_to(who).values_list("pk", flat=True))
        drawn = set(CaseKey.objects.filter(study=seeded.study).values_list("crop_id", flat=True))
        assert not visible & drawn
    assert Cell.objects.visible_to(seeded.owner).count() > 200


def test_21_refusals_are_the_same_words(seeded: Seeded) -> None:
    client = signed_in(seeded.ben.reader)
    slot = client.get(api(seeded.ben)).json()["next"]["slot"]
    bodies = set()
    for answer in ("no-such-class", "synthetic"):
        for key in ("refused-1", "refused-2"):
            sent = post(client, seeded.ben, sending(slot, answer, key))
            assert sent.status_code == 400
            bodies.add(sent.content.replace(answer.encode(), b""))
    assert len(bodies) == 1
    told = client.options(api(seeded.ben, "readings/")).content.decode().lower()
    assert not any(word in told for word in ("origin", "stratum", "intended", CANARY))


def test_22_nothing_of_the_machinery(seeded: Seeded, client: Client) -> None:
    reader = signed_in(seeded.anna.reader)
    assert reader.get("/admin/", follow=True).status_code == 403
    for asker in (reader, client):
        assert CANARY not in asker.get("/api/v1/schema/", follow=True).content.decode()
    missing = reader.get("/static/build/study.js.map")
    assert missing.status_code == 404
    wrong = reader.get(f"/readings/{seeded.study.public_id}/")
    assert wrong.status_code == 404
    assert "Traceback" not in wrong.content.decode()


def test_31_nothing_is_taken_out_meanwhile(seeded: Seeded) -> None:
    wanted = Export.objects.create(
        project=seeded.project, requester=seeded.anna.reader, format="imagefolder", labels="human"
    )
    drawn = set(CaseKey.objects.filter(study=seeded.study).values_list("crop_id", flat=True))
    assert not drawn & set(scope.crops_of(wanted).values_list("pk", flat=True))
    slides = {field.slide_id for field in scope.fields_of(wanted)}
    assert not slides & set(
        Cell.objects.filter(pk__in=drawn, field__isnull=False).values_list("field__slide", flat=True)
    )
    for who in (seeded.anna.reader, seeded.owner, seeded.administrator):
        answer = signed_in(who).get(f"/studies/{seeded.study.public_id}/results/")
        told = answer.content.decode()
        assert answer.status_code in {302, 403, 404, 409} or "intended" not in told.lower()


def test_33_a_right_answer_is_taken_like_a_wrong_one(seeded: Seeded) -> None:
    right = [trial for trial in seeded.trials if trial["right"]]
    wrong = [trial for trial in seeded.trials if not trial["right"]]
    assert min(len(right), len(wrong)) > 20
    assert timing_p([t["answer_s"] for t in right], [t["answer_s"] for t in wrong]) > SURELY
    shapes = []
    last = seeded.trials[-1]  # after which nothing comes next
    for trials in ([trial for trial in one if trial is not last] for one in (right, wrong)):
        names = {tuple(sorted(trial["answered"].json())) for trial in trials}
        kinds = {tuple(sorted(n for n in trial["answered"].headers if n != "Set-Cookie")) for trial in trials}
        shapes.append((names, kinds, {trial["answered"].status_code for trial in trials}))
    assert shapes[0] == shapes[1]


def test_34_two_readers_have_no_name_in_common(seeded: Seeded) -> None:
    ours = {trial["address"] for trial in seeded.trials}
    theirs = {
        services.reading.address_of(study=seeded.study, who=seeded.ben.pseudonym, code=code, sitting=1)
        for code in seeded.study.cases.values_list("code", flat=True)
    }
    assert (len(ours), len(theirs)) == (IMAGES, 200)
    assert not ours & theirs
    client = signed_in(seeded.ben.reader)
    own = client.get(api(seeded.ben)).json()["next"]["image"]
    other = own.replace(own.rstrip("/").rpartition("/")[2], seeded.trials[0]["address"])
    assert client.get(own).status_code == 200
    assert client.get(other).status_code == 404
    assert signed_in(seeded.anna.reader).get(own).status_code == 404


def post(client: Client, enrolment: Enrolment, sent: str) -> Any:
    """Send an answer."""
    return client.post(api(enrolment, "readings/"), sent, content_type="application/json")


def sending(slot: int, answer: str, key: str) -> str:
    """Return an answer as the page sends it."""
    return json.dumps(
        {
            "slot": slot,
            "answer": answer,
            "realism": None,
            "reason": "",
            "times": TIMES,
            "idempotency_key": key,
        }
    )


@pytest.mark.parametrize("who", ["owner", "administrator", "other reader", "nobody"])
def test_nobody_writes_for_a_reader(seeded: Seeded, who: str) -> None:
    people: dict[str, User | None] = {
        "owner": seeded.owner,
        "administrator": seeded.administrator,
        "other reader": seeded.anna.reader,
        "nobody": None,
    }
    person = people[who]
    client = Client() if person is None else signed_in(person)
    before = Reading.objects.count()
    slot = signed_in(seeded.ben.reader).get(api(seeded.ben)).json()["next"]["slot"]
    sent = post(client, seeded.ben, sending(slot, "neutrophil", f"for-ben-{who}"))
    assert sent.status_code in ({401, 403} if person is None else {403, 404})
    assert client.get(api(seeded.ben)).status_code in ({401, 403} if person is None else {403, 404})
    assert Reading.objects.count() == before
