from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.extras import require


def test_an_installed_package_is_given() -> None:
    import json

    assert require("json", "demo") is json


def test_a_missing_one_is_answered_with_its_install_line() -> None:
    with pytest.raises(KodoError, match=r"needs the package absent_one: pip install 'kodo\[trees\]'"):
        require("absent_one.part", "trees")


def test_a_package_that_lacks_something_itself_is_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_one.py").write_text("import absent_two\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="absent_two"):
        require("broken_one", "trees")
