"""QuPath GeoJSON: one FeatureCollection for each picture, a rectangle for each box, in pixels, origin top-left.

The rectangle's corners are those of the box: (x0, y0), (x1, y0), (x1, y1), (x0, y1) and the first again. Source:
https://qupath.readthedocs.io/en/stable/docs/advanced/exporting_annotations.html. Outlines that are no rectangles are
read by the box around them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import IO, Any

from apps.datasets import limits
from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.matching import Pictures
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import UNCLASSIFIED, Out
from apps.datasets.values import Note, Odd, OutPicture, Picture, Remark, Shape
from ml.contracts import Box

_POINTS = 100_000


def looks_like(archive: Archive) -> bool:
    """Return whether there are files of this format."""
    return bool(archive.names(".geojson"))


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of the archive with the boxes of the file of its name."""
    paths = archive.pictures()
    pictures = Pictures(paths)
    told: set[str] = set()
    for name in archive.names(".geojson"):
        try:
            features = _features(json.loads(archive.text(name)))
        except BadMember as bad:
            note(Remark(name, bad.odd, bad.message))
            continue
        except (ValueError, RecursionError):
            note(Remark(name, Odd.UNREADABLE_FILE, "The file is not GeoJSON that can be read."))
            continue
        path = pictures.beside(name)
        if path is None or path in told:
            note(
                Remark(
                    name,
                    Odd.NO_PICTURE,
                    "The file has no picture in the archive; its boxes were not read.",
                    boxes=len(features),
                )
            )
            continue
        told.add(path)
        yield _picture(path, name, features, note)
    for path in paths:
        if path not in told:
            yield Picture(path)


def _features(data: Any) -> list[dict[str, Any]]:
    features = data.get("features") if isinstance(data, dict) else data
    if not isinstance(features, list):
        raise ValueError("no features")  # noqa: TRY004 - callers ask about one error
    return [one for one in features if isinstance(one, dict)]


def _picture(path: str, name: str, features: Sequence[dict[str, Any]], note: Note) -> Picture:
    shapes = []
    for number, feature in enumerate(features, start=1):
        place = f"feature {number}"
        try:
            box = _box_around(feature.get("geometry"))
        except (ValueError, TypeError):
            note(Remark(name, Odd.UNREADABLE_BOX, "The feature is no area.", boxes=1, place=place))
            continue
        shapes.append(Shape(_name(feature), box, place=place))
    return Picture(path, tuple(shapes), unread=len(features) - len(shapes))


def _name(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties")
    found = properties.get("classification") if isinstance(properties, dict) else None
    name = found.get("name", "") if isinstance(found, dict) else found or ""
    return str(name).strip()[: limits.NAME_LENGTH]


def _box_around(geometry: Any) -> Box:
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise ValueError("no area")
    points: list[tuple[float, float]] = []
    waiting = [geometry.get("coordinates")]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, list) or len(points) + len(waiting) > _POINTS:
            raise ValueError("no outline")
        if len(part) >= 2 and not isinstance(part[0], list):
            points.append((finite(part[0]), finite(part[1])))
        else:
            waiting.extend(part)
    if len(points) < 3:
        raise ValueError("no outline")
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


class GeoJsonWriter:
    """``images/`` and ``geojson/``, a file for each picture."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._classes = classes

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture and its file, also without any box."""
        self._out.picture(f"images/{picture.name}", pixels)
        features = []
        for cell in picture.cells:
            x0, y0, x1, y1 = cell.box
            corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
            features.append(
                {
                    "type": "Feature",
                    "id": cell.id,
                    "geometry": {"type": "Polygon", "coordinates": [corners]},
                    "properties": {
                        "objectType": "annotation",
                        "classification": {"name": cell.name or UNCLASSIFIED},
                        "metadata": {"source": cell.source},
                    },
                }
            )
        self._out.json(
            f"geojson/{PurePosixPath(picture.name).stem}.geojson",
            {"type": "FeatureCollection", "features": features},
        )

    def end(self, about: dict[str, Any]) -> None:
        """Add the order of the classes."""
        self._out.text("classes.txt", "".join(f"{name}\n" for name in [*self._classes, UNCLASSIFIED]))
        self._out.json("about.json", about)
