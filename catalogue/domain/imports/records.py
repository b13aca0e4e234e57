"""What a file says of a training, before anything is known of the database."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Problem(NamedTuple):
    """Why something is refused: line of the file, name of the field, reason, in French."""

    line: int
    field: str
    reason: str


@dataclass
class Record:
    """One training, action or session: `values` holds texts as they were typed, by field name.

    An absent value leaves the field as it is. `parts` are the actions of a training, the sessions of an action.
    """

    line: int
    number: str = ""
    values: dict[str, str] = field(default_factory=dict)
    parts: list["Record"] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def title(self):
        return self.values.get("title", "")

    def part(self, number, key, line):
        """The part with this number, or with these values when there is no number; made when it is new."""
        for part in self.parts:
            if (number and part.number == number) or (
                not number and not part.number and all(part.values.get(name) == value for name, value in key.items())
            ):
                return part
        self.parts.append(Record(line, number, {name: value for name, value in key.items() if value}))
        return self.parts[-1]

    def say(self, line, name, label, text):
        """Keep a value; another line that says something else of the same thing is a problem."""
        known = self.values.setdefault(name, text)
        if known != text:
            self.problems.append(Problem(line, label, f"dit autre chose qu’à la ligne {self.line}"))
