"""How a job runs: its log, its device, its worker pool. No result depends on this package.

The versions of a stage's code leave this package out, so a change here recomputes nothing.
"""
