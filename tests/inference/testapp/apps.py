import time
from typing import Any

from django.apps import AppConfig

SECONDS_PER_FIELD = 0.3


class SlowAnalysisConfig(AppConfig):
    """Give real workers an analyser without weights that takes its time."""

    name = "tests.inference.testapp"
    label = "slowanalysis"

    def ready(self) -> None:
        from apps.inference import analysers
        from tests.inference.fakes import FakeAnalyser

        def warm(_: Any) -> FakeAnalyser:
            analyser = FakeAnalyser()
            analyser.before = lambda _: time.sleep(SECONDS_PER_FIELD)
            return analyser

        analysers.warm = warm
