from apps.studies.results import words
from apps.studies.results.shapes import Figure, Share


def test_differences_have_a_sign_that_is_one():
    assert words.points(-0.02) == "\N{MINUS SIGN}2.0"
    assert words.points(0.074) == "+7.4"
    assert words.points(-0.0001) == "0.0"
    assert words.points_between(-0.115, 0.074) == "\N{MINUS SIGN}11.5 to +7.4 points"


def test_no_p_is_nil_or_above_one():
    assert words.p_value(0.0000001) == "p < 0.001"
    assert words.p_value(0.0567) == "p = 0.057"
    assert words.p_value(1.0000000000000002) == "p = 1.00"
    assert words.p_only(None) == words.NONE
    assert words.p_only(0.0001) == "< 0.001"
    assert words.p_only(0.31) == "0.31"


def test_a_share_of_nothing_is_no_number():
    assert words.share(Share(0, 0, None, None, None)) == words.NONE
    assert words.share(Share(47, 50, 0.94, 0.838, 0.979)) == "47 of 50, 94.0 % (83.8 to 97.9 %)"


def test_a_figure_without_interval_says_why():
    assert words.figure(Figure(None, note="one class only")) == "one class only"
    assert words.figure(Figure(0.5, None, None, "too few")) == "0.50 (too few)"
    assert words.figure(Figure(-0.25, -0.5, 0.1)) == "\N{MINUS SIGN}0.25 (\N{MINUS SIGN}0.50 to 0.10)"
    assert words.figure(None) == words.NONE


def test_names_are_listed_as_in_a_sentence():
    assert words.listed(["R1"]) == "R1"
    assert words.listed(["R1", "R2", "R3"]) == "R1, R2 and R3"
