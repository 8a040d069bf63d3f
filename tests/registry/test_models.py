import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Role
from apps.core.errors import Unavailable
from apps.registry.models import ClassList, ModelState, ModelVersion, Task
from apps.registry.selectors import active_model, class_list_for, classes_for
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.registry.factories import in_use, model_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("task", [Task.LOCATE, Task.CLASSIFY])
@pytest.mark.parametrize("of_a_project", [True, False])
def test_only_one_version_is_in_use_per_place(task, of_a_project):
    project = ProjectFactory() if of_a_project else None
    in_use(task=task, project=project)
    with pytest.raises(IntegrityError), transaction.atomic():
        model_version(task=task, project=project, state=ModelState.ACTIVE)


def test_a_project_may_use_its_own_version_beside_the_sites():
    project, other = ProjectFactory(), ProjectFactory()
    of_site = in_use(task=Task.CLASSIFY)
    own = in_use(task=Task.CLASSIFY, project=project)
    assert active_model(Task.CLASSIFY, project) == own
    assert active_model(Task.CLASSIFY, other) == of_site


def test_a_classifier_for_another_list_does_not_answer():
    project = ProjectFactory()
    of_site = in_use(task=Task.CLASSIFY)
    model_version(
        project=project, state=ModelState.ACTIVE, class_list=ClassList.objects.get(name="five", version=1)
    )
    assert active_model(Task.CLASSIFY, project) == of_site


def test_without_a_version_in_use_there_is_none():
    ModelVersion.objects.update(state=ModelState.RETIRED)
    assert active_model(Task.LOCATE, ProjectFactory()) is None


def test_a_project_uses_the_newest_published_list_of_eight():
    project = ProjectFactory()
    ClassList.objects.create(name="eight", version=2, sha256="0" * 64, title="Next", published=False)
    assert class_list_for(project).version == 1
    assert [c.letter for c in classes_for(project)][:5] == ["N", "L", "M", "E", "B"]


def test_a_missing_list_is_said():
    ClassList.objects.filter(name="eight").update(published=False)
    with pytest.raises(Unavailable, match="sync_registry"):
        class_list_for(ProjectFactory())


@pytest.mark.parametrize(
    "wrong",
    [
        {"task": Task.CLASSIFY, "class_list": None},
        {"task": Task.LOCATE, "weights_sha256": "short"},
        {"task": Task.LOCATE, "state": "favourite"},
    ],
)
def test_the_database_refuses_nonsense(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        model_version(**wrong)


def test_models_of_a_project_are_for_its_members():
    project = ProjectFactory()
    of_site, of_project = model_version(), model_version(project=project)
    insider, outsider = member(project, Role.VIEWER), UserFactory()
    assert {of_site, of_project} <= set(ModelVersion.objects.visible_to(insider))
    assert of_project not in ModelVersion.objects.visible_to(outsider)
    assert of_project in ModelVersion.objects.visible_to(SiteAdminFactory())
