"""The order of one reader: the same for ever, kept apart as promised, and nobody else's affair."""

from __future__ import annotations

import ast
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.studies import chance, sequence
from apps.studies.sequence import APART, IN_A_ROW, Image, Place, order

SEED = "0123456789abcdef" * 4
FIVE = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def code(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def images(
    classes: tuple[str, ...] = FIVE,
    each: int = 10,
    repeats: int = 0,
    controls: int = 0,
    origins: tuple[str, ...] = ("real", "synthetic"),
) -> list[Image]:
    plain = [
        Image(code(f"{origin}{name}{n}"), name, origin)
        for origin in origins
        for name in classes
        for n in range(each)
    ]
    again = [
        Image(f"{n:032x}", one.intended, one.origin, first=one.code)
        for n, one in enumerate(plain[:: max(1, len(plain) // repeats)][:repeats] if repeats else [])
    ]
    return [
        *plain,
        *again,
        *(Image(f"c{n:031x}", classes[n % len(classes)], "synthetic") for n in range(controls)),
    ]


def runs(words: list[str]) -> Iterator[int]:
    return (len(list(group)) for _, group in itertools.groupby(words))


def seed_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def test_this_order_is_what_the_algorithm_gave_when_it_got_its_name():
    """Whoever changes it gives it another name: stored orders must be found again from their seed."""
    plain = order(images(), seed=SEED, who="R1")
    whole = order(images(repeats=10, controls=5), seed=SEED, who="R7", sitting=2)
    assert sequence.ALGORITHM == "wbcweb-sequence-2"
    assert sequence.digest(plain) == PLAIN
    assert sequence.digest(whole) == WHOLE


PLAIN = "3ca2d7a9f31adcffaf0b6ef65a21432da61b5037abd8262c722fd1913ef34c79"
WHOLE = "242b1f8d9041ab6eda5395b7fdb02e6dbe89e10f94b165bf7181676383e77893"


def test_the_images_may_come_in_any_order():
    given_ = images(repeats=10)
    assert order(given_[::-1], seed=SEED, who="R1") == order(given_, seed=SEED, who="R1")


def test_every_image_has_one_place():
    places = order(images(repeats=10, controls=5), seed=SEED, who="R1")
    assert [place.position for place in places] == list(range(1, 116))
    assert {place.code for place in places} == {image.code for image in images(repeats=10, controls=5)}


@pytest.mark.parametrize(
    "make",
    [
        images,
        lambda: images(repeats=10, controls=5),
        lambda: images(each=4, repeats=8),  # as few as repeats may have, and as many repeats as there may be
        lambda: images(each=20, repeats=20, origins=("real",)),
        lambda: images(classes=("a", "b"), each=10),
    ],
)
def test_no_more_than_three_of_one_class_or_origin_and_repeats_far_behind(make: Callable[[], list[Image]]):
    given_ = make()
    known = {image.code: image for image in given_}
    for number in range(25):
        placed = [known[place.code] for place in order(given_, seed=seed_of(number), who="R1")]
        at = {image.code: n for n, image in enumerate(placed)}
        assert max(runs([image.intended for image in placed])) <= IN_A_ROW
        if len({image.origin for image in placed}) > 1:
            assert max(runs([image.origin for image in placed])) <= IN_A_ROW
        assert all(at[image.code] - at[image.first] >= APART for image in placed if image.first)


def test_where_three_in_a_row_cannot_be_there_are_as_few_more_as_possible():
    lopsided = [*images(("a",), each=20, origins=("real",)), *images(("b",), each=3, origins=("real",))]
    known = {image.code: image.intended for image in lopsided}
    placed = [known[place.code] for place in order(lopsided, seed=SEED, who="R1")]
    assert max(runs(placed)) == 5  # 20 in the 4 gaps that 3 others leave


def test_another_reader_sitting_or_seed_has_another_order():
    given_ = images()
    orders = [
        tuple(place.code for place in order(given_, seed=seed, who=who, sitting=sitting))
        for seed, who, sitting in ((SEED, "R1", 1), (SEED, "R2", 1), (SEED, "R1", 2), (seed_of(1), "R1", 1))
    ]
    assert len(set(orders)) == len(orders)


def test_blocks_vary_and_do_not_tell_where_classes_begin():
    sizes = {
        tuple(len(list(group)) for _, group in itertools.groupby(places, key=lambda place: place.block))
        for places in (order(images(), seed=seed_of(n), who="R1") for n in range(5))
    }
    assert len(sizes) == 5
    assert all(6 <= size <= 14 for blocks in sizes for size in blocks[:-1])


def test_neither_place_nor_origin_of_an_image_is_favoured():
    """Over 400 readers an image stands on average in the middle, and half of all places are real."""
    given_ = images()
    known = {image.code: image for image in given_}
    one, total, real_first = given_[3].code, 0, 0
    for number in range(400):
        places = order(given_, seed=seed_of(number), who="R1")
        total += next(place.position for place in places if place.code == one)
        real_first += known[places[0].code].origin == "real"
    assert abs(total / 400 - 50.5) < 4 * 28.9 / 20
    assert abs(real_first - 200) < 4 * 10


def test_within_a_class_neighbours_differ_in_origin_as_often_as_by_chance():
    """Of n real and n synthetic images of a class, n / (2n - 1) of the neighbours differ; whoever knows no more wins
    nothing by betting against the last one."""
    given_ = images()
    known = {image.code: image for image in given_}
    pairs = Counter[bool]()
    for number in range(100):
        placed = [known[place.code] for place in order(given_, seed=seed_of(number), who="R1")]
        for name in FIVE:
            of_class = [image.origin for image in placed if image.intended == name]
            pairs.update(one != two for one, two in itertools.pairwise(of_class))
    share, chance_ = pairs[True] / pairs.total(), 10 / 19
    assert abs(share - chance_) < 4 * (chance_ * (1 - chance_) / pairs.total()) ** 0.5, share


def test_what_makes_no_order_is_refused():
    twice = [Image("a" * 32, "x", "real")] * 2
    with pytest.raises(ValueError, match="twice"):
        order(twice, seed=SEED, who="R1")
    with pytest.raises(ValueError, match="no first showing"):
        order([Image("a" * 32, "x", "real", first="b" * 32)], seed=SEED, who="R1")
    few = [Image("a" * 32, "x", "real"), Image("b" * 32, "x", "real", first="a" * 32)]
    with pytest.raises(ValueError, match="keeps repeats apart"):
        order(few, seed=SEED, who="R1")


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=6),
    number=st.integers(0, 10**6),
)
def test_any_set_of_images_has_an_order(counts: list[tuple[int, int]], number: int):
    given_ = [
        Image(code(f"{name}{origin}{n}"), f"class {name}", origin)
        for name, pair in enumerate(counts)
        for origin, many in zip(("real", "synthetic"), pair, strict=True)
        for n in range(many)
    ]
    places = order(given_, seed=seed_of(number), who="R1")
    assert sorted(place.code for place in places) == sorted(image.code for image in given_)


def test_the_digest_names_places_and_blocks():
    places = [Place(1, 1, "a"), Place(2, 1, "b")]
    named = {
        sequence.digest(places),
        sequence.digest(places[::-1]),
        sequence.digest([Place(1, 1, "a"), Place(2, 2, "b")]),
    }
    assert len(named) == 3


def test_chance_is_hashes_of_the_seed_and_nothing_else():
    """No generator of the library, no order of a database or a set, no clock."""
    for module in (chance, sequence):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        imported = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
        }
        assert imported <= {
            "__future__",
            "apps.studies.chance",
            "collections",
            "collections.abc",
            "dataclasses",
            "hashlib",
            "hmac",
            "typing",
        }


def test_words_do_not_run_into_each_other():
    assert chance.bits(SEED, "ab", "c") != chance.bits(SEED, "a", "bc")
    assert chance.name(SEED, "case", "1") != chance.name(SEED, "case", "2")
    assert len(chance.name(SEED, "case", "1")) == 32
    with pytest.raises(ValueError, match="separator"):
        chance.bits(SEED, "a\x1fb")
