from __future__ import annotations

import io

import numpy as np
import pytest

from apps.accounts.models import Role, User
from apps.cells.models import Cell
from apps.core import storage
from apps.slides.models import Field, Slide
from ml.images import encode_png
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member


@pytest.fixture
def field(db) -> Field:
    return make_field(make_slide(), um_per_px=0.1, scale_source="file")


@pytest.fixture
def slide(field) -> Slide:
    return field.slide


@pytest.fixture
def cells(field) -> list[Cell]:
    """A neutrophil, a lymphocyte and a cell that the model is not sure of."""
    return make_cells(
        field,
        finding("neutrophil", at=0),
        finding("lymphocyte", at=1),
        finding("basophil", at=2, p=0.4, unidentified=True),
    )


@pytest.fixture
def anna(slide) -> User:
    return member(slide.project, Role.REVIEWER)


@pytest.fixture
def ben(slide) -> User:
    return member(slide.project, Role.REVIEWER)


@pytest.fixture
def crop(cells) -> bytes:
    """Put a picture of the first cell into the store and return its bytes."""
    data = encode_png(np.full((9, 9, 3), 120, np.uint8))
    storage.save_bytes(cells[0].crop_key, data)
    return io.BytesIO(data).getvalue()
