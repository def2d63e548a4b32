"""Synthetic corpora and small trained models that let the whole pipeline run without downloads.

`corpora` writes small corpora in the folder layouts of the public ones that they replace,
`synthesis` generates the speech, music and sentences in them, and `models` trains small versions
of pretrained models. Everything follows from seeds: the same settings give the same bytes.
"""
