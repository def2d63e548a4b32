"""Decoding of the content of audio files, with checks that all of it is there.

A decoder returns what it finds, also from half a file. So what containers and frame headers state
is compared with what is present and decoded.
"""
