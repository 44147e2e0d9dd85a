import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.units import QUANTITIES, SPELLINGS, STANDARD_GRAVITY, factor, unit

PAIRS = [(quantity, name) for quantity, names in QUANTITIES.items() for name in names]


@pytest.mark.parametrize(("quantity", "name"), PAIRS)
def test_every_unit_is_its_own_spelling_and_converts_to_itself(quantity: str, name: str) -> None:
    assert unit(name, quantity) == name
    assert factor(quantity, name, name) == 1


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_other_spelling_leads_to_a_unit(spelling: str) -> None:
    found = [q for q, names in QUANTITIES.items() if SPELLINGS[spelling] in names]
    assert [unit(spelling, quantity) for quantity in found] == [SPELLINGS[spelling]] * len(found)
    assert found


def test_factors_known_from_definitions() -> None:
    assert factor("acceleration", "g", "m/s^2") == pytest.approx(STANDARD_GRAVITY)
    assert factor("rotation_rate", "dps", "rad/s") * 180 == pytest.approx(math.pi)
    assert factor("rotation_rate", "mdeg/s", "deg/s") == pytest.approx(1e-3)
    assert factor("magnetic_field", "G", "uT") == pytest.approx(100)
    assert factor("position", "mm", "m") == pytest.approx(1e-3)


def test_both_mu_are_micro() -> None:
    assert unit("\u03bcT", "magnetic_field") == unit("\u00b5T", "magnetic_field")


@given(st.sampled_from(sorted(QUANTITIES)), st.data())
def test_factors_lead_back_and_compose(quantity: str, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(QUANTITIES[quantity]))
    a, b, c = data.draw(names), data.draw(names), data.draw(names)
    assert factor(quantity, a, b) * factor(quantity, b, a) == pytest.approx(1)
    assert factor(quantity, a, b) * factor(quantity, b, c) == pytest.approx(factor(quantity, a, c))


def test_a_unit_of_another_quantity_is_refused_with_the_right_ones() -> None:
    with pytest.raises(KodoError, match=r"acceleration is measured in one of: g, mg, m/s²; got 'deg/s'\."):
        unit("deg/s", "acceleration")


def test_an_unknown_quantity_suggests_a_near_one() -> None:
    with pytest.raises(KodoError, match="Did you mean 'acceleration'"):
        unit("g", "aceleration")
    with pytest.raises(KodoError, match="no quantity 'speed'"):
        factor("speed", "m/s", "m/s")
