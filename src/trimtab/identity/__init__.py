"""Who may do what: organisations, projects, members, roles, keys, secrets, sessions, audit."""
