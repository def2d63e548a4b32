"""Stage scripts, one a rule, and the package that they share (`resound`)."""
