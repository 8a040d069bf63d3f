from dataclasses import replace

import numpy as np
import pytest

from apps.studies.audit import AuditReport, Content, Overlap
from apps.studies.results.sentences import sentences
from apps.studies.results.shapes import Equivalence, Figure
from tests.studies.results.made import analysis, answers, said


def everything(found):
    return " ".join(one.text for one in sentences(found))


def test_47_of_50_against_48_of_50_does_not_become_a_difference():
    [(kind, text)] = said(analysis(answers(real=(47, 50), synthetic=(48, 50))), "difference")
    assert kind == "open"
    assert text.startswith("No difference")
    assert "47 of 50 real against 48 of 50 synthetic" in text
    assert "p = 1.00" in text
    assert "no evidence that there is none" in text


def test_nor_does_it_become_equivalence_without_a_margin():
    found = analysis(answers(real=(47, 50), synthetic=(48, 50)))
    assert said(found, "equivalence") == [
        ("open", "Nothing is said of equivalence: no margin was fixed before opening.")
    ]
    assert "was equivalent" not in everything(found)


def test_nor_within_five_points_which_100_images_cannot_show():
    [(kind, text)] = said(analysis(answers(), margin=0.05), "equivalence")
    assert kind == "open"
    assert "within \N{PLUS-MINUS SIGN}5.0 points was not shown" in text


def test_a_difference_that_fisher_shows_is_printed_with_its_counts():
    [(kind, text)] = said(analysis(answers(real=(48, 50), synthetic=(33, 50))), "difference")
    assert kind == "finding"
    assert "more often on real images: 48 of 50 real against 33 of 50 synthetic" in text
    assert "p < 0.001" in text


def test_the_difference_is_printed_the_other_way_round_too():
    [(kind, text)] = said(analysis(answers(real=(33, 50), synthetic=(48, 50))), "difference")
    assert (kind, "more often on synthetic images" in text) == ("finding", True)


def test_equivalence_is_printed_where_two_one_sided_tests_pass():
    [(kind, text)] = said(
        analysis(answers(real=(480, 500), synthetic=(481, 500)), margin=0.05), "equivalence"
    )
    assert kind == "finding"
    assert "was equivalent within \N{PLUS-MINUS SIGN}5.0 points, the margin fixed before opening" in text


def test_answers_that_are_all_alike_prove_no_equivalence_across_readers():
    found = analysis(
        answers("R1", real=(50, 50), synthetic=(50, 50)),
        answers("R2", real=(50, 50), synthetic=(50, 50)),
        margin=0.05,
    )
    assert found.pooled is not None
    difference = replace(
        found.pooled.difference,
        equivalence=Equivalence("class", 0, 0, 0.05, 0.0, 0.0, 0.0, equivalent=True, method="bootstrap"),
    )
    found = replace(found, pooled=replace(found.pooled, difference=difference))
    [(kind, text)] = said(found, "equivalence")
    assert kind == "open"
    assert "no width" in text


def test_60_of_100_is_no_better_than_guessing_although_its_wilson_interval_says_so():
    [(kind, text)] = said(analysis(answers(told=(30, 30))), "realism")
    assert kind == "open"
    assert "60 of 100" in text
    assert "(95 % interval 50.2 to 69.1 %)" in text
    assert "p = 0.057" in text
    assert "guessing is not excluded" in text
    assert "the exact test was chosen beforehand to decide" in text
    assert "The study excludes" not in text


def test_what_a_study_excludes_is_said():
    [(_, text)] = said(analysis(answers(told=(25, 25))), "realism")
    assert "The study excludes shares above 59.6 % and below 40.4 %." in text


def test_61_of_100_is_better_than_guessing():
    [(kind, text)] = said(analysis(answers(told=(30, 31))), "realism")
    assert (kind, "better than by guessing" in text) == ("finding", True)


def test_39_of_100_is_worse_than_guessing():
    [(kind, text)] = said(analysis(answers(told=(20, 19))), "realism")
    assert (kind, "worse than by guessing" in text) == ("finding", True)


def test_chance_is_not_called_indistinguishable_without_a_margin():
    found = analysis(answers(told=(25, 25)))
    [(kind, text)] = said(found, "indistinguishable")
    assert kind == "open"
    assert "no margin was fixed before opening" in text
    assert "were indistinguishable" not in everything(found)


def test_44_of_80_is_not_called_indistinguishable_although_guessing_is_not_excluded():
    found = analysis(answers(real=(38, 40), synthetic=(38, 40), told=(22, 22)), margin=0.1)
    assert said(found, "realism")[0][0] == "open"
    [(kind, text)] = said(found, "indistinguishable")
    assert (kind, text.startswith("It was not shown")) == ("open", True)
    assert "were indistinguishable" not in everything(found)


def test_indistinguishable_is_printed_where_two_one_sided_tests_pass():
    found = analysis(answers(real=(190, 200), synthetic=(190, 200), told=(100, 100)), margin=0.1)
    [(kind, text)] = said(found, "indistinguishable")
    assert kind == "finding"
    assert "were indistinguishable for this reader within \N{PLUS-MINUS SIGN}10.0 points of guessing" in text


def test_a_scale_that_separates_the_origins_forbids_indistinguishable():
    # Half are told rightly, and yet every synthetic image is rated above every real one but for the border.
    def ratings(origin, at):
        return (1 if at % 2 else 4) if origin == "real" else (3 if at % 2 else 6)

    found = analysis(answers(real=(190, 200), synthetic=(190, 200), ratings=ratings), margin=0.1)
    [(kind, text)] = said(found, "indistinguishable")
    assert kind == "open"
    assert "the six-point scale separates the origins" in text


def rated_rightly(who, hits):
    """Ratings of 50 images of each origin, ``hits`` of 100 on the right side, on which ones by chance."""
    images = [(origin, at) for origin in ("real", "synthetic") for at in range(50)]
    rightly = {images[at] for at in np.random.default_rng(who).permutation(100)[:hits]}
    return lambda origin, at: 2 if (origin == "real") == ((origin, at) in rightly) else 5


def test_one_of_ten_readers_who_tells_the_origins_forbids_indistinguishable():
    hits = [72] + [50] * 9
    readers = [answers(f"R{n}", ratings=rated_rightly(n, hits[n - 1])) for n in range(1, 11)]
    found = analysis(*readers, margin=0.1, resamples=300)
    assert found.pooled.realism.equivalence.equivalent
    together, *single = said(found, "realism")
    assert together[0] == "open"
    assert [(kind, text.startswith("R1 told the origin rightly on 72 of 100")) for kind, text in single] == [
        ("finding", True)
    ]
    [(kind, text)] = said(found, "indistinguishable")
    assert kind == "open"
    assert "guessing is excluded by a test above" in text


def test_a_finding_of_the_one_reader_or_of_all_forbids_indistinguishable():
    guessing = {"real": (190, 200), "synthetic": (190, 200), "told": (100, 100)}
    alone = analysis(answers(**guessing), margin=0.1)
    one = alone.readers[0]
    alone = replace(alone, readers=(replace(one, realism=replace(one.realism, p=0.01)),))
    pair = analysis(answers("R1", **guessing), answers("R2", **guessing, start=7), margin=0.1)
    realism = pair.pooled.realism
    same = Equivalence("realism", 0.53, 0.5, 0.1, 0.51, 0.55, 0.01, equivalent=True, method="bootstrap")
    realism = replace(realism, bootstrap=Figure(0.53, 0.505, 0.555), equivalence=same)
    pair = replace(pair, pooled=replace(pair.pooled, realism=realism))
    for found in (alone, pair):
        assert said(found, "realism")[0][0] == "finding"
        [(kind, text)] = said(found, "indistinguishable")
        assert (kind, "guessing is excluded by a test above" in text) == ("open", True)


def test_unequal_arms_are_not_held_against_fifty_per_cent():
    found = analysis(answers(real=(80, 80), synthetic=(20, 20), told=(80, 0)))
    [(kind, text)] = said(found, "realism")
    assert "not as many real as synthetic" in text
    assert "guessing" not in text
    assert kind == "open"
    assert not said(found, "indistinguishable")


def test_across_readers_the_bootstrap_of_readers_and_images_decides():
    readers = [answers(f"R{n}", real=(47, 50), synthetic=(48, 50), start=7 * n) for n in (1, 2, 3)]
    [(kind, text)] = said(analysis(*readers), "difference")
    assert kind == "open"
    assert "bootstrap" in text
    assert "141 of 150 real against 144 of 150 synthetic" in text


def test_one_reader_of_many_is_named_only_after_holm():
    # p = 0.028 alone, no more once three are tested.
    readers = [answers("R1", real=(50, 50), synthetic=(44, 50))]
    readers += [answers(f"R{n}", real=(48, 50), synthetic=(48, 50), start=9 * n) for n in (2, 3)]
    found = analysis(*readers)
    assert found.readers[0].difference.fisher_p == pytest.approx(0.027, abs=0.002)
    assert not [text for _, text in said(found, "difference") if "By R1" in text]


def test_one_reader_of_many_who_stands_out_is_named():
    readers = [answers("R1", real=(50, 50), synthetic=(30, 50))]
    readers += [answers(f"R{n}", real=(48, 50), synthetic=(48, 50), start=9 * n) for n in (2, 3)]
    assert [text for _, text in said(analysis(*readers), "difference") if text.startswith("By R1")]


def test_a_model_stands_beside_and_is_not_pooled():
    found = analysis(answers("R1"), answers("M1", real=(20, 50), synthetic=(20, 50), model=True))
    texts = [text for _, text in said(found, "model")]
    assert any("M1, a model, named the intended class on 40 of 100" in text for text in texts)
    assert any("R1 named the intended class more often than M1" in text for text in texts)
    assert said(found, "accuracy")[0][1].startswith("R1 named the intended class on 95 of 100")


def test_a_model_that_does_as_well_is_not_called_better_or_worse():
    found = analysis(answers("R1"), answers("M1", model=True, start=3))
    assert any("No difference between a model and a reader" in text for _, text in said(found, "model"))


def test_one_reader_is_said_to_be_one():
    assert said(analysis(answers()), "one-reader")
    assert said(analysis(answers("R1"), answers("R2", start=3)), "few-readers")


def test_what_plain_figures_tell_is_a_caution():
    def audit(p):
        return AuditReport(
            made_at="", images="", arms={"real": 5, "synthetic": 5}, findings=(),
            content=(Content("colour", "Mean colour", 0.81, p, p),), overlap=Overlap(),
        )  # fmt: skip

    [(kind, text)] = said(analysis(answers()), "audit", audit=audit(0.01))
    assert (kind, "mean colour (AUC 0.81" in text) == ("caution", True)
    assert not said(analysis(answers()), "audit", audit=audit(0.2))


def test_readers_who_did_not_finish_are_named():
    [(_, text)] = said(analysis(answers()), "missing", unfinished=[("R2", 80, 100)])
    assert "R2 (80 of 100)" in text


def test_nothing_is_said_of_no_answers():
    [one] = sentences(analysis([]))
    assert one.topic == "none"
