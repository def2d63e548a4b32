"""Reading and writing of files: atomic writes, JSON, CSV tables, spreadsheets, archives."""
