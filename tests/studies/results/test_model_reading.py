import io

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from apps.accounts.models import Role
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.inference import analysers
from apps.jobs.models import Job, Outcome
from apps.registry.models import CellClass, ClassList, ModelState, ModelVersion, Task
from apps.studies.models import ModelReading, Reading, State
from apps.studies.results import services
from apps.studies.results.params import ANALYSE, READ
from apps.studies.results.selectors import stored_result
from ml.contracts import Classification
from tests.factories import member
from tests.kits.studies import make_study
from tests.registry.factories import in_use, model_version

pytestmark = pytest.mark.django_db


class Grey:
    """A classifier that knows a neutrophil by its being dark, and a lymphocyte by its being bright."""

    def __init__(self) -> None:
        self.shapes = []

    def classify_picture(self, pixels):
        self.shapes.append(pixels.shape)
        level = float(pixels.mean())
        label = "neutrophil" if level < 100 else "lymphocyte" if level < 200 else "platelet"
        return Classification(label, {label: 0.9}, unidentified=120 < level < 140)


@pytest.fixture
def model(monkeypatch):
    in_use(task=Task.LOCATE)
    in_use(task=Task.CLASSIFY)
    fake = Grey()
    monkeypatch.setattr(analysers, "warm", lambda _: fake)
    return model_version()


def paint(kit, *levels: int):
    """Give the study pictures whose grey level tells the class; the first ones get these levels instead."""
    others = iter(levels)
    for case in kit.study.cases.all():
        level = next(others, 50 if kit.truth[case.code].intended_class == "neutrophil" else 150)
        stored = io.BytesIO()
        Image.fromarray(np.full((32, 32, 3), level, np.uint8)).save(stored, "JPEG", quality=95)
        storage.save_bytes(case.image, stored.getvalue())


def asked(kit, model):
    return services.ask_model(actor=kit.owner, study=kit.study, model_id=model.public_id)


def test_a_model_reads_the_very_images_and_stands_beside_the_readers(model, quick, run_job):
    kit = make_study(each=10, practice=1, repeats=0.1)
    kit.read_all(kit.enrolments[0])
    kit.to(State.UNBLINDED)
    assert run_job(Job.objects.get(kind=ANALYSE)) is Outcome.SUCCEEDED
    before = stored_result(kit.study)
    paint(kit)
    reading = asked(kit, model)
    assert reading.pseudonym == "M1"
    assert run_job(Job.objects.get(kind=READ)) is Outcome.SUCCEEDED
    reading.refresh_from_db()
    assert len(reading.answers) == kit.study.plan.counted  # neither practice nor repeats
    # its answers make the kept result one of another day, and a new one is asked for
    assert stored_result(kit.study) is None
    assert run_job(Job.objects.filter(kind=ANALYSE).latest("pk")) is Outcome.SUCCEEDED
    after = stored_result(kit.study)
    assert after is not None
    [expert, machine] = after.result.analysis.readers
    assert (expert.model, machine.model, machine.reader) == (False, True, "M1")
    assert machine.accuracy.hits == machine.accuracy.n == kit.study.plan.counted
    assert after.result.analysis.pooled.accuracy == before.result.analysis.pooled.accuracy
    assert not Reading.objects.exclude(author=kit.enrolments[0].reader).exists()


def test_what_a_model_is_unsure_of_or_calls_otherwise_counts_as_a_reader_would_say_it(model, run_job):
    kit = make_study(State.CLOSED, each=2)
    paint(kit, 130, 250)
    asked(kit, model)
    assert run_job(Job.objects.get(kind=READ)) is Outcome.SUCCEEDED
    said = [one["answer"] for one in ModelReading.objects.get().answers.values()]
    assert said.count("cannot-tell") == 1
    assert said.count("other") == 1
    assert not Job.objects.filter(kind=ANALYSE).exists()  # not unblinded


def test_a_model_reads_once_and_not_before_the_study_is_closed(model):
    kit = make_study()
    with pytest.raises(Conflict, match="once the study is closed"):
        asked(kit, model)
    kit.to(State.CLOSED)
    asked(kit, model)
    with pytest.raises(NotFound):
        asked(kit, model)


def test_a_model_that_does_not_know_the_classes_is_refused(model):
    kit = make_study(State.CLOSED)
    other = ClassList.objects.create(name="other", version=1, title="Another list", sha256="1" * 64)
    look = {"title": "N", "letter": "N", "key": "1", "colour": "#000000", "role": "leukocyte"}
    CellClass.objects.create(class_list=other, position=0, name="neutrophil", **look)
    stranger = model_version(class_list=other)
    with pytest.raises(InvalidInput, match="lymphocyte"):
        asked(kit, stranger)
    retired = model_version(state=ModelState.RETIRED)
    with pytest.raises(NotFound):
        asked(kit, retired)


def test_without_a_localiser_no_model_can_find_the_cell():
    kit = make_study(State.CLOSED)
    ModelVersion.objects.filter(task=Task.LOCATE).update(state=ModelState.RETIRED)
    with pytest.raises(InvalidInput, match="localiser"):
        asked(kit, model_version())


def test_a_missing_picture_ends_the_job_with_a_sentence(model, run_job):
    kit = make_study(State.CLOSED)
    paint(kit)
    storage.delete_key(kit.study.cases.first().image)
    reading = asked(kit, model)
    assert run_job(Job.objects.get(kind=READ)) is Outcome.FAILED
    assert "missing from the store" in Job.objects.get(kind=READ).error
    reading.refresh_from_db()
    assert reading.answers == {}


def test_the_job_is_nobodys_but_the_askers_and_names_no_study(model):
    kit = make_study(State.CLOSED)
    asked(kit, model)
    job = Job.objects.get(kind=READ)
    assert job.project is None
    assert kit.study.title not in job.title
    for other in (kit.manager, member(kit.project, Role.REVIEWER)):
        assert not Job.objects.visible_to(other).filter(pk=job.pk).exists()
    links = {}
    for who in (kit.owner, kit.manager):
        client = Client()
        client.force_login(who)
        page = client.get(reverse("studies:results", args=[kit.study.public_id])).content.decode()
        assert "waiting" in page
        links[who] = str(job.public_id) in page
    assert links == {kit.owner: True, kit.manager: False}
