"""Colours against values from elsewhere: CIELAB by other people's calculators, contrast by WCAG's own examples."""

from __future__ import annotations

import pytest
from mihakk.configs.colours import EYES, _lab, _linear, contrast_with_white, difference


@pytest.mark.parametrize(
    ("color", "lab"),
    [
        # sRGB, D65: Bruce Lindbloom, CIE Color Calculator (brucelindbloom.com), which scikit-image tests against too.
        ("#ffffff", (100, 0, 0)),
        ("#ffff00", (97.1393, -21.5537, 94.4780)),
        ("#00ffff", (91.1132, -48.0875, -14.1312)),
        ("#00ff00", (87.7347, -86.1827, 83.1793)),
        ("#ff00ff", (60.3242, 98.2343, -60.8249)),
        ("#ff0000", (53.2408, 80.0925, 67.2032)),
        ("#0000ff", (32.2970, 79.1875, -107.8602)),
        ("#000000", (0, 0, 0)),
    ],
)
def test_cielab_is_that_of_other_calculators(color: str, lab: tuple[float, ...]) -> None:
    # Their matrix has seven digits, that of IEC 61966-2-1 four: 0.02 apart at most.
    assert _lab(_linear(color)) == pytest.approx(lab, abs=0.02)


def test_the_way_back_of_another_program_leads_here() -> None:
    """MATLAB's manual of lab2rgb: L*a*b* 70, 5, 10 is the 8-bit colour 188, 167, 153 (mathworks.com/help/images)."""
    # An 8-bit channel is right to half a step, about 0.2 of L* here.
    assert _lab(_linear("#bca799")) == pytest.approx((70, 5, 10), abs=0.4)


def test_the_distance_of_greys_is_that_of_their_lightness_for_all_eyes() -> None:
    """Greys have a* = b* = 0, also for eyes that lack a kind of cone: Delta E 1976 is the difference of L*."""
    assert difference("#000000", "#ffffff")[0] == pytest.approx(100, abs=0.1)
    # L* of #808080 by Lindbloom's calculator.
    assert difference("#000000", "#808080")[0] == pytest.approx(53.5850, abs=0.1)


def test_red_and_green_are_far_apart_but_not_for_those_without_the_cones() -> None:
    """By the values above, sqrt(34.4939² + 166.2752² + 15.9761²) = 170.57 for all cones; for others it is less."""
    distance, eyes = difference("#ff0000", "#00ff00")
    assert distance < 170.57
    assert eyes in EYES[1:]


def test_contrast_is_that_of_wcag() -> None:
    """Black on white has 21 to 1; #767676 is the lightest grey with 4.5 to 1, by relative luminance of WCAG 2.2."""
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#767676") >= 4.5 > contrast_with_white("#777777")
