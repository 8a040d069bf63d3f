"""Consent is to one text: when it changes, readers are asked again."""

from __future__ import annotations

import pytest

from apps.core.errors import Conflict
from apps.studies import services
from apps.studies.models import Enrolment, State
from apps.studies.reading.steps import Step, standing_of
from tests.kits.studies import Kit, make_study
from tests.studies.test_reading import again, serve

pytestmark = pytest.mark.django_db


def change(kit: Kit, **values: object) -> None:
    study = kit.fresh()
    services.change_study(
        actor=kit.owner,
        study=study,
        expected_version=study.version,
        title=str(values.pop("title", study.title)),
        protocol=study.plan.replace(**values),
    )


def test_a_draft_whose_text_changes_asks_its_readers_again():
    kit = make_study(State.PREPARED, readers=2)
    mine, left = kit.enrolments
    services.withdraw(actor=left.reader, enrolment=left)
    services.back_to_draft(actor=kit.owner, study=kit.study, why="The text promises too much.")
    change(kit, title="Another title", practice=1)
    assert again(mine).consent_at is not None
    change(kit, consent_text="Another text. Do you take part?")
    assert (again(mine).consent_at, again(mine).consent_digest) == (None, "")
    assert standing_of(again(mine)).step == Step.CONSENT
    assert again(left).consent_at is not None
    services.consent(enrolment=again(mine), actor=mine.reader, digest=services.consent_digest(kit.fresh()))
    assert standing_of(again(mine)).step == Step.ABOUT


def test_consent_to_an_earlier_text_is_none_while_reading():
    kit = make_study()
    mine = kit.enrolments[0]
    Enrolment.objects.filter(pk=mine.pk).update(consent_digest="0" * 64)
    assert standing_of(again(mine)).step == Step.CONSENT
    with pytest.raises(Conflict) as raised:
        serve(mine)
    assert raised.value.code == "no-consent"
    digest = services.consent_digest(kit.study)
    first = services.consent(enrolment=again(mine), actor=mine.reader, digest=digest).consent_at
    assert serve(mine) is not None
    assert services.consent(enrolment=again(mine), actor=mine.reader, digest=digest).consent_at == first
