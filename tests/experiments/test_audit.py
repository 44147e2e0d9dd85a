"""An audit: three runs that differ in their division alone, told from their folder."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.audit.plan import AuditPlan, conclude, prepared
from kodo.experiments.evidence.audit.results import PROTOCOLS, TRUTH, open_audit, summary
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.record import read_record
from kodo.experiments.work import missing, several

FEW = {"folding": {"folds": 3}, "model": {"features": {"trees": 5}}, "window": {"overlap": 0.5}}


def do(todo: AuditPlan) -> None:
    several(todo.parts(), InProcess(), lambda *asked: nullcontext(lambda fit, record, error: None))
    conclude(todo)


def left(todo: AuditPlan) -> int:
    return sum(missing(*part) for part in todo.parts())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A finished audit; tests must not change it."""
    place = tmp_path_factory.mktemp("audits") / "one"
    do(prepared("synthetic", None, FEW, place))
    return place


def test_only_the_division_differs(cache: Path) -> None:
    todo = prepared("synthetic", None, FEW)
    assert list(todo.plans) == list(PROTOCOLS)
    assert todo.left_out == {}
    windows = {id(plan.windows) for plan in todo.plans.values()}
    assert len(windows) == 1
    fits = [plan.fits for plan in todo.plans.values()]
    for same in zip(*fits, strict=True):
        assert len({fit.protocol for fit in same}) == 3
        assert len({json.dumps({**fit.facts(), "protocol": ""}, default=vars) for fit in same}) == 1
    assert left(todo) == 9
    assert todo.folder.parent == Path("runs")
    assert todo.folder.name.startswith("audit-synthetic-")


def test_random_windows_claim_more_than_new_people_and_carry_the_mark(folder: Path) -> None:
    found = open_audit(folder)
    window, recording, people = found.claims
    assert [claim.split for claim in found.claims] == ["window", "recording", "people"]
    assert found.truth is people
    assert (bool(window.row.leak), bool(recording.row.leak), people.row.leak) == (True, True, "")
    assert window.row.people == people.row.people
    assert window.row.windows == recording.row.windows == people.row.windows
    scores = [claim.row.intervals["macro_f1"].estimate for claim in found.claims]
    assert scores[0] > scores[2]
    assert window.against is not None
    assert window.against.difference == pytest.approx(scores[0] - scores[2])
    assert window.against.comparisons == 2
    assert people.against is None
    for record in window.run.records:
        outcomes = {check["code"]: check["outcome"] for check in record.facts["checks"]}
        assert outcomes["KODO01"] == outcomes["KODO02"] == "issue"
    assert {entry.about for entry in found.giveaways} == {"copies", "order", "person", "place"}
    rows = summary(found)
    assert [row["protocol"] for row in rows] == list(PROTOCOLS.values())
    assert [bool(row["leak"]) for row in rows] == [True, True, False]
    json.dumps(rows)


def test_a_timeline_holds_no_recording_that_was_learned_from(folder: Path) -> None:
    for path in sorted((folder / "window" / "fits").iterdir()):
        assert len(read_record(path).timeline.label) == 0
    seen = []
    for path in sorted((folder / "recording" / "fits").iterdir()):
        record = read_record(path)
        stored = record.predictions
        assert set(record.timeline.recording) == set(stored.recording[stored.side == 1])
        seen += sorted(set(record.timeline.recording.tolist()))
    assert sorted(seen) == list(range(len(record.timeline.recordings)))
    window, recording, people = open_audit(folder).claims
    assert window.row.slid is None
    assert recording.row.slid is not None
    assert people.row.slid is not None


def test_the_same_command_does_nothing_twice_and_the_folder_goes_on_alone(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "audit.json").unlink()
    shutil.rmtree(next((copy / "window" / "fits").iterdir()))
    again = prepared(str(copy), None, {})
    assert again.folder == copy
    assert left(again) == 1
    do(again)
    assert left(again) == 0
    assert (copy / "audit.json").read_text() == (folder / "audit.json").read_text()
    before, after = (open_audit(place).claims[0].row.scores["macro_f1"] for place in (folder, copy))
    assert np.array_equal(before, after)


def test_a_missing_fit_is_not_passed_over(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    shutil.rmtree(next((copy / TRUTH / "fits").iterdir()))
    with pytest.raises(KodoError, match="people holds 2 of 3 fits: repeat kodo audit"):
        open_audit(copy)


def test_what_is_no_audit_is_said(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="is no finished audit"):
        open_audit(tmp_path)


@pytest.mark.parametrize("key", ["protocol", "models", "dataset"])
def test_what_the_audit_sets_itself_is_refused(key: str) -> None:
    with pytest.raises(KodoError, match=f"An audit sets {key} itself"):
        prepared("synthetic", None, {key: "x"})


def test_an_audits_folder_has_settings_of_its_own(folder: Path) -> None:
    with pytest.raises(KodoError, match="is an audit with settings of its own"):
        prepared(str(folder), "cnn1d", {})


def test_a_split_that_cannot_be_made_is_left_out_with_its_reason(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kodo.experiments.evidence.audit import plan as auditing

    def one_each(name: str) -> object:
        from dataclasses import replace

        from kodo.datasets.recording import gather
        from kodo.datasets.store import load

        made = load(name)
        first = {r.subject: r for r in made}
        return gather(made.card, [replace(r) for r in first.values()], made.checksum)

    monkeypatch.setattr(auditing, "load", one_each)
    todo = prepared("synthetic", None, FEW)
    assert list(todo.plans) == ["window", "people"]
    assert todo.left_out["recording"].startswith("Every person of synthetic has one recording")
