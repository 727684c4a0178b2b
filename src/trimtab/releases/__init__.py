"""Which version serves where: environments, releases, roll back, history."""
