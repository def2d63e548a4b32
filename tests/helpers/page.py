"""What a reader sees of a page of the report."""

import re
from html.parser import HTMLParser


class Words(HTMLParser):
    """The words of a page, and its elements with their attributes."""

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


def card(page: str, name: str) -> str:
    """The HTML of an experiment's card."""
    found = re.search(rf'<details class="card" id="{name}".*?</details>', page, re.DOTALL)
    assert found
    return found[0]
