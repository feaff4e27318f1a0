"""Pages from templates."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from banditsvc.reports.number_words import amount, between, percent


def render_page(template: str, **values: object) -> str:
    """Returns a page as one HTML document that asks for nothing from elsewhere.

    Templates stand in `templates/` and extend `base.html`; `parts.html` has macros for what recurs. All values are
    escaped, but for the plots of this package. Filters: `amount`, `percent`; `between(low, high, show)` is a function.

    Args:
        template: File name of the template.
        values: What the template names; a name that is missing is an error.
    """
    pages = Environment(
        loader=PackageLoader("banditsvc.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"amount": amount, "percent": percent, "count": lambda number: f"{number:,}"}
    pages.globals |= {"between": between}
    return pages.get_template(template).render(**values)
