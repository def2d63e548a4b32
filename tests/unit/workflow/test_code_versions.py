"""What makes the code of a stage another version, and what does not."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resound.workflow import code_versions
from resound.workflow.code_versions import CodeVersions

# A stage that reaches `deep` through `middle`, and `late` inside a function.
STAGE = '''"""A stage."""

import os
from resound import middle
from scripts import other
from resound.family.member import thing
from resound.runtime.log import WORDS


def main(size: int = 3) -> int:
    """Do it."""
    import resound.late

    return size + thing  # a comment
'''
TREE = {
    "scripts/__init__.py": "",
    "scripts/other.py": "",
    "scripts/stage.py": STAGE,
    "resound/__init__.py": "",
    "resound/middle.py": "from resound.deep import CONSTANT\n",
    "resound/deep.py": "CONSTANT = 1\n",
    "resound/late.py": "LATE = 1\n",
    "resound/family/__init__.py": "SHARED = 1\n",
    "resound/family/member.py": "thing = 1\n",
    "resound/family/unrelated.py": "other = 1\n",
    "resound/runtime/__init__.py": "",
    "resound/runtime/log.py": "from resound.family import unrelated\nWORDS = 1\n",
    "resound/page.html": "<p>page</p>\n",
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path) -> Path:
    """A small project."""
    folder = tmp_path / "project"
    for name, text in TREE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def version(root: Path, *paths: str, memo: Path | None = None) -> str:
    """The version of a stage, of files read anew as the next run of Snakemake does."""
    return CodeVersions(root, memo).of(*(paths or ("scripts/stage.py",)))


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
    before, text = version(root), STAGE.replace(old, new)
    assert text != STAGE
    (root / "scripts/stage.py").write_text(text)
    assert version(root) == before


def test_attribute_docstrings_do_not_count(root: Path) -> None:
    path = root / "resound/deep.py"
    path.write_text("class A:\n    x = 1\n")
    before = version(root)
    path.write_text('class A:\n    """A."""\n\n    x = 1\n    """What x is."""\n')
    assert version(root) == before


def test_touching_does_not_count(root: Path) -> None:
    before = version(root)
    for name in TREE:
        os.utime(root / name, (1, 1))
    assert version(root) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("size: int = 3", "size: int = 4"), ("size + thing", "thing + size")],
)
def test_what_it_says_counts(root: Path, old: str, new: str) -> None:
    before, text = version(root), STAGE.replace(old, new)
    assert text != STAGE
    (root / "scripts/stage.py").write_text(text)
    assert version(root) != before


@pytest.mark.parametrize(
    "name",
    [
        "resound/middle.py",  # imported from a package
        "resound/deep.py",  # imported by what is imported
        "resound/late.py",  # imported inside a function
        "resound/family/member.py",  # imported by its dotted name
        "resound/family/__init__.py",  # runs when a member is imported
        "resound/__init__.py",
        "scripts/other.py",
        "scripts/__init__.py",
    ],
)
def test_imported_code_counts(root: Path, name: str) -> None:
    before = version(root)
    (root / name).write_text(TREE[name] + "CHANGED = 2\n")
    assert version(root) != before


@pytest.mark.parametrize(
    "name", ["resound/family/unrelated.py", "resound/page.html", "resound/runtime/log.py"]
)
def test_other_code_does_not_count(root: Path, name: str) -> None:
    before = version(root)
    (root / name).write_text("changed = 2\n")
    (root / "scripts/new.py").write_text("new = 1\n")
    assert version(root) == before


def test_values_swapped_between_modules_count(root: Path) -> None:
    before = version(root)
    for name, other in (("middle", "deep"), ("deep", "middle")):
        (root / f"resound/{name}.py").write_text(TREE[f"resound/{other}.py"])
    assert version(root) != before


def test_modules_that_import_each_other_are_followed(root: Path) -> None:
    (root / "resound/deep.py").write_text("import resound.middle\nCONSTANT = 1\n")
    before = version(root)
    (root / "resound/deep.py").write_text("import resound.middle\nCONSTANT = 2\n")
    assert version(root) != before


def test_named_files_count(root: Path) -> None:
    paths = ("scripts/stage.py", "resound/page.html")
    before = version(root, *paths)
    assert before != version(root)
    (root / "resound/page.html").write_text("<p>page</p> \n")
    assert version(root, *paths) != before
    with pytest.raises(FileNotFoundError):
        version(root, "scripts/nowhere.py")


def test_version_does_not_depend_on_where_the_project_is(
    root: Path,
) -> None:
    before = version(root)
    moved = root.with_name(root.name + "_moved")
    root.rename(moved)
    assert version(moved) == before


def test_a_version_lists_each_module_with_its_digest(root: Path) -> None:
    lines = dict(line.split(" ") for line in version(root).split("\n"))
    followed = TREE.keys() - {
        "resound/family/unrelated.py",
        "resound/page.html",
        "resound/runtime/__init__.py",
        "resound/runtime/log.py",
    }
    assert lines.keys() == followed
    assert all(len(digest) == 16 for digest in lines.values())


def test_a_pattern_names_all_files_that_match(root: Path) -> None:
    before = version(root, "resound/*.html")
    (root / "resound/other.html").write_text("<p>other</p>")
    assert "resound/other.html" in version(root, "resound/*.html") != before
    with pytest.raises(FileNotFoundError, match="no file matches"):
        version(root, "resound/*.css")


def test_a_rules_parameter_is_the_version_of_its_script(root: Path) -> None:
    versions = CodeVersions(root, None)
    parameter = versions.script("stage", "resound/page.html")
    assert parameter(None) == version(root, "scripts/stage.py", "resound/page.html")


@pytest.fixture
def memo(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memo of the project, whose files may be remembered at once."""
    monkeypatch.setattr(code_versions, "_SETTLED_S", -1)
    path = root / ".snakemake/resound/code.json"
    version(root, memo=path)
    return path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from now on."""
    names: list[str] = []
    read = code_versions._read
    monkeypatch.setattr(
        code_versions, "_read", lambda path: (names.append(path.name), read(path))[1]
    )
    return names


def test_unchanged_modules_are_parsed_once(root: Path, memo: Path, parsed: list[str]) -> None:
    assert version(root, memo=memo) == version(root)
    parsed.clear()
    version(root, memo=memo)
    assert parsed == []
    (root / "resound/deep.py").write_text("CONSTANT = 2\n")
    assert version(root, memo=memo) == version(root)
    parsed.clear()
    version(root, memo=memo)
    assert parsed == []


def test_a_change_that_keeps_size_and_time_counts(root: Path, memo: Path) -> None:
    path = root / "resound/deep.py"
    before, stat = version(root, memo=memo), path.stat()
    time.sleep(0.02)  # the resolution of a file's times
    path.write_text("CONSTANT = 9\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size and path.stat().st_mtime_ns == stat.st_mtime_ns
    assert version(root, memo=memo) == version(root) != before


def test_a_file_that_changed_a_moment_ago_is_not_remembered(root: Path, parsed: list[str]) -> None:
    memo = root / "memo.json"
    for _ in range(2):
        parsed.clear()
        version(root, memo=memo)
        assert "deep.py" in parsed
    settled = time.time() - 60
    assert settled < (root / "resound/deep.py").stat().st_mtime


def test_a_module_that_appears_is_followed(root: Path, memo: Path) -> None:
    (root / "resound/middle.py").write_text("import resound.absent\n")
    before = version(root, memo=memo)
    (root / "resound/absent.py").write_text("HERE = 1\n")
    assert version(root, memo=memo) == version(root) != before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"modules": {}}',
        '{"format": null, "modules": []}',
        b"\xff\xfe",
    ],
)
def test_a_memo_that_cannot_be_read_is_written_anew(
    root: Path, memo: Path, content: str | bytes, parsed: list[str]
) -> None:
    memo.write_bytes(content.encode() if isinstance(content, str) else content)
    assert version(root, memo=memo) == version(root)
    parsed.clear()
    version(root, memo=memo)
    assert parsed == []


@pytest.mark.parametrize("entry", [None, [], [[1, 2, 3, 4], "digest"], [[1], "digest", []], 3])
def test_an_entry_of_another_shape_is_ignored(root: Path, memo: Path, entry: object) -> None:
    content = json.loads(memo.read_text())
    content["modules"]["resound/deep.py"] = entry
    memo.write_text(json.dumps(content))
    assert version(root, memo=memo) == version(root)


def test_another_python_parses_again(
    root: Path, memo: Path, monkeypatch: pytest.MonkeyPatch, parsed: list[str]
) -> None:
    monkeypatch.setattr(sys, "version", "3.99.0")
    version(root, memo=memo)
    assert "deep.py" in parsed


def test_a_folder_that_cannot_be_written_to_is_no_error(root: Path) -> None:
    (root / "file").write_text("")
    assert version(root, memo=root / "file/code.json") == version(root)


def test_processes_share_a_memo(root: Path, memo: Path) -> None:
    def again(number: int) -> str:
        (root / f"resound/new_{number}.py").write_text(f"NEW = {number}\n")
        return version(root, "scripts/stage.py", f"resound/new_{number}.py", memo=memo)

    with ThreadPoolExecutor(8) as workers:
        found = list(workers.map(again, range(40)))
    whole = [version(root, "scripts/stage.py", f"resound/new_{n}.py") for n in range(40)]
    assert found == whole
    json.loads(memo.read_text())
