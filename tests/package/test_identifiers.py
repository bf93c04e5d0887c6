"""EIDR and ISAN: one canonical spelling each, and check characters that catch a slip."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.errors import IdentifierError
from trust.identifiers import Identifier, Kind, commitment, parse

EIDR = "10.5240/7791-8534-2C23-9030-8610-5"
ISAN = "ISAN 0000-0000-D07A-0090-Q-0000-0000-X"
HEX = "0123456789ABCDEF"

# Published examples: the EIDR ID format, RFC 4246 and Wikipedia (URN), python-stdnum.
KNOWN = [
    EIDR,
    "10.5240/EA73-79D7-1B2B-B378-3A73-M",
    "10.5240/F85A-E100-B068-5B8F-B1C8-T",
    ISAN,
    "ISAN 0000-0000-9E59-0000-O-0000-0000-2",
    "ISAN 0000-0000-2CEA-0000-1-0000-0000-Y",
    "ISAN 0000-0001-8CFA-0000-I-0000-0000-K",
    "ISAN 1881-66C7-3420-6541-Y-9F3A-0245-O",
]


@pytest.mark.parametrize("known", KNOWN)
def test_published_identifiers_are_valid_and_canonical(known: str) -> None:
    assert parse(known).canonical == str(parse(known)) == known
    assert parse(known).kind is (Kind.ISAN if known.startswith("ISAN") else Kind.EIDR)


@pytest.mark.parametrize(
    "text",
    [
        EIDR.lower(),
        f"  {EIDR}\n",
        "10.5240/77918534-2C239030-8610-5",
        "10.5240/779185342C23903086105",
        f"doi:{EIDR}",
        f"EIDR: {EIDR}",
        f"https://doi.org/{EIDR}",
        f"HTTP://DX.DOI.ORG/{EIDR.lower()}",
        f"https://ui.eidr.org/view/content?id={EIDR}",
        f"urn:doi:{EIDR.replace('/', ':')}",
        f"urn:eidr:{EIDR.replace('/', ':')}",
    ],
)
def test_an_eidr_has_one_canonical_spelling(text: str) -> None:
    assert parse(text) == Identifier(Kind.EIDR, EIDR)


@pytest.mark.parametrize(
    "text",
    [
        ISAN.lower(),
        ISAN.removeprefix("ISAN "),
        ISAN.replace("-", ""),
        ISAN.replace("-", " "),
        f"ISAN: {ISAN.removeprefix('ISAN ')}",
        f"URN:ISAN:{ISAN.removeprefix('ISAN ')}",
        "00000000D07A0090Q00000000X",
    ],
)
def test_an_isan_has_one_canonical_spelling(text: str) -> None:
    assert parse(text) == Identifier(Kind.ISAN, ISAN)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (EIDR[:-1] + "6", 21),
        (EIDR.replace("7791", "7719"), 21),
        (ISAN[:-1] + "Y", 26),
        (ISAN.replace("-Q-", "-R-"), 17),
        (ISAN.replace("0090", "0900"), 17),
        (ISAN.replace("Q-0000", "Q-0001"), 26),
    ],
)
def test_a_wrong_check_character_is_named_but_not_guessed(text: str, position: int) -> None:
    with pytest.raises(IdentifierError, match=rf"character {position},") as caught:
        parse(text)
    right = EIDR[-1] if text.startswith("10.") else ISAN[-1 if position == 26 else 24]
    assert f"'{right}'" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "neither"),
        ("The Understudy", "neither"),
        ("ISAN", "not an ISAN"),
        ("ISAN 0000-0000-D07A-0090-Q", "not an ISAN"),
        ("0000-0000-D07A-0090", "not an ISAN"),
        ("0000-0000-D07A-0090-0000-0000", "not an ISAN"),
        ("isan:0000-0000-D07A-0090-Q-0000-0000-X-1", "not an ISAN"),
        ("10.5240/7791-8534-2C23-9030-8610", "not an EIDR"),
        ("10.5240/7791-8534-2C23-9030-861G-5", "not an EIDR"),
        ("10.5240/", "not an EIDR"),
        ("10.1000/182", "not an EIDR"),
        ("10.5237/9241-72F9", "names a party"),
        ("10.5240/\u0667\u0667\u0669\u0661-8534-2C23-9030-8610-5", "not an EIDR"),
        ("https://example.org/" + EIDR, "neither"),
        ("1" * 1000, "1000 characters"),
    ],
)
def test_another_form_is_refused_with_the_right_one(text: str, message: str) -> None:
    with pytest.raises(IdentifierError, match=message) as caught:
        parse(text)
    assert "10.5240/" in caught.value.hint or "ISAN is written" in caught.value.hint


@settings(deadline=None)
@given(
    st.text()
    | st.text("10.524/-ISANabcdef:urn ")
    | st.from_regex(r"(ISAN )?[0-9A-F-]{16,30}", fullmatch=True)
)
def test_any_text_is_an_identifier_or_refused(text: str) -> None:
    outcome: Identifier | IdentifierError
    try:
        outcome = parse(text)
    except IdentifierError as error:
        outcome = error
    if isinstance(outcome, IdentifierError):
        assert outcome.hint
    else:
        assert parse(outcome.canonical) == outcome


@settings(deadline=None)
@given(st.sampled_from(KNOWN), st.data())
def test_any_single_slip_is_caught(known: str, data: st.DataObject) -> None:
    start = known.index("/") + 1 if "/" in known else 5
    index = data.draw(st.sampled_from([i for i in range(start, len(known)) if known[i] != "-"]))
    other = data.draw(st.sampled_from([digit for digit in HEX if digit != known[index]]))
    with pytest.raises(IdentifierError):
        parse(known[:index] + other + known[index + 1 :])


def test_a_commitment_is_the_keccak_of_the_canonical_spelling() -> None:
    expected = "2cd66a9d2b5274caaac4355f685f42fceb68de0c7d5bb6da4aaf6d699d0beef6"
    assert commitment(parse(EIDR.lower())).hex() == expected
    assert len({commitment(parse(known)) for known in KNOWN}) == len(KNOWN)
