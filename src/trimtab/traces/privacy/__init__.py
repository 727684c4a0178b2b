"""What a project does not want to keep: taken out before it is stored, after some days, or when somebody asks."""
