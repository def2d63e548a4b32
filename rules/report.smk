"""The report over all selected experiments."""


include: "common/report.smk"


rule report:
    input:
        report_input(),
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
    threads: CONFIG.resources_of("report").threads
    resources:
        **needs("report"),
    params:
        code=code_version(
            "scripts/report.py",
            "resound/report/templates/page.html",
            "resound/report/templates/protocols.html",
            "resound/report/templates/studies.html",
            "resound/report/templates/recognition.html",
            "resound/report/templates/variants.html",
        ),
        config=report_config(),
    message:
        "Writing the report"
    script:
        "../scripts/report.py"
