"""Names fit, are close, or differ, whatever their case, accents, order, titles and initials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.names import Match, compare

NAMES = st.text(max_size=40)
FIT = [
    ("Ada Blue", "ada BLUE"),
    ("Ada Blue", "Blue, Ada"),
    ("José Núñez", "JOSE NUNEZ"),
    ("Łukasz Øster", "lukasz oster"),
    ("Jürgen Groß", "Juergen Gross"),
    ("O'Brien Mary", "Mary OBrien"),
    ("Anne-Marie Dupont", "Anne Marie Dupont"),
    ("Mr. Juma Mwangi", "Juma Mwangi"),
    ("Dr Wanjirũ", "wanjiru"),
    ("Kato Millers Limited", "KATO MILLERS LTD."),
    ("Otieno & Sons", "Otieno and Sons"),
    ("A.B. Traders", "AB Traders"),
    ("Ａｄａ　Ｂｌｕｅ", "Ada Blue"),
    ("Наталья Иванова", "ИВАНОВА НАТАЛЬЯ"),
]
CLOSE = [
    ("A. Blue", "Ada Blue"),
    ("Ada Blue", "Ada Mary Blue"),
    ("Ada M Blue", "Ada Mary Blue"),
    ("Blue", "Ada Blue"),
    ("Ada Bleu", "Ada Blue"),
    ("Jon Smithson", "John Smithson"),
    ("Kato Millers", "Kato Millers Ltd"),
]
DIFFER = [
    ("Ada Blue", "Grace Green"),
    ("Ada Blue", "Ada Green"),
    ("A B", "Ada Blue"),
    ("", "Ada Blue"),
    ("Ada Blue", "!!!"),
    ("Al", "Ed"),
    ("B. Blue", "Ada Blue"),
]


@pytest.mark.parametrize(
    ("asked", "known", "match"),
    [
        (*pair, match)
        for pairs, match in ((FIT, Match.FITS), (CLOSE, Match.CLOSE), (DIFFER, Match.DIFFERS))
        for pair in pairs
    ],
)
def test_names(asked: str, known: str, match: Match):
    assert (compare(asked, known), compare(known, asked)) == (match, match)


@given(NAMES)
def test_a_name_fits_itself_in_any_case_unless_it_has_no_word(name: str):
    assert compare(name, name) in {Match.FITS, Match.DIFFERS}
    assert compare("Ada " + name, ("ada " + name).upper().lower()) in {Match.FITS, Match.CLOSE}


@given(NAMES, NAMES)
def test_it_does_not_matter_who_is_asked(one: str, other: str):
    assert compare(one, other) is compare(other, one)
