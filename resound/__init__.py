"""resound: reproducible speech and audio experiments.

The package that the stage scripts, the rules and notebooks import; importing it imports nothing.
"""
