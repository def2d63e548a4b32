"""Synthesis of the demo data: speech, music and sentences.

`espeak` runs espeak-ng in a separate process, `speech` calls it, `phrases` generates sentences,
`band` generates music, and `sound` adds the effects of rooms, noise and microphones.
"""
