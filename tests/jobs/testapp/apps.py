from django.apps import AppConfig


class TestWorkConfig(AppConfig):
    """Bring the kinds of work that tests run into real workers."""

    name = "tests.jobs.testapp"
    label = "testwork"

    def ready(self) -> None:
        from tests.jobs import work

        work.register_all()
