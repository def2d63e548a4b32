"""Studies that check statements of the reports by computation: one package per kind of study.

A kind is a package with `Settings`, which the configuration reads, and with
`run(settings, materials, folder, progress)`, which returns `Findings`. To keep planning fast the
package imports its computations inside `run`.
"""
