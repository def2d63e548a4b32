"""The report: results gathered, clips to listen to, and one page that opens offline."""
