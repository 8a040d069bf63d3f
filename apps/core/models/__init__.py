"""What every room builds on, and what the site remembers about removing: erasures, doomed files, holds."""

from apps.core.models.base import PublicModel
from apps.core.models.doomed import DoomedObject
from apps.core.models.erasure import Erasure, ErasureKind
from apps.core.models.hold import Hold

__all__ = ["DoomedObject", "Erasure", "ErasureKind", "Hold", "PublicModel"]
