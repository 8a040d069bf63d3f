"""Reading: one image after another, each answered once, by its reader and nobody else, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import ApiToken, Role, Scope, User
from apps.core.disposal import remove_rows
from apps.core.errors import Conflict, DomainError, Gone, InvalidInput, NotFound, NotPermitted
from apps.studies import selectors, services
from apps.studies.models import Enrolment, Reading, State, Viewing
from apps.studies.services import reading
from tests.factories import SiteAdminFactory, UserFactory, member
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db


def again(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_related("study", "reader").get(pk=enrolment.pk)


def submit(enrolment: Enrolment, position: int, **values: Any) -> Reading:
    given: dict[str, Any] = {
        "actor": enrolment.reader,
        "answer": "neutrophil",
        "realism": None,
        "reason": "",
        "times": {},
        "idempotency_key": uuid4().hex,
    }
    return reading.submit(enrolment=again(enrolment), position=position, **{**given, **values})


def serve(enrolment: Enrolment) -> reading.Next | None:
    return reading.serve(enrolment=again(enrolment))


def code_of(raised: pytest.ExceptionInfo[DomainError]) -> str:
    return raised.value.code


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


# The way through


def test_images_come_in_the_stored_order_until_none_is_left():
    kit = make_study(each=2)
    mine = kit.enrolments[0]
    codes = list(mine.slots.order_by("position").values_list("case__code", flat=True))
    seen = []
    while (now := serve(mine)) is not None:
        case = reading.image_of(enrolment=again(mine), actor=mine.reader, address=now.image)
        assert (now.position, now.answered, now.n) == (len(seen) + 1, len(seen), 8)
        assert serve(mine) == now  # asking again changes nothing
        seen.append(case.code)
        submit(mine, now.slot_position)
    assert seen == codes
    assert Reading.objects.count() == 8


def test_practice_comes_first_and_is_counted_by_itself():
    kit = make_study(each=2, practice=2)
    mine = kit.enrolments[0]
    told = []
    while (now := serve(mine)) is not None:
        told.append((now.practice, now.position, now.n))
        assert (again(mine).practised_at is None) == now.practice
        submit(mine, now.slot_position)
    assert told == [(True, 1, 2), (True, 2, 2), *((False, n, 8) for n in range(1, 9))]
    assert [(one.total, one.answered) for one in selectors.progress(kit.study)] == [(8, 8)]


def test_a_break_is_offered_after_so_many_images():
    kit = make_study(each=3, break_every=4, practice=4)
    due = []
    while (now := serve(kit.enrolments[0])) is not None:
        if now.break_due:
            due.append(now.position)
        submit(kit.enrolments[0], now.slot_position)
    assert due == [5, 9]


def test_realism_is_asked_with_the_class_where_the_protocol_says_so():
    kit = make_study(questions=("class", "realism"))
    mine = kit.enrolments[0]
    for wrong in ({"realism": None}, {"realism": 0}, {"realism": 7}):
        with pytest.raises(InvalidInput) as raised:
            submit(mine, 1, **wrong)
        assert code_of(raised) == "realism"
    assert submit(mine, 1, realism=6, reason=" Too smooth. ").reason == "Too smooth."


def test_a_second_sitting_asks_realism_of_the_same_images_in_another_order_and_later():
    kit = make_study(questions=("class", "realism"), sittings=2, sitting_gap_days=7, each=3)
    mine = kit.enrolments[0]
    for _ in range(12):
        kit.read(mine)
    waiting = serve(mine)
    assert waiting is not None
    assert waiting.opens_at is not None
    assert waiting.opens_at > timezone.now() + timedelta(days=6)
    assert (waiting.image, waiting.prefetch, waiting.sitting) == ("", "", 2)
    with pytest.raises(Conflict) as raised:
        submit(mine, waiting.slot_position, answer="", realism=3)
    assert code_of(raised) == "study-not-open"
    codes = [
        list(mine.slots.filter(sitting=n).order_by("position").values_list("case__code", flat=True))
        for n in (1, 2)
    ]
    assert codes[0] != codes[1]
    assert sorted(codes[0]) == sorted(codes[1])


def test_an_image_has_another_address_in_the_second_sitting():
    kit = make_study(questions=("class", "realism"), sittings=2, each=2)
    mine, shown = kit.enrolments[0], []
    while (now := serve(mine)) is not None:
        case = reading.image_of(enrolment=again(mine), actor=mine.reader, address=now.image)
        shown.append((case.code, now.image))
        kit.read(mine)
    assert len(shown) == 2 * len({code for code, _ in shown})
    assert len({address for _, address in shown}) == len(shown)


def test_the_second_sitting_goes_on_once_it_has_begun():
    kit = make_study(questions=("class", "realism"), sittings=2, each=2)
    mine = kit.enrolments[0]
    assert kit.read_all(mine) == 16
    said = Reading.objects.order_by("pk").values_list("answer", "realism")
    assert [bool(answer) for answer, _ in said] == [True] * 8 + [False] * 8
    assert [realism is None for _, realism in said] == [True] * 8 + [False] * 8
    assert [(one.total, one.answered, one.done) for one in selectors.progress(kit.study)] == [(16, 16, True)]


def test_progress_is_one_query_for_all_readers_and_tells_no_answer(django_assert_num_queries: Any):
    kit = make_study(readers=3, each=2, practice=1)
    kit.read_all(kit.enrolments[0])
    kit.read(kit.enrolments[1])
    kit.read(kit.enrolments[1])
    with django_assert_num_queries(1):
        found = selectors.progress(kit.study)
    assert [(one.enrolment.pseudonym, one.answered, one.total) for one in found] == [
        ("R1", 8, 8),
        ("R2", 1, 8),
        ("R3", 0, 8),
    ]
    assert [one.last_at is None for one in found] == [False, False, True]


# Nothing twice, nothing lost, nothing skipped


def test_the_same_answer_sent_twice_is_one_reading():
    kit = make_study()
    first = submit(kit.enrolments[0], 1, idempotency_key="k")
    second = submit(kit.enrolments[0], 1, idempotency_key="k")
    assert first == second
    assert Reading.objects.count() == 1


def test_a_repeated_answer_is_known_after_the_study_closed_and_after_withdrawing():
    kit = make_study()
    mine = kit.enrolments[0]
    first = submit(mine, 1, idempotency_key="k")
    services.withdraw(actor=mine.reader, enrolment=again(mine))
    assert submit(mine, 1, idempotency_key="k") == first
    kit.to(State.CLOSED)
    assert submit(mine, 1, idempotency_key="k") == first


@pytest.mark.parametrize("other", [{"answer": "lymphocyte"}, {"position": 2}])
def test_a_key_stands_for_one_answer(other: dict[str, Any]):
    kit = make_study()
    submit(kit.enrolments[0], 1, idempotency_key="k")
    with pytest.raises(InvalidInput) as raised:
        submit(kit.enrolments[0], **{"position": 1, "idempotency_key": "k", **other})
    assert code_of(raised) == "idempotency-key-reused"


def test_of_two_windows_the_second_is_told_and_changes_nothing():
    kit = make_study()
    submit(kit.enrolments[0], 1, answer="neutrophil")
    with pytest.raises(Conflict) as raised:
        submit(kit.enrolments[0], 1, answer="lymphocyte")
    assert code_of(raised) == "answered-elsewhere"
    assert list(Reading.objects.values_list("answer", "revision")) == [("neutrophil", 0)]


@pytest.mark.parametrize("position", [2, 5])
def test_no_image_is_skipped(position: int):
    kit = make_study()
    with pytest.raises(Conflict) as raised:
        submit(kit.enrolments[0], position)
    assert code_of(raised) == "not-this-image"
    with pytest.raises(NotFound):
        submit(kit.enrolments[0], 99)


def test_an_answer_that_was_cut_off_is_given_again_and_the_next_image_is_the_same():
    """Killed before the commit: nothing is there. Killed after it: it is, and the page's second try finds it."""
    kit = make_study()
    mine = kit.enrolments[0]
    before = serve(mine)

    with transaction.atomic():
        submit(mine, 1, idempotency_key="k")
        transaction.set_rollback(True)
    assert serve(mine) == before
    assert not Reading.objects.exists()
    submit(mine, 1, idempotency_key="k")
    after = serve(mine)
    assert submit(mine, 1, idempotency_key="k").idempotency_key == "k"
    assert serve(mine) == after
    assert after is not None
    assert after.position == 2


def test_two_windows_that_both_looked_before_either_wrote_leave_one_reading(monkeypatch: Any):
    """As without the lock on the reader: the table itself takes one first reading of a slot."""
    kit = make_study()
    mine = again(kit.enrolments[0])
    before = reading._places(mine)
    submit(mine, 1, answer="neutrophil")
    monkeypatch.setattr(reading, "_places", lambda _: before)
    with pytest.raises(Conflict) as raised:
        submit(mine, 1, answer="lymphocyte")
    assert code_of(raised) == "answered-elsewhere"
    assert list(Reading.objects.values_list("answer", flat=True)) == ["neutrophil"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="the tests' SQLite has one connection only")
@pytest.mark.django_db(transaction=True)
def test_two_windows_at_the_same_moment_leave_one_reading():
    kit = make_study()
    mine = again(kit.enrolments[0])
    ended = at_once(
        lambda: submit(mine, 1, answer="neutrophil"), lambda: submit(mine, 1, answer="lymphocyte")
    )
    assert sorted(ended) == ["answered-elsewhere", "done"]
    assert Reading.objects.count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="the tests' SQLite has one connection only")
@pytest.mark.django_db(transaction=True)
def test_an_answer_at_the_moment_of_closing_is_in_or_refused():
    kit = make_study(readers=3)
    acts = [lambda one=one: submit(one, 1) for one in kit.enrolments]
    ended = at_once(lambda: services.close(actor=kit.owner, study=kit.study), *acts)
    assert "done" in ended
    assert set(ended) <= {"done", "study-closed"}
    assert Reading.objects.count() == ended.count("done") - 1
    closed_at = kit.fresh().closed_at
    assert all(one.submitted_at <= closed_at for one in Reading.objects.all())


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do several things at the same moment, each on a connection of its own; return how each ended."""
    start, ended = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(10)
            act()
            ended.append("done")
        except DomainError as problem:
            ended.append(problem.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return ended


def test_where_going_back_is_allowed_first_and_last_answer_are_kept():
    kit = make_study(going_back=True)
    mine = kit.enrolments[0]
    first = serve(mine)
    assert first is not None
    submit(mine, 1, answer="neutrophil")
    assert reading.image_of(enrolment=again(mine), actor=mine.reader, address=first.image)
    reading.record_view(enrolment=again(mine), position=1, actor=mine.reader, screen={})
    submit(mine, 1, answer="lymphocyte")
    assert list(Reading.objects.order_by("revision").values_list("revision", "answer")) == [
        (0, "neutrophil"),
        (1, "lymphocyte"),
    ]
    now = serve(mine)
    assert now is not None
    assert now.answered == 1


# Who reads


def strangers(kit: Kit) -> list[User]:
    other = kit.enrolments[1].reader
    return [kit.owner, kit.manager, SiteAdminFactory(), member(kit.project, Role.REVIEWER), other]


def test_owner_administrator_and_other_readers_write_no_reading():
    kit = make_study(readers=2)
    mine = kit.enrolments[0]
    now = serve(mine)
    assert now is not None
    for actor in strangers(kit):
        for act in (
            lambda actor=actor: submit(mine, 1, actor=actor),
            lambda actor=actor: reading.record_view(
                enrolment=again(mine), position=1, actor=actor, screen={}
            ),
            lambda actor=actor: reading.image_of(enrolment=again(mine), actor=actor, address=now.image),
            lambda actor=actor: services.consent(enrolment=again(mine), actor=actor, digest=""),
            lambda actor=actor: services.describe(
                enrolment=again(mine), actor=actor, experience={}, screen={}
            ),
        ):
            with pytest.raises(NotPermitted):
                act()
        with pytest.raises(NotFound):
            selectors.own_enrolment(user=actor, public_id=mine.public_id)
    assert not Reading.objects.exists()
    assert not Viewing.objects.exists()


def test_neither_does_the_database_take_one_of_them():
    kit = make_study(readers=2)
    slot = kit.enrolments[0].slots.get(position=1)
    for actor in strangers(kit):
        refused(
            lambda actor=actor: Reading.objects.create(
                slot=slot, author=actor, answer="neutrophil", idempotency_key="k"
            )
        )
        refused(lambda actor=actor: Viewing.objects.create(slot=slot, author=actor, image_digest="0" * 64))


def test_a_program_with_the_readers_token_is_no_reader():
    kit = make_study()
    mine = kit.enrolments[0]
    actor = User.objects.get(pk=mine.reader_id)
    actor.through = ApiToken(user=actor, scopes=[Scope.LABEL])
    with pytest.raises(NotPermitted) as raised:
        submit(mine, 1, actor=actor)
    assert code_of(raised) == "program"


# When


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.PREPARED, "study-not-open"),
        (State.LOCKED, "study-not-open"),
        (State.CLOSED, "study-closed"),
        (State.UNBLINDED, "study-closed"),
    ],
)
def test_a_study_is_read_while_it_is_open(state: State, code: str):
    kit = make_study(state)
    mine = kit.enrolments[0]
    for act in (lambda: serve(mine), lambda: submit(mine, 1)):
        with pytest.raises(Conflict) as raised:
            act()
        assert code_of(raised) == code
    if state != State.PREPARED:
        slot = mine.slots.get(position=1)
        refused(
            lambda: Reading.objects.create(
                slot=slot, author=mine.reader, answer="neutrophil", idempotency_key="k"
            )
        )


def test_nobody_reads_without_consent_or_after_withdrawing():
    kit = make_study(readers=0)
    mine = kit.add_reader(consents=False)
    with pytest.raises(Conflict) as raised:
        serve(mine)
    assert code_of(raised) == "no-consent"
    with pytest.raises(Conflict) as raised:
        services.consent(enrolment=again(mine), actor=mine.reader, digest="0" * 64)
    assert code_of(raised) == "stale"
    services.consent(enrolment=again(mine), actor=mine.reader, digest=services.consent_digest(mine.study))
    kit.read(mine)
    services.withdraw(actor=mine.reader, enrolment=again(mine), why="No time.")
    for act in (
        lambda: serve(mine),
        lambda: submit(mine, 2),
        lambda: services.withdraw(actor=mine.reader, enrolment=again(mine)),
        lambda: services.describe(enrolment=again(mine), actor=mine.reader, experience={}, screen={}),
    ):
        with pytest.raises(Gone) as gone:
            act()
        assert gone.value.code == "withdrawn"
    refused(lambda: Enrolment.objects.filter(pk=mine.pk).update(withdrawn_at=None))
    assert Reading.objects.count() == 1


# What is kept stays


@pytest.mark.parametrize("table", [Reading, Viewing])
def test_readings_and_viewings_are_never_changed(table: Any):
    kit = make_study()
    kit.read(kit.enrolments[0])
    column = {"answer": "other"} if table is Reading else {"image_digest": "0" * 64}
    refused(lambda: table.objects.update(**column))
    refused(lambda: remove_rows(table.objects.all()))
    if table is Viewing:
        refused(lambda: table.objects.update(screen=None))  # nobody was erased


@pytest.mark.parametrize(
    "values",
    [
        {"revision": 1},
        {"realism": 7},
        {"realism": 0},
        {"answer": ""},
        {"idempotency_key": ""},
        {"slot": 2},
    ],
)
def test_the_database_holds_ranges_revisions_and_order(values: dict[str, Any]):
    kit = make_study()
    mine = kit.enrolments[0]
    slot = mine.slots.get(position=values.pop("slot", 1))
    given = {"slot": slot, "author": mine.reader, "answer": "neutrophil", "idempotency_key": "k"}
    refused(lambda: Reading.objects.create(**{**given, **values}))
    if "slot" not in values and slot.position == 1:
        Reading.objects.create(**given)
        refused(lambda: Reading.objects.create(**{**given, "idempotency_key": "other"}))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"answer": "unicorn"}, "unknown-answer"),
        ({"answer": ""}, "unknown-answer"),
        ({"realism": 3}, "realism"),
        ({"idempotency_key": ""}, "idempotency-key"),
        ({"idempotency_key": "k" * 65}, "idempotency-key"),
        ({"reason": "x" * 1001}, "reason"),
        ({"times": {"x": "y" * 5000}}, "told"),
        ({"times": []}, "told"),
        ({"times": {"x": float("nan")}}, "told"),
    ],
)
def test_what_is_no_answer_is_said(values: dict[str, Any], code: str):
    kit = make_study()
    with pytest.raises(InvalidInput) as raised:
        submit(kit.enrolments[0], 1, **values)
    assert code_of(raised) == code
    assert not Reading.objects.exists()


@pytest.mark.parametrize("answer", ["other", "cannot-tell"])
def test_one_can_always_say_other_or_that_one_cannot_tell(answer: str):
    kit = make_study()
    assert submit(kit.enrolments[0], 1, answer=answer).answer == answer


# Blind


def test_the_answer_to_an_answer_is_the_same_whatever_was_answered_and_whatever_is_shown():
    """The same statements with the same words but for the values sent, so no time can depend on truth."""
    kit = make_study(each=3, readers=4, classes=("neutrophil", "lymphocyte"))
    asked: set[tuple[str, ...]] = set()
    answers = set()
    for enrolment, answer in zip(
        kit.enrolments, ("neutrophil", "lymphocyte", "other", "cannot-tell"), strict=True
    ):
        for position in range(1, 13):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                submit(enrolment, position, answer=answer, idempotency_key=f"{position:032x}")
            asked.add(tuple(_words(query["sql"]) for query in queries.captured_queries))
            now = serve(enrolment)
            if now is not None:
                answers.add((now.n, now.questions, now.break_due, len(now.image), now.practice))
    assert len(asked) == 1
    assert len(answers) == 1


def _words(sql: str) -> str:
    """Return a statement without its values."""
    return " ".join(word for word in sql.split() if not any(c in "0123456789'" for c in word))


def test_addresses_are_each_readers_own_and_of_the_present_images_only():
    kit = make_study(readers=2)
    mine, yours = kit.enrolments
    codes = list(kit.study.cases.values_list("code", flat=True))

    def address(enrolment: Enrolment, code: str) -> str:
        return reading.address_of(study=kit.study, who=enrolment.pseudonym, code=code, sitting=1)

    of_both = [address(one, code) for one in (mine, yours) for code in codes]
    assert len(set(of_both)) == len(of_both)
    assert all(len(one) == 32 for one in of_both)
    assert not set(of_both) & set(codes)
    order = list(mine.slots.order_by("position").values_list("case__code", flat=True))
    seen = []
    for code in order:
        try:
            reading.image_of(enrolment=again(mine), actor=mine.reader, address=address(mine, code))
            seen.append(code)
        except NotFound:
            pass
    assert seen == order[:2]
    for wrong in (address(yours, order[0]), order[0], "", "ü"):
        with pytest.raises(NotFound):
            reading.image_of(enrolment=again(mine), actor=mine.reader, address=wrong)
    now = serve(mine)
    assert now is not None
    assert (now.image, now.prefetch) == (address(mine, order[0]), address(mine, order[1]))


def test_neither_codes_nor_rows_tell_the_origin():
    """Ranks of what a reader could see, against the truth, over a study of 200 (U test, fixed seed)."""
    from scipy.stats import mannwhitneyu

    kit = make_study(State.LOCKED, each=50, seed="0123456789abcdef" * 4)
    truth = kit.truth
    for column in ("pk", "code", "number"):
        real, made = (
            [
                int(key.case.code[:12], 16) if column == "code" else getattr(key.case, column)
                for key in truth.values()
                if key.origin == origin
            ]
            for origin in ("real", "synthetic")
        )
        assert mannwhitneyu(real, made).pvalue > 0.01
    rows = kit.study.cases.order_by("pk").values_list("code", flat=True)
    assert list(rows) == sorted(rows)


def test_the_next_image_costs_few_queries():
    kit = make_study(each=10)
    enrolment = again(kit.enrolments[0])
    with CaptureQueriesContext(connection) as queries:
        reading.serve(enrolment=enrolment)
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        submit(enrolment, 1)
    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 5


# Invitations


def test_a_link_makes_a_reader_once_and_gives_no_other_right():
    kit = make_study(State.PREPARED, readers=0)
    invitation, token = services.invite(actor=kit.owner, study=kit.study, for_name="Dr A")
    assert token not in invitation.token_hash
    user = UserFactory()
    found = services.find_invitation(token=token)
    enrolment = services.accept_invitation(invitation=found, user=user)
    assert (enrolment.reader, enrolment.pseudonym) == (user, "R1")
    assert not user.memberships.exists()
    assert services.accept_invitation(invitation=found, user=user) == enrolment
    with pytest.raises(Gone):
        services.accept_invitation(invitation=found, user=UserFactory())
    with pytest.raises(Gone):
        services.find_invitation(token=token)
    with pytest.raises(NotFound):
        services.find_invitation(token="no")


def test_a_link_that_leads_to_no_reader_stays_open():
    kit = make_study(State.PREPARED, readers=0)
    _, token = services.invite(actor=kit.owner, study=kit.study)
    with pytest.raises(Conflict):
        services.accept_invitation(invitation=services.find_invitation(token=token), user=kit.owner)
    assert services.find_invitation(token=token).used_at is None


def test_links_end():
    kit = make_study(State.OPEN, readers=0)
    invitation, token = services.invite(actor=kit.owner, study=kit.study)
    services.withdraw_invitation(actor=kit.owner, invitation=invitation)
    with pytest.raises(Gone):
        services.find_invitation(token=token)
    with pytest.raises(InvalidInput):
        services.invite(actor=kit.owner, study=kit.study, expires_at=timezone.now() - timedelta(days=1))
    _, token = services.invite(actor=kit.owner, study=kit.study)
    kit.to(State.CLOSED)
    with pytest.raises(Gone):
        services.find_invitation(token=token)
    with pytest.raises(Conflict):
        services.invite(actor=kit.owner, study=kit.study)
