"""Which pictures an audit holds against which: real against synthetic, and each arm against the others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """Two sets of pictures: ``second`` says of each picture whether it is of the second one, None for of neither.

    ``between`` says in words what is held against what, "" for real against synthetic.
    """

    between: str
    second: tuple[bool | None, ...]

    @property
    def inside(self) -> list[int]:
        """Return the numbers of the pictures that are of one of the two."""
        return [number for number, second in enumerate(self.second) if second is not None]

    @property
    def sides(self) -> list[bool]:
        """Return of each of these whether it is of the second set."""
        return [second for second in self.second if second is not None]

    def only(self, numbers: Sequence[int]) -> Split:
        """Return the split of some of the pictures, in this order."""
        return Split(self.between, tuple(self.second[number] for number in numbers))


def splits_of(arms: Sequence[str], origins: Sequence[str]) -> list[Split]:
    """Return what is to be told apart, each once: none where there is one arm.

    Args:
        arms: Of each picture the name of its arm, "" for one of none, such as a control.
        origins: Of each picture, where it comes from.
    """
    found = []
    kinds = sorted(set(origins))
    if len(kinds) > 1:
        found.append(Split("", tuple(origin == kinds[-1] for origin in origins)))
    names = sorted(set(arms) - {""})
    for name in names[1:] if len(names) == 2 else names if len(names) > 2 else ():
        others = f"“{names[0]}”" if len(names) == 2 else "the other arms"
        split = Split(f"“{name}” against {others}", tuple(arm == name if arm else None for arm in arms))
        if not any(_same(split, one) for one in found):
            found.append(split)
    return found


def _same(one: Split, other: Split) -> bool:
    """Return whether two splits part the pictures that are in both in the same way."""
    pairs = zip(one.second, other.second, strict=True)
    agree = {a == b for a, b in pairs if a is not None and b is not None}
    return len(agree) == 1
