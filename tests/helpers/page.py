"""What a reader sees of a page of the report."""

import re
from html.parser import HTMLParser


class PageText(HTMLParser):
    """The visible text of a page, and its elements with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


def visible_text(page: str) -> str:
    """Return the visible text of a page or a part of it."""
    return PageText(page).text


def card(page: str, name: str) -> str:
    """Return the HTML of an experiment's card."""
    match = re.search(rf'<details class="card" id="{name}".*?</details>', page, re.DOTALL)
    assert match
    return match[0]
