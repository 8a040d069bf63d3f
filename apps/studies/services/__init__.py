"""What may be done to studies: designing, their life, readers, reading (`services.reading`), unblinding."""

from apps.studies.services import reading
from apps.studies.services.designing import change_study, create_study, discard_study
from apps.studies.services.enrolling import (
    consent,
    consent_digest,
    describe,
    enrol,
    has_consented,
    mark_reminded,
    withdraw,
)
from apps.studies.services.invitations import (
    accept_invitation,
    find_invitation,
    invite,
    withdraw_invitation,
)
from apps.studies.services.life import (
    back_to_draft,
    close,
    extend,
    finish_preparing,
    lock,
    open_,
    prepare,
)
from apps.studies.services.unblinding import unblind, withdraw_unblind_request

__all__ = [
    "accept_invitation",
    "back_to_draft",
    "change_study",
    "close",
    "consent",
    "consent_digest",
    "create_study",
    "describe",
    "discard_study",
    "enrol",
    "extend",
    "find_invitation",
    "finish_preparing",
    "has_consented",
    "invite",
    "lock",
    "mark_reminded",
    "open_",
    "prepare",
    "reading",
    "unblind",
    "withdraw",
    "withdraw_invitation",
    "withdraw_unblind_request",
]
