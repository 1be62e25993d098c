"""What patient and clinic wrote to each other, on the desk; and the form for an answer."""

from consultations.care.once import new_key, read_key
from consultations.models import Message, Plan, SecondAccess

SECOND = "second"


class Conversation:
    """The messages of a plan's patient, the oldest first. One query where there are any.

    `data` is what was posted and is not sent yet.
    """

    MOST_LETTERS = Message.MOST_LETTERS

    def __init__(self, plan: Plan, data=None):
        self.messages: list[Message] = []
        if plan.has_messages:
            rows = plan.intake.messages.select_related(
                "by", "second", "settled_by", "photo"
            )
            self.messages = list(rows)
        self.seen = max((each.pk for each in self.messages), default=0)
        typed = data or {}
        self.text = typed.get("message", "")
        self.key = read_key({"key": typed.get("message_key", "")})
        if not self.text:
            self.key = new_key()
        second = plan.intake.second
        self.second: SecondAccess | None = (
            second if second and not second.is_link_over else None
        )
        self.is_to_second = typed.get("message_to", self._last_writer) == SECOND

    @property
    def _last_writer(self) -> str:
        waiting = [each for each in self.messages if each.is_waiting]
        return SECOND if waiting and waiting[-1].second_id else ""

    @property
    def waiting(self) -> list[Message]:
        return [each for each in self.messages if each.is_waiting]

    @property
    def shown(self) -> list[Message]:
        """Return what stands open: from the first that waits, else the newest one."""
        return self.messages[self._opened :]

    @property
    def earlier(self) -> list[Message]:
        return self.messages[: self._opened]

    @property
    def _opened(self) -> int:
        for at, each in enumerate(self.messages):
            if each.is_waiting:
                return at
        return max(len(self.messages) - 1, 0)
