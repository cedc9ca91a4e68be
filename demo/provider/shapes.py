"""Shapes of JSON, and the check that names the first misfit.

A shape is a type, a literal string, a dict of fields (a trailing `!` makes one required), or a list
[shape, least, most]. Unknown fields are refused, None is allowed where a field is optional.
"""

from collections.abc import Callable
from typing import Any

from demo.provider.answers import KlaviyoError


class Shape:
    """A shape made ready: most bodies fit, so the quick verdict comes first and the place of a misfit is sought after."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape
        self._fits = _verdict(shape)

    def check(self, value: Any) -> None:
        """Raise KlaviyoError (400, with the pointer) at the first place where `value` is not of the shape."""
        if not self._fits(value):
            _find_misfit(value, self._shape, "")


def _verdict(shape: Any) -> Callable[[Any], bool]:
    if isinstance(shape, dict):
        fields = {name.removesuffix("!"): _verdict(inner) for name, inner in shape.items()}
        required = frozenset(name[:-1] for name in shape if name.endswith("!"))

        def fits(value: Any) -> bool:
            if type(value) is not dict or not required <= value.keys():
                return False
            for name, inner in value.items():
                field_fits = fields.get(name)
                if field_fits is None or not (field_fits(inner) if inner is not None else name not in required):
                    return False
            return True

        return fits
    if isinstance(shape, list):
        entry_fits, least, most = _verdict(shape[0]), shape[1], shape[2]
        return lambda value: type(value) is list and least <= len(value) <= most and all(map(entry_fits, value))
    if isinstance(shape, str):
        return shape.__eq__
    if shape is float:
        return lambda value: type(value) in (int, float)
    return lambda value: type(value) is shape


def _find_misfit(value: Any, shape: Any, pointer: str) -> None:
    if isinstance(shape, dict):
        _find_field(value, shape, pointer)
    elif isinstance(shape, list):
        item, least, most = shape
        if not isinstance(value, list):
            raise KlaviyoError(400, "invalid", "This must be an array.", pointer=pointer)
        if not least <= len(value) <= most:
            detail = f"This array may hold {least} to {most} entries; it holds {len(value)}."
            raise KlaviyoError(400, "invalid", detail, pointer=pointer)
        for index, entry in enumerate(value):
            _find_misfit(entry, item, f"{pointer}/{index}")
    elif not _verdict(shape)(value):
        wanted = repr(shape) if isinstance(shape, str) else "a number" if shape is float else f"of type {shape.__name__}"
        raise KlaviyoError(400, "invalid", f"This must be {wanted}.", pointer=pointer)


def _find_field(value: Any, shape: dict[str, Any], pointer: str) -> None:
    if not isinstance(value, dict):
        raise KlaviyoError(400, "invalid", "This must be an object.", pointer=pointer)
    for key, inner in shape.items():
        name, is_required = key.removesuffix("!"), key.endswith("!")
        if name in value and (value[name] is not None or is_required):
            _find_misfit(value[name], inner, f"{pointer}/{name}")
        elif is_required:
            raise KlaviyoError(400, "required", f"{name!r} is required.", pointer=f"{pointer}/{name}")
    unknown = [name for name in value if name not in shape and f"{name}!" not in shape]
    if unknown:
        raise KlaviyoError(400, "invalid", f"{unknown[0]!r} is not a valid field.", pointer=f"{pointer}/{unknown[0]}")
