"""What is written is read back the same, whatever the boxes and classes; one convention for all formats."""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.datasets.formats import READERS, WRITERS, recognise
from apps.datasets.formats.bundle import NAME, VERSION
from apps.datasets.formats.out import UNCLASSIFIED, Out
from apps.datasets.values import FormatProblem, Odd, OutCell, OutPicture
from tests.datasets.archives import opened, picture, read, small_coco, small_voc, voc_xml, zipped

CLASSES = ["neutrophil", "lymphocyte", "monocyte", "basophil", "platelet"]
WIDTH, HEIGHT = 640, 480
OF_BOXES = sorted(name for name, writer in WRITERS.items() if not writer.crops)
PIXELS = picture()


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x0 = draw(st.floats(0, WIDTH - 2, allow_nan=False))
    y0 = draw(st.floats(0, HEIGHT - 2, allow_nan=False))
    x1 = draw(st.floats(x0 + 1, WIDTH, allow_nan=False))
    y1 = draw(st.floats(y0 + 1, HEIGHT, allow_nan=False))
    return (x0, y0, x1, y1)


cells = st.builds(
    lambda box, name, number: OutCell(
        f"00000000-0000-4000-8000-{number:012d}", box, name, "label" if name else ""
    ),
    boxes(),
    st.sampled_from([*CLASSES, ""]),
    st.integers(0, 10**9),
)
fields = st.lists(st.lists(cells, max_size=6), min_size=1, max_size=4)


def written(name: str, many: list[list[OutCell]]) -> bytes:
    """Return an archive of a format with these cells, a picture for each list."""
    stream = io.BytesIO()
    out = Out(stream)
    writer = WRITERS[name](out, CLASSES)
    for number, some in enumerate(many):
        one = OutPicture(f"id-{number}", f"p{number:03}.png", WIDTH, HEIGHT, tuple(some), slide="slide-1")
        writer.add(one, io.BytesIO(PIXELS))
    writer.end({"about": "a test"})
    out.close()
    return stream.getvalue()


def near(name: str, got: float, put: float) -> bool:
    """Say whether a coordinate came through as its format promises."""
    slack = 1.0 if name == "voc" else 1e-6 if name == "yolo" else 1e-9
    return math.isclose(got, put, abs_tol=slack, rel_tol=0)


@pytest.mark.parametrize("name", OF_BOXES)
@given(many=fields)
def test_boxes_and_classes_come_back(name: str, many: list[list[OutCell]]) -> None:
    pictures, remarks = read(name, written(name, many))
    assert [remark for remark in remarks if remark.boxes] == []
    back = {one.path.rpartition("/")[2]: one for one in pictures}
    assert len(back) == len(many)  # empty pictures are kept
    for number, some in enumerate(many):
        found = back[f"p{number:03}.png"].shapes
        unclassed = "" if name in {"bundle", "csv"} else UNCLASSIFIED
        assert [shape.name for shape in found] == [cell.name or unclassed for cell in some]
        for shape, cell in zip(found, some, strict=True):
            box = shape.in_pixels(WIDTH, HEIGHT)
            assert all(near(name, got, put) for got, put in zip(box, cell.box, strict=True)), (box, cell.box)


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(1, 39), st.integers(1, 79)),
        max_size=5,
    )
)
def test_voc_keeps_whole_pixels_exactly(some: list[tuple[int, int, int, int]]) -> None:
    put = [
        OutCell("x", (float(x), float(y), float(x + w), float(y + h)), "monocyte", "label")
        for x, y, w, h in some
    ]
    pictures, _ = read("voc", written("voc", [put]))
    assert [shape.box for shape in pictures[0].shapes] == [cell.box for cell in put]


def test_one_pixel_in_every_format() -> None:
    """The pixel in column 10, row 20 is [10, 11) x [20, 21) here; each file says what its format means by it."""
    cell = OutCell("c", (10.0, 20.0, 11.0, 21.0), "monocyte", "label")
    texts: dict[str, str] = {}
    for name in OF_BOXES:
        archive, _ = opened(written(name, [[cell]]))
        texts |= {
            f"{name}:{member}": archive.text(member)
            for member in archive.members
            if not member.endswith(".png")
        }
    assert "<xmin>11</xmin><ymin>21</ymin><xmax>11</xmax><ymax>21</ymax>" in texts["voc:Annotations/p000.xml"]
    number, *parts = texts["yolo:labels/p000.txt"].split()
    assert (number, [float(part) for part in parts]) == ("2", [10.5 / 640, 20.5 / 480, 1 / 640, 1 / 480])
    assert json.loads(texts["coco:annotations.json"])["annotations"][0]["bbox"] == [10.0, 20.0, 1.0, 1.0]
    assert ",10.0,20.0,11.0,21.0,monocyte,label" in texts["csv:annotations.csv"]
    corners = json.loads(texts["geojson:geojson/p000.geojson"])["features"][0]["geometry"]["coordinates"][0]
    assert corners == [[10, 20], [11, 20], [11, 21], [10, 21], [10, 20]]
    assert json.loads(texts["bundle:cells.jsonl"])["box"] == [10.0, 20.0, 11.0, 21.0]


def test_ids_follow_the_class_list_whatever_is_in_the_export() -> None:
    """Neither the alphabet nor the order of appearance moves an id, and unused classes keep theirs."""
    only = [
        [
            OutCell("c", (1.0, 1.0, 9.0, 9.0), "platelet", "label"),
            OutCell("d", (1.0, 1.0, 9.0, 9.0), "lymphocyte", "label"),
        ]
    ]
    archive, _ = opened(written("coco", only))
    categories = json.loads(archive.text("annotations.json"))["categories"]
    assert [(one["id"], one["name"]) for one in categories] == list(
        enumerate([*CLASSES, UNCLASSIFIED], start=1)
    )
    archive, _ = opened(written("yolo", only))
    assert archive.text("classes.txt").split() == [*CLASSES, UNCLASSIFIED]
    assert archive.text("labels/p000.txt").startswith("4 ")


def test_folders_keep_classes_without_cells() -> None:
    stream = io.BytesIO()
    out = Out(stream)
    writer = WRITERS["imagefolder"](out, CLASSES)
    cell = OutCell("c", (0.0, 0.0, 9.0, 9.0), "monocyte", "label")
    writer.add(OutPicture("c", "c.png", 9, 9, (cell,), crop=True), io.BytesIO(PIXELS))
    writer.end({})
    out.close()
    import zipfile

    names = zipfile.ZipFile(io.BytesIO(stream.getvalue())).namelist()
    assert {f"{name}/" for name in [*CLASSES, UNCLASSIFIED]} <= set(names)
    pictures, _ = read("imagefolder", stream.getvalue())
    assert [(one.path, one.label) for one in pictures] == [("monocyte/c.png", "monocyte")]


@pytest.mark.parametrize("name", sorted(READERS))
def test_our_own_archives_are_recognised(name: str) -> None:
    cell = OutCell("c", (1.0, 1.0, 9.0, 9.0), "monocyte", "label")
    archive, _ = opened(written(name, [[cell]]))
    assert recognise(archive) == name


def test_recognising_foreign_ones() -> None:
    assert recognise(opened(zipped(small_voc()))[0]) == "voc"
    assert recognise(opened(zipped(small_coco()))[0]) == "coco"
    assert recognise(opened(zipped({"a/x.png": PIXELS, "b/y.png": PIXELS}))[0]) == "imagefolder"
    with pytest.raises(FormatProblem):
        recognise(opened(zipped({"readme.txt": "hello"}))[0])


def test_voc_counts_from_one() -> None:
    pictures, remarks = read("voc", zipped(small_voc()))
    boxes_ = {one.path[-5:]: [shape.box for shape in one.shapes] for one in pictures}
    assert boxes_["a.png"] == [(0.0, 0.0, 20.0, 20.0), (29.0, 9.0, 50.0, 30.0)]
    assert boxes_["b.png"] == []
    assert remarks == []


def test_voc_with_a_document_type_or_without_sense() -> None:
    evil = '<!DOCTYPE a [<!ENTITY b "&c;">]><annotation/>'
    files: dict[str, Any] = {
        "a.png": PIXELS,
        "a.xml": evil,
        "b.png": PIXELS,
        "b.xml": "<annotation><object>",
        "c.png": PIXELS,
        "c.xml": "<annotation>" + "<x>" * 100 + "</x>" * 100 + "</annotation>",
        "d.png": PIXELS,
        "d.xml": voc_xml("d.png", [("WBC", 1, 1, 5, 5)]).replace("<xmin>1<", "<xmin>nan<"),
        "orphan.xml": voc_xml("none.png", [("WBC", 1, 1, 5, 5)] * 3),
    }
    pictures, remarks = read("voc", zipped(files))
    assert len(pictures) == 4
    assert Counter(remark.odd for remark in remarks) == {
        Odd.UNREADABLE_FILE: 3,
        Odd.UNREADABLE_BOX: 1,
        Odd.NO_PICTURE: 1,
    }
    assert next(one for one in pictures if one.path == "d.png").unread == 1
    assert next(remark.boxes for remark in remarks if remark.odd == Odd.NO_PICTURE) == 3


@pytest.mark.parametrize(
    ("listing", "names"),
    [
        ({"data.yaml": "names: [WBC, RBC]"}, ["RBC", "WBC"]),
        ({"data.yaml": "names: {0: WBC, 1: RBC}"}, ["RBC", "WBC"]),
        ({"classes.txt": "WBC\nRBC\n"}, ["RBC", "WBC"]),
        ({"obj.names": "WBC\nRBC\n"}, ["RBC", "WBC"]),
        ({}, ["class 1", "class 0"]),
        ({"data.yaml": "!!python/object/apply:os.system [ls]", "classes.txt": "WBC\nRBC\n"}, ["RBC", "WBC"]),
    ],
)
def test_yolo_names(listing: dict[str, str], names: list[str]) -> None:
    files = {
        "images/s/a.png": PIXELS,
        "labels/s/a.txt": "1 0.5 0.5 0.1 0.2\n0 0.25 0.25 0.5 0.5\n",
        **listing,
    }
    pictures, _ = read("yolo", zipped(files))
    assert [shape.name for shape in pictures[0].shapes] == names
    assert pictures[0].shapes[1].in_pixels(640, 480) == (0.0, 0.0, 320.0, 240.0)


def test_yolo_lines_that_are_no_boxes() -> None:
    text = (
        "0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1\n"
        "x 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.2 0.2\n0 nan 0.5 0.1 0.1\n-1 0.5 0.5 0.1 0.1\n"
    )
    pictures, remarks = read("yolo", zipped({"a.png": PIXELS, "a.txt": text, "classes.txt": "WBC"}))
    assert (len(pictures[0].shapes), pictures[0].unread) == (1, 5)
    assert [remark.place for remark in remarks] == [f"line {n}" for n in range(2, 7)]


def test_yolo_finds_the_picture_in_the_folder_beside() -> None:
    files = {
        "t/images/one/a.png": PIXELS,
        "t/images/two/a.png": PIXELS,
        "t/labels/one/a.txt": "0 0.5 0.5 0.1 0.1",
        "t/labels/two/a.txt": "",
        "t/classes.txt": "WBC",
    }
    pictures, remarks = read("yolo", zipped(files))
    assert {one.path: len(one.shapes) for one in pictures} == {
        "t/images/one/a.png": 1,
        "t/images/two/a.png": 0,
    }
    assert remarks == []


def test_coco_keeps_empty_pictures_and_names_what_is_missing() -> None:
    files = small_coco()
    data = json.loads(str(files["coco.json"]))
    data["images"].append({"id": 1, "file_name": "gone.png"})
    data["annotations"] += [
        {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]},
        {"id": 3, "image_id": 9, "category_id": 99, "bbox": [1, 1, "x", 2]},
        {"id": 4, "image_id": 9, "category_id": 99, "bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 2, 2]]},
    ]
    pictures, remarks = read("coco", zipped({**files, "coco.json": json.dumps(data)}))
    assert {one.path: [(s.name, s.box) for s in one.shapes] for one in pictures} == {
        "a.png": [("Monocyte", (2.5, 3.0, 22.5, 21.25))],
        "b.png": [("category 99", (1.0, 1.0, 3.0, 3.0))],
    }
    assert Counter(remark.odd for remark in remarks) == {
        Odd.NO_PICTURE: 1,
        Odd.UNREADABLE_BOX: 1,
        Odd.MASKS: 1,
    }


@pytest.mark.parametrize("text", ["[" * 100_000, '{"images": 1, "annotations": 2}', "{", "null"])
def test_json_that_is_none_gets_a_sentence(text: str) -> None:
    with pytest.raises(FormatProblem, match="no COCO file"):
        read("coco", zipped({"a.json": text, "a.png": PIXELS}))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("picture,x0_px,y0_px,x1_px,y1_px,class", "a.png,1,2,11,22,WBC"),
        ("filename,xmin,ymin,xmax,ymax,label", "a.png,1,2,11,22,WBC"),
        ("image,x,y,width,height,category", "a.png,1,2,10,20,WBC"),
    ],
)
def test_csv_columns_are_told_by_their_names(header: str, row: str) -> None:
    table = f"\ufeff{header}\r\n{row}\r\nb.png,,,,,\r\ngone.png,1,2,3,4,WBC\r\na.png,1,x,3,4,WBC\r\n"
    pictures, remarks = read("csv", zipped({"a.csv": table, "a.png": PIXELS, "b.png": PIXELS}))
    assert [(one.path, [(s.name, s.box) for s in one.shapes]) for one in pictures] == [
        ("a.png", [("WBC", (1.0, 2.0, 11.0, 22.0))]),
        ("b.png", []),
    ]
    assert pictures[0].unread == 1
    assert Counter(remark.odd for remark in remarks) == {Odd.NO_PICTURE: 1, Odd.UNREADABLE_BOX: 1}


def test_csv_without_boxes_says_what_single_cells_are() -> None:
    table = "image,category\na.png,Neutrophil\n"
    pictures, _ = read("csv", zipped({"labels.csv": table, "a.png": PIXELS, "b.png": PIXELS}))
    assert [(one.path, one.label) for one in pictures] == [("a.png", "Neutrophil"), ("b.png", "")]


def test_csv_cells_are_no_formulas() -> None:
    stream = io.BytesIO()
    out = Out(stream)
    writer = WRITERS["csv"](out, CLASSES)
    writer.add(OutPicture("i", "=cmd.png", 9, 9, (), slide="=1+1"), io.BytesIO(PIXELS))
    writer.end({})
    out.close()
    archive, _ = opened(stream.getvalue())
    assert "'=1+1" in archive.text("annotations.csv")


def test_geojson_outlines_are_read_by_the_box_around_them() -> None:
    feature = {
        "geometry": {"type": "Polygon", "coordinates": [[[5, 5], [10, 2], [12, 9], [5, 5]]]},
        "properties": {"classification": {"name": "Monocyte"}},
    }
    point = {"geometry": {"type": "Point", "coordinates": [1, 1]}}
    data = json.dumps({"type": "FeatureCollection", "features": [feature, point]})
    pictures, remarks = read("geojson", zipped({"a.png": PIXELS, "a.geojson": data}))
    assert [(shape.name, shape.box) for shape in pictures[0].shapes] == [("Monocyte", (5.0, 2.0, 12.0, 9.0))]
    assert [remark.odd for remark in remarks] == [Odd.UNREADABLE_BOX]


@pytest.mark.parametrize("name", ["slides.jsonl", "pictures.jsonl", "cells.jsonl"])
def test_a_bundle_that_was_changed_is_refused(name: str) -> None:
    data = written("bundle", [[OutCell("c", (1.0, 1.0, 9.0, 9.0), "monocyte", "label")]])
    archive, _ = opened(data)
    files = {member: archive.data(member, most=1 << 24) for member in archive.members}
    files[name] = files[name] + b"{}\n"
    with pytest.raises(FormatProblem, match="is not what the bundle's manifest says"):
        read("bundle", zipped(files))


def test_a_bundle_of_a_later_version_is_refused() -> None:
    manifest = json.dumps({"format": NAME, "version": VERSION + 1, "files": {}})
    with pytest.raises(FormatProblem, match="later version"):
        read("bundle", zipped({"manifest.json": manifest}))
