from dataclasses import dataclass

DEMO = "study.demo"


@dataclass(frozen=True, slots=True)
class DemoParams:
    """Which project gets a simulated study, how many images of each class and arm, how many readers."""

    project_id: str
    each: int
    readers: int
