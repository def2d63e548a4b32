"""The report: results read from run folders, plots, and one HTML page that works offline."""
