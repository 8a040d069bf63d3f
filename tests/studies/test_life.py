"""The life of a study: each step in its order, with who and why, and a design that nothing changes after the lock."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import AuditEvent, Role
from apps.core.disposal import remove_rows
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound, NotPermitted
from apps.studies import hooks, services
from apps.studies.models import STEPS, Enrolment, Slot, State, Study, Transition, UnblindRequest
from apps.studies.presets import preset
from apps.studies.services.orders import digest_of
from apps.studies.truth import CaseKey
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.kits.studies import LIFE, make_study

pytestmark = pytest.mark.django_db

SEED = "0123456789abcdef" * 4


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_a_study_goes_through_its_life_and_each_step_is_kept():
    kit = make_study(State.UNBLINDED)
    study = kit.fresh()
    steps = study.transitions.values_list("from_state", "to_state", "who", "why")
    assert [(a, b) for a, b, _, _ in steps] == [("", "draft"), *itertools.pairwise(LIFE)]
    assert {who for _, _, who, _ in steps} == {kit.owner.pk, kit.manager.pk}
    assert list(steps)[-1][3] == "The reading is over."
    for when in ("prepared_at", "locked_at", "opened_at", "closed_at", "unblinded_at"):
        assert getattr(study, when) is not None
    verbs = AuditEvent.objects.filter(target=f"study:{study.public_id}").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "study-created",
        "study-prepared",
        "study-reader-enrolled",
        "study-locked",
        "study-opened",
        "study-closed",
        "study-unblinded",
    ]


@pytest.mark.parametrize("was", LIFE)
def test_the_database_takes_no_other_step(was: State):
    kit = make_study(was)
    row = Study.objects.filter(pk=kit.study.pk)
    for to in LIFE:
        if to != was and to not in STEPS[was]:
            refused(lambda to=to: row.update(state=to, unblinded_at=None))
    assert row.get().state == was


def test_nobody_begins_further_on():
    kit = make_study(State.DRAFT, readers=0)
    values = {"project": kit.project, "title": "x", "protocol": kit.study.protocol, "created_by": kit.owner}
    refused(lambda: Study.objects.create(**values, state=State.PREPARED))


STEP = {
    State.PREPARED: lambda kit: services.back_to_draft(actor=kit.owner, study=kit.study, why="Too few."),
    State.LOCKED: lambda kit: services.lock(actor=kit.owner, study=kit.study),
    State.OPEN: lambda kit: services.open_(actor=kit.owner, study=kit.study),
    State.CLOSED: lambda kit: services.close(actor=kit.owner, study=kit.study),
    State.UNBLINDED: lambda kit: services.unblind(actor=kit.manager, study=kit.study, why="Over."),
    State.DRAFT: lambda kit: services.prepare(actor=kit.owner, study=kit.study),
}
ALLOWED = {
    State.DRAFT: {State.DRAFT},
    State.PREPARED: {State.PREPARED, State.LOCKED},
    State.LOCKED: {State.OPEN},
    State.OPEN: {State.CLOSED},
    State.CLOSED: {State.UNBLINDED},
    State.UNBLINDED: set(),
}


@pytest.mark.parametrize("was", LIFE)
def test_a_step_out_of_its_order_is_said_and_changes_nothing(was: State):
    kit = make_study(was)
    for name, act in STEP.items():
        if name not in ALLOWED[was]:
            with pytest.raises(Conflict) as raised:
                act(kit)
            assert raised.value.detail["state"] == was
    before = Transition.objects.filter(study=kit.study).count()
    assert kit.fresh().state == was
    assert before == kit.study.transitions.count()


def test_two_who_lock_at_once_lock_once():
    kit = make_study(State.PREPARED)
    stale = Study.objects.select_related("project").get(pk=kit.study.pk)
    services.lock(actor=kit.owner, study=kit.study)
    with pytest.raises(Conflict):
        services.lock(actor=kit.manager, study=stale)
    assert Transition.objects.filter(study=stale, to_state=State.LOCKED).count() == 1


# Fixed at locking


def test_the_lock_stores_an_order_for_every_reader_and_names_everything():
    kit = make_study(State.LOCKED, readers=3, practice=2, each=4)
    assert len(kit.study.digest) == 64
    assert [one.slots.count() for one in kit.enrolments] == [18, 18, 18]
    assert len({one.digest for one in kit.enrolments}) == 3
    first = kit.enrolments[0].slots.select_related("case").order_by("position")
    assert [slot.case.practice for slot in first] == [True] * 2 + [False] * 16
    assert [slot.block for slot in first][:3] == [0, 0, 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda study: study.cases.update(image_digest="f" * 64),
        lambda study: Study.objects.filter(pk=study.pk).update(protocol={**study.protocol, "practice": 1}),
        lambda study: Study.objects.filter(pk=study.pk).update(margin=0.2),
        lambda study: Study.objects.filter(pk=study.pk).update(seed="f" * 64),
        lambda study: Study.objects.filter(pk=study.pk).update(digest="f" * 64),
        lambda study: Study.objects.filter(pk=study.pk).update(title="Another"),
        lambda study: Study.objects.filter(pk=study.pk).update(audit={**study.audit, "why": "Other."}),
        lambda study: Study.objects.filter(pk=study.pk).update(draw_report={}),
        lambda study: study.cases.update(code="f" * 32),
        lambda study: remove_rows(study.cases.all()),
        lambda study: CaseKey.objects.filter(study=study).update(origin="real"),
        lambda study: CaseKey.objects.filter(study=study).update(intended_class="monocyte"),
        lambda study: remove_rows(CaseKey.objects.filter(study=study)),
        lambda study: study.cases.create(code="f" * 32, number=99),
        lambda study: Slot.objects.filter(enrolment__study=study).update(position=99),
        lambda study: remove_rows(Slot.objects.filter(enrolment__study=study)),
        lambda study: study.enrolments.update(pseudonym="R9"),
        lambda study: study.enrolments.update(digest="f" * 64),
        lambda study: remove_rows(Enrolment.objects.filter(study=study)),
        lambda study: study.transitions.update(why="other"),
        lambda study: remove_rows(study.transitions.all()),
        lambda study: remove_rows(Study.objects.filter(pk=study.pk)),
    ],
)
def test_after_the_lock_the_database_refuses_every_write_to_the_design(change: Callable[[Study], object]):
    kit = make_study(State.LOCKED)
    refused(lambda: change(kit.study))


@pytest.mark.parametrize("name", ["audit", "draw_report"])
def test_the_digest_names_draw_and_audit(name: str):
    kit = make_study(State.LOCKED)
    orders = dict(kit.study.enrolments.values_list("pseudonym", "digest"))
    assert digest_of(study=kit.study, orders=orders) == kit.study.digest
    setattr(kit.study, name, {**getattr(kit.study, name), "other": 1})
    assert digest_of(study=kit.study, orders=orders) != kit.study.digest


@pytest.mark.parametrize("state", LIFE[1:])
def test_a_design_is_changed_in_drafts_only(state: State):
    kit = make_study(state)
    with pytest.raises(Conflict) as raised:
        services.change_study(
            actor=kit.owner,
            study=kit.study,
            expected_version=kit.study.version,
            title="Another",
            protocol=kit.study.plan,
        )
    assert raised.value.code == "not-draft"
    with pytest.raises(Conflict):
        services.discard_study(actor=kit.owner, study=kit.study)
    assert kit.fresh().title == "Real or not"


def test_the_same_seed_and_cells_give_the_same_lock_on_any_database():
    """The figures stand here, so they hold on SQLite and on PostgreSQL, in this version and the next."""
    kit = make_study(State.LOCKED, each=10, readers=2, repeats=0.1, practice=3, seed=SEED)
    assert kit.study.cases.get(number=1).code == "a24d5b8193b963d1b3b055683229ab43"
    assert {one.pseudonym: one.digest for one in kit.enrolments} == {
        "R1": "e396b85cf7e2aefcbaed5af675000a2b28ff5a4a048ca9d0ac7a43c9a2ebfa08",
        "R2": "9f2f5e314f8f932d896bfadc25172ba1e51c951e25f15414f0377c7314599399",
    }
    for enrolment in kit.enrolments:
        assert enrolment.slots.count() == 47


def test_a_reader_enrolled_after_the_lock_gets_an_order_and_changes_nobody_elses():
    kit = make_study(State.LOCKED, readers=2, each=5)

    def orders() -> dict[str, list[str]]:
        return {
            one.pseudonym: list(one.slots.order_by("position").values_list("case__code", flat=True))
            for one in kit.enrolments
        }

    before, digest = orders(), kit.study.digest
    late = kit.add_reader()
    kit.to(State.OPEN)
    later = kit.add_reader()
    after = orders()
    assert {name: after[name] for name in before} == before
    assert kit.study.digest == digest
    assert len(late.digest) == len(later.digest) == 64
    assert sorted(after["R3"]) == sorted(after["R4"]) == sorted(before["R1"])
    assert len({tuple(codes) for codes in after.values()}) == 4


def test_the_order_of_a_reader_depends_on_neither_the_others_nor_the_moment():
    alone = make_study(State.LOCKED, readers=1, each=5, seed=SEED)
    known = {key.case_id: (key.intended_class, key.origin) for key in alone.truth.values()}
    slots, digest = services.orders.plan_order(study=alone.study, enrolment=alone.enrolments[0])
    assert digest == alone.enrolments[0].digest
    assert [slot.case_id for slot in slots] == list(
        alone.enrolments[0].slots.order_by("position").values_list("case_id", flat=True)
    )
    assert len(known) == len(slots)


def test_a_picture_that_is_gone_keeps_a_study_from_being_locked():
    kit = make_study(State.PREPARED)
    kit.study.cases.filter(number=1).update(image="", length=0)
    with pytest.raises(Conflict) as raised:
        services.lock(actor=kit.owner, study=kit.study)
    assert raised.value.code == "picture"


def test_without_an_acknowledged_audit_nothing_is_locked():
    kit = make_study(State.PREPARED)
    Study.objects.filter(pk=kit.study.pk).update(audit={})
    with pytest.raises(Conflict) as raised:
        services.lock(actor=kit.owner, study=kit.fresh())
    assert raised.value.code == "audit"


# Back, on, and over


def test_a_prepared_study_goes_back_with_a_reason_and_can_be_changed():
    kit = make_study(State.PREPARED)
    with pytest.raises(InvalidInput):
        services.back_to_draft(actor=kit.owner, study=kit.study, why="  ")
    study = services.back_to_draft(actor=kit.owner, study=kit.study, why="Too few basophils.")
    assert (study.state, study.prepared_at, study.audit) == (State.DRAFT, None, {})
    changed = services.change_study(
        actor=kit.owner,
        study=study,
        expected_version=study.version,
        title="Better",
        protocol=study.plan.replace(practice=1),
    )
    assert (changed.title, changed.plan.practice, changed.protocol_version) == ("Better", 1, 2)
    with pytest.raises(Conflict) as raised:
        services.change_study(
            actor=kit.owner,
            study=changed,
            expected_version=study.version - 1,
            title="Late",
            protocol=changed.plan,
        )
    assert raised.value.code == "stale"
    assert raised.value.detail["current"]["title"] == "Better"


def test_what_an_audit_found_stays_on_record_when_a_study_is_designed_anew():
    """Nobody draws anew in silence until the figures of the second gate suit."""
    kit = make_study(State.PREPARED)
    content = ({"family": "colour", "label": "Colour", "auc": 0.91, "p": 0.001, "p_holm": 0.002},)
    stored = {**kit.study.audit, "content": list(content)}
    Study.objects.filter(pk=kit.study.pk).update(audit=stored)
    # What the caller holds may be older than the audit.
    services.back_to_draft(actor=kit.owner, study=kit.study, why="Too easily told.")
    kept = AuditEvent.objects.get(verb="study-redrafted").detail
    assert kept == {
        "why": "Too easily told.",
        "images": stored["images"],
        "content": [{"family": "colour", "auc": 0.91, "p_holm": 0.002}],
    }
    # A draft may hold an audit too: the job that prepares it failed behind it.
    Study.objects.filter(pk=kit.study.pk).update(audit=stored)
    services.discard_study(actor=kit.owner, study=kit.fresh())
    last = AuditEvent.objects.get(verb="study-discarded").detail
    assert last == {"images": stored["images"], "content": kept["content"], "redrafts": 1}


def test_a_draft_is_discarded_with_everything():
    kit = make_study(State.PREPARED)
    services.back_to_draft(actor=kit.owner, study=kit.study, why="Not wanted.")
    services.invite(actor=kit.owner, study=kit.study)
    services.discard_study(actor=kit.owner, study=kit.fresh(), why="Not wanted.")
    for model in (Study, Enrolment, CaseKey, Transition):
        assert not model.objects.exists()
    assert AuditEvent.objects.filter(verb="study-discarded").exists()


def test_more_time_opens_a_closed_study_again():
    kit = make_study(State.OPEN, two_person_unblinding=True)
    due = timezone.now() + timedelta(days=7)
    with pytest.raises(InvalidInput):
        services.extend(
            actor=kit.owner, study=kit.study, due_at=timezone.now() - timedelta(days=1), why="Late."
        )
    services.extend(actor=kit.owner, study=kit.study, due_at=due, why="Holidays.")
    kit.to(State.CLOSED)
    services.unblind(actor=kit.manager, study=kit.study, why="Over.")
    study = services.extend(actor=kit.owner, study=kit.fresh(), due_at=None, why="One more reader.")
    assert (study.state, study.due_at, study.closed_at) == (State.OPEN, None, None)
    assert not UnblindRequest.objects.exists()
    kit.to(State.CLOSED)
    services.unblind(actor=kit.manager, study=kit.study, why="Over.")
    services.unblind(actor=member(kit.project, Role.MANAGER), study=kit.fresh(), why="Over.")
    with pytest.raises(Conflict):
        services.extend(actor=kit.owner, study=kit.fresh(), due_at=None, why="Again.")


def test_where_it_takes_two_one_person_does_not_unblind():
    told: list[Study] = []
    kit = make_study(State.CLOSED, two_person_unblinding=True)
    study = services.unblind(actor=kit.manager, study=kit.study, why="Over.")
    assert (study.state, study.unblind_request.who) == (State.CLOSED, kit.manager)
    with pytest.raises(Conflict) as raised:
        services.unblind(actor=kit.manager, study=study, why="Over.")
    assert raised.value.code == "second-person"
    services.withdraw_unblind_request(actor=kit.manager, study=study)
    with pytest.raises(Conflict):
        services.withdraw_unblind_request(actor=kit.manager, study=study)
    services.unblind(actor=SiteAdminFactory(), study=kit.fresh(), why="Over.")

    def hook(**values: Any) -> None:
        told.append(values["study"])

    hooks.after_unblinding.register(hook)
    try:
        study = services.unblind(actor=kit.manager, study=kit.fresh(), why="Both agree.")
    finally:
        hooks.after_unblinding._hooks.popitem()
    assert study.state == State.UNBLINDED
    assert told == [study]


# Who may


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_may_not_design_may_do_nothing(role: Role):
    kit = make_study(State.OPEN)
    actor = member(kit.project, role)
    acts: list[Callable[[], object]] = [
        lambda: services.create_study(
            actor=actor, project=kit.project, title="x", protocol=preset("jung-2022")
        ),
        lambda: services.close(actor=actor, study=kit.study),
        lambda: services.enrol(actor=actor, study=kit.study, reader=UserFactory()),
        lambda: services.invite(actor=actor, study=kit.study),
        lambda: services.withdraw(actor=actor, enrolment=kit.enrolments[0]),
        lambda: services.unblind(actor=actor, study=kit.study, why="x"),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
    assert not Study.objects.visible_to(actor).exists()


def test_a_researcher_designs_and_does_not_unblind():
    kit = make_study(State.CLOSED)
    with pytest.raises(NotPermitted):
        services.unblind(actor=kit.owner, study=kit.study, why="Curious.")


def test_strangers_know_of_nothing():
    kit = make_study(State.CLOSED)
    stranger = member(ProjectFactory(), Role.MANAGER)
    with pytest.raises(NotFound):
        services.unblind(actor=stranger, study=kit.study, why="x")
    assert not Study.objects.visible_to(stranger).exists()


@pytest.mark.parametrize("who", ["owner", "manager"])
def test_whoever_looked_after_a_study_cannot_read_it(who: str):
    kit = make_study(State.CLOSED, readers=0)
    services.extend(actor=kit.manager, study=kit.study, due_at=None, why="One more reader.")
    with pytest.raises(Conflict) as raised:
        services.enrol(actor=kit.manager, study=kit.fresh(), reader=getattr(kit, who))
    assert raised.value.code == "designer"


def test_a_reader_sees_nothing_of_the_staff_side_before_the_end():
    kit = make_study(State.OPEN, readers=0)
    colleague = member(kit.project, Role.RESEARCHER)
    assert Study.objects.visible_to(colleague).exists()
    kit.add_reader(colleague)
    assert not Study.objects.visible_to(colleague).exists()
    with pytest.raises(NotPermitted) as raised:
        services.close(actor=colleague, study=kit.fresh())
    assert raised.value.code == "reader"
    kit.to(State.UNBLINDED)
    assert Study.objects.visible_to(colleague).exists()


def test_an_error_of_one_reader_is_said():
    kit = make_study(State.OPEN)
    reader = kit.enrolments[0].reader
    with pytest.raises(Conflict) as raised:
        services.enrol(actor=kit.owner, study=kit.study, reader=reader)
    assert raised.value.code == "enrolled"
    services.withdraw(actor=reader, enrolment=kit.enrolments[0])
    with pytest.raises(Conflict) as raised:
        services.enrol(actor=kit.owner, study=kit.fresh(), reader=reader)
    assert raised.value.code == "withdrawn"
    with pytest.raises(InvalidInput):
        services.enrol(actor=kit.owner, study=kit.fresh(), reader=UserFactory(is_active=False))
    kit.to(State.CLOSED)
    with pytest.raises(DomainError, match="closed"):
        services.enrol(actor=kit.owner, study=kit.study, reader=UserFactory())
