"""The control plane: settings, the one place that builds objects, the processes."""
