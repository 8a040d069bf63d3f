from apps.slides.models.device import DeviceProfile
from apps.slides.models.field import Field, FieldQuerySet, ScaleSource
from apps.slides.models.field_mark import FieldMark
from apps.slides.models.slide import Slide, SlideQuerySet
from apps.slides.models.specimen import Sex, Specimen
from apps.slides.models.upload import FileState, Mode, Upload, UploadFile, UploadQuerySet, UploadState

__all__ = [
    "DeviceProfile",
    "Field",
    "FieldMark",
    "FieldQuerySet",
    "FileState",
    "Mode",
    "ScaleSource",
    "Sex",
    "Slide",
    "SlideQuerySet",
    "Specimen",
    "Upload",
    "UploadFile",
    "UploadQuerySet",
    "UploadState",
]
