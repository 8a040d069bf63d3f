from apps.studies.results import published
from apps.studies.results.contents.classes import beside_published
from tests.studies.results.made import CLASSES, analysis, answers, result


def test_table_8_has_95_of_100_with_the_errors_that_its_text_counts():
    found = published.beside(("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte"))
    assert (found.right, found.n) == (95, 100)
    assert published.REAL[0] + published.GENERATED[0] == 95
    assert found.counts[4] == (2, 0, 0, 0, 18)


def test_it_is_put_into_the_order_of_the_study():
    found = published.beside(CLASSES)
    monocyte, neutrophil = CLASSES.index("monocyte"), CLASSES.index("neutrophil")
    assert found.counts[monocyte][neutrophil] == 2
    assert found.counts[monocyte][monocyte] == 18
    assert found.shares()[monocyte].hits == 18
    assert (found.shares()[-1].hits, round(found.shares()[-1].low, 3)) == (95, 0.888)


def test_other_classes_have_no_published_figures():
    assert published.beside(CLASSES[:4]) is None
    assert published.beside((*CLASSES, "blast")) is None


def test_it_stands_beside_the_study():
    section = beside_published(result(analysis(answers())), {})
    assert section is not None
    table = section.tables[0]
    assert table.rows[0][1].startswith("95 of 100")
    assert table.rows[1][1:] == ("47 of 50", "47 of 50, 94.0 %")
    assert table.rows[2][1:] == ("48 of 50", "48 of 50, 96.0 %")
