"""Readers of a study: enrolled by the staff or by a link, consenting, describing themselves, withdrawing."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Conflict, Gone, InvalidInput, NotPermitted
from apps.studies import draw
from apps.studies.models import Enrolment, State, Study
from apps.studies.selectors.leaving import OF_A_STUDY_ONCE_CLOSED
from apps.studies.selectors.record import looked_after
from apps.studies.services.orders import write_order
from apps.studies.services.staff import held, record, refuse_others, said

_ENROLS = (State.DRAFT, State.PREPARED, State.LOCKED, State.OPEN)
_HAS_ORDERS = (State.LOCKED, State.OPEN)
_ENDED = (State.CLOSED, State.UNBLINDED)
_MOST_TOLD = 4_000


@transaction.atomic
def enrol(*, actor: User, study: Study, reader: User, request: HttpRequest | None = None) -> Enrolment:
    """Make the owner of an account a reader.

    Raises:
        NotFound, NotPermitted: the actor may not design this study.
        InvalidInput: the reader's account is deactivated.
        Conflict: the reader looked after the study, reads it already or has withdrawn; or reading is over.
    """
    refuse_others(actor, study)
    enrolment = add_reader(study=study, reader=reader)
    record(
        actor=actor,
        study=study,
        verb="study-reader-enrolled",
        detail={"reader": str(reader.public_id), "pseudonym": enrolment.pseudonym},
        request=request,
    )
    return enrolment


def add_reader(*, study: Study, reader: User) -> Enrolment:
    """Enter a reader under the next pseudonym, with an order when the study is locked already; in a transaction.

    Raises:
        InvalidInput, Conflict: as `enrol`.
    """
    # Locks the row: pseudonyms are counted one by one, and a study is locked with all its readers or without this one.
    held(study)
    if study.state not in _ENROLS:
        raise Conflict("The study is closed: nobody can be added any more.", code="study-closed")
    if not reader.is_active:
        raise InvalidInput("This account is deactivated and cannot read.", code="inactive")
    if looked_after(study).filter(pk=reader.pk).exists():
        raise Conflict(
            "Whoever designs or looks after a study knows what it asks about, and cannot read it blind.",
            code="designer",
        )
    before = study.enrolments.filter(reader=reader).first()
    if before is not None:
        raise (
            Conflict("This person reads this study already.", code="enrolled")
            if before.withdrawn_at is None
            else Conflict("This person has withdrawn from this study.", code="withdrawn")
        )
    number = study.enrolments.count() + 1
    enrolment = Enrolment.objects.create(
        study=study,
        reader=reader,
        pseudonym=f"R{number}",
        seen_before=draw.seen_before(study=study, reader=reader),
    )
    if study.state in _HAS_ORDERS:
        write_order(study=study, enrolment=enrolment)
    return enrolment


@transaction.atomic
def withdraw(
    *, actor: User, enrolment: Enrolment, why: str = "", request: HttpRequest | None = None
) -> Enrolment:
    """End a reader's part for good: by the reader, or by the staff.

    What was answered stays under the pseudonym; results leave it out and count that somebody withdrew. Staff may see
    the answers of a closed study, so nobody but the reader ends it then, nor when it is opened again; after unblinding
    it stands.

    Raises:
        NotFound, NotPermitted: the actor is neither.
        Conflict: the study is over, or for the staff was closed once ("once-closed").
        Gone: the reader has withdrawn already.
    """
    over_by: tuple[State, ...] = (State.UNBLINDED,)
    if enrolment.reader_id != actor.pk:
        refuse_others(actor, enrolment.study)
        over_by = _ENDED
    why = said(why)
    standing = Enrolment.objects.filter(pk=enrolment.pk, withdrawn_at=None)
    if enrolment.reader_id != actor.pk:
        standing = standing.exclude(OF_A_STUDY_ONCE_CLOSED)
    if not standing.exclude(study__state__in=over_by).update(withdrawn_at=timezone.now()):
        enrolment.refresh_from_db()
        if enrolment.withdrawn_at is not None:
            raise withdrawn()
        if enrolment.study.state == State.OPEN:
            raise Conflict(
                "The study was closed once, and its answers could be seen: from then on only readers themselves "
                "withdraw.",
                code="once-closed",
            )
        raise Conflict("The study is over: what was answered is in it.", code="study-closed")
    enrolment.refresh_from_db()
    record(
        actor=actor,
        study=enrolment.study,
        verb="study-reader-withdrawn",
        detail={"pseudonym": enrolment.pseudonym, **({"why": why} if why else {})},
        request=request,
    )
    return enrolment


def consent_digest(study: Study) -> str:
    """Return the name of the text to which readers of a study consent."""
    return sha256(study.plan.consent_text.encode()).hexdigest()


def has_consented(enrolment: Enrolment) -> bool:
    """Return whether a reader has consented to the text as it stands now."""
    return enrolment.consent_at is not None and enrolment.consent_digest == consent_digest(enrolment.study)


@transaction.atomic
def consent(*, enrolment: Enrolment, actor: User, digest: str) -> Enrolment:
    """Note that the reader has consented to the text that was on screen; a second time changes nothing.

    Raises:
        NotPermitted: the actor is not the reader.
        Gone: the reader has withdrawn.
        Conflict: the text is another by now ("stale"), or the study is over.
    """
    refuse_strangers(actor, enrolment)
    if digest != consent_digest(enrolment.study):
        raise Conflict("The text was changed meanwhile. Please read it again.", code="stale")
    Enrolment.objects.filter(pk=enrolment.pk).exclude(consent_digest=digest).update(
        consent_at=timezone.now(), consent_digest=digest
    )
    enrolment.refresh_from_db()
    return enrolment


@transaction.atomic
def describe(
    *, enrolment: Enrolment, actor: User, experience: dict[str, Any], screen: dict[str, Any]
) -> Enrolment:
    """Keep what the reader tells of experience, colour vision and screen.

    A later word replaces an earlier one, and the site's record keeps both, but for the colour vision: that record is
    never cleaned, and says of it only that it was changed.

    Raises:
        NotPermitted: the actor is not the reader.
        Gone: the reader has withdrawn.
        InvalidInput: it is too long.
        Conflict: the study is over.
    """
    refuse_strangers(actor, enrolment)
    row = Enrolment.objects.filter(pk=enrolment.pk)
    before = row.select_for_update(of=("self",), no_key=True).get()
    row.update(
        experience=told(experience, "What you tell of your experience"),
        screen=told(screen, "What your browser tells of the screen"),
    )
    enrolment.refresh_from_db()
    if before.experience or before.screen:
        _record_retold(actor, before, enrolment)
    return enrolment


def _record_retold(actor: User, before: Enrolment, after: Enrolment) -> None:
    """Append to the site's record what a reader told otherwise than before; nothing where it is the same."""
    was, now = {**before.screen, **before.experience}, {**after.screen, **after.experience}
    changed = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
    if not changed:
        return
    shown = [name for name in changed if name != "colour_vision"]
    record(
        actor=actor,
        study=after.study,
        verb="study-reader-retold",
        detail={
            "pseudonym": after.pseudonym,
            "changed": changed,
            "before": {name: was.get(name) for name in shown},
            "after": {name: now.get(name) for name in shown},
        },
    )


@transaction.atomic
def mark_reminded(*, actor: User | None, enrolment: Enrolment) -> None:
    """Note that a reader was reminded, by somebody of the staff or by the site itself.

    Raises:
        NotFound, NotPermitted: the actor may not design this study.
    """
    if actor is not None:
        refuse_others(actor, enrolment.study)
    Enrolment.objects.filter(pk=enrolment.pk).update(reminded_at=timezone.now())


def told(values: dict[str, Any], what: str) -> dict[str, Any]:
    """Return plain values as they are kept.

    Raises:
        InvalidInput: they are no JSON object, or too long.
    """
    try:
        length = len(json.dumps(values, allow_nan=False)) if isinstance(values, dict) else _MOST_TOLD + 1
    except (TypeError, ValueError):
        length = _MOST_TOLD + 1
    if length > _MOST_TOLD:
        raise InvalidInput(f"{what} is too long or no plain values.", code="told")
    return values


def refuse_strangers(actor: User, enrolment: Enrolment) -> None:
    """Let the reader pass, signed in as a person, while the study is not over.

    Raises:
        NotPermitted: for everybody else, owner and administrator included, and for programs.
        Gone: the reader has withdrawn.
        Conflict: the study is closed.
    """
    refuse_authors(actor, enrolment)
    if enrolment.withdrawn_at is not None:
        raise withdrawn()
    if enrolment.study.state in _ENDED:
        raise over()


def refuse_authors(actor: User, enrolment: Enrolment) -> None:
    """Let the reader pass, signed in as a person.

    Raises:
        NotPermitted: for everybody else.
    """
    if enrolment.reader_id != actor.pk:
        raise NotPermitted("Only the reader answers.", code="not-the-reader")
    if actor.through is not None:
        raise NotPermitted("A program cannot read a study: sign in on the page.", code="program")


def withdrawn() -> Gone:
    """Return the error for a reader who has withdrawn."""
    return Gone("You have withdrawn from this study. Thank you for what you did.", code="withdrawn")


def over() -> Conflict:
    """Return the error for a study that takes no answer any more."""
    return Conflict("The study is closed. Thank you for what you did.", code="study-closed")
