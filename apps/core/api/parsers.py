"""Bodies of requests: JSON with a limit on its size, and nothing in it that no answer could carry."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.core.errors import TooLarge


class JSONParser(BaseParser):
    """Read a JSON body of at most ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes.

    The framework's own reads a body of any length into memory, fails on deep nesting, and lets through what Python can
    hold but no JSON answer can repeat: half a surrogate pair, infinity.
    """

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the body says.

        Raises:
            TooLarge: when it is above the limit.
            ParseError: when it is no JSON, or holds a number or a character that cannot be kept.
        """
        del media_type, parser_context
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A request may have at most {limit // 1024} kB of JSON. Send it in parts.")
        try:
            found = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
        except UnicodeDecodeError:
            raise ParseError("The JSON is not written in UTF-8.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"This is not JSON: {str(error).rstrip('.')}.") from None
        # Only an escape can bring one in: UTF-8 itself cannot.
        if rb"\ud" in body.lower():
            _refuse_surrogates(found)
        return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON.")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large.")
    return value


def _refuse_surrogates(found: Any) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ParseError("A text holds half of a character (a lone surrogate).") from None
