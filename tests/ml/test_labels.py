import pytest

from ml.errors import UnknownName
from ml.labels import CLASS_LISTS, Role, class_list


def test_eight_has_the_model_classes_in_their_order() -> None:
    assert class_list("eight").names == (
        "neutrophil",
        "lymphocyte",
        "monocyte",
        "eosinophil",
        "basophil",
        "immature-granulocyte",
        "erythroblast",
        "platelet",
    )


@pytest.mark.parametrize("name", CLASS_LISTS)
def test_letters_keys_and_names_are_unambiguous(name: str) -> None:
    classes = class_list(name).classes
    for attribute in ("name", "letter", "key"):
        values = [getattr(c, attribute) for c in classes]
        assert len(set(values)) == len(values)


def test_roles_decide_what_a_differential_counts() -> None:
    eight = class_list("eight")
    assert eight["erythroblast"].role is Role.NRBC
    assert eight["platelet"].role is Role.NON_CELL
    assert eight["other-leukocyte"].role is Role.LEUKOCYTE
    assert eight["not-classed"].role is Role.UNCLASSIFIABLE


def test_people_may_say_classes_that_no_model_says() -> None:
    eight = class_list("eight")
    assert "other-leukocyte" in eight
    assert "other-leukocyte" not in eight.names


def test_digests_tell_the_lists_apart() -> None:
    assert len({entry.sha256 for entry in CLASS_LISTS.values()}) == len(CLASS_LISTS)


def test_an_unknown_class_is_named_with_what_exists() -> None:
    with pytest.raises(UnknownName, match="neutrophil"):
        class_list("five")["blast"]
    with pytest.raises(UnknownName, match="eight"):
        class_list("nine")
