"""What privacy keeps in the meta store, and the statements that remove rows from all stores."""
