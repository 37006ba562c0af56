"""The HTML of the pages. What templates print is escaped, unless it is markup already."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from api.texts import Texts


def render(template: str, texts: Texts, **context: Any) -> Markup:
    """Render a template with the sentences of one language under the name `t`."""
    html = _environment().get_template(template).render(t=texts, **context)
    return Markup(html)  # noqa: S704  the environment escapes whatever it prints


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
