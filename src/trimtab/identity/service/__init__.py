"""What can be done with organisations, members, projects, keys and sign-ins: authorise, decide, store, audit."""
