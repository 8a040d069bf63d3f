"""What an analysis job is told."""

from __future__ import annotations

from dataclasses import dataclass

KIND = "analyse"
BOXES_KIND = "classify-boxes"
EMBED_KIND = "embed-cells"
QUEUE = "gpu-short"


@dataclass(frozen=True, slots=True)
class AnalyseParams:
    """Analyse the fields of a slide that the versions in use have not analysed yet; ``slide_id`` is public."""

    slide_id: str


@dataclass(frozen=True, slots=True)
class ClassifyBoxesParams:
    """Ask the classifier in use about the boxes that people drew on a slide; ``slide_id`` is public."""

    slide_id: str


@dataclass(frozen=True, slots=True)
class EmbedParams:
    """Store the embeddings that cells of a project lack; ``project_id`` is public."""

    project_id: str


def subject_of(slide_public_id: object) -> str:
    """Return how a job row names the slide it is about."""
    return f"slide:{slide_public_id}"
