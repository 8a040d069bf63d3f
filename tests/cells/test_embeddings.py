"""Orders by likeness, and the nearest reference cells."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import Cell, Embedding, Origin
from apps.cells.selectors.embeddings import (
    matrix,
    most_likely_wrong,
    nearest,
    order_by_similarity,
    row_of_likes,
)
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db

RNG = np.random.default_rng(7)


def embed(cells, vectors, version=None):
    version = version or model_version()
    Embedding.objects.bulk_create(
        Embedding(
            cell=cell,
            model_version=version,
            box_version=cell.box_version,
            vector=np.asarray(vector, "<f2").tobytes(),
        )
        for cell, vector in zip(cells, vectors, strict=True)
    )
    return version


@pytest.fixture
def field():
    return make_field(make_slide())


@pytest.fixture
def anna(field):
    return member(field.project, Role.REVIEWER)


@pytest.fixture
def ben(field):
    return member(field.project, Role.REVIEWER)


@pytest.fixture
def cells(field):
    return make_cells(field, *(finding(at=at) for at in range(6)))


def of(cells):
    return Cell.objects.filter(pk__in=[cell.pk for cell in cells]).order_by("pk")


def label(actor, cell, to):
    version = Cell.objects.get(pk=cell.pk).version
    services.label(actor=actor, cell=cell, to_class=to, expected_version=version, seen_suggestion=True)


def test_embeddings_of_one_version_are_compared_and_only_of_the_present_box(cells, anna):
    embed(cells[:4], np.eye(4))
    embed(cells[:2], np.eye(4)[:2])
    services.change_box(actor=anna, cell=cells[3], box=(1, 1, 40, 41), expected_version=1)
    keys, vectors = matrix(of(cells))
    assert sorted(keys) == [cell.pk for cell in cells[:3]]
    assert vectors.shape == (3, 4)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_the_most_alike_come_first(cells):
    embed(cells[:4], [[1, 0], [0, 1], [1, 0.2], [0.6, 0.8]])
    ordered = order_by_similarity(of(cells), to=cells[0])
    assert ordered == [cells[place].pk for place in (0, 2, 3, 1, 4, 5)]


def test_a_cell_elsewhere_may_be_the_measure(cells):
    version = embed(cells[:3], [[1, 0], [0, 1], [1, 1]])
    (other,) = make_cells(make_field(make_slide()), finding())
    embed([other], [[0, 2]], version)
    assert order_by_similarity(of(cells[:3]), to=other)[0] == cells[1].pk


def test_cells_without_an_embedding_come_last_and_none_is_lost(cells):
    assert order_by_similarity(of(cells)) == [cell.pk for cell in cells]
    embed(cells[2:4], [[1, 0], [0, 1]])
    ordered = order_by_similarity(of(cells))
    assert set(ordered[:2]) == {cells[2].pk, cells[3].pk}
    assert sorted(ordered) == [cell.pk for cell in cells]


def test_a_row_of_likes_keeps_groups_together():
    centres = RNG.normal(size=(5, 32)) * 6
    groups = RNG.permutation(np.repeat(np.arange(5), 60))
    vectors = (centres[groups] + RNG.normal(size=(300, 32))).astype(np.float32)
    order = row_of_likes(vectors)
    assert sorted(order) == list(range(300))
    changes = np.count_nonzero(np.diff(groups[order]))
    assert changes <= 12  # of 240 or so in a random order; 4 would be perfect
    steps = np.linalg.norm(np.diff(vectors[order], axis=0), axis=1).mean()
    assert steps < 0.6 * np.linalg.norm(np.diff(vectors, axis=0), axis=1).mean()


@pytest.mark.parametrize("n", [1, 2, 48, 49, 200])
def test_a_row_of_likes_of_the_same_vector(n):
    assert sorted(row_of_likes(np.ones((n, 8), np.float32))) == list(range(n))


def test_labels_that_the_model_disbelieves_come_first(field, anna, ben):
    cells = make_cells(
        field, *(finding("neutrophil", at=at, p=0.9) for at in range(3)), finding("monocyte", at=3)
    )
    label(anna, cells[0], "neutrophil")
    label(anna, cells[1], "basophil")
    label(anna, cells[2], "not-classed")  # the model does not know it
    assert most_likely_wrong(of(cells), user=anna) == [cells[1].pk, cells[2].pk, cells[0].pk]


def test_among_doubted_labels_the_neighbours_decide(field, anna, monkeypatch):
    monkeypatch.setattr("apps.cells.selectors.embeddings._NEIGHBOURS", 2)
    cells = make_cells(field, *(finding("neutrophil", at=at, p=0.5) for at in range(8)))
    for cell in cells:
        label(anna, cell, "neutrophil" if cell in cells[:4] else "basophil")
    # All basophils are as doubtful to the model; the last one lies among the neutrophils.
    embed(cells, [[1, 0.01 * at] for at in range(4)] + [[0, 1]] * 3 + [[1, 0.02]])
    assert most_likely_wrong(of(cells), user=anna)[0] == cells[7].pk


def test_the_nearest_reference_cells(cells, anna):
    embed(cells, [[1, 0], [1, 0.1], [1, 0.5], [0, 1], [1, 0.05], [0.2, 1]])
    assert services.mark_reference(cells=[cells[1], cells[2], cells[3].pk], to_class="neutrophil") == 3
    near, reference = nearest(cells[0], n=2, user=anna)
    assert reference
    assert [found.pk for found in near] == [cells[1].pk, cells[2].pk]
    assert near[0].similarity > near[1].similarity > 0.8
    services.mark_reference(cells=cells, to_class="")
    assert nearest(cells[0], n=2, user=anna) == ([], False)


def test_without_references_the_cells_that_two_people_agree_on(cells, anna, ben):
    embed(cells, [[1, 0.1 * at] for at in range(6)])
    label(anna, cells[1], "monocyte")
    label(anna, cells[2], "monocyte")
    label(ben, cells[2], "monocyte")
    label(anna, cells[3], "monocyte")
    label(ben, cells[3], "basophil")
    near, reference = nearest(cells[0], n=5, user=anna)
    assert not reference
    assert [found.pk for found in near] == [cells[2].pk]


def test_a_synthetic_cell_is_never_a_reference(cells):
    synthetic = Cell.objects.create(
        project=cells[0].project, x0=0, y0=0, x1=10, y1=10, score=1, origin=Origin.SYNTHETIC
    )
    assert services.mark_reference(cells=[synthetic], to_class="neutrophil") == 0
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.filter(pk=synthetic.pk).update(reference_class="neutrophil")


def test_removed_and_foreign_cells_are_no_neighbours(cells, anna):
    embed(cells, np.eye(6)[:, :3] + 0.5)
    services.mark_reference(cells=cells[1:], to_class="neutrophil")
    services.remove(actor=anna, cell=cells[1], expected_version=1)
    stranger = member(make_slide().project, Role.MANAGER)
    assert cells[1].pk not in {found.pk for found in nearest(cells[0], n=9, user=anna)[0]}
    assert nearest(cells[0], n=9, user=stranger) == ([], False)


@pytest.mark.slow
def test_ten_thousand_cells_are_ordered_at_once():
    vectors = RNG.normal(size=(10_000, 256)).astype(np.float32)
    begun = time.process_time()
    row_of_likes(vectors)
    # In processor time of all threads: machines that run tests are busy.
    assert time.process_time() - begun < 2.0
