"""The page: one HTML file with its own style, rendered by Jinja, that needs no network.

`page.html` includes one template per larger section: `data_figures.html`, `splits.html`,
`results.html`, `variants.html`, `recognition.html`, `studies.html`, `reported.html`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from resound.report.content import Content
from resound.report.formats import (
    format_count,
    format_duration,
    format_p_value,
    format_parameters,
    format_percent,
    format_points,
    format_precise_percent,
    format_settings,
)
from resound.report.published import has_figures
from resound.report.reported import compare_curves, compare_metrics, describe_reported
from resound.report.results import comparable_report
from resound.report.splits import effective_settings
from resound.report.studies import collect_flags, format_cell, format_source


def render_page(settings: Mapping[str, Any], content: Content) -> str:
    """Return the page as HTML; `settings` has the `data` and the `seeds`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": format_percent,
        "points": format_points,
        "p_value": format_p_value,
        "abbreviated": format_count,
        "parameters": format_parameters,
        "settings": format_settings,
        "split_settings": lambda settings: format_settings(effective_settings(settings)),
        "duration": format_duration,
        "cell": format_cell,
        "source": format_source,
        "precise_percent": format_precise_percent,
        "describe_reported": describe_reported,
    }
    results, data = content.results, settings["data"]
    reported = {
        name: comparable_report(result.settings, content.corpora, data)
        for name, result in results.items()
    }
    return environment.get_template("page.html").render(
        **vars(content),
        data=data,
        seeds=settings["seeds"],
        reported=reported,
        comparisons={
            name: compare_metrics(
                reported[name] or {}, result, results.get(result.settings["corrected"] or "")
            )
            for name, result in results.items()
        },
        curves={name: compare_curves(reported[name] or {}, r) for name, r in results.items()},
        arms={name: _arm(name, content) for name in results},
        reported_elsewhere=_reported_elsewhere(content, data),
        open_set_results=[result for result in results.values() if result.runs[0].open_set],
        flags=collect_flags(content.studies, {name: r.settings for name, r in results.items()}),
        provenance=_any_provenance(content),
        show_reported=any(row.reported for row in content.rows),
        show_reported_texts=any(row.reported for row in content.recognition.rows),
    )


def _arm(name: str, content: Content) -> tuple[str, str | None]:
    """Return what an experiment's protocol is called, and the experiment that it corrects.

    The name is empty for an experiment that is neither a report's nor a corrected one.
    """
    for original, result in content.results.items():
        if result.settings["corrected"] == name:
            return "corrected", original
    reported = has_figures(content.results[name].settings["reported"])
    return ("as reported" if reported else ""), None


def _reported_elsewhere(content: Content, data: str) -> dict[str, Mapping[str, Any]]:
    """Return what reports give for experiments and benchmarks, but of other data than ours."""
    settings = {name: result.settings for name, result in content.results.items()}
    settings |= {name: result.settings for name, result in content.recognition.results.items()}
    settings |= {benchmark.name: benchmark.settings for benchmark in content.benchmarks}
    return {
        name: entry["reported"]
        for name, entry in settings.items()
        if has_figures(entry["reported"]) and not comparable_report(entry, content.corpora, data)
    }


def _any_provenance(content: Content) -> Mapping[str, Any]:
    """Return the provenance of one run, or of a benchmark or study if there are no runs."""
    candidates = [
        *(result.runs[0].provenance for result in content.results.values()),
        *(result.runs[0].provenance for result in content.recognition.results.values()),
        *(benchmark.metrics["provenance"] for benchmark in content.benchmarks),
        *(study.findings["provenance"] for study in content.studies),
    ]
    provenance: Mapping[str, Any] = candidates[0]
    return provenance
