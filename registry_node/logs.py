"""Log lines: one place, for a person at a terminal or for a machine.

An event has a name, a sentence and fields: `event(log, logging.INFO, "indexed", "...", height=7)`.
On a terminal it is one readable line, elsewhere one JSON object a line. Under journald each line
carries its priority. Passwords in addresses and bearer tokens never get as far as a line.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

FORMATS = ("auto", "text", "json")
LEVELS = ("debug", "info", "warning", "error")

logging.getLogger("tonnelink").addHandler(logging.NullHandler())  # commands have errors, no log

_OWN = frozenset(("time", "level", "event", "message", "logger", "error"))
_SECRETS = (
    (re.compile(r"(:/{1,2})[^/@\s]+@"), r"\1***@"),
    (re.compile(r"\b(bearer)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"\b(password|api[-_]?key|token)=[^\s&'\"]+", re.IGNORECASE), r"\1=***"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PRIORITIES = (
    (logging.ERROR, "<3>"),
    (logging.WARNING, "<4>"),
    (logging.INFO, "<6>"),
    (logging.NOTSET, "<7>"),
)
"""Of syslog, as systemd reads them at the beginning of a line."""


def event(log: logging.Logger, level: int, name: str, message: str, /, **fields: object) -> None:
    """Tells one event. `name` is for machines and stays the same; fields are numbers or text."""
    log.log(level, message, extra={"event": name, "fields": fields})


def masked(text: str) -> str:
    """Text without the passwords and tokens in it."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def set_up(style: str = "auto", level: str = "info") -> None:
    """Sends every log line of this process to standard error. Called once, by services."""
    handler = _Handler()
    handler.setFormatter(Text() if _is_text(style) else Machine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries, the server among them
    logging.getLogger("tonnelink").setLevel(level.upper())
    logging.getLogger("uvicorn").setLevel(logging.INFO if level == "debug" else logging.NOTSET)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # whatever it set up for itself
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        if name != "uvicorn":
            logger.setLevel(logging.NOTSET)


def _is_text(style: str) -> bool:
    return style == "text" or (style == "auto" and sys.stderr.isatty())


class _Handler(logging.Handler):
    """Writes to standard error as it is at that moment: a progress bar may stand in its place."""

    def __init__(self) -> None:
        super().__init__()
        self._journal = _is_journal()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
            if self._journal:
                mark = next(mark for least, mark in _PRIORITIES if record.levelno >= least)
                line = "\n".join(mark + part for part in line.splitlines())
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except OSError:  # nobody reads the log any more: the node goes on
            pass


def _is_journal() -> bool:
    """Whether standard error is the journal's, as systemd says it in JOURNAL_STREAM."""
    told = os.environ.get("JOURNAL_STREAM", "")
    if not told:
        return False
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{status.st_dev}:{status.st_ino}"


class Text(logging.Formatter):
    """`2026-01-01T00:00:00.000Z info indexed: sentence height=7`"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_plain(value)}" for key, value in fields_of(record).items())
        name = event_of(record)
        line = f"{_time(record)} {record.levelname.lower():7} {name}: {message_of(record)}"
        line = f"{line} {fields}" if fields else line
        traced = _traced(self, record)
        return f"{line}\n{traced}" if traced else line


class Machine(logging.Formatter):
    """One JSON object a line: time, level, event, message, the event's fields, logger, error."""

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": event_of(record),
            "message": message_of(record),
        }
        for key, value in fields_of(record).items():
            document[f"{key}_" if key in _OWN else key] = value
        document["logger"] = record.name
        traced = _traced(self, record)
        if traced:
            document["error"] = traced
        return orjson.dumps(document, default=str).decode()


def event_of(record: logging.LogRecord) -> str:
    """The event's name; of lines that libraries write, "log"."""
    return str(getattr(record, "event", "log"))


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The event's fields, without secrets."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    return {k: masked(v) if isinstance(v, str) else v for k, v in fields.items()}


def message_of(record: logging.LogRecord) -> str:
    """The sentence, in one line and without secrets. Whoever sends us text starts no new line."""
    return _one_line(masked(record.getMessage()))


def _traced(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return masked(formatter.formatException(record.exc_info)) if record.exc_info else ""


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    text = _one_line(str(value))
    return f'"{text}"' if " " in text or not text else text


def _one_line(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
