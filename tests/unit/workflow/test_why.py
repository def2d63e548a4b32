"""Why a job is stale, in terms of settings and modules."""

from resound.workflow.settings import settings_string
from resound.workflow.why import causes, summary

CHANGED = "Params have changed since last execution: Union of exclusive params before and now"


def reason(before: list[str], now: list[str]) -> str:
    """A reason as Snakemake words it."""

    def shown(label: str, values: list[str]) -> str:
        return f"{label}: {','.join(map(repr, values)) or '<nothing exclusive>'}"

    return f"{CHANGED} across all output: {shown('before', before)} {shown('now', now)} "


def test_the_setting_that_changed() -> None:
    before = settings_string(train={"learning_rate": 0.001, "epochs": 3}, model={"kind": "cnn"})
    now = settings_string(train={"learning_rate": 0.0015, "epochs": 3}, model={"kind": "cnn"})
    assert causes(reason([before], [now])) == ["train.learning_rate: 0.001 -> 0.0015"]


def test_settings_that_came_and_went() -> None:
    before = settings_string(input={"arrange": "padded", "old": None})
    now = settings_string(input={"arrange": "padded", "names": ["it's", 'a "now:" name']})
    assert causes(reason([before], [now])) == [
        """input.names: (none) -> ["it's", "a \\"now:\\" name"]""",
        "input.old: null -> (none)",
    ]


def test_the_modules_that_changed() -> None:
    before = "resound/a.py 11\nresound/b.py 22\nscripts/c.py 33"
    now = "resound/b.py 23\nresound/d.py 44\nscripts/c.py 33"
    assert causes(reason([before], [now])) == [
        "resound/a.py is no longer used",
        "resound/b.py changed",
        "resound/d.py is new",
    ]


def test_code_settings_and_recordings_at_once() -> None:
    before = [settings_string(a=1), "resound/a.py 11", "0123abcd"]
    now = [settings_string(a=2), "resound/a.py 12", "4567cdef"]
    assert causes(reason(before, now)) == [
        "resound/a.py changed",
        "a: 1 -> 2",
        "the recordings changed",
    ]


def test_outputs_made_at_different_times() -> None:
    before = [settings_string(a=1), settings_string(a=3)]
    (line,) = causes(reason(before, [settings_string(a=2)]))
    assert line in ("a: 1 -> 2", "a: 3 -> 2")


def test_a_long_value_is_cut() -> None:
    before, now = settings_string(a=["x" * 200]), settings_string(a=["y" * 200])
    (line,) = causes(reason([before], [now]))
    assert len(line) < 180 and "..." in line


def test_other_reasons_stay() -> None:
    assert causes("Missing output files: results/report.html") == ["the output is missing"]
    both = "Set of input files has changed since last execution; "
    assert causes(both + reason([settings_string(a=1)], [settings_string(a=2)])) == [
        "Set of input files has changed since last execution",
        "a: 1 -> 2",
    ]


def test_jobs_are_grouped_by_their_causes() -> None:
    changed = reason(["resound/a.py 11"], ["resound/a.py 12"])
    below = "Input files updated by another job: results/a.csv, results/b.csv"
    jobs = [("Train b", changed), ("Plot b", below), ("Train a", changed), ("Report", below)]
    assert summary(jobs) == [
        "resound/a.py changed",
        "    Train a",
        "    Train b",
        "2 more jobs use these",
    ]
    assert summary([]) == ["Nothing is stale."]
