"""The tables of studies but for the key, which has a door of its own: `apps.studies.truth`."""

from apps.studies.models.analysis import StudyAnalysis
from apps.studies.models.case import StudyCase
from apps.studies.models.enrolment import Enrolment
from apps.studies.models.invitation import Invitation
from apps.studies.models.model_reading import ModelReading
from apps.studies.models.reading import Reading
from apps.studies.models.slot import Slot
from apps.studies.models.study import BLIND, STEPS, State, Study
from apps.studies.models.transition import Transition, UnblindRequest
from apps.studies.models.viewing import Viewing
from apps.studies.protocol import CANNOT_TELL, OTHER

__all__ = [
    "BLIND",
    "CANNOT_TELL",
    "OTHER",
    "STEPS",
    "Enrolment",
    "Invitation",
    "ModelReading",
    "Reading",
    "Slot",
    "State",
    "Study",
    "StudyAnalysis",
    "StudyCase",
    "Transition",
    "UnblindRequest",
    "Viewing",
]
