"""Features of text pairs: which texts of a pair they use, and how texts are preprocessed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from resound.data.persian_text import Step, prepare

TextField = Literal["premise", "hypothesis"]
Fields = Annotated[list[TextField], MinLen(1)]


class TextConfiguration:
    """A feature configuration for a corpus of text pairs; its rows are integers."""

    pooled: ClassVar[bool] = False
    least_seconds: ClassVar[float] = 0.0

    fields: Fields
    prepare: list[Step]

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        return None if len(set(self.fields)) == len(self.fields) else "`fields` names a field twice"


def preprocessed_texts(
    configuration: TextConfiguration, table: Mapping[str, Sequence[str]]
) -> list[tuple[str, ...]]:
    """Return the preprocessed texts of each row of an index, in the order of the fields."""
    columns = [
        [prepare(text, configuration.prepare) for text in table[name]]
        for name in configuration.fields
    ]
    return list(zip(*columns))
