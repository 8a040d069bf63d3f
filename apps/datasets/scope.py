"""What an export takes out: fields and cells that the person who asked may see, with what is to be said of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from django.db.models import F, QuerySet, Sum

from apps.cells.models import Cell, EventKind, LabelEvent, Origin, Suggestion
from apps.datasets.archive import printable
from apps.datasets.models import Export, Format, Labels, Provenance
from apps.datasets.values import OutCell, OutPicture
from apps.slides.models import Field, Slide

_BYTES_PER_PIXEL: Final = 3
_CLASSING: Final = (EventKind.LABEL, EventKind.WITHDRAW, EventKind.IMPORT, EventKind.UNDO, EventKind.REDO)


def fields_of(wanted: Export) -> QuerySet[Field]:
    """Return the fields of an export in the order of slides and positions."""
    fields = Field.objects.visible_to(wanted.requester).filter(project=wanted.project)
    if wanted.slides:
        fields = fields.filter(slide__public_id__in=wanted.slides)
    if wanted.only_complete:
        fields = fields.filter(complete=True)
    return fields.order_by("slide_id", "position")


def crops_of(wanted: Export) -> QuerySet[Cell]:
    """Return the cells without a field of an export: imported pictures of single cells, never synthetic ones."""
    cells = Cell.objects.visible_to(wanted.requester).standing().filter(project=wanted.project, field=None)
    if wanted.slides or wanted.only_complete:
        return cells.none()
    return cells.filter(origin=Origin.IMPORTED).exclude(crop_key="").order_by("pk")


def estimate(wanted: Export) -> int:
    """Return about how many bytes the archive takes, twice: it is written beside before it is stored."""
    pixels = fields_of(wanted).order_by().aggregate(n=Sum(F("width") * F("height")))["n"] or 0
    return 2 * _BYTES_PER_PIXEL * int(pixels)


class Teller:
    """Turns fields and cells into what the formats write."""

    def __init__(self, wanted: Export) -> None:
        self._wanted = wanted
        self._whole = wanted.format == Format.BUNDLE
        self._slides: dict[int, dict[str, Any]] = {}
        self._people: dict[int, str] = {}
        self.left_out = self.standing = 0
        self.models: dict[int, dict[str, Any]] = {}
        self.sources: Counter[str] = Counter()

    def field(self, field: Field) -> OutPicture:
        """Return a field with the cells that go along."""
        cells = list(
            Cell.objects.standing()
            .filter(field=field)
            .select_related("classifier_version", "locator_version")
            .order_by("pk")
        )
        return OutPicture(
            id=str(field.public_id),
            name=f"{self._stem(field)}.png",
            width=field.width,
            height=field.height,
            cells=tuple(self._cells(cells)),
            slide=str(field.slide.public_id),
            um_per_px=field.um_per_px,
            complete=field.complete,
            more=self._about_field(field) if self._whole else {},
        )

    def crops(self, cells: Sequence[Cell]) -> Iterator[OutPicture]:
        """Yield pictures of single cells that go along."""
        by_id = {str(cell.public_id): cell for cell in cells}
        for out in self._cells(cells):
            cell = by_id[out.id]
            width, height = round(cell.x1 - cell.x0), round(cell.y1 - cell.y0)
            yield OutPicture(out.id, f"{out.id}.png", width, height, (out,), crop=True)

    def pass_over(self, cells: int) -> None:
        """Count cells that the format has no place for."""
        self.standing += cells
        self.left_out += cells

    def _stem(self, field: Field) -> str:
        if not self._wanted.names:
            return str(field.public_id)
        readable = "".join(c if c.isalnum() or c in "-_." else "-" for c in printable(field.title))
        # The id keeps two files of one name apart, and tells which is which.
        return f"{PurePosixPath(readable).stem[:80].strip('.-') or 'field'}-{str(field.public_id)[:8]}"

    def _cells(self, cells: Sequence[Cell]) -> Iterator[OutCell]:
        self.standing += len(cells)
        kept = [cell for cell in cells if self._goes_along(cell)]
        self.left_out += len(cells) - len(kept)
        imported = _imported(kept)
        more = self._about_cells(kept) if self._whole else {}
        for cell in kept:
            name, source = self._class_of(cell, imported)
            self.sources[source] += 1
            for version in (cell.classifier_version, cell.locator_version):
                if version is not None and version.pk not in self.models:
                    self.models[version.pk] = {
                        "id": str(version.public_id),
                        "name": version.name,
                        "version": version.version,
                        "task": version.task,
                        "weights_sha256": version.weights_sha256,
                    }
            yield OutCell(str(cell.public_id), cell.box, name, source, more.get(cell.pk, {}))

    def _goes_along(self, cell: Cell) -> bool:
        return bool(cell.current_class) or self._wanted.labels == Labels.WITH_SUGGESTIONS

    def _class_of(self, cell: Cell, imported: set[int]) -> tuple[str, str]:
        if cell.current_class:
            return cell.current_class, "imported" if cell.pk in imported else "label"
        if cell.suggested_class and not cell.unidentified:
            return cell.suggested_class, "suggestion"
        return "", ""

    # What only a bundle tells

    def _about_field(self, field: Field) -> dict[str, Any]:
        return {
            "slide": self._about_slide(field.slide),
            "scale_source": field.scale_source,
            "title": field.title if self._wanted.names else "",
        }

    def _about_slide(self, slide: Slide) -> dict[str, Any]:
        if slide.pk not in self._slides:
            specimen, device = slide.specimen, slide.device
            self._slides[slide.pk] = {
                "id": str(slide.public_id),
                "title": slide.title if self._wanted.names else "",
                "simulated": slide.simulated,
                "specimen": {
                    "id": str(specimen.public_id),
                    "pseudonym": specimen.pseudonym,
                    "age_band": specimen.age_band,
                    "sex": specimen.sex,
                    "species": specimen.species,
                    "stain": specimen.stain,
                    "anticoagulant": specimen.anticoagulant,
                },
                "device": device
                and {"name": device.name, "objective": device.objective, "um_per_px": device.um_per_px},
            }
        return self._slides[slide.pk]

    def _about_cells(self, cells: Sequence[Cell]) -> dict[int, dict[str, Any]]:
        pks = [cell.pk for cell in cells]
        events: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        suggestions: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        provenance: dict[int, Any] = {}
        for part in _parts(pks):
            for event in (
                LabelEvent.objects.filter(cell__in=part)
                .select_related("model_version")
                .order_by("cell", "version_after")
            ):
                events[event.cell_id].append(self._event(event))
            if self._wanted.labels == Labels.WITH_SUGGESTIONS:
                for one in (
                    Suggestion.objects.filter(cell__in=part).select_related("model_version").order_by("pk")
                ):
                    suggestions[one.cell_id].append(
                        {
                            "model": str(one.model_version.public_id),
                            "probabilities": one.probabilities,
                            "top_class": one.top_class,
                            "unidentified": one.unidentified,
                            "at": one.created_at.isoformat(),
                        }
                    )
            provenance |= dict(Provenance.objects.filter(cell__in=part).values_list("cell_id", "told"))
        return {
            cell.pk: {
                "score": cell.score,
                "origin": cell.origin,
                "review_state": cell.review_state,
                "version": cell.version,
                "events": events[cell.pk],
                "suggestions": suggestions[cell.pk],
                **({"provenance": provenance[cell.pk]} if cell.pk in provenance else {}),
            }
            for cell in cells
        }

    def _event(self, event: LabelEvent) -> dict[str, Any]:
        by = self._people.setdefault(event.actor_id, f"person-{len(self._people) + 1}")
        return {
            "kind": event.kind,
            "by": by,
            "at": event.created_at.isoformat(),
            "from": event.from_class or None,
            "to": event.to_class or None,
            "from_box": event.from_box,
            "to_box": event.to_box,
            "seen_suggestion": event.seen_suggestion,
            "model": str(event.model_version.public_id) if event.model_version else None,
            "version": event.version_after,
        }


def _imported(cells: Iterable[Cell]) -> set[int]:
    """Return the cells whose class in force came with an import: no person here has spoken of it since."""
    newest: dict[int, str] = {}
    pks = [cell.pk for cell in cells if cell.current_class]
    for part in _parts(pks):
        events = LabelEvent.objects.filter(cell__in=part, kind__in=_CLASSING).order_by("version_after")
        newest |= dict(events.values_list("cell_id", "kind"))
    return {pk for pk, kind in newest.items() if kind == EventKind.IMPORT}


def _parts(pks: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), size):
        yield pks[start : start + size]


def about(
    wanted: Export, teller: Teller, classes: Sequence[Mapping[str, Any]], made_at: str
) -> dict[str, Any]:
    """Return what stands once in an export: the choice, the classes with their ids, the models, what is inside."""
    return {
        "made_by": "wbcweb",
        "made_at": made_at,
        "research_use_only": True,
        "convention": "pixels of the picture, half-open, origin at the top-left corner of the top-left pixel",
        "labels": wanted.labels,
        "only_complete_fields": wanted.only_complete,
        "synthetic_cells": 0,
        "classes": list(classes),
        "models": list(teller.models.values()),
        "cells_by_source": {source or "unclassified": n for source, n in teller.sources.items()},
    }
