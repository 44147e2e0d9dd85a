"""The cards' facts: citations that BibTeX reads, downloads that can be asked for, words that agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kodo.cli.datasets import datasets
from kodo.datasets.catalogue import DATASETS

NAMES = DATASETS.names()
ENTRY = re.compile(r"@(\w+)\s*\{\s*([^\s,{}]+)\s*,")
FIELD = re.compile(r"\s*(\w+)\s*=\s*\{")
REQUIRED = {"article": {"journal"}, "inproceedings": {"booktitle"}, "misc": {"howpublished"}}
FORMS = {"year": r"(19|20)\d\d", "doi": r"10\.\d{4,9}/[^\s{}]+", "pages": r"\w+(--\w+)?", "volume": r"\d+"}

KEPT_BACK = {
    "watch": "comes with a package",
    "traduttore": "committers.csv is not the publisher's",
    "hasc": "its publisher wants a registration",
    "shrec17": "a RAR archive, which no part of kodo opens",
    "gislr": "its publisher wants a sign-in",
    "synthetic": "made up",
}
"""By population, why some cards name no download."""


def entries(text: str) -> dict[str, dict[str, str]]:
    """The fields of every entry of a BibTeX file, by key; each field must stand in braces."""
    found: dict[str, dict[str, str]] = {}
    rest = text.strip()
    while rest:
        head = ENTRY.match(rest)
        assert head, f"no entry starts at {rest[:40]!r}"
        body, rest = braced(rest, rest.index("{"))
        assert head[2] not in found, f"{head[2]} is there twice"
        found[head[2]] = {"entry": head[1], **dict(fields(body[body.index(",") + 1 :]))}
        rest = rest.strip()
    return found


def fields(body: str) -> Iterator[tuple[str, str]]:
    while body.strip():
        name = FIELD.match(body)
        assert name, f"no field starts at {body.strip()[:40]!r}"
        value, body = braced(body, name.end() - 1)
        yield name[1], " ".join(value.split())
        after = body.lstrip()
        assert not after or after[0] == ",", f"no comma after {name[1]}"
        body = after[1:]


def braced(text: str, start: int) -> tuple[str, str]:
    """What the brace at `start` encloses, and what follows the brace that closes it."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place], text[place + 1 :]
    raise AssertionError(f"the brace before {text[start + 1 : start + 40]!r} is never closed")


@pytest.mark.parametrize(
    "broken",
    [
        "@article{a, title = {One {two}, year = {2000}}",
        "@article{a, title = {One} year = {2000}}",
        "@article{a, title = One}",
        "@article{a, title = {One}} and more",
        "@article{a, year = {2000}}\n@article{a, year = {2001}}",
        "@article{title = {One}}",
    ],
)
def test_the_parser_of_this_test_refuses_what_is_broken(broken: str) -> None:
    with pytest.raises(AssertionError):
        entries(broken)


@pytest.mark.parametrize("name", NAMES)
def test_a_citation_is_whole(name: str) -> None:
    citation = DATASETS.get(name).citation
    if name == "synthetic":
        assert not citation
        return
    assert citation.isascii()
    ((_, entry),) = entries(citation).items()
    wanted = {"author", "title", "year"} | REQUIRED[entry["entry"]]
    assert wanted <= {field for field, value in entry.items() if value}
    for field, form in FORMS.items():
        assert field not in entry or re.fullmatch(form, entry[field]), (field, entry[field])
    for author in entry["author"].split(" and "):
        assert author.startswith("{") or author.count(",") == 1, author


def test_all_citations_are_printed_once_and_as_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    datasets(cite=True, json=False)
    printed = entries(capsys.readouterr().out)
    cited = [key for name in NAMES for key in entries(DATASETS.get(name).citation)]
    assert set(printed) == set(cited)
    assert len(printed) < len(cited)  # utd_mhad and utd_mhad_skeleton cite one publication
    dois = [entry["doi"] for entry in printed.values() if "doi" in entry]
    assert len(set(dois)) == len(dois)


@pytest.mark.parametrize("name", NAMES)
def test_a_download_can_be_asked_for(name: str) -> None:
    card = DATASETS.get(name)
    assert bool(card.files) != (card.population in KEPT_BACK)
    assert len({file.name for file in card.files}) == len(card.files)
    for file in card.files:
        assert re.fullmatch(r"https://[\w.-]+/[^\s?#]+", file.address)
        assert re.fullmatch(r"[\w.+-]+", file.name)
        assert file.address.endswith("/" + file.name)
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
        assert file.size >= 0
    for known in card.checksums.values():
        assert re.fullmatch(r"[0-9a-f]{64}", known)


def test_one_address_is_one_file() -> None:
    files = {file for name in NAMES for file in DATASETS.get(name).files}
    assert len({file.address for file in files}) == len(files)
    known = [file.sha256 for file in files if file.sha256]
    assert len(set(known)) == len(known)


@pytest.mark.parametrize("name", NAMES)
def test_the_licence_and_the_word_on_commercial_use_agree(name: str) -> None:
    card = DATASETS.get(name)
    assert "\n" not in card.licence
    forbids = re.search(r"prohibited|arranged", card.licence) is not None
    allows = re.search(r"CC BY 4\.0|MIT|free for any use", card.licence) is not None
    # Where the files forbid what the page allows, the stricter word counts.
    assert card.commercial is (False if forbids else True if allows else None)


@pytest.mark.parametrize("name", NAMES)
def test_the_counts_can_be_true(name: str) -> None:
    counts = DATASETS.get(name).counts
    assert set(counts) <= {"recordings", "people", "rows", "labelled", "segments"}
    assert all(number > 0 for number in counts.values())
    rows = counts.get("rows")
    assert rows is None or counts.get("labelled", 0) <= rows


def test_no_two_cards_are_one_entry_of_a_leaderboard() -> None:
    named = [pair for name in NAMES for pair in DATASETS.get(name).published.items()]
    assert len(set(named)) == len(named)
