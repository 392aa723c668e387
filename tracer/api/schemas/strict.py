"""What every model of the API shares: no unknown fields, ids as texts, lists page by page."""

from __future__ import annotations

from types import GenericAlias
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from tracer.domain.columns import ID_LIMIT, parse_id
from tracer.domain.errors import InvalidValue

_ID_SCHEMA = {"minLength": 1, "maxLength": ID_LIMIT, "pattern": r"""^[^\s\x00-\x1f\x7f,;"]+$"""}


def _id_text(text: str) -> str:
    try:
        return parse_id(text, "id")
    except InvalidValue as error:
        raise ValueError(error.expected) from None


IdText = Annotated[str, AfterValidator(_id_text), WithJsonSchema({"type": "string", **_ID_SCHEMA})]
"""An id of something that exists."""


class Strict(BaseModel):
    """A model that takes no other fields than its own."""

    model_config = ConfigDict(extra="forbid")


def page_of(model: type[Strict]) -> type[Strict]:
    """A page of a list, with the cursor of the next one, null at the end. It is no generic model: in the OpenAPI
    document those are named `Page_CallOut_`, and this is `CallOutPage`."""
    items: Any = GenericAlias(list, (model,))
    return create_model(
        f"{model.__name__}Page",
        __base__=Strict,
        items=(items, ...),
        next_cursor=(str | None, Field(description="Pass it as `cursor` for the next page; null at the end.")),
    )
