from io import BytesIO

from apps.core import storage
from apps.core.editing import version_of
from apps.slides.models import DeviceProfile, Field, Slide, Upload
from apps.slides.selectors import details_of, field_values, slide_values, specimen_values
from apps.slides.services import add_file, open_upload
from tests.kits import images as kit
from tests.permissions.table import World, row


def project(world: World) -> dict[str, object]:
    return {"project_id": world.project_id}


def _field(world: World) -> Field:
    from tests.cells.factories import make_field, make_slide

    def make() -> Field:
        field = make_field(make_slide(world.project))
        storage.save_bytes(field.image_key, kit.encoded())
        storage.save_bytes(field.thumbnail_key, kit.encoded(kind="JPEG"))
        return field

    made: Field = world.once("slides-field", make)
    return made


def field(world: World) -> dict[str, object]:
    return {"field_id": _field(world).public_id}


def slide(world: World) -> dict[str, object]:
    return {"slide_id": _field(world).slide.public_id}


def trashed(world: World) -> dict[str, object]:
    from django.utils import timezone

    from tests.cells.factories import make_slide

    def make() -> Slide:
        return make_slide(world.project, trashed_at=timezone.now())

    return {"slide_id": world.once("slides-trashed", make).public_id}


def project_with_trash(world: World) -> dict[str, object]:
    trashed(world)
    return project(world)


def specimen(world: World) -> dict[str, object]:
    return {"specimen_id": _field(world).slide.specimen.public_id}


def its_name(world: World) -> dict[str, object]:
    return {"typed": world.project.name}


def its_pseudonym(world: World) -> dict[str, object]:
    return {"typed": _field(world).slide.specimen.pseudonym}


def upload(world: World) -> dict[str, object]:
    """An upload of the reviewer with one file; others may see it and not touch it."""
    from apps.slides.receiving import receive_bytes

    def make() -> Upload:
        made = open_upload(requester=world.people["reviewer"], project=world.project, mode="one-slide")
        add_file(upload=made, received=receive_bytes("a.png", kit.encoded()))
        return made

    return {"upload_id": world.once("slides-upload", make).public_id}


def picture(_: World) -> dict[str, object]:
    return {"mode": "one-slide", "files": _Again(kit.encoded(), "a.png")}


def one_file(_: World) -> dict[str, object]:
    return {"file": _Again(kit.encoded(), "a.png")}


class _Again(BytesIO):
    """A file that each of the seven people may send from its beginning."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if size is None or size < 0 or not data:
            self.seek(0)
        return data


def details(world: World) -> dict[str, object]:
    seen = details_of(Slide.objects.get(public_id=slide(world)["slide_id"]))
    return {"title": "New", "pseudonym": "P-7", "version": version_of(seen)}


def device(world: World) -> dict[str, object]:
    def make() -> DeviceProfile:
        return DeviceProfile.objects.create(project=world.project, name="Camera")

    return {"device_id": world.once("slides-device", make).public_id}


def title_of_slide(world: World) -> dict[str, object]:
    return {"title": "New", "version": version_of(slide_values(_field(world).slide))}


def title_of_field(world: World) -> dict[str, object]:
    return {"title": "New", "version": version_of(field_values(_field(world)))}


def stain_of_specimen(world: World) -> dict[str, object]:
    return {"stain": "Wright", "version": version_of(specimen_values(_field(world).slide.specimen))}


ROWS = [
    row("slides:project", "GET", "302 404 200 200 200 200 200", kwargs=project),
    row("slides:project", "GET", "302 404 200 200 200 200 200", kwargs=project, query="?q=smear&page=9"),
    row("slides:upload", "POST", "302 404 403 302 302 302 403", kwargs=project, data=picture),
    row(
        "slides:upload", "POST", "302 404 403 422 422 422 403", kwargs=project, data=lambda _: {"mode": "no"}
    ),
    row("slides:trash", "GET", "302 404 200 200 200 200 200", kwargs=project),
    row("slides:upload-report", "GET", "302 404 200 200 200 200 200", kwargs=upload),
    row("slides:retry-upload", "POST", "302 404 403 302 403 403 403", kwargs=upload),
    row("slides:edit-slide", "GET", "302 404 403 200 200 200 403", kwargs=slide),
    row("slides:edit-slide", "POST", "302 404 403 302 302 302 403", kwargs=slide, data=details),
    row(
        "slides:add-device",
        "POST",
        "302 404 403 302 302 302 403",
        kwargs=slide,
        data=lambda _: {"name": "Scope", "version": version_of({"device": None})},
    ),
    row("slides:trash-slide", "POST", "302 404 403 302 302 302 403", kwargs=slide),
    row("slides:restore-slide", "POST", "302 404 403 302 302 302 403", kwargs=trashed),
    row("slides:edit-slide", "GET", "302 404 404 404 404 404 404", kwargs=trashed),
    # Removing for good is for managers
    row(
        "slides:empty-trash", "POST", "302 404 403 403 403 302 403", kwargs=project_with_trash, data=its_name
    ),
    row("slides:empty-trash", "POST", "302 404 403 403 403 422 403", kwargs=project_with_trash),
    row("slides:erase-specimen", "GET", "302 404 403 403 403 200 403", kwargs=specimen),
    row("slides:erase-specimen", "POST", "302 404 403 403 403 302 403", kwargs=specimen, data=its_pseudonym),
    row("slides:erase-specimen", "POST", "302 404 403 403 403 422 403", kwargs=specimen),
    row("slides:field-image", "GET", "302 404 200 200 200 200 200", kwargs=field),
    row("slides:field-thumbnail", "GET", "302 404 200 200 200 200 200", kwargs=field),
    # API
    row(
        "slides-api:uploads",
        "POST",
        "401 404 403 201 201 201 403",
        kwargs=project,
        data=lambda _: {"mode": "one-slide"},
    ),
    row("slides-api:upload", "GET", "401 404 200 200 200 200 200", kwargs=upload),
    row("slides-api:upload-files", "POST", "401 404 403 201 403 403 403", kwargs=upload, data=one_file),
    row("slides-api:complete", "POST", "401 404 403 202 403 403 403", kwargs=upload),
    row(
        "slides-api:slide",
        "PATCH",
        "401 404 403 200 200 200 403",
        kwargs=slide,
        data=title_of_slide,
    ),
    row("slides-api:slide", "DELETE", "401 404 403 204 204 204 403", kwargs=slide),
    row("slides-api:slide", "GET", "401 404 200 200 200 200 200", kwargs=slide),
    row("slides-api:slide", "GET", "401 404 404 404 404 404 404", kwargs=trashed),
    row("slides-api:slides", "GET", "401 200 200 200 200 200 200"),
    row("slides-api:slides", "GET", "401 200 200 200 200 200 200", query="?trashed=true"),
    row("slides-api:slides", "GET", "401 400 400 400 400 400 400", query="?created_after=yesterday"),
    row("slides-api:restore", "POST", "401 404 403 200 200 200 403", kwargs=trashed),
    row(
        "slides-api:slide-device",
        "POST",
        "401 404 403 201 201 201 403",
        kwargs=slide,
        data=lambda _: {"name": "Scope", "version": version_of({"device": None})},
    ),
    row("slides-api:devices", "GET", "401 200 200 200 200 200 200"),
    row("slides-api:device", "GET", "401 404 200 200 200 200 200", kwargs=device),
    row("slides-api:specimens", "GET", "401 200 200 200 200 200 200"),
    row("slides-api:specimen", "GET", "401 404 200 200 200 200 200", kwargs=specimen),
    row(
        "slides-api:specimen",
        "PATCH",
        "401 404 403 200 200 200 403",
        kwargs=specimen,
        data=stain_of_specimen,
    ),
    row("slides-api:fields", "GET", "401 200 200 200 200 200 200"),
    row("slides-api:field", "GET", "401 404 200 200 200 200 200", kwargs=field),
    row("slides-api:field", "PATCH", "401 404 403 200 200 200 403", kwargs=field, data=title_of_field),
    row(
        "slides-api:field-complete",
        "POST",
        "401 404 403 200 200 200 403",
        kwargs=field,
        data=lambda _: {"complete": True},
    ),
    row("slides-api:field-image", "GET", "401 404 200 200 200 200 200", kwargs=field),
    row("slides-api:field-thumbnail", "GET", "401 404 200 200 200 200 200", kwargs=field),
]
