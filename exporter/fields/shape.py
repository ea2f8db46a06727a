"""What becomes of an answer that is not of the documented shape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError


@contextmanager
def documented_shape(answer: Answer) -> Iterator[None]:
    """Raise BadBodyError where the content, which is decoded within, is refused by a ValueError."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise BadBodyError(
            f"the answer is not of the documented shape: {error}", request_id=answer.request_id
        ) from None
