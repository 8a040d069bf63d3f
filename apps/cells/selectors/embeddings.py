"""Cells by how alike they look to the classifier: orders for a gallery, and the nearest reference cells.

Alike means the cosine of the angle between two embeddings. Only embeddings of one model version can be compared: of
some cells those of the version that speaks for most of them count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from numpy.typing import NDArray

from apps.accounts.permissions import Person
from apps.cells.models import Cell, Embedding, EventKind, LabelEvent
from apps.cells.selectors.blind import only_known
from apps.cells.selectors.looking import probabilities_of

Vectors = NDArray[np.float32]
Keys = NDArray[np.int64]

_AXES = 16
"""Principal axes that an order looks at: white cells differ in far fewer ways than an embedding has numbers."""

_SOME = 2000
"""Cells from which the axes are found."""

_LEAF = 48
"""Cells below which a group is put in a row along its widest axis."""

_NEIGHBOURS = 15
_DOUBTED = 500
"""Cells whose neighbours are asked: those that the model doubts most."""

MOST_REFERENCES = 20_000
"""Cells among which the nearest are looked for, the newest first."""


@dataclass(frozen=True, slots=True)
class Near:
    """A cell that looks like another: its key, and how alike the two are, 0 to 1."""

    pk: int
    similarity: float


def matrix(cells: QuerySet[Cell], *, version: int | None = None) -> tuple[Keys, Vectors]:
    """Return the keys (N,) and unit embeddings (N, F) of those of some cells that have one, in two queries.

    Args:
        cells: The cells.
        version: Key of the model version; that which has embedded most of them without it.
    """
    of_cells = Embedding.objects.filter(
        cell__in=cells.order_by().values("pk"), box_version=F("cell__box_version")
    ).order_by()
    wanted = version if version is not None else _commonest(of_cells)
    rows = list(of_cells.filter(model_version=wanted).values_list("cell_id", "vector")) if wanted else []
    size = Counter(len(vector) for _, vector in rows).most_common(1)[0][0] if rows else 0
    rows = [row for row in rows if len(row[1]) == size]
    if not size:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    keys = np.array([pk for pk, _ in rows], np.int64)
    joined = b"".join(bytes(vector) for _, vector in rows)
    features = np.frombuffer(joined, "<f2").reshape(len(rows), -1).astype(np.float32)
    return keys, _unit(features)


def _commonest(embeddings: QuerySet[Embedding]) -> int | None:
    counted = (
        embeddings.values_list("model_version_id").annotate(n=Count("pk")).order_by("-n", "-model_version_id")
    )
    found = counted.first()
    return found[0] if found else None


def _unit(features: Vectors) -> Vectors:
    """Return rows of length 1; a row of zeros stays so."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(length > 0, length, 1), np.float32)


def order_by_similarity(cells: QuerySet[Cell], to: Cell | None = None) -> list[int]:
    """Return the keys of cells so that neighbours look alike, or those most like a cell first.

    Cells without an embedding come last, in the order of the query.
    """
    keys, vectors = matrix(cells)
    if len(keys) == 0:
        ordered: list[int] = []
    elif to is None:
        ordered = [int(pk) for pk in keys[row_of_likes(vectors)]]
    else:
        own = np.flatnonzero(keys == to.pk)
        centre = vectors[own[0]] if len(own) else _vector_of(to, vectors.shape[1])
        ordered = [int(pk) for pk in keys[np.argsort(-(vectors @ centre), kind="stable")]]
    return _with_the_rest(ordered, cells)


def _vector_of(cell: Cell, size: int) -> Vectors:
    """Return the unit embedding of a cell that is not among the others; zeros when it has none of this size."""
    own = Embedding.objects.filter(cell=cell, box_version=cell.box_version)
    vector = own.order_by("-model_version_id").values_list("vector", flat=True)
    for found in vector:
        features = np.frombuffer(bytes(found), "<f2").astype(np.float32)
        if len(features) == size:
            return np.asarray(_unit(features[None])[0], np.float32)
    return np.zeros(size, np.float32)


def _with_the_rest(ordered: list[int], cells: QuerySet[Cell]) -> list[int]:
    known = set(ordered)
    return ordered + [pk for pk in cells.values_list("pk", flat=True) if pk not in known]


def row_of_likes(vectors: Vectors) -> Keys:
    """Return an order (N,) of vectors (N, F) in which neighbours are near each other.

    The vectors are seen along their principal axes; a group is halved at the median of its widest axis until it is
    small. Each half is turned so that its near end meets its neighbour. Takes some tens of milliseconds for 10,000.
    """
    flat = _along_axes(vectors)
    return np.array(_halved(flat, np.arange(len(flat))), np.int64)


def _along_axes(vectors: Vectors) -> Vectors:
    """Return vectors (N, F) along their first principal axes (N, A), found from some of them."""
    centred = vectors - vectors.mean(axis=0)
    some = centred[:: max(1, len(centred) // _SOME)]
    _, axes = np.linalg.eigh(some.T @ some)
    return np.asarray(centred @ axes[:, ::-1][:, :_AXES], np.float32)


def _halved(flat: Vectors, rows: NDArray[np.intp]) -> list[int]:
    """Return rows in an order along which they change little."""
    part = flat[rows]
    axis = int(part.var(axis=0).argmax())
    order = rows[np.argsort(part[:, axis], kind="stable")]
    if len(rows) <= _LEAF:
        return [int(row) for row in order]
    middle = len(order) // 2
    left, right = _halved(flat, order[:middle]), _halved(flat, order[middle:])
    ends = {
        (turn_left, turn_right): float(
            np.linalg.norm(
                flat[left[0] if turn_left else left[-1]] - flat[right[-1] if turn_right else right[0]]
            )
        )
        for turn_left in (False, True)
        for turn_right in (False, True)
    }
    turn_left, turn_right = min(ends, key=ends.__getitem__)
    return (left[::-1] if turn_left else left) + (right[::-1] if turn_right else right)


def most_likely_wrong(cells: QuerySet[Cell], *, user: Person) -> list[int]:
    """Return the keys of labelled cells, those first whose label the model believes least.

    Among the most doubtful those come first whose neighbours carry other labels (the share of `_NEIGHBOURS` nearest
    labelled cells with another label, averaged with the doubt of the model). Labels that the model does not know
    count as doubted by half. A person who may not know a label yet gets no word about it.
    """
    labelled = only_known(cells.exclude(current_class=""), user)
    said = probabilities_of(labelled.order_by())
    rows = list(labelled.values_list("pk", "current_class"))
    doubt = {pk: 1 - said.get(pk, {}).get(label, 0.5) for pk, label in rows}
    ordered = sorted(doubt, key=lambda pk: -doubt[pk])
    first = ordered[:_DOUBTED]
    other = _disagreement(labelled, dict(rows), first)
    first.sort(key=lambda pk: -(doubt[pk] + other.get(pk, doubt[pk])))
    return first + ordered[_DOUBTED:]


def _disagreement(cells: QuerySet[Cell], labels: dict[int, str], asked: Sequence[int]) -> dict[int, float]:
    """Return the share of each asked cell's nearest neighbours that carry another label."""
    keys, vectors = matrix(cells)
    place = {int(pk): row for row, pk in enumerate(keys)}
    own = [pk for pk in asked if pk in place]
    if not own or len(keys) < 2:
        return {}
    near = vectors[[place[pk] for pk in own]] @ vectors.T
    near[np.arange(len(own)), [place[pk] for pk in own]] = -np.inf
    k = min(_NEIGHBOURS, len(keys) - 1)
    nearest = np.argpartition(-near, k - 1, axis=1)[:, :k]
    names = np.array([labels.get(int(pk), "") for pk in keys])
    return {pk: float((names[nearest[row]] != labels[pk]).mean()) for row, pk in enumerate(own)}


def nearest(cell: Cell, *, n: int, user: Person) -> tuple[list[Near], bool]:
    """Return the cells of the project that look most like a cell, and whether they are reference cells.

    Reference cells where the project has some with an embedding; else cells that two people gave the class they
    carry. A person sees none whose label they may not know yet.
    """
    own = Embedding.objects.filter(cell=cell, box_version=cell.box_version)
    newest = own.order_by("-model_version_id").first()
    if newest is None:
        return [], False
    centre = _unit(np.frombuffer(bytes(newest.vector), "<f2").astype(np.float32)[None])[0]
    known = only_known(Cell.objects.visible_to(user).standing(), user)
    others = known.filter(project=cell.project_id).exclude(pk=cell.pk)
    references = others.exclude(reference_class="")
    for found, reference in ((references, True), (labelled_twice(others), False)):
        keys, vectors = matrix(_newest(found), version=newest.model_version_id)
        if len(keys) and vectors.shape[1] == len(centre):
            like = vectors @ centre
            best = np.argsort(-like, kind="stable")[:n]
            return [Near(int(keys[i]), float(np.clip(like[i], 0, 1))) for i in best], reference
    return [], False


def _newest(cells: QuerySet[Cell]) -> QuerySet[Cell]:
    return Cell.objects.filter(pk__in=Subquery(cells.order_by("-pk").values("pk")[:MOST_REFERENCES]))


def labelled_twice(cells: QuerySet[Cell]) -> QuerySet[Cell]:
    """Return those of some cells to which two people gave the class that they carry."""
    same = LabelEvent.objects.filter(
        cell=OuterRef("pk"), kind__in=(EventKind.LABEL, EventKind.ADD), to_class=OuterRef("current_class")
    )
    by_another = same.exclude(actor=OuterRef("labelled_by")).order_by()
    return cells.exclude(current_class="").filter(labelled_by__isnull=False).filter(Exists(by_another))
