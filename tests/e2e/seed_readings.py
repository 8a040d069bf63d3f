"""A project of its own with a slide that one person has labelled, for the pages of second readings."""


def second_readings(versions) -> dict[str, str]:
    """Make people, a labelled slide that somebody is asked to read, and one that nobody has been asked about."""
    from apps.accounts.models import Role
    from apps.cells.models import Cell
    from apps.cells.services import label
    from apps.review.second_reading.services import assign
    from tests.cells.factories import make_slide
    from tests.e2e.seed import simulated_fields
    from tests.factories import MembershipFactory, ProjectFactory, UserFactory

    project = ProjectFactory(name="Two readers", second_reading_share=100)
    people = {
        name: UserFactory(email=f"{name}@example.org", name=title)
        for name, title in (
            ("first", "Fritz First"),
            ("second", "Sena Second"),
            ("third", "Theo Third"),
            ("asker", "Ann Asker"),
        )
    }
    for name, user in people.items():
        role = Role.RESEARCHER if name == "asker" else Role.REVIEWER
        MembershipFactory(project=project, user=user, role=role)
    slides = [make_slide(project, title=title, simulated=True) for title in ("T-0001", "T-0002")]
    for slide in slides:
        simulated_fields(slide, versions)
    for cell in Cell.objects.filter(field__slide=slides[0]):
        label(
            actor=people["first"],
            cell=cell,
            to_class=cell.suggested_class,
            expected_version=1,
            seen_suggestion=True,
        )
    reading = assign(actor=people["asker"], slide=slides[0], reader=people["second"])
    return {
        "readings_project": str(project.public_id),
        "reading": str(reading.public_id),
        "read_slide": str(slides[0].public_id),
        "unread_slide": str(slides[1].public_id),
    }
