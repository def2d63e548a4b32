"""Numbers and settings as short texts."""

from resound.report.formats import (
    format_count,
    format_duration,
    format_loss,
    format_p_value,
    format_parameters,
    format_percent,
    format_points,
    format_precise_percent,
    format_settings,
)


def test_fractions_and_durations() -> None:
    texts = [format_percent(fraction) for fraction in (0.8125, 0, 1)]
    texts += [format_points(difference) for difference in (0.031, -0.031, 0)]
    texts += [format_duration(seconds) for seconds in (0.04, 89.9, 90, 5400)]
    assert ", ".join(texts).replace("\u00a0", " ") == (
        "81.2 %, 0.0 %, 100.0 %, +3.1, \u22123.1, +0.0, 0.0 s, 89.9 s, 1.5 min, 1.5 h"
    )


def test_p_values_and_counts() -> None:
    p_values = (1.0, 0.0312, 0.001, 0.00099)
    assert [format_p_value(p).replace("\u00a0", " ") for p in p_values] == [
        "1.000",
        "0.031",
        "0.001",
        "< 0.001",
    ]
    counts = (0, 9_999, 10_000, 590_592, 999_600, 7_654_321, 118_299_651, 1_540_000_000)
    assert [format_count(count).replace("\u00a0", " ") for count in counts] == [
        "0",
        "9,999",
        "10.0 k",
        "591 k",
        "1.00 M",
        "7.65 M",
        "118 M",
        "1540 M",
    ]


def test_parameters_are_never_zero() -> None:
    assert format_parameters(1234, None) == format_parameters(1234, 1234) == "1,234 parameters"
    assert format_parameters(12, 1234) == "12 trained of 1,234 parameters"
    assert format_parameters(0, 72_593_920) == "72,593,920 parameters, none trained"
    assert format_parameters(0, None) == "no parameters trained"


def test_reported_numbers_keep_their_digits() -> None:
    fractions = (0.4038, 0.42, 0.688041, 1, 0, 0.0965)
    percents = [format_precise_percent(fraction).replace("\u00a0", " ") for fraction in fractions]
    assert percents == ["40.38 %", "42.0 %", "68.8041 %", "100.0 %", "0.0 %", "9.65 %"]
    assert [format_loss(loss) for loss in (0.9805, 0.387128, 1.1, 2)] == [
        "0.9805",
        "0.387128",
        "1.1000",
        "2.0000",
    ]


def test_settings_are_one_line() -> None:
    line = format_settings(
        {"mels": 24, "kind": "mfcc", "group_by": None, "hidden": ["mean", 3], "note": ""}
    )
    assert line == "kind mfcc, mels 24, hidden mean–3"
    line = format_settings({"arrange": "pad_then_flatten", "rate_hz": 16000, "learning_rate": 1e-4})
    assert line == "arrange pad then flatten, rate hz 16000, learning rate 0.0001"
