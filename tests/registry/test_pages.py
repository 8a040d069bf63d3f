import pytest
from django.urls import reverse

from apps.registry.cards import read
from tests.factories import ProjectFactory, UserFactory
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db

CARD = {
    "created": "2026-11-20",
    "parameters": 1_234_567,
    "data": [{"name": "PBC", "licence": "CC BY 4.0", "citation": "Acevedo 2020", "use": "training"}],
    "metrics": {
        "pbc": {"accuracy": 0.9871, "cells": 1234},
        "jtsc": {"macro": {"recall": 0.9}},
        "ms": 12.3456,
    },
    "thresholds": {"unidentified": 0.55},
    "choices": ["Dropout 0.4."],
}


def test_figures_are_written_as_people_write_them():
    card = read(CARD)
    assert [(m.source, m.name, m.value) for m in card.measures] == [
        ("pbc", "accuracy", "98.7 %"),
        ("pbc", "cells", "1234"),
        ("jtsc", "macro, recall", "90.0 %"),
        ("", "ms", "12.3"),
    ]
    assert [m.name for m in card.headline] == ["accuracy", "macro, recall", "ms"]


def test_a_card_without_anything_is_no_error():
    card = read({})
    assert (card.measures, card.sources, card.parameters) == ((), (), 0)


def test_the_list_shows_every_visible_version(sign_in, django_assert_max_num_queries):
    versions = [model_version(card=CARD) for _ in range(12)]
    hidden = model_version(project=ProjectFactory(), name="secret-model")
    client = sign_in(UserFactory())
    with django_assert_max_num_queries(4):
        page = client.get(reverse("registry:models"))
    text = page.content.decode()
    assert all(f"{version.label}</a>" in text for version in versions)
    assert "1,234,567" in text
    assert hidden.name not in text


def test_the_card_page_shows_data_licence_and_digest(sign_in):
    version = model_version(card=CARD)
    page = sign_in(UserFactory()).get(reverse("registry:model", args=[version.public_id]))
    text = page.content.decode()
    assert all(part in text for part in ("CC BY 4.0", "Acevedo 2020", "98.7 %", version.weights_sha256))


def test_another_projects_model_answers_404(sign_in):
    version = model_version(project=ProjectFactory())
    assert sign_in(UserFactory()).get(reverse("registry:model", args=[version.public_id])).status_code == 404
