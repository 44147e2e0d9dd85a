"""What the paths of many files seem to say, guessed from what differs between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kodo.datasets.recording import in_order

TOKEN = re.compile(r"\d{4}-\d\d-\d\d|(?<!\d)\d\d-\d\d-\d\d(?!\d)|[_ .\-]+|[^_ .\-]+")
STRONG = re.compile(
    r"(p|vp|pid|id|sub|subj|subject|user|person|participant|volunteer|proband)-?\d+", re.IGNORECASE
)
WEAK = re.compile(r"[sufm]-?\d+", re.IGNORECASE)
OCCASION = re.compile(
    r"(t|r|d|trial|rep|run|session|sess|ses|take|rec|day|visit|round|try|e)-?\d+", re.IGNORECASE
)
CODE = re.compile(r"(a|act|activity|c|class|g|gesture|ex|exercise|m)-?\d+", re.IGNORECASE)
DATE = re.compile(r"\d\d-\d\d-\d\d|\d{4}-\d\d-\d\d|(19|20)\d{6}(T?\d{4,6})?|\d{10,}")
WORD = re.compile(r"[^\W\d]+(([_ \-])[^\W\d]+)*")
SENSOR = re.compile(
    r"(lin(ear)?_?)?(acc|accel|acceleration|accelerometer|gyr|gyro|gyroscope|mag|magnet|magnetometer)s?",
    re.IGNORECASE,
)
MOVING = re.compile(
    r".*(walk|run|jog|sit|stand|lie|lying|lay|stair|up|down|cycl|bik|jump|skip|stay|still|rest|sleep|danc|fall|squat|"
    r"curl|press|row|swim|climb|wave|clap|drink|eat|wash|brush|type|typing|write|writing|vacuum|drive|driving).*",
    re.IGNORECASE,
)  # fmt: skip


@dataclass
class Template:
    """A path with what it says in braces.

    Args:
        path: pattern of all files.
        values: by part, what the files say, in order.
        why: a sentence for each part.
        unsure: the parts that are mere guesses.
    """

    path: str
    values: dict[str, list[str]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)


def template(names: Sequence[str], known: Collection[str] = ()) -> Template:
    """What differs between paths, word by word, and what that may say.

    Args:
        names: paths below a folder, of files of one kind and depth.
        known: parts that columns say already ("subject").
    """
    suffix = PurePosixPath(names[0]).suffix
    stems = [name.removesuffix(suffix) for name in names]
    if len(names) == 1:
        return Template(names[0])
    columns: list[list[str]] = []
    for number, level in enumerate(zip(*(stem.split("/") for stem in stems), strict=True)):
        if number:
            columns.append(["/"] * len(names))
        columns += _words(level)
    columns = _joined(columns)
    parts = _assigned(columns, known)
    made = Template("")
    for words in columns:
        if len(set(words)) == 1:
            made.path += words[0]
            continue
        part, sure = next(((part, sure) for held, part, sure in parts if held is words), ("", True))
        made.path += "{" + part + "}" if part else "*"
        if part:
            made.values[part] = in_order(words)
            shown = ", ".join(made.values[part][:5]) + ("…" if len(made.values[part]) > 5 else "")
            made.why.append(f"{part} is in the paths: {shown}." + ("" if sure else " That is only a guess."))
            if not sure:
                made.unsure.add(part)
    made.path = re.sub(r"\*+", "*", made.path) + suffix
    return made


def _words(level: Sequence[str]) -> list[list[str]]:
    """One level of the paths, word by word; the middle as one where its number of words differs."""
    split = [TOKEN.findall(name) for name in level]
    if any(not words for words in split) or len(set(level)) == 1:
        return [list(level)]
    least = min(map(len, split))
    if len({len(words) for words in split}) == 1:
        return _letters_and_digits([list(words) for words in zip(*split, strict=True)])
    lead = _typed([words[: least - 1] for words in split])
    trail = _typed([words[lead:][::-1][: least - lead - 1] for words in split])
    # Words and what parts them take turns; both ends finish with what parts them from the middle.
    lead, trail = lead - lead % 2, trail - trail % 2
    before = [list(words) for words in zip(*(words[:lead] for words in split), strict=True)]
    after = [list(w) for w in zip(*(words[len(words) - trail :] for words in split), strict=True)]
    middle = ["".join(words[lead : len(words) - trail]) for words in split]
    return _letters_and_digits([*before, middle, *after])


def _typed(split: list[list[str]]) -> int:
    """How many words, from the first, are of one kind in all names."""
    count = 0
    for words in zip(*split, strict=True):
        kinds = (STRONG, WEAK, OCCASION, CODE, DATE, re.compile(r"\d+"))
        if len(set(words)) > 1 and not any(all(kind.fullmatch(w) for w in words) for kind in kinds):
            break
        count += 1
    return count


def _letters_and_digits(columns: list[list[str]]) -> list[list[str]]:
    """Words that are codes written together ("S01A02R1", "walk2"), parted."""
    parted: list[list[str]] = []
    for words in columns:
        pieces = [re.findall(r"\d+|\D+", word) for word in words]
        lengths = {len(p) for p in pieces}
        starts = {p[0] for p in pieces}
        alike = lengths == {2} and len(starts) > 1 and all(p[0].isalpha() and len(p[0]) > 2 for p in pieces)
        several = len(lengths) == 1 and min(lengths) > 3 and not all(map(DATE.fullmatch, words))
        if len(set(words)) > 1 and (alike or several):
            parted += [list(piece) for piece in zip(*pieces, strict=True)]
        else:
            parted.append(words)
    return parted


def _joined(columns: list[list[str]]) -> list[list[str]]:
    """Neighbouring words that always come in the same pairs ("Climb_stairs", "Brush_teeth") as one."""
    done: list[list[str]] = []
    for words in columns:
        done.append(words)
        while len(done) > 2 and all(len(set(done[n])) > 1 for n in (-1, -3)) and len(set(done[-2])) == 1:
            first, between, second = done[-3:]
            pairs = len(set(zip(first, second, strict=True)))
            word = all(map(WORD.fullmatch, (*first, *second))) and between[0] in "_- "
            if not word or pairs > max(len(set(first)), len(set(second))):
                break
            done[-3:] = [["".join(three) for three in zip(first, between, second, strict=True)]]
    return done


def _in_context(columns: list[list[str]], position: int) -> list[str]:
    """Words, and numbers with the word before them ("sub" of "sub_3")."""
    words = columns[position]
    before = position - 1
    if before >= 0 and len(set(columns[before])) == 1 and columns[before][0] in ("_", "-", " ", "."):
        before -= 1
    prior = columns[before] if before >= 0 and all(word.isdigit() for word in words) else []
    if len(set(prior)) == 1 and prior[0].isalpha():
        return [prior[0] + word for word in words]
    return words


def _assigned(every: list[list[str]], known: Collection[str]) -> list[tuple[list[str], str, bool]]:
    """What each differing word says, the surest first; whether that is sure."""
    differing = [position for position, words in enumerate(every) if len(set(words)) > 1]
    columns = [every[position] for position in differing]
    context = [_in_context(every, position) for position in differing]

    def all_of(pattern: re.Pattern[str]) -> list[list[str]]:
        fits = [all(map(pattern.fullmatch, words)) for words in context]
        return [words for words, fit in zip(columns, fits, strict=True) if fit]

    digits, date = [w for w in columns if all(word.isdigit() for word in w)], all_of(DATE)
    moving = [w for w in all_of(WORD) if sum(bool(MOVING.fullmatch(v)) for v in set(w)) >= 0.5 * len(set(w))]
    mixed = [words for words in columns if words not in date]
    order: list[tuple[str, list[list[str]], bool]] = [
        ("sensor", all_of(SENSOR), True),
        ("subject", all_of(STRONG), True),
        ("label", moving, True),
        ("session", all_of(OCCASION), True),
        ("subject", all_of(WEAK), True),
        (
            "label",
            sorted(all_of(WORD), key=lambda words: -len(set(words)))[:1] if "subject" in known else [],
            True,
        ),
        ("label", all_of(CODE), True),
        ("subject", [w for w in all_of(WORD) if w not in moving] if moving else [], True),
        ("label", all_of(WORD), False),
        ("subject", [w for w in digits if w not in date], False),
        ("label", [w for w in digits if w not in date], False),
        ("subject", mixed, False),
        ("session", [*digits, *date, *columns], True),
        ("recording", columns, True),
    ]
    found: list[tuple[list[str], str, bool]] = []
    for part, candidates, sure in order:
        free = [words for words in candidates if not any(words is held for held, _, _ in found)]
        if free and part not in known and not any(part == taken for _, taken, _ in found):
            found.append((free[0], part, sure))
    return found


def of_one_kind(names: Sequence[str]) -> list[str]:
    """The files of the most frequent suffix and depth.

    Args:
        names: paths below a folder.
    """

    def kind(name: str) -> tuple[str, int]:
        return PurePosixPath(name).suffix.lower(), name.count("/")

    most = Counter(map(kind, names)).most_common(1)[0][0]
    return [name for name in names if kind(name) == most]
