"""Reading a study: which image is next, that it was shown, what the reader says of it.

The next image is the lowest slot without a reading, so nothing can be skipped or drawn again. Nothing here knows what
an image is, so neither the answer to an answer nor its time can depend on that.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.slides.selectors import NOTHING_HERE
from apps.studies import chance
from apps.studies.models import CANNOT_TELL, OTHER, Enrolment, Reading, Slot, State, Study, StudyCase, Viewing
from apps.studies.protocol import CLASS, REALISM
from apps.studies.services.enrolling import has_consented, over, refuse_authors, told, withdrawn

_MOST_KEY: Final = 64
_MOST_REASON: Final = 1_000
_MOST_REVISIONS: Final = 20
_REALISM: Final = range(1, 7)


@dataclass(frozen=True, slots=True)
class Next:
    """What a reader is to see now.

    ``slot_position`` names the slot in what the reader sends; ``position`` of ``n`` is what the page says, counted
    within practice or a sitting, ``answered`` how many of these are done. ``image`` and ``prefetch`` are this
    reader's own addresses. Both are "" where ``opens_at`` says when the next sitting begins.
    """

    slot_position: int
    position: int
    n: int
    answered: int
    practice: bool
    sitting: int
    image: str
    prefetch: str
    questions: tuple[str, ...]
    break_due: bool
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A slot as far as serving needs it."""

    pk: int
    position: int
    sitting: int
    case: int
    code: str
    practice: bool
    shown: bool  # whether there is a picture
    read: bool


def serve(*, enrolment: Enrolment) -> Next | None:
    """Return what the reader is to see now, None when nothing is left.

    Raises:
        Gone: the reader has withdrawn ("withdrawn").
        Conflict: the study is not open yet ("study-not-open"), closed ("study-closed"), or the reader has not
        consented
            ("no-consent").
    """
    _refuse_waiting(enrolment)
    places = _places(enrolment)
    left = [place for place in places if place.shown and not place.read]
    if not left:
        return None
    now = left[0]
    part = [
        place
        for place in places
        if (place.practice, place.sitting) == (now.practice, now.sitting) and (place.shown or place.read)
    ]
    answered = sum(place.read for place in part)
    study = enrolment.study
    plan = study.plan
    opens_at = _opens_at(enrolment, now, answered)
    after = left[1] if len(left) > 1 and left[1].sitting == now.sitting else None
    return Next(
        slot_position=now.position,
        position=answered + 1,
        n=len(part),
        answered=answered,
        practice=now.practice,
        sitting=now.sitting,
        image=""
        if opens_at
        else address_of(study=study, who=enrolment.pseudonym, code=now.code, sitting=now.sitting),
        prefetch=""
        if opens_at or not after
        else address_of(study=study, who=enrolment.pseudonym, code=after.code, sitting=after.sitting),
        questions=plan.questions_of(now.sitting, practice=now.practice),
        break_due=bool(
            not now.practice and plan.break_every and answered and answered % plan.break_every == 0
        ),
        opens_at=opens_at,
    )


def address_of(*, study: Study, who: str, code: str, sitting: int) -> str:
    """Return the name of an image for one reader: 128 bits, another for every reader and sitting."""
    return chance.name(study.seed, "image", who, str(sitting), code)


def image_of(*, enrolment: Enrolment, actor: User, address: str) -> StudyCase:
    """Return the case behind a reader's address: of the present image, the next, and one that may be gone back to.

    Raises:
        NotPermitted: the actor is not the reader.
        NotFound: no such image is to be seen now.
        Gone, Conflict: as `serve`.
    """
    refuse_authors(actor, enrolment)
    _refuse_waiting(enrolment)
    places = [place for place in _places(enrolment) if place.shown]
    left = [place for place in places if not place.read]
    if left and _opens_at(enrolment, left[0], _answered(places, left[0])):
        left = []
    open_ = [place for place in left[:2] if place.sitting == left[0].sitting]
    if enrolment.study.plan.going_back:
        open_ += [place for place in places if place.read]
    for place in open_:
        known = address_of(
            study=enrolment.study, who=enrolment.pseudonym, code=place.code, sitting=place.sitting
        )
        if hmac.compare_digest(known.encode(), address.encode()):
            return StudyCase.objects.get(pk=place.case)
    raise NotFound(NOTHING_HERE)


def record_view(*, enrolment: Enrolment, position: int, actor: User, screen: dict[str, Any]) -> Viewing:
    """Note that the reader has the present image, or one gone back to, on screen.

    Args:
        enrolment: The reader's.
        position: The slot's.
        actor: Who asks.
        screen: Plain facts that the page tells.

    Raises:
        NotPermitted: the actor is not the reader.
        NotFound: there is no such slot.
        InvalidInput: the facts are too long.
        Gone, Conflict: as `serve`, the slot is not the present one ("not-this-image"), or its sitting has not begun
            ("study-not-open").
    """
    refuse_authors(actor, enrolment)
    _refuse_waiting(enrolment)
    facts = told(screen, "What your browser tells of the screen")
    places = _places(enrolment)
    slot = _slot(places, position, going_back=enrolment.study.plan.going_back)
    _refuse_early(enrolment, slot, places)
    digest = StudyCase.objects.values_list("image_digest", flat=True).get(pk=slot.case)
    return Viewing.objects.create(slot_id=slot.pk, author=actor, image_digest=digest, screen=facts)


@transaction.atomic
def submit(
    *,
    enrolment: Enrolment,
    position: int,
    actor: User,
    answer: str,
    realism: int | None,
    reason: str,
    times: dict[str, Any],
    idempotency_key: str,
) -> Reading:
    """Keep what the reader says of the present image.

    The same key once more is the same reading, whatever happened since.

    Args:
        enrolment: The reader's.
        position: The slot's, as `Next.slot_position`.
        actor: Who says it.
        answer: A class of the protocol, `OTHER` or `CANNOT_TELL`; "" where the class is not asked.
        realism: 1 (surely real) to 6 (surely synthetic); None where it is not asked.
        reason: Free words.
        times: What the page measured, in milliseconds.
        idempotency_key: The page's name for this answer.

    Raises:
        NotPermitted: the actor is not the reader, or a program.
        InvalidInput: the answer is none ("unknown-answer", "realism"), or the key stands for another answer
            ("idempotency-key-reused").
        NotFound: there is no such slot.
        Conflict: it was answered in another window ("answered-elsewhere"), is not the present one
            ("not-this-image"), or as `serve`.
        Gone: the reader has withdrawn.
    """
    refuse_authors(actor, enrolment)
    if not 0 < len(idempotency_key) <= _MOST_KEY:
        raise InvalidInput(f"An idempotency key has 1 to {_MOST_KEY} characters.", code="idempotency-key")
    reason = reason.strip()
    if len(reason) > _MOST_REASON:
        raise InvalidInput(f"A reason has at most {_MOST_REASON} characters.", code="reason")
    times = told(times, "What the page measured")
    # One answer of a reader at a time; closing the study waits for it.
    held = (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("study")
        .get(pk=enrolment.pk)
    )
    said_before = Reading.objects.filter(author=actor, idempotency_key=idempotency_key).select_related("slot")
    repeated = said_before.first()
    if repeated is not None:
        same = (repeated.slot.enrolment_id, repeated.slot.position, repeated.answer, repeated.realism)
        if same != (held.pk, position, answer, realism):
            raise InvalidInput(
                "This idempotency key was used for another answer.", code="idempotency-key-reused"
            )
        return repeated
    _refuse_waiting(held)
    places = _places(held)
    plan = held.study.plan
    slot = _slot(places, position, going_back=plan.going_back)
    _refuse_early(held, slot, places)
    _refuse_answer(plan.classes, plan.questions_of(slot.sitting, practice=slot.practice), answer, realism)
    try:
        with transaction.atomic():
            reading = Reading.objects.create(
                slot_id=slot.pk,
                author=actor,
                revision=_revision(slot),
                answer=answer,
                realism=realism,
                reason=reason,
                times=times,
                idempotency_key=idempotency_key,
            )
    except IntegrityError as problem:
        raise _elsewhere() from problem
    if slot.practice and not any(p.practice and p.shown and not p.read for p in places if p.pk != slot.pk):
        Enrolment.objects.filter(pk=held.pk, practised_at=None).update(practised_at=timezone.now())
    return reading


def _places(enrolment: Enrolment) -> list[_Place]:
    """Return all slots of a reader in their order, in one query."""
    read = Exists(Reading.objects.filter(slot=OuterRef("pk")))
    rows = (
        Slot.objects.filter(enrolment=enrolment)
        .order_by("position")
        .values_list(
            "pk", "position", "sitting", "case_id", "case__code", "case__practice", "case__image", read
        )
    )
    return [
        _Place(pk, position, sitting, case, code, practice, bool(image), is_read)
        for pk, position, sitting, case, code, practice, image, is_read in rows
    ]


def _slot(places: list[_Place], position: int, *, going_back: bool) -> _Place:
    """Return the slot of a position when it is the present one, or one that may be gone back to."""
    found = next((place for place in places if place.position == position and place.shown), None)
    if found is None:
        raise NotFound(NOTHING_HERE)
    if found.read:
        if going_back:
            return found
        raise _elsewhere()
    if any(not place.read and place.shown for place in places if place.position < position):
        raise Conflict("This is not the image that is next. Load the page again.", code="not-this-image")
    return found


def _revision(slot: _Place) -> int:
    if not slot.read:
        return 0
    last = Reading.objects.filter(slot=slot.pk).aggregate(last=Max("revision"))["last"]
    if last + 1 >= _MOST_REVISIONS:
        raise Conflict("This image was answered too often to be changed again.", code="answered-elsewhere")
    return int(last) + 1


def _answered(places: list[_Place], of: _Place) -> int:
    return sum(place.read for place in places if (place.practice, place.sitting) == (of.practice, of.sitting))


def _opens_at(enrolment: Enrolment, place: _Place, answered: int) -> datetime | None:
    """Return when a sitting that has not begun may begin, None when it may now."""
    days = enrolment.study.plan.sitting_gap_days
    if place.sitting == 1 or answered or not days:
        return None
    before = Reading.objects.filter(slot__enrolment=enrolment, slot__sitting=1)
    last = before.aggregate(last=Max("submitted_at"))["last"]
    opens_at: datetime | None = last + timedelta(days=days) if last else None
    return opens_at if opens_at and opens_at > timezone.now() else None


def _refuse_early(enrolment: Enrolment, place: _Place, places: list[_Place]) -> None:
    """Let a slot pass whose sitting has begun, or may begin now.

    Raises:
        Conflict: otherwise.
    """
    if _opens_at(enrolment, place, _answered(places, place)):
        raise Conflict("The second part is not open to you yet.", code="study-not-open")


def _refuse_waiting(enrolment: Enrolment) -> None:
    """Let those pass who may read now.

    Raises:
        Gone, Conflict: as `serve`.
    """
    if enrolment.withdrawn_at is not None:
        raise withdrawn()
    state = enrolment.study.state
    if state in {State.CLOSED, State.UNBLINDED}:
        raise over()
    if state != State.OPEN:
        raise Conflict("The study is not open yet.", code="study-not-open")
    if not has_consented(enrolment):
        raise Conflict("Please read and accept the information for readers first.", code="no-consent")


def _refuse_answer(
    classes: tuple[str, ...], questions: tuple[str, ...], answer: str, realism: int | None
) -> None:
    if answer not in {*classes, OTHER, CANNOT_TELL} if CLASS in questions else answer != "":
        raise InvalidInput("Choose one of the classes, other, or cannot tell.", code="unknown-answer")
    if realism not in _REALISM if REALISM in questions else realism is not None:
        raise InvalidInput(
            "Choose one of the six steps from surely real to surely synthetic.", code="realism"
        )


def _elsewhere() -> Conflict:
    return Conflict(
        "This image was answered in another window. Go on with the next.", code="answered-elsewhere"
    )
