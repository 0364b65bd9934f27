"""What schemathesis cannot know from the description: read by it, in its own environment.

A cursor is opaque: no pattern says which text is one. So where a right request would carry a text
that looks like a cursor, it gets a cursor of that very list. And FUZZ_VALUES gives things that are
there, so that half of the right requests meet an answer and not a 404.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis

VALUES: dict[str, list[Any]] = json.loads(os.environ.get("FUZZ_VALUES", "{}"))
CURSORS: dict[str, str] = json.loads(os.environ.get("FUZZ_CURSORS", "{}"))
SUBJECTS: dict[str, dict[str, str]] = json.loads(os.environ.get("FUZZ_SUBJECTS", "{}"))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001  # its signature
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    query = case.query or {}
    if "cursor" in query:
        cursor = CURSORS.get(case.operation.path)
        if cursor is None:
            del query["cursor"]
        else:
            query["cursor"] = cursor
            query.pop("at", None)  # a cursor is of a height
    if case.operation.path == "/v1/statements" and query.get("kind") in SUBJECTS:
        case.query = {name: query[name] for name in ("kind", "at") if name in query}
        case.query |= SUBJECTS[query["kind"]]  # which parameters a kind needs, no schema says
        return
    seed = sum(map(ord, repr(sorted(query.items(), key=str)) + repr(case.path_parameters)))
    for place in (case.path_parameters or {}, query):
        for name in place:
            known = VALUES.get(name)
            if known and seed % 2:
                place[name] = known[seed // 2 % len(known)]
