"""What configurations of texts have in common: which texts of a pair, and how they are prepared."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from resound.data.persian_text import Step, prepare

TextField = Literal["premise", "hypothesis"]
Fields = Annotated[list[TextField], MinLen(1)]


class TextConfiguration:
    """A configuration for a corpus of text pairs: rows of whole numbers, for no clip has a length."""

    pooled: ClassVar[bool] = False
    least_seconds: ClassVar[float] = 0.0

    fields: Fields
    prepare: list[Step]

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        return None if len(set(self.fields)) == len(self.fields) else "a field stands twice"


def texts_of(
    configuration: TextConfiguration, table: Mapping[str, Sequence[str]]
) -> list[tuple[str, ...]]:
    """The prepared texts of each row of an index, in the order of the configuration's fields."""
    columns = [
        [prepare(text, configuration.prepare) for text in table[name]]
        for name in configuration.fields
    ]
    return list(zip(*columns))
