"""What other parts of this room take part in without `services` knowing them."""

from apps.core.registries import HookList

# Called as ``fn(study=, actor=)`` in the transaction that unblinds a study.
after_unblinding = HookList("after_unblinding")
