"""How a lower room shows something of a higher one: the higher room registers a function at start-up.

The lower room calls what it finds and never learns who filled the list.
"""

from collections.abc import Callable, Iterator
from typing import Any

Hook = Callable[..., Any]


def _name_of(fn: Hook) -> str:
    return f"{fn.__module__}.{fn.__qualname__}"


class HookList:
    """An ordered list of functions, each known by its dotted path."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._hooks: dict[str, Hook] = {}

    def register(self, fn: Hook) -> Hook:
        """Add a function and return it, so that it serves as a decorator too.

        Raises:
            ValueError: when a function with the same dotted path is registered already.
        """
        name = _name_of(fn)
        if name in self._hooks:
            raise ValueError(f"{name} is registered twice in {self.name}.")
        self._hooks[name] = fn
        return fn

    def __iter__(self) -> Iterator[Hook]:
        return iter(tuple(self._hooks.values()))

    def __len__(self) -> int:
        return len(self._hooks)

    def __contains__(self, fn: object) -> bool:
        return fn in self._hooks.values()

    def run(self, **values: Any) -> list[Any]:
        """Call every function with the same keyword arguments, in order; return what each returned.

        An exception goes through: what registers here takes part in the caller's transaction.
        """
        return [fn(**values) for fn in self]


after_ingest = HookList("after_ingest")
after_label = HookList("after_label")
# Called as ``fn(cells=[...])`` in the transaction in which people drew these boxes, or brought drawn ones back.
after_boxing = HookList("after_boxing")
# Called as ``fn(actor=, steps=[(cell, event taken back), ...])`` in the transaction in which a person undid an act or
# did it again.
after_stepping = HookList("after_stepping")
# Called as ``fn(slide_id=, field_id=, cell_id=)`` (primary keys; the last two may be None) in the transaction that
# changes something on a slide which no act on a cell tells of: pages that show the slide hear of it.
slide_changed = HookList("slide_changed")
slide_columns = HookList("slide_columns")
gallery_orders = HookList("gallery_orders")
# Called as ``fn(user=...)``: returns a queryset of the keys (``slide_id``) of slides that are closed to the person for
# the time being, with all that lies on them, such as those that the person reads without knowing other people's labels.
visibility_rules = HookList("visibility_rules")
# Called as ``fn(user=...)``: returns a queryset of the keys of cells without a field that are closed to the person so.
cell_visibility_rules = HookList("cell_visibility_rules")
# Called as ``fn(user=, slide=, project=, cell=)`` (primary keys, at most one of the last three): returns a queryset of
# the keys (``cell_id``) of cells of which the person may know no class for the time being, such as those on which two
# readers differ and which this person could decide.
undecided_cells = HookList("undecided_cells")
home_items = HookList("home_items")
biography_items = HookList("biography_items")
checks = HookList("checks")
# Names for what the audit calls "slide:<id>" and the like: fn(targets=set of them) -> dict of those it knows.
target_names = HookList("target_names")
# Called as ``fn(slide=...)`` in the transaction that removes a slide for good, the latest registered first: removes the
# rows of its room that belong to the slide, and returns the keys of the stored files that they named.
slide_purges = HookList("slide_purges")
# Called as ``fn(user=...)`` in the transaction that erases a person: removes what its room knows of the person but
# for acts, which stay under the pseudonym.
person_erasures = HookList("person_erasures")
