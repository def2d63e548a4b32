"""Tables that users provide, read as text by column.

Only modules that read tables may import these, except `formats`: an edit makes their stages stale.
"""
