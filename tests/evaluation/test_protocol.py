"""Protocols: everybody is tested once, by nobody who knows them; the same folds every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, Folding, everybody, missing_activities, people_of
from kodo.evaluation.split import LeakySplit, Split, shared_samples

SIDES = ("train", "validation", "test")


def test_arena_without_its_leak_tests_the_same_people(make_windows):
    windows = make_windows({f"s{i:02d}": [(0, 30), (1, 30)] for i in range(1, 13)})
    leaky, honest = (folds_of(windows, name, Folding()) for name in ("arena", "arena_people"))
    assert len(leaky) == len(honest) == 10
    for fold, counterpart in zip(honest, leaky, strict=True):
        assert isinstance(fold, Split)
        assert np.array_equal(fold.test, counterpart.test)
        assert not people(windows, fold.train) & people(windows, fold.validation)
        assert len(people(windows, fold.validation)) == 2
    assert PROTOCOLS.get("arena_people").defaults == PROTOCOLS.get("arena").defaults


@st.composite
def stretches(draw, people):
    """Some stretches per person, unlabelled ones and ones too short for a window among them."""
    parts = st.lists(st.tuples(st.integers(-1, 2), st.integers(3, 35)), min_size=1, max_size=4)
    found = {f"s{i}": [(0, 25), *draw(parts)] for i in range(1, draw(people) + 1)}
    if draw(st.booleans()):
        found["s0"] = [(1, 4)]  # no window at all
    return found


def folds_of(windows, name, folding):
    protocol = PROTOCOLS.get(name)
    return [protocol.fold(windows, number, folding) for number in range(protocol.count(windows, folding))]


def people(windows, rows):
    return set(windows.subject[rows].tolist())


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["kfold", "loso", "arena", "arena_people"]), st.integers(0, 3))
def test_everybody_is_tested_once_by_strangers(make_windows, data, name, seed):
    windows = make_windows(data.draw(stretches(st.integers(3, 13))))
    # Some windows lose their label; everybody's first one keeps it.
    label = windows.label.copy()
    lost = np.array(data.draw(st.lists(st.integers(0, len(windows) - 1))), np.int64)
    label[np.setdiff1d(lost, np.unique(windows.subject, return_index=True)[1])] = -1
    windows = replace(windows, label=label)
    most = min(6, len(people_of(windows)))
    folding = Folding(
        folds=data.draw(st.integers(3, most)), validation=data.draw(st.floats(0, 0.6)), seed=seed
    )
    folds = folds_of(windows, name, folding)

    tested = [person for fold in folds for person in people(windows, fold.test)]
    assert sorted(tested) == people_of(windows).tolist()
    for fold in folds:
        rows = np.concatenate([getattr(fold, side) for side in SIDES])
        assert np.array_equal(np.sort(rows), np.flatnonzero(windows.label >= 0))
        learned = np.concatenate([fold.train, fold.validation])
        assert not people(windows, learned) & people(windows, fold.test)
        assert shared_samples(windows, learned, fold.test) == 0
        assert len(fold.train)
        assert isinstance(fold, LeakySplit if name == "arena" else Split)
        assert bool(fold.leak) == (name == "arena")
        if name != "arena":
            assert bool(len(fold.validation)) == (folding.validation > 0)
            assert not people(windows, fold.train) & people(windows, fold.validation)
            assert shared_samples(windows, fold.train, fold.validation) == 0
    again = folds_of(windows, name, folding)
    for fold, same in zip(folds, again, strict=True):
        assert fold.name == same.name
        assert all(np.array_equal(getattr(fold, side), getattr(same, side)) for side in SIDES)


def plain(make_windows, count):
    return make_windows({str(i): [(0, 30), (1, 30), (2, 30)] for i in range(1, count + 1)})


def test_kfold_chunks_are_as_equal_as_possible_and_shuffled(make_windows):
    windows = plain(make_windows, 12)
    folds = folds_of(windows, "kfold", Folding(folds=5))
    assert [len(people(windows, f.test)) for f in folds] == [3, 3, 2, 2, 2]
    # 20 % of the 9 or 10 people who are not tested
    assert [len(people(windows, f.validation)) for f in folds] == [2, 2, 2, 2, 2]
    assert folds[0].name == "fold 1 of 5"
    order = np.random.RandomState(0).permutation(12)
    assert people(windows, folds[0].test) == set(order[:3].tolist())
    assert people(windows, folds[0].validation) == set(order[3:5].tolist())
    assert people(windows, folds[4].validation) == set(order[:2].tolist())
    other = folds_of(windows, "kfold", Folding(folds=5, seed=1))
    assert people(windows, other[0].test) != people(windows, folds[0].test)


def test_loso_goes_in_counting_order_and_validates_with_the_next(make_windows):
    windows = plain(make_windows, 10)
    folds = folds_of(windows, "loso", Folding())
    assert [people(windows, f.test) for f in folds] == [{i} for i in range(10)]
    assert folds[9].name == "fold 10 of 10, person 10"
    assert people(windows, folds[9].validation) == {0, 1}
    # the seed and the number of folds do not count
    assert np.array_equal(folds_of(windows, "loso", Folding(folds=3, seed=5))[0].train, folds[0].train)


def test_arena_deals_people_round_robin_and_validates_on_windows(make_windows):
    windows = plain(make_windows, 12)
    folds = folds_of(windows, "arena", Folding())
    assert [sorted(people(windows, f.test)) for f in folds] == [
        [0, 10],
        [1, 11],
        *([i] for i in range(2, 10)),
    ]
    random = np.random.RandomState(0)
    for number, fold in enumerate(folds):
        rest = np.flatnonzero(windows.subject % 10 != number)
        drawn = random.permutation(rest)
        held = int(np.floor(0.2 * len(rest)))
        assert set(fold.validation.tolist()) == set(drawn[:held].tolist())
        assert set(fold.train.tolist()) == set(drawn[held:].tolist())
    assert "Validation is a random 20 % of the windows" in folds[0].leak
    # Sections 1 to 4 of the published protocol.
    assert PROTOCOLS.get("arena").defaults == {
        "window": {"seconds": 3.0, "overlap": 0.5, "label": "pure", "end": "arena", "short": "drop"},
        "prepare": (("missing", {"policy": "zero"}), ("standardise", {"decimals": 6})),
    }
    assert [
        len(people(plain(make_windows, 2), f.test))
        for f in folds_of(plain(make_windows, 2), "arena", Folding())
    ] == [1, 1]


@pytest.mark.parametrize(
    ("name", "count", "folding", "says"),
    [
        (
            "kfold",
            4,
            Folding(folds=5),
            "4 people with windows, fewer than the 5 folds.*loso, or at most 4 folds",
        ),
        ("kfold", 2, Folding(folds=2), "at least 3 people.*has 2"),
        ("kfold", 3, Folding(folds=2), "leave one person"),
        ("kfold", 6, Folding(folds=1), "at least 2 folds; got 1"),
        ("kfold", 6, Folding(validation=1.0), "validation is a part from 0 to below 1; got 1"),
        ("kfold", 6, Folding(seed=-1), "seed of the folds.*got -1"),
        ("loso", 2, Folding(), "at least 3 people.*has 2"),
        ("arena", 1, Folding(), "at least 2 people with windows; made_up has 1"),
        ("arena_people", 1, Folding(), "at least 2 people with windows; made_up has 1"),
    ],
)
def test_what_cannot_be_divided_is_refused(make_windows, name, count, folding, says):
    windows = plain(make_windows, count)
    with pytest.raises(KodoError, match=says):
        PROTOCOLS.get(name).count(windows, folding)
    with pytest.raises(KodoError, match=says):
        PROTOCOLS.get(name).fold(windows, 0, folding)


@pytest.mark.parametrize("name", ["kfold", "loso", "arena"])
@pytest.mark.parametrize("number", [-1, 10])
def test_a_fold_that_is_not_there_is_refused(make_windows, name, number):
    with pytest.raises(KodoError, match=f"{name} has the folds 0 to [49] here; got {number}"):
        PROTOCOLS.get(name).fold(plain(make_windows, 10), number, Folding())


def test_a_person_without_windows_is_no_fold(make_windows):
    windows = make_windows({"1": [(0, 30)], "2": [(0, 5)], "3": [(0, 30)], "4": [(0, 30)]})
    assert PROTOCOLS.get("loso").count(windows, Folding()) == 3
    assert len(folds_of(windows, "arena", Folding())) == 3


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["kfold", "loso", "arena"]), st.integers(0, 3))
def test_reserved_people_take_part_in_no_fold_and_are_tested_by_their_own_protocol(
    make_windows, data, name, seed
):
    windows = make_windows(data.draw(stretches(st.integers(6, 13))))
    everybody_there = people_of(windows)
    count = data.draw(st.integers(1, len(everybody_there) - 4))
    reserved = data.draw(st.permutations(everybody_there.tolist()))[:count]
    folding = Folding(
        folds=3,
        validation=data.draw(st.floats(0, 0.6)),
        seed=seed,
        reserved=tuple(windows.subjects[code] for code in reserved),
    )
    folds = folds_of(windows, name, folding)
    assert len(folds) == {"kfold": 3, "loso": len(everybody_there) - count}.get(name, len(folds))
    for fold in folds:
        seen = people(windows, np.concatenate([getattr(fold, side) for side in SIDES]))
        assert not seen & set(reserved)
    assert set.union(*(people(windows, fold.test) for fold in folds)) == set(everybody_there) - set(reserved)

    (last,) = folds_of(windows, "reserved", folding)
    assert isinstance(last, Split)
    assert people(windows, last.test) == set(reserved)
    learned = np.concatenate([last.train, last.validation])
    assert people(windows, learned) == set(everybody_there) - set(reserved)
    assert bool(len(last.validation)) == (folding.validation > 0)


@pytest.mark.parametrize(
    ("name", "folding", "says"),
    [
        ("kfold", Folding(reserved=("9",)), "no person 9 to reserve"),
        ("reserved", Folding(), "folding.reserved names; it names none"),
        ("reserved", Folding(reserved=("1", "2", "3")), "All but one person"),
        ("kfold", Folding(folds=2, reserved=("1", "2")), "2 with windows who are not reserved"),
    ],
)
def test_reserving_too_many_or_nobody_known_is_refused(make_windows, name, folding, says):
    with pytest.raises(KodoError, match=says):
        PROTOCOLS.get(name).count(plain(make_windows, 4), folding)


@pytest.mark.parametrize("name", ["kfold", "loso", "arena_people", "reserved", "random_windows"])
def test_where_nobody_validates_everybody_else_is_learned_from(make_windows, name):
    windows = plain(make_windows, 6)
    folding = Folding(folds=3, validation=0.0, reserved=("2",) if name == "reserved" else ())
    for fold in folds_of(windows, name, folding):
        assert len(fold.validation) == 0
        assert len(fold.train) + len(fold.test) == len(windows)
    assert len(everybody(windows, Folding(validation=0.0)).train) == len(windows)


def test_everybody_tests_nobody(make_windows):
    windows = plain(make_windows, 10)
    made = everybody(windows, Folding())
    assert len(made.test) == 0
    assert len(people(windows, made.validation)) == 2
    assert len(made.train) + len(made.validation) == len(windows)
    few = everybody(plain(make_windows, 3), Folding())
    assert len(few.validation) == 0
    assert len(few.train) == len(plain(make_windows, 3))
    with pytest.raises(KodoError, match="validation is a part"):
        everybody(windows, Folding(validation=-0.1))


def test_an_activity_that_training_lacks_is_named(make_windows):
    windows = make_windows(
        {"1": [(0, 30), (2, 30)], "2": [(0, 30)], "3": [(0, 30)], "4": [(0, 30)]}, activities=4
    )
    found = [missing_activities(windows, fold) for fold in folds_of(windows, "loso", Folding())]
    # person 1 alone has a2; they are tested in the first fold and validate in the last; nobody has a3
    assert found == [["a2"], [], [], ["a2"]]


def two_recordings(make_windows, count):
    """People with two recordings each, as windows of one buffer."""
    windows = plain(make_windows, 2 * count)
    return replace(
        windows,
        subject=windows.subject // 2,
        owner=windows.owner // 2,
        subjects=tuple(str(i) for i in range(1, count + 1)),
    )


@pytest.mark.parametrize(("name", "dealt"), [("random_windows", None), ("random_recordings", "recording")])
def test_random_splits_test_every_window_once_and_say_what_they_share(make_windows, name, dealt):
    windows = two_recordings(make_windows, 6)
    folds = folds_of(windows, name, Folding(folds=4, seed=2))
    tested = np.concatenate([fold.test for fold in folds])
    assert np.array_equal(np.sort(tested), np.arange(len(windows)))
    for fold in folds:
        assert isinstance(fold, LeakySplit)
        rows = np.concatenate([getattr(fold, side) for side in SIDES])
        assert np.array_equal(np.sort(rows), np.arange(len(windows)))
        assert people(windows, fold.train) & people(windows, fold.test)
        # As over people: a quarter tested, a fifth of what is left chooses.
        assert len(fold.test) == pytest.approx(len(windows) / 4, rel=0.1)
        assert len(fold.validation) == pytest.approx(0.2 * 0.75 * len(windows), rel=0.25)
        if dealt:
            sides = [set(windows.recording[getattr(fold, side)].tolist()) for side in SIDES]
            assert not sides[0] & sides[2]
            assert not sides[1] & sides[2]
            assert not sides[0] & sides[1]
            assert shared_samples(windows, fold.train, fold.test) == 0
            assert fold.leak.endswith("training holds other recordings of the people it is tested on.")
        else:
            assert shared_samples(windows, fold.train, fold.test) > 0
            assert fold.leak.endswith("and raw samples of the tested windows.")
    other = folds_of(windows, name, Folding(folds=4, seed=3))
    assert not np.array_equal(other[0].test, folds[0].test)


def test_random_windows_that_do_not_overlap_share_no_sample(make_windows):
    windows = make_windows({str(i): [(0, 30), (1, 30)] for i in range(3)}, overlap=0.0)
    fold = folds_of(windows, "random_windows", Folding(folds=3))[0]
    assert fold.leak.endswith("other windows of the people it is tested on.")


@pytest.mark.parametrize("name", ["random_windows", "random_recordings"])
def test_reserved_people_take_no_part_in_random_splits(make_windows, name):
    windows = two_recordings(make_windows, 6)
    for fold in folds_of(windows, name, Folding(folds=3, reserved=("2",))):
        rows = np.concatenate([getattr(fold, side) for side in SIDES])
        assert 1 not in people(windows, rows)


def test_what_cannot_be_dealt_is_refused(make_windows):
    windows = two_recordings(make_windows, 3)
    for name, folding, says in (
        ("random_recordings", Folding(folds=9), "random_recordings needs.*got 9 folds of 6 recordings"),
        ("random_windows", Folding(folds=1), "random_windows needs from 2 folds.*got 1 folds"),
        ("random_windows", Folding(validation=1.0), "validation is a part"),
    ):
        with pytest.raises(KodoError, match=says):
            PROTOCOLS.get(name).count(windows, folding)
    assert PROTOCOLS.get("random_recordings").count(windows, Folding(folds=6)) == 6
    assert len(folds_of(windows, "random_windows", Folding(folds=2))) == 2
    with pytest.raises(KodoError, match="arena_people needs at least 3 people"):
        PROTOCOLS.get("arena_people").fold(plain(make_windows, 2), 0, Folding())
    with pytest.raises(KodoError, match="Every person of made_up has one recording"):
        PROTOCOLS.get("random_recordings").count(plain(make_windows, 6), Folding())
