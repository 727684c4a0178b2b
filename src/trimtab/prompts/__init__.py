"""What steers the model: templates, typed variables, immutable versions."""
