"""What makes a stage stale, and what does not: code, settings, source files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resound.data.splits import Split
from resound.metrics.intervals import wilson_interval
from resound.training.settings import Training
from resound.workflow import versions
from resound.workflow.versions import code_version, files_version, stage_config

# A stage that reaches `deep` through `middle`, and `late` inside a function.
STAGE = '''"""A stage."""

import os
from resound import middle
from resound.family.member import thing


def main(size: int = 3) -> int:
    """Do it."""
    import resound.late

    return size + thing  # a comment
'''
TREE = {
    "scripts/__init__.py": "",
    "scripts/stage.py": STAGE,
    "resound/__init__.py": "",
    "resound/middle.py": "from resound.deep import CONSTANT\n",
    "resound/deep.py": "CONSTANT = 1\n",
    "resound/late.py": "LATE = 1\n",
    "resound/family/__init__.py": "SHARED = 1\n",
    "resound/family/member.py": "thing = 1\n",
    "resound/family/unrelated.py": "other = 1\n",
    "resound/page.html": "<p>page</p>\n",
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small project in place of this one."""
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Read files again, as the next run of Snakemake does."""
    for function in (
        versions.code_version,
        versions._tree,
        versions._digest,
        versions._local_imports,
    ):
        function.cache_clear()


def version(*paths: str) -> str:
    forget()
    return code_version(*(paths or ("scripts/stage.py",)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # a comment", "  # another comment, and longer"),
        ("  # a comment", ""),
        ('"""A stage."""', '"""Another docstring."""'),
        ('    """Do it."""\n', ""),
        ('    """Do it."""\n', '    """Do it.\n\n    Well.\n    """\n'),
        ("\n\n\n", "\n"),
        ("size + thing", "(size   +\n        thing)"),
        ("(size: int = 3)", "(\n    size: int = 3,\n)"),
    ],
)
def test_looks_do_not_count(root: Path, old: str, new: str) -> None:
    before, text = version(), STAGE.replace(old, new)
    assert text != STAGE
    (root / "scripts/stage.py").write_text(text)
    assert version() == before


def test_attribute_docstrings_do_not_count(root: Path) -> None:
    path = root / "resound/deep.py"
    path.write_text("class A:\n    x = 1\n")
    before = version()
    path.write_text('class A:\n    """A."""\n\n    x = 1\n    """What x is."""\n')
    assert version() == before


def test_touching_does_not_count(root: Path) -> None:
    before = version()
    for name in TREE:
        os.utime(root / name, (1, 1))
    assert version() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("size: int = 3", "size: int = 4"), ("size + thing", "thing + size")],
)
def test_what_it_says_counts(root: Path, old: str, new: str) -> None:
    before, text = version(), STAGE.replace(old, new)
    assert text != STAGE
    (root / "scripts/stage.py").write_text(text)
    assert version() != before


@pytest.mark.parametrize(
    "name",
    [
        "resound/middle.py",  # imported from a package
        "resound/deep.py",  # imported by what is imported
        "resound/late.py",  # imported inside a function
        "resound/family/member.py",  # imported by its dotted name
        "resound/family/__init__.py",  # runs when a member is imported
        "resound/__init__.py",
        "scripts/__init__.py",
    ],
)
def test_imported_code_counts(root: Path, name: str) -> None:
    before = version()
    (root / name).write_text(TREE[name] + "CHANGED = 2\n")
    assert version() != before


@pytest.mark.parametrize("name", ["resound/family/unrelated.py", "resound/page.html"])
def test_other_code_does_not_count(root: Path, name: str) -> None:
    before = version()
    (root / name).write_text("changed = 2\n")
    (root / "scripts/new.py").write_text("new = 1\n")
    assert version() == before


def test_values_swapped_between_modules_count(root: Path) -> None:
    before = version()
    for name, other in (("middle", "deep"), ("deep", "middle")):
        (root / f"resound/{name}.py").write_text(TREE[f"resound/{other}.py"])
    assert version() != before


def test_modules_that_import_each_other_are_no_trouble(root: Path) -> None:
    (root / "resound/deep.py").write_text("import resound.middle\nCONSTANT = 1\n")
    before = version()
    (root / "resound/deep.py").write_text("import resound.middle\nCONSTANT = 2\n")
    assert version() != before


def test_named_files_count(root: Path) -> None:
    paths = ("scripts/stage.py", "resound/page.html")
    before = version(*paths)
    assert before != version()
    (root / "resound/page.html").write_text("<p>page</p> \n")
    assert version(*paths) != before
    with pytest.raises(FileNotFoundError):
        version("scripts/nowhere.py")


def test_version_does_not_depend_on_where_the_project_lies(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version()
    moved = root.with_name(root.name + "_moved")
    root.rename(moved)
    monkeypatch.setattr(versions, "ROOT", moved)
    assert version() == before


def test_order_of_settings_does_not_count() -> None:
    assert stage_config(a=1, b={"x": 1, "y": 2}) == stage_config(b={"y": 2, "x": 1}, a=1)


def test_swapped_values_count() -> None:
    assert stage_config(a=1, b=2) != stage_config(a=2, b=1)
    assert stage_config(a=["x", "y"]) != stage_config(a=["y", "x"])


def test_settings_are_told_whole() -> None:
    split = Split(kind="random", test=0.2)
    assert stage_config(split=split) == stage_config(split=Split(test=0.20, kind="random"))
    assert stage_config(split=split) != stage_config(split=Split(kind="random", test=0.2, seed=1))
    assert '"validation": 0.0' in stage_config(split=split)


def test_equal_numbers_read_equal() -> None:
    def train(rate: float) -> Training:
        return Training(optimizer="sgd", learning_rate=rate, epochs=1, batch_size=1)

    assert stage_config(train=train(1e-3)) == stage_config(train=train(0.001))


def test_what_is_no_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="is not a setting"):
        stage_config(path=Path("a"))
    with pytest.raises(TypeError, match="is not a setting"):
        stage_config(function=wilson_interval)


@pytest.fixture
def corpus(root: Path) -> Path:
    folder = root / "corpus"
    for name, text in {"a/1.wav": "one", "a/2.wav": "two", "b.wav": "bee"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1000, 1000))
    return folder


def version_of(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return files_version(files, folder, folder.parent / "memo.json")


def test_touched_recordings_do_not_count(corpus: Path) -> None:
    before = version_of(corpus)
    os.utime(corpus / "b.wav", (2000, 2000))
    assert version_of(corpus) == before


def test_other_content_of_the_same_size_counts(corpus: Path) -> None:
    before = version_of(corpus)
    (corpus / "b.wav").write_text("owl")
    assert version_of(corpus) != before


def test_names_count(corpus: Path) -> None:
    before = version_of(corpus)
    (corpus / "b.wav").rename(corpus / "c.wav")
    renamed = version_of(corpus)
    (corpus / "c.wav").unlink()
    assert len({before, renamed, version_of(corpus)}) == 3


def test_swapped_recordings_count(corpus: Path) -> None:
    before = version_of(corpus)
    one, two = corpus / "a/1.wav", corpus / "a/2.wav"
    os.utime(two, (2000, 2000))
    one.rename(corpus / "aside"), two.rename(one), (corpus / "aside").rename(two)
    assert version_of(corpus) != before


def test_place_and_order_do_not_count(corpus: Path) -> None:
    before = version_of(corpus)
    moved = corpus.rename(corpus.with_name("moved"))
    assert version_of(moved) == before
    files = sorted(path for path in moved.rglob("*") if path.is_file())
    memo = moved.parent / "no memo.json"
    assert files_version(files, moved, memo) == files_version(files[::-1], moved, memo) == before


def test_unchanged_recordings_are_read_once(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    sha = versions._file_sha
    monkeypatch.setattr(versions, "_file_sha", lambda path: (read.append(path.name), sha(path))[1])
    before = version_of(corpus)
    assert sorted(read) == ["1.wav", "2.wav", "b.wav"]
    read.clear()
    assert version_of(corpus) == before
    assert read == []
    os.utime(corpus / "a/1.wav", (2000, 2000))
    assert version_of(corpus) == before
    assert read == ["1.wav"]
    assert version_of(corpus) == before
    assert read == ["1.wav"]


def test_recordings_that_swap_their_names_are_another_version(tmp_path: Path) -> None:
    home, memo = tmp_path / "clips", tmp_path / "memo.json"
    home.mkdir()
    one, two = home / "one.wav", home / "two.wav"
    for path, content in ((one, b"111"), (two, b"222")):
        path.write_bytes(content)
        os.utime(path, (1, 1))
    before = files_version([one, two], home, memo)
    one.rename(home / "aside")
    two.rename(one)
    (home / "aside").rename(two)
    assert files_version([one, two], home, memo) != before
