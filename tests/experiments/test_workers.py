"""Waiting for calls: Ctrl-C is heard, and never while a future is locked."""

from __future__ import annotations

import signal
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_futures
from typing import Any

import pytest

from kodo.experiments.executors import workers


def test_ctrl_c_is_heard_when_no_future_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def look(*asked: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        looked.append(asked)
        return wait_for_futures(*asked)

    monkeypatch.setattr(workers, "wait", look)
    ended: Future[int] = Future()
    ended.set_result(1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            workers.done([ended])
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(looked) == 1, "the look that was interrupted came to its end"


def test_whoever_is_deaf_to_ctrl_c_stays_so() -> None:
    ended: Future[int] = Future()
    ended.set_result(1)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert workers.done([ended]) == {ended}
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_without_an_end_the_wait_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in ("AGAIN", "HEARD"):
        monkeypatch.setattr(workers, seconds, 0.0)
    assert workers.done([Future()]) == set()
