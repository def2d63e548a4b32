"""What the stage scripts share: one concept a module."""
