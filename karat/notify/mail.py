"""Letters by mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from karat.errors import InputError, UnavailableError
from karat.notify.incident import Letter
from karat.notify.wording import rendered, subject

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Mailbox:
    """A server, and from whom to whom its mail goes."""

    parts: SplitResult = field(repr=False)
    name: str
    sender: str
    to: tuple[str, ...]
    starts_tls: bool = False

    def send(self, letter: Letter) -> None:
        """Hand a letter to the server; UnavailableError that shows no password."""
        import smtplib

        kind = smtplib.SMTP_SSL if self.parts.scheme == "smtps" else smtplib.SMTP
        try:
            with kind(str(self.parts.hostname), self.parts.port or 0, timeout=TIMEOUT_S) as server:
                if self.starts_tls:
                    server.starttls()
                if self.parts.username:
                    password = unquote(self.parts.password or "")
                    server.login(unquote(self.parts.username), password)
                server.send_message(self._written(letter))
        except (OSError, smtplib.SMTPException) as error:
            raise UnavailableError(f"{self.name}: {type(error).__name__}") from None

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = subject(letter)
        message["Message-ID"] = f"<{letter.id}@karat>"
        message.set_content(rendered("mail.txt", letter))
        return message


def mailbox(url: str, name: str) -> Mailbox:
    """Return the mailbox that a URL means; InputError without ``from`` and ``to``."""
    parts = urlsplit(url)
    said = parse_qs(parts.query)
    sender, to = said.get("from"), said.get("to")
    if not (sender and to):
        raise InputError("KARAT_NOTIFY_URL: a mailbox needs ?from=…&to=… after smtp://host:port/")
    return Mailbox(parts, name, sender[0], tuple(to), said.get("tls") == ["starttls"])
