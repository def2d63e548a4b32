"""The Markdown table of the corpora."""

from resound.report.corpora_table import corpora_table, markdown_table


def test_columns_are_aligned_and_cells_cannot_break_the_table() -> None:
    assert markdown_table(("a", "long"), [("x|y", "1")]).splitlines() == [
        "| a   | long |",
        "|-----|------|",
        "| x/y | 1    |",
    ]


def test_a_corpus_without_a_title_is_named_by_its_source() -> None:
    settings = {"title": "", "licence": "not stated", "citation": ""}
    manifest = {"kind": "folder", "root": "/r", "source": "/path/to/mine", "version": "1"}
    summary = {"items": 1, "seconds": 1, "rejected": 0}
    page = corpora_table({"digits": settings}, {"digits": manifest}, {"digits": summary})
    cells = [cell.strip() for cell in page.splitlines()[-1].split("|")[1:5]]
    assert cells == ["digits (from /path/to/mine)", "/path/to/mine", "1", "not stated"]


def test_a_corpus_is_listed_with_its_source_and_what_its_index_holds() -> None:
    settings = {"title": "Digits", "licence": "CC0", "citation": "Somebody 2020"}
    archive = {"kind": "archive", "source": "digits.zip", "version": "0123456789abcdef"}
    summary = {"items": 1234, "seconds": 5400, "rejected": 2}
    page = corpora_table(
        {"digits": settings, "made": settings},
        {
            "digits": archive | {"sha256": "feed", "root": "/r"},
            "made": {"kind": "demo", "version": "1", "root": "/r"},
        },
        {"digits": summary, "made": summary | {"seconds": 0}},
    )
    _, _, header, _, digits, made = page.splitlines()
    assert header.split("|")[-2].strip() == "rejected"
    assert [cell.strip() for cell in digits.split("|")[1:-1]] == [
        "digits (Digits)",
        "digits.zip",
        "0123456789ab",
        "CC0",
        "Somebody 2020",
        "feed",
        "1,234",
        "1.50",
        "2",
    ]
    assert [cell.strip() for cell in made.split("|")[2:6]] == [
        "generated",
        "1",
        "MIT, like the code",
        "",
    ]
