"""What a person has before the eyes when signing."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.cells.selectors.blind import undecided
from apps.review.differential.count import Differential, differential_of, rules_of, worksheet_of
from apps.review.models import Report, SigningRules, Worksheet
from apps.review.signing.checks import Check, checks_of
from apps.review.signing.frozen import basis_of, digest_of
from apps.review.signing.selectors import newest_report
from apps.review.signing.stamps import stamp_of
from apps.slides.models import Slide


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person has before the eyes when signing; ``basis`` names all that the count rests on."""

    slide: Slide
    rules: SigningRules
    worksheet: Worksheet
    differential: Differential
    checks: list[Check]
    stamp: str
    basis: str
    newest: Report | None

    @property
    def shown(self) -> str:
        """Return the name of what is shown: the basis, and the report that stands before."""
        return digest_of([self.basis, str(self.newest.public_id) if self.newest else ""])

    @property
    def refusals(self) -> list[Check]:
        """Return what stands against signing."""
        return [check for check in self.checks if not check.ok]


def summary_of(slide: Slide) -> Summary:
    """Return everything that is shown before signing, as it is now; the caller has asked who may see it."""
    rules, worksheet = rules_of(slide.project), worksheet_of(slide)
    # First the mark, then the count: what changes in between makes the mark an old one, never the count.
    stamp = stamp_of(slide.pk)
    found = differential_of(slide, rules=rules, worksheet=worksheet)
    return Summary(
        slide=slide,
        rules=rules,
        worksheet=worksheet,
        differential=found,
        checks=checks_of(slide, rules=rules, worksheet=worksheet),
        stamp=stamp,
        basis=basis_of(slide, stamp=stamp, found=found, rules=rules, worksheet=worksheet),
        newest=newest_report(slide),
    )


def hides_from(slide: Slide, user: User) -> bool:
    """Return whether the count would tell a suggestion that a person may not know before the own label.

    Where a project labels blindly, a count with suggestions in it is shown to nobody; one of labels alone is. Who could
    still decide between two readers is shown none.
    """
    if undecided(user, slide=slide.pk):
        return True
    if not slide.project.blind_first:
        return False
    return Cell.objects.standing().filter(field__slide=slide, current_class="").exists()
