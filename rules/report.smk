"""The report over all selected experiments."""

from resound.workflow.report import Report

final_report = Report(PROJECT)


rule report:
    """Write the report, one page that opens offline, and its main table as CSV."""
    input:
        final_report.input,
    output:
        page=report(
            "results/report.html",
            caption="captions/report.rst",
            category="All experiments",
            labels={"figure": "report"},
        ),
        summary="results/summary.csv",
    log:
        "results/logs/report.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000, per_mb=4),
        runtime=scaled(30),
    params:
        code=CODE.script("report", "resound/report/templates/*.html"),
        config=final_report.settings,
    message:
        "Write the report"
    script:
        "../scripts/report.py"
