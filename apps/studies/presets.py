"""Studies to begin with: whole protocols that can be prepared as they are, or changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from apps.core.errors import InvalidInput
from apps.studies.protocol import CELLS, CLASS, REAL, REALISM, SYNTHETIC, Arm, Protocol

JUNG_2022: Final = "jung-2022"
PUBLISHED_CLASSES: Final = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")

CONSENT: Final = (
    "You are asked to look at images of single blood cells, one after another, and to say what you see. Taking part is "
    "voluntary. You can pause at any time and go on later, on any computer, and you can withdraw without giving a "
    "reason until the answers are evaluated.\n\n"
    "Your answers and the times of your answers are kept under a pseudonym, together with what you tell about your "
    "experience and your screen. Results are published without names.\n\n"
    "Please judge by yourself, and do not talk about the images with other readers before the study is over."
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of study to begin with."""

    name: str
    title: str
    about: str
    make: Callable[[Mapping[str, int], str, str], Protocol]


def _jung(classes: Mapping[str, int], real: str, synthetic: str) -> Protocol:
    return Protocol(
        preset=JUNG_2022,
        classes=tuple(classes),
        arms=(
            Arm("Real", REAL, real, dict(classes)),
            Arm("Synthetic", SYNTHETIC, synthetic, dict(classes)),
        ),
        consent_text=CONSENT,
    )


def _realism(classes: Mapping[str, int], real: str, synthetic: str) -> Protocol:
    return _jung(classes, real, synthetic).replace(
        preset="realism",
        questions=(CLASS, REALISM),
        repeats=0.1,
        practice=10,
        margin=0.1,
        readers=5,
        two_person_unblinding=True,
    )


def _proficiency(classes: Mapping[str, int], real: str, synthetic: str) -> Protocol:  # noqa: ARG001 - one signature
    return Protocol(
        preset="proficiency",
        classes=tuple(classes),
        arms=(Arm("Real", REAL, real, {name: 2 * n for name, n in classes.items()}),),
        repeats=0.1,
        practice=5,
        readers=3,
        consent_text=CONSENT,
    )


PRESETS: Final = (
    Preset(
        JUNG_2022,
        "Jung 2022",
        "Ten real and ten synthetic images of each class, class only: the published study, as it was.",
        _jung,
    ),
    Preset(
        "realism",
        "Realism",
        "The class first, then how real the image looks, on six points; with practice, hidden repeats and a margin.",
        _realism,
    ),
    Preset(
        "proficiency",
        "Proficiency",
        "Real cells only: how well readers name them, and how well they agree with themselves.",
        _proficiency,
    ),
)


def preset(
    name: str,
    *,
    classes: Sequence[str] = PUBLISHED_CLASSES,
    real: str = CELLS,
    synthetic: str = CELLS,
    per_class: int = 10,
) -> Protocol:
    """Return the protocol of a preset.

    Args:
        name: One of `PRESETS`.
        classes: What readers answer with, in this order.
        real: Source of the real arm.
        synthetic: Source of the synthetic arm.
        per_class: Images of each class in each arm.

    Raises:
        InvalidInput: when there is no such preset.
    """
    for known in PRESETS:
        if known.name == name:
            return known.make(dict.fromkeys(classes, per_class), real, synthetic)
    raise InvalidInput(f"There is no kind of study “{name}”.", code="preset")
