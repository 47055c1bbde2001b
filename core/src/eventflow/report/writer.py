"""The report writer that `eventflow.run` and the command line hand to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


class HtmlReport:
    """Writes reports with `eventflow.report.html`, which it imports when it is first needed."""

    def warm_up(self) -> None:
        """Import jinja2 and compile the template: Polars leaves the interpreter idle then."""
        from eventflow.report.html import warm_up  # noqa: PLC0415 - delayed: jinja2, 80 ms

        warm_up()

    def page(self, record: RunRecord) -> str:
        """Return the report as one HTML document."""
        from eventflow.report.html import render  # noqa: PLC0415 - delayed: jinja2, 80 ms

        return render(record)

    def card(self, record: RunRecord) -> str:
        """Return the short form for notebooks."""
        from eventflow.report.html import repr_html  # noqa: PLC0415 - delayed: jinja2, 80 ms

        return repr_html(record)

    def figures(self, record: RunRecord) -> Mapping[str, str]:
        """Return the pictures for trackers."""
        from eventflow.report.figures import figures  # noqa: PLC0415 - delayed: only with trackers

        return figures(record)
