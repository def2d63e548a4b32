"""What the reports state in prose, computed: a module a study."""
