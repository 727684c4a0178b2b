"""What dashboards keep and ask: their own rows in the meta store, and the answers of panels from the warehouse."""
