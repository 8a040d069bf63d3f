import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent
from apps.core.errors import Conflict
from apps.jobs.models import Job, Outcome
from apps.studies.models import State, StudyAnalysis
from apps.studies.results import services
from apps.studies.results.params import ANALYSE
from tests.kits.studies import make_study
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db


def page(kit, who=None):
    client = Client()
    client.force_login(who or kit.owner)
    return client.get(reverse("studies:results", args=[kit.study.public_id]))


def words(response):
    return response.content.decode()


@pytest.mark.parametrize("state", [State.OPEN, State.CLOSED])
def test_before_unblinding_there_is_progress_and_no_answer(state):
    kit = make_study(each=2)
    kit.read_all(kit.enrolments[0], answer="lymphocyte")
    kit.to(state)
    response = page(kit)
    assert response.status_code == 200
    assert "Results open with unblinding" in words(response)
    assert "ymphocyte" not in words(response)
    assert '<td class="number">8</td><td class="number">8</td>' in words(response)


def test_results_are_worked_out_by_a_job_that_unblinding_asks_for(quick, run_job):
    kit = make_study(each=3)
    kit.read_all(kit.enrolments[0])
    kit.to(State.UNBLINDED)
    assert "Being worked out" in words(page(kit))
    job = Job.objects.get(kind=ANALYSE)
    assert run_job(job) is Outcome.SUCCEEDED
    assert "What the data allow to be said" in words(page(kit))
    assert services.request_analysis(study=kit.study, actor=kit.owner) is None
    assert Job.objects.filter(kind=ANALYSE).count() == 1


def test_nobody_has_results_worked_out_before_unblinding():
    kit = make_study(State.CLOSED)
    with pytest.raises(Conflict):
        services.request_analysis(study=kit.study, actor=kit.owner)
    client = Client()
    client.force_login(kit.owner)
    assert client.post(reverse("studies:results-analyse", args=[kit.study.public_id])).status_code == 409
    assert not StudyAnalysis.objects.exists()


def test_the_page_says_sentences_first_then_pictures_with_tables(unblinded):
    kit = unblinded(each=10, readers=2, questions=("class", "realism"), margin=0.1, repeats=0.1)
    text = words(page(kit))
    places = [
        text.index(part)
        for part in ("What the data allow", 'id="matrices"', 'id="audit"', 'id="files-title"')
    ]
    assert places == sorted(places)
    for name in (
        "sensitivities",
        "difference",
        "realism",
        "agreement",
        "times",
        "drift",
        "design",
        "checklists",
        "methods",
    ):
        assert f'id="{name}"' in text, name
    assert text.count('<svg class="plot') >= 4
    assert "style=" not in text.split("<main")[1]
    assert "No difference in class accuracy" in text


def test_five_classes_have_the_published_table_beside(unblinded):
    kit = unblinded(each=2, classes=("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil"))
    text = words(page(kit))
    assert "Jung et al. 2022, table 8" in text
    assert "plot__published--hollow" in text


def test_a_reader_has_no_page_of_results_before_unblinding():
    kit = make_study(State.CLOSED)
    reader = kit.enrolments[0].reader
    assert page(kit, reader).status_code == 404


def test_what_is_taken_out_stands_in_the_record(unblinded):
    kit = unblinded()
    client = Client()
    client.force_login(kit.owner)
    address = reverse("studies:results-file", args=[kit.study.public_id, "trials.csv"])
    response = client.get(address)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="study-' in response["Content-Disposition"]
    assert client.head(address).status_code == 200
    event = AuditEvent.objects.get(verb="exported")
    assert (event.actor, event.detail["what"], event.detail["blind"]) == (
        kit.owner,
        "study trials.csv",
        False,
    )


def test_the_page_asks_the_database_little(unblinded, django_assert_max_num_queries):
    kit = unblinded(each=3, readers=3)
    client = Client()
    client.force_login(kit.owner)
    address = reverse("studies:results", args=[kit.study.public_id])
    client.get(address)
    with django_assert_max_num_queries(30):
        client.get(address)


def test_a_model_can_be_asked_on_the_page(unblinded):
    kit = unblinded()
    model = model_version()
    assert model.label in words(page(kit))
    client = Client()
    client.force_login(kit.owner)
    address = reverse("studies:results-model", args=[kit.study.public_id])
    assert client.post(address, {"model": "nothing"}).status_code == 400
    assert client.post(address, {"model": str(model.public_id)}).status_code == 302
