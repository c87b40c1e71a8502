"""The commands, and the one place that knows concrete classes."""
